/**
 * The rules of the audit trail: which tables it covers, how blocks are chained, and how a broken block is diagnosed.
 *
 * 1. An entry's hash is the SHA-256 of the text of the JSON object of all its columns, as PostgreSQL writes jsonb;
 *    instants are UTC text.
 * 2. A block's hash is the SHA-256 of the previous block's hash, the block's number and the hashes of its entries in
 *    the order of their positions, as one text of hexadecimal and decimal digits. The previous hash of the first block
 *    is 64 zeros.
 */
import { createHash } from 'node:crypto';
import { capitalized } from '../../platform/values/characters.ts';

/** The audited tables, each with the type that shows its rows. Login sessions and archives are not in the graph. */
export const AUDITED_TABLES = {
  users: 'User',
  login_sessions: 'LoginSession',
  product_models: 'ProductModel',
  production_lines: 'ProductionLine',
  processes: 'Process',
  stations: 'Station',
  api_keys: 'ApiKey',
  equipment: 'Equipment',
  equipment_status_periods: 'EquipmentStatusPeriod',
  routes: 'Route',
  route_steps: 'RouteStep',
  test_programs: 'TestProgram',
  test_program_versions: 'TestProgramVersion',
  test_program_deployments: 'TestProgramDeployment',
  lots: 'Lot',
  wip_items: 'WipItem',
  serials: 'Serial',
  process_sessions: 'ProcessSession',
  process_data: 'ProcessData',
  label_prints: 'LabelPrint',
  component_uses: 'ComponentUse',
  inspections: 'Inspection',
  defects: 'Defect',
  inference_jobs: 'InferenceJob',
  artifacts: 'Artifact',
  reports: 'Report',
  report_schedules: 'ReportSchedule',
  background_jobs: 'BackgroundJob',
  alerts: 'Alert',
  saved_filters: 'SavedFilter',
  webhooks: 'Webhook',
  config_entries: 'ConfigEntry',
  performance_baselines: 'PerformanceBaseline',
  audit_archives: 'AuditArchive',
} as const;

/** Entities of entries about accesses, which have no table of records in the graph (AUD-6). */
const OTHER_ENTITIES = { audit_blocks: 'AuditBlock' } as const;

/** The operations on a record. The last three are accesses to evidence (AUD-6). */
export const OPERATIONS = ['INSERT', 'UPDATE', 'DELETE', 'VIEW', 'DOWNLOAD', 'EXPORT'] as const;
/** The actions that no command declares: of the server, of the command line, and of changes past the application. */
export const OTHER_ACTIONS: readonly string[] = [
  'alert.raised',
  'artifact.contentRemoved',
  'artifact.downloaded',
  'artifact.verified',
  'audit.archived',
  'audit.exported',
  'audit.verified',
  'backgroundJob.downloaded',
  'backgroundJob.exported',
  'backgroundJob.failed',
  'backgroundJob.handedBack',
  'backgroundJob.itemRefused',
  'backgroundJob.leaseLost',
  'backgroundJob.started',
  'backgroundJob.succeeded',
  'inferenceJob.leaseLost',
  'labelPrint.autoPrinted',
  'labelPrint.ended',
  'plant.simulated',
  'report.completed',
  'report.downloaded',
  'report.failed',
  'report.scheduled',
  'report.started',
  'testProgram.downloaded',
  'webhook.leaseLost',
  ...OPERATIONS.map((operation) => `sql.${operation.toLowerCase()}`),
];

/** The kinds of actors. */
export const ACTOR_KINDS = ['USER', 'STATION', 'SYSTEM', 'SERVICE'] as const;

/** The types that show the actors of an entry. An entry of the system has no actor. */
export const ACTOR_TYPES = { USER: 'User', STATION: 'Station', SYSTEM: 'User', SERVICE: 'Service' } as const;

/** The channel on which the audit sealer announces the last position that it assigned. */
export const POSITIONS_CHANNEL = 'lotgraph_positions';

/** The most entries in one block. */
export const BLOCK_ENTRIES = 1_000;
/** The previous hash of the first block. */
export const ZERO_HASH = '0'.repeat(64);
/** The record id of an entry about an access to all records of an entity. */
export const ALL_RECORDS_ID = '00000000-0000-0000-0000-000000000000';

/** AUD-4: The hash of a block from the previous hash, its number and the hashes of its entries. */
export function blockHash(previousHash: string, number: number, entryHashes: readonly string[]): string {
  return createHash('sha256')
    .update(`${previousHash}${number}${entryHashes.join('')}`)
    .digest('hex');
}

/** A block of the audit trail, as stored. */
export interface Block {
  readonly number: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly entryCount: number;
  readonly previousHash: string;
  readonly hash: string;
  /** Whether a sealed archive covers the block: its entries may be absent. */
  readonly isArchived: boolean;
}

/** A position of a block, as stored, with the hash of its entry as it is now; null where the entry is gone. */
export interface StoredPosition {
  readonly position: number;
  readonly blockNumber: number;
  readonly entryId: string;
  readonly storedHash: string;
  readonly actualHash: string | null;
  readonly seq: number | null;
}

/** AUD-5: The ways in which the audit trail can be broken. */
export const BREAKS = [
  'BLOCK_MISSING',
  'CHAIN_BROKEN',
  'BLOCK_ALTERED',
  'POSITION_MISSING',
  'POSITION_ADDED',
  'ENTRY_MISSING',
  'ENTRY_ALTERED',
  'REORDERED',
  'ANCHOR_MISSING',
  'ANCHOR_DIFFERS',
] as const;

/** AUD-5: One thing that is wrong with the audit trail, and where. */
export interface Break {
  readonly kind: (typeof BREAKS)[number];
  readonly blockNumber: number;
  readonly position: number | null;
  readonly entryId: string | null;
  readonly message: string;
}

/** AUD-5: Whether the block follows the block before it: number, previous hash and first position. */
export function chainBreak(block: Block, before: Pick<Block, 'number' | 'lastPosition' | 'hash'>): Break | undefined {
  const at = { blockNumber: block.number, position: block.firstPosition, entryId: null };
  const expected = before.number + 1;
  if (block.number !== expected) {
    return {
      ...at,
      kind: 'BLOCK_MISSING',
      blockNumber: expected,
      position: before.lastPosition + 1,
      message: `Block ${expected} is missing; block ${block.number} follows block ${before.number}.`,
    };
  }
  if (block.previousHash !== before.hash)
    return {
      ...at,
      kind: 'CHAIN_BROKEN',
      message: `Block ${block.number} was chained to another block ${before.number} than the one that is there.`,
    };
  if (block.firstPosition !== before.lastPosition + 1)
    return {
      ...at,
      kind: 'BLOCK_ALTERED',
      message: `Block ${block.number} begins at position ${block.firstPosition}, not at ${before.lastPosition + 1}.`,
    };
  return undefined;
}

/** AUD-5: The first thing that is wrong inside a block; undefined when its content gives its hash. */
export function contentBreak(block: Block, positions: readonly StoredPosition[]): Break | undefined {
  const storedHashes = new Set(positions.map((each) => each.storedHash));
  let lastSeq = 0;
  for (let position = block.firstPosition; position <= block.lastPosition; position += 1) {
    const each = positions[position - block.firstPosition];
    const at = { blockNumber: block.number, position, entryId: each?.entryId ?? null };
    if (each?.position !== position)
      return { ...at, entryId: null, kind: 'POSITION_MISSING', message: `Position ${position} is missing.` };
    if (each.actualHash === null && !block.isArchived)
      return { ...at, kind: 'ENTRY_MISSING', message: `The entry at position ${position} was deleted.` };
    const isElsewhere =
      each.actualHash !== null && each.actualHash !== each.storedHash && storedHashes.has(each.actualHash);
    if (isElsewhere)
      return { ...at, kind: 'REORDERED', message: `The entry at position ${position} was sealed at another position.` };
    if (each.actualHash !== null && each.actualHash !== each.storedHash)
      return {
        ...at,
        kind: 'ENTRY_ALTERED',
        message: `The entry at position ${position} is not the one that was sealed.`,
      };
    if (each.seq !== null && each.seq < lastSeq)
      return {
        ...at,
        kind: 'REORDERED',
        message: `The entry at position ${position} is older than the one before it; within a block the older comes first.`,
      };
    lastSeq = each.seq ?? lastSeq;
  }
  const moved = positions.find((each) => each.blockNumber !== block.number);
  if (moved !== undefined)
    return {
      kind: 'REORDERED',
      blockNumber: block.number,
      position: moved.position,
      entryId: moved.entryId,
      message: `The entry at position ${moved.position} was sealed in block ${moved.blockNumber}.`,
    };
  const entryHashes = positions.map((each) => each.storedHash);
  if (blockHash(block.previousHash, block.number, entryHashes) === block.hash) return undefined;
  return {
    kind: 'BLOCK_ALTERED',
    blockNumber: block.number,
    position: block.firstPosition,
    entryId: null,
    message: `Positions ${block.firstPosition} to ${block.lastPosition} do not give the hash of block ${block.number}.`,
  };
}

/** The hash of a block as it was written down outside the database. The same block must still have it. */
export interface Anchor {
  readonly number: number;
  readonly hash: string;
}

/** AUD-5: Whether the block that an anchor names exists and has the hash of the anchor. */
export function anchorBreak(anchor: Anchor, known: string | undefined): Break | undefined {
  const at = { blockNumber: anchor.number, position: null, entryId: null };
  if (known === undefined)
    return {
      ...at,
      kind: 'ANCHOR_MISSING',
      message: `Block ${anchor.number}, which an anchor names, is not there: the end of the record was lost, or an older copy put back.`,
    };
  return known === anchor.hash
    ? undefined
    : {
        ...at,
        kind: 'ANCHOR_DIFFERS',
        message: `Block ${anchor.number} has another hash than its anchor: the record was written again.`,
      };
}

/** The name in the graph of a column: `failure_reason` is `failureReason`. */
export function fieldOfColumn(column: string): string {
  return column.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The column of a field of the graph: `failureReason` is `failure_reason`. */
export function columnOfField(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The GraphQL type that shows the rows of an entity, whether or not the type exists. */
export function typeOfEntity(entity: string): string {
  const known = new Map<string, string>(Object.entries(AUDITED_TABLES)).get(entity);
  return known ?? capitalized(fieldOfColumn(entity));
}

/** The entity of a word: the name of its table or of its type, in any case; undefined when the word names none. */
export function entityOf(word: string): string | undefined {
  return ENTITY_BY_WORD.get(word.toLowerCase());
}

/** All entities as a caller may name them: `Lot (lots), WipItem (wip_items), …`. */
export function entityWords(): string {
  return ENTITIES.map(([entity, type]) => `${type} (${entity})`).join(', ');
}

/** Those of the actions that a caller may have meant: the ones about the same thing, or else all. */
export function actionsNear(word: string, actions: Iterable<string>): readonly string[] {
  const all = [...actions].toSorted();
  const thing = word.toLowerCase().replace(/\..*/s, '');
  const near = all.filter((action) => action.toLowerCase().startsWith(`${thing}.`));
  return near.length === 0 ? all : near;
}

const ENTITIES = Object.entries({ ...AUDITED_TABLES, ...OTHER_ENTITIES });
const ENTITY_BY_WORD: ReadonlyMap<string, string> = new Map(
  ENTITIES.flatMap(([entity, type]) => [entity, type].map((word) => [word.toLowerCase(), entity] as const)),
);

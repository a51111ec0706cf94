/**
 * What the record is: which tables it follows, how blocks are chained, and what it means when something in a block does
 * not fit.
 *
 * 1. An entry's hash is the SHA-256 of the text of the JSON object of all its columns, as PostgreSQL writes jsonb;
 *    instants are UTC text.
 * 2. A block's hash is the SHA-256 of the previous block's hash, the block's number and the hashes of its entries in
 *    the order of their positions, one text of hexadecimal and decimal digits. Before the first block stand 64 zeros.
 */
import { createHash } from 'node:crypto';

/** The audited tables and the type that shows their rows; a login session is not in the graph. */
export const AUDITED = {
  users: 'User',
  login_sessions: 'LoginSession',
  product_models: 'ProductModel',
  production_lines: 'ProductionLine',
  processes: 'Process',
  stations: 'Station',
  api_keys: 'ApiKey',
  equipment: 'Equipment',
  equipment_status_periods: 'EquipmentStatusPeriod',
  lots: 'Lot',
  wip_items: 'WipItem',
  serials: 'Serial',
  process_data: 'ProcessData',
} as const;

export const OPERATIONS = ['INSERT', 'UPDATE', 'DELETE', 'VIEW', 'DOWNLOAD', 'EXPORT'] as const;
export const ACTOR_KINDS = ['USER', 'STATION', 'SYSTEM'] as const;

/** Where the sealer tells the last position that it gave. */
export const POSITIONS_CHANNEL = 'lotgraph_positions';

/** A block seals at most so many entries. */
export const BLOCK_ENTRIES = 1_000;
export const NO_HASH = '0'.repeat(64);
/** Stands for the record as a whole, where an entry tells that somebody looked at it. */
export const WHOLE = '00000000-0000-0000-0000-000000000000';

/** AUD-4. */
export function blockHash(previousHash: string, number: number, entryHashes: readonly string[]): string {
  return createHash('sha256')
    .update(`${previousHash}${number}${entryHashes.join('')}`)
    .digest('hex');
}

export interface Block {
  readonly number: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly entryCount: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly isArchived: boolean;
}

/** A position of a block as it is found; null where its entry is gone. */
export interface Found {
  readonly position: number;
  readonly blockNumber: number;
  readonly entryId: string;
  readonly storedHash: string;
  readonly actualHash: string | null;
  readonly seq: number | null;
}

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

export interface Break {
  readonly kind: (typeof BREAKS)[number];
  readonly blockNumber: number;
  readonly position: number | null;
  readonly entryId: string | null;
  readonly message: string;
}

/** AUD-5: what is wrong with the block's place in the chain. */
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

/** AUD-5: the first thing wrong inside a block; nothing when its content gives its hash. */
export function contentBreak(block: Block, found: readonly Found[]): Break | undefined {
  const kept = new Set(found.map((each) => each.storedHash));
  let lastSeq = 0;
  for (let position = block.firstPosition; position <= block.lastPosition; position += 1) {
    const each = found[position - block.firstPosition];
    const at = { blockNumber: block.number, position, entryId: each?.entryId ?? null };
    if (each?.position !== position)
      return { ...at, entryId: null, kind: 'POSITION_MISSING', message: `Position ${position} is missing.` };
    if (each.actualHash === null && !block.isArchived)
      return { ...at, kind: 'ENTRY_MISSING', message: `The entry at position ${position} was deleted.` };
    const isElsewhere = each.actualHash !== null && each.actualHash !== each.storedHash && kept.has(each.actualHash);
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
  const stray = found.find((each) => each.blockNumber !== block.number) ?? found[block.entryCount];
  if (stray !== undefined)
    return {
      kind: 'POSITION_ADDED',
      blockNumber: block.number,
      position: stray.position,
      entryId: stray.entryId,
      message: `Position ${stray.position} says that it belongs to block ${stray.blockNumber}.`,
    };
  if (
    blockHash(
      block.previousHash,
      block.number,
      found.map((each) => each.storedHash),
    ) === block.hash
  )
    return undefined;
  return {
    kind: 'BLOCK_ALTERED',
    blockNumber: block.number,
    position: block.firstPosition,
    entryId: null,
    message: `Positions ${block.firstPosition} to ${block.lastPosition} do not give the hash of block ${block.number}.`,
  };
}

/** A block's hash noted outside of the database: what was there then must be there now. */
export interface Anchor {
  readonly number: number;
  readonly hash: string;
}

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
        message: `Block ${anchor.number} has another hash than its anchor: the record was written anew.`,
      };
}

/** A field's name in the graph: `failure_reason` is `failureReason`. */
export function fieldOf(column: string): string {
  return column.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function columnOfField(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The type of the graph that shows an entity's rows, existing or not. */
export function typeOf(entity: string): string {
  const known = new Map<string, string>(Object.entries(AUDITED)).get(entity);
  const name = fieldOf(entity);
  return known ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

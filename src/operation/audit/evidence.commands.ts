import { type OPERATIONS, ALL_RECORDS_ID } from './audit.rules.ts';
import { sealNow } from './seal.commands.ts';
import type { Database } from '../../platform/postgres/client.ts';
import { actAsSystem, actorOf, actorSetting } from '../../platform/request/actor.ts';
import type { Context } from '../../platform/request/context.ts';

type AccessOperation = Extract<(typeof OPERATIONS)[number], 'VIEW' | 'DOWNLOAD' | 'EXPORT'>;

/** An access to evidence, as the audit trail records it. */
export interface AuditAccess {
  readonly operation: AccessOperation;
  readonly action: string;
  readonly entity: string;
  /** All records of the entity unless given. */
  readonly recordId?: string;
}

/**
 * AUD-6: Reading evidence leaves an entry. The entry is committed first, so that no evidence is returned without one.
 */
export async function recordAuditAccess(
  context: Context,
  { operation, action, entity, recordId = ALL_RECORDS_ID }: AuditAccess,
): Promise<void> {
  await context.services.database.transaction(async (tx) => {
    await tx.sql`SELECT ${actorSetting(actorOf(context, action))}`;
    await tx.sql`SELECT note_access(${entity}, ${recordId}::uuid, ${operation}::audit_operation)`;
  });
}

/** A block as an archive names it. */
export interface ArchivableBlock {
  readonly number: number;
  readonly hash: string;
}

/** The last block that was sealed before the instant; undefined if there is none, or if it is archived already. */
export async function blockToArchive(database: Database, sealedBefore: string): Promise<ArchivableBlock | undefined> {
  const [block] = await database.reader().sql<{ number: string; hash: string }>`
    SELECT b.number, b.hash FROM audit_blocks b
    WHERE b.sealed_at < ${sealedBefore}::timestamptz AND b.number > (SELECT coalesce(max(a.last_block), 0) FROM audit_archives a)
    ORDER BY b.number DESC LIMIT 1`;
  return block && { number: Number(block.number), hash: block.hash };
}

/**
 * AUD-6: Retention, first part: declares all entries up to a block as archived in the export with this checksum. The
 * declaration leaves an audit entry and is sealed before this resolves.
 */
export async function declareArchive(
  database: Database,
  { number, hash }: ArchivableBlock,
  exportSha256: string,
): Promise<void> {
  await database.transaction(async (tx) => {
    await actAsSystem(tx, 'audit.archived', `Retention: the entries up to block ${number} are in an export.`);
    await tx.sql`INSERT INTO audit_archives (last_block, last_hash, export_sha256) VALUES (${number}, ${hash}, ${exportSha256})`;
  });
  await sealNow(database);
}

/**
 * AUD-6: Retention, second part: removes the entries that are declared as archived, as the owner of the tables. Continues
 * an earlier removal that was interrupted. Returns how many entries were removed.
 */
export async function removeArchivedEntries(
  database: Database,
  progress?: (done: number, total: number) => void,
): Promise<number> {
  const [archive] = await database.reader().sql<{ lastPosition: string }>`
    SELECT b.last_position AS "lastPosition" FROM audit_archives a JOIN audit_blocks b ON b.number = a.last_block
    ORDER BY a.last_block DESC LIMIT 1`;
  const last = Number(archive?.lastPosition ?? 0);
  let removed = 0;
  for (let from = 1; from <= last; from += POSITIONS_PER_REMOVAL) {
    const to = Math.min(from + POSITIONS_PER_REMOVAL - 1, last);
    removed += await database.transaction(async (tx) => {
      await tx.sql`SELECT set_config('lotgraph.retention', 'on', true)`;
      const entries = await tx.sql<object>`
        DELETE FROM audit_entries e USING audit_positions p
        WHERE p.audit_entry_id = e.id AND p.position BETWEEN ${from} AND ${to} RETURNING e.id`;
      return entries.length;
    });
    progress?.(to, last);
  }
  return removed;
}

const POSITIONS_PER_REMOVAL = 20_000;

import { type OPERATIONS, ALL_RECORDS_ID } from './audit.rules.ts';
import type { Database, Tx } from '../../platform/postgres/client.ts';
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

/**
 * AUD-6: Retention. Removes the entries of whole blocks that were sealed before the instant, as the owner of the
 * tables; the chain of hashes stays. Returns how many blocks and entries. The removal itself leaves an entry in the
 * same transaction, like any other access to the evidence.
 */
export async function archiveBlocks(
  database: Database,
  sealedBefore: string,
): Promise<{ readonly blocks: number; readonly entries: number }> {
  const total = { blocks: 0, entries: 0 };
  for (;;) {
    const batch = await database.transaction((tx) => archiveBatch(tx, sealedBefore));
    total.blocks += batch.blocks;
    total.entries += batch.entries;
    if (batch.blocks < BLOCKS_PER_BATCH) return total;
  }
}

async function archiveBatch(
  tx: Tx,
  sealedBefore: string,
): Promise<{ readonly blocks: number; readonly entries: number }> {
  await tx.sql`SELECT set_config('lotgraph.retention', 'on', true)`;
  const blocks = await tx.sql<{ number: string }>`
    UPDATE audit_blocks SET archived_at = now() WHERE number IN (
      SELECT number FROM audit_blocks WHERE archived_at IS NULL AND sealed_at < ${sealedBefore}::timestamptz ORDER BY number LIMIT ${BLOCKS_PER_BATCH})
    RETURNING number`;
  if (blocks.length === 0) return { blocks: 0, entries: 0 };
  const entries = await tx.sql<object>`
    DELETE FROM audit_entries e USING audit_positions p
    WHERE p.audit_entry_id = e.id AND p.block_number = ANY(${blocks.map((block) => block.number)}::bigint[]) RETURNING e.id`;
  const numbers = blocks.map((block) => Number(block.number));
  await actAsSystem(
    tx,
    'audit.archived',
    `Retention: removed ${entries.length} entries of the blocks ${Math.min(...numbers)} to ${Math.max(...numbers)}, sealed before ${sealedBefore}.`,
  );
  await tx.sql`SELECT note_access('audit_blocks', ${ALL_RECORDS_ID}::uuid, 'EXPORT')`;
  return { blocks: blocks.length, entries: entries.length };
}

const BLOCKS_PER_BATCH = 20;

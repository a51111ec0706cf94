import { type OPERATIONS, WHOLE } from './audit.rules.ts';
import type { Database, Tx } from '../../platform/postgres/client.ts';
import { actAsSystem, actorOf, actorSetting } from '../../platform/request/actor.ts';
import type { Context } from '../../platform/request/context.ts';

type Look = Extract<(typeof OPERATIONS)[number], 'VIEW' | 'DOWNLOAD' | 'EXPORT'>;

/** AUD-6: reading evidence leaves a trace. What leaves none is not answered, so this comes first. */
export async function recordAuditAccess(
  context: Context,
  look: Look,
  action: string,
  entity: string,
  recordId: string = WHOLE,
): Promise<void> {
  await context.services.database.transaction(async (tx) => {
    await tx.sql`SELECT ${actorSetting(actorOf(context, action))}`;
    await tx.sql`SELECT note_access(${entity}, ${recordId}::uuid, ${look}::audit_operation)`;
  });
}

/**
 * Retention: removes the entries of whole blocks sealed before the instant, as the tables' owner; the chain stays.
 * Answers how many. What was removed has its trace like any other look at the evidence, in the same transaction
 * (AUD-6).
 */
export async function archiveBlocks(
  database: Database,
  sealedBefore: string,
): Promise<{ readonly blocks: number; readonly entries: number }> {
  const done = { blocks: 0, entries: 0 };
  for (;;) {
    const step = await database.transaction((tx) => archiveSome(tx, sealedBefore));
    done.blocks += step.blocks;
    done.entries += step.entries;
    if (step.blocks < BLOCKS_AT_ONCE) return done;
  }
}

async function archiveSome(
  tx: Tx,
  sealedBefore: string,
): Promise<{ readonly blocks: number; readonly entries: number }> {
  await tx.sql`SELECT set_config('lotgraph.retention', 'on', true)`;
  const blocks = await tx.sql<{ number: string }>`
    UPDATE audit_blocks SET archived_at = now() WHERE number IN (
      SELECT number FROM audit_blocks WHERE archived_at IS NULL AND sealed_at < ${sealedBefore}::timestamptz ORDER BY number LIMIT ${BLOCKS_AT_ONCE})
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
  await tx.sql`SELECT note_access('audit_blocks', ${WHOLE}::uuid, 'EXPORT')`;
  return { blocks: blocks.length, entries: entries.length };
}

const BLOCKS_AT_ONCE = 20;

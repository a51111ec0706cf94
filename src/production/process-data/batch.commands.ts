/**
 * PD-19: up to 100 records in one request, judged one by one, in order, each seeing the ones before.
 *
 * REJECT_EVERYTHING is one transaction. It holds all that its records will touch before the first is judged, table by table in the order
 * of locks and by ascending id, so that two batches can wait for each other only in a line.
 *
 * IGNORE_FAILED is one transaction for each record:
 *   1. The batch claims its idempotency key, with its request, in a transaction of its own that is committed first.
 *   2. Each record then runs with a key of its own, made from the batch's key and its place.
 *   3. A retry, also after a crash in between, finds the batch's claim and runs all records again: those that were committed answer
 *      what they answered, the others are judged anew.
 */
import { createHash } from 'node:crypto';
import { lockRoute } from '../../catalog/process/process.commands.ts';
import { FLOOR } from '../../platform/access.ts';
import { command, run, within } from '../../platform/command.ts';
import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { isJsonRecord } from '../../platform/json.ts';
import { below, type Refusal } from '../../platform/refusal.ts';
import type { Lock } from '../../platform/row.ts';
import { stored } from '../../platform/shapes.ts';
import { name, sql, type Sql } from '../../platform/sql.ts';
import { RecordEachProcessData, RecordProcessDataBatch } from './batch.shapes.ts';
import { record, recordProcessData } from './process-data.commands.ts';
import { holdWork, namedWork } from './work.commands.ts';
import { LEVEL_OF_UNIT } from './unit.rules.ts';
import { workNamed, type AskedWork, type NamedWork } from './work.loaders.ts';

export interface BatchResult {
  readonly index: number;
  readonly processData: string | null;
  readonly errors: readonly Refusal[];
}

export interface BatchOutput {
  readonly results: readonly BatchResult[];
}

export const recordProcessDataBatch = command({
  name: 'recordProcessDataBatch',
  action: 'process.recorded',
  description: 'Records up to 100 executions in one request, in order, each judged with the ones before in place (PD-19).',
  access: FLOOR,
  input: RecordProcessDataBatch,
  async run(env, { items }): Promise<BatchOutput> {
    const { tx } = env;
    await lockRoute(tx, 'SHARED');
    const known = await knownWork(tx, items);
    await lockTogether(tx, known);
    const results: BatchResult[] = [];
    for (const [index, item] of items.entries()) {
      const { processData } = await within(placeOf(index), async () => record(env, await holdWork(tx, known[index] ?? (await namedWork(tx, item))), item));
      results.push({ index, processData, errors: [] });
    }
    return { results };
  },
});

/** The same records, each in a transaction of its own; what is refused is left out. */
export async function recordEach(input: unknown, context: Context): Promise<{ readonly output: BatchOutput | null; readonly errors: readonly Refusal[] }> {
  const claimed = await run(claimBatch, input, context);
  if (claimed.output === null) return claimed;
  const { items, idempotencyKey } = isJsonRecord(input) ? input : {};
  const results: BatchResult[] = [];
  for (const [index, item] of stored(RecordEachProcessData.shape.items, items, 'The records of a batch').entries()) {
    const { output, errors } = await run(recordProcessData, { ...item, idempotencyKey: keyOfRecord(idempotencyKey, index) }, context);
    results.push({ index, processData: output?.processData ?? null, errors: errors.map((each) => below(placeOf(index), each)) });
  }
  return { output: { results }, errors: [] };
}

/** The first step of IGNORE_FAILED: whoever claims the key with this request may carry it out, and carry it out again. */
const claimBatch = command({ ...recordProcessDataBatch, input: RecordEachProcessData, run: async () => ({}) });

/**
 * The records that can be named before the first is carried out. A serial that an earlier record is going to bear cannot; neither can
 * one by an external number, as long as only its item has it.
 */
async function knownWork(tx: Tx, items: readonly AskedWork[]): Promise<readonly (NamedWork | undefined)[]> {
  const known: (NamedWork | undefined)[] = [];
  for (const item of items) {
    const reading = await workNamed(tx, item);
    const work = 'value' in reading ? reading.value : undefined;
    known.push(work !== undefined && LEVEL_OF_UNIT[work.unit.kind] === work.step.level ? work : undefined);
  }
  return known;
}

async function lockTogether(tx: Tx, known: readonly (NamedWork | undefined)[]): Promise<void> {
  const works = known.filter((work) => work !== undefined);
  const idsOf = (idOf: (work: NamedWork) => string | null): readonly string[] => [...new Set(works.map(idOf).filter((id) => id !== null))];
  const isOnItemsOnly = known.every((work) => work?.unit.kind === 'WIP_ITEM');
  await lockRows(tx, sql`users`, idsOf((work) => work.operatorId), 'SHARE');
  await lockRows(tx, sql`equipment`, idsOf((work) => work.equipmentId), 'SHARE');
  await lockRows(tx, sql`lots`, idsOf((work) => work.unit.lotId), isOnItemsOnly ? 'SHARE' : 'NO KEY UPDATE');
  await lockRows(tx, sql`wip_items`, idsOf((work) => work.unit.wipItemId), 'NO KEY UPDATE');
  await lockRows(tx, sql`serials`, idsOf((work) => work.unit.serialId), 'NO KEY UPDATE');
}

async function lockRows(tx: Tx, table: Sql, ids: readonly string[], lock: Lock): Promise<void> {
  if (ids.length > 0) await tx.sql`SELECT id FROM ${table} WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR ${name(lock)}`;
}

function placeOf(index: number): string {
  return `items.${index}`;
}

function keyOfRecord(keyOfBatch: unknown, index: number): string | undefined {
  return typeof keyOfBatch === 'string' ? createHash('sha256').update(`${keyOfBatch}#${index}`).digest('hex') : undefined;
}

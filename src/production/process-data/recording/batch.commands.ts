/**
 * PD-19: up to 100 records in one request, judged one by one, in order, each with the earlier ones in place.
 *
 * REJECT_EVERYTHING is one transaction. It locks all records that the batch will touch before it judges the first one,
 * table by table in the lock order and by ascending id, so batches wait for each other only in one direction. It goes
 * through the records in runs:
 *   1. A run ends before a record on a unit of the run, or on the lot of one, and before a record that cannot be named
 *      yet, such as a serial that an earlier record will create. So a run is read, judged and written as sets.
 *   2. A run also ends before a record that is rejected: it is judged again, by itself, once all earlier ones are in
 *      place.
 *   3. Different units affect each other only when the last serial completes its lot. No unit of such a lot takes work
 *      any more, so a record that was accepted before the run is accepted within it too.
 *
 * IGNORE_FAILED is one transaction for each record:
 *   1. The batch claims its idempotency key, with its request, in a transaction of its own that is committed first.
 *   2. Each record then runs with a key of its own, made from the batch's key and its index.
 *   3. A retry, also after a crash, finds the batch's claim and runs all records again: those that were committed
 *      return their stored outcome, the others are judged again.
 */
import { lockRoute } from '../../../catalog/process/process.commands.ts';
import { command, type Env } from '../../../platform/command/declaration.ts';
import { atPath } from '../../../platform/command/rejection.ts';
import { run } from '../../../platform/command/run.ts';
import { parseStored } from '../../../platform/input/parse.ts';
import type { Context } from '../../../platform/request/context.ts';
import { FLOOR } from '../../../platform/rules/access.ts';
import { type Rejection, withPathPrefix } from '../../../platform/rules/rejection.ts';
import { yieldToEventLoop } from '../../../platform/scheduling/fair-scheduler.ts';
import { present } from '../../../platform/values/assert.ts';
import { isJsonRecord } from '../../../platform/values/json.ts';
import type { RecordInput } from '../execution/process-data.shapes.ts';
import { gatherWork } from '../work/gather-work.commands.ts';
import { untilFirst } from '../work/independent.rules.ts';
import { RecordEachProcessData, RecordProcessDataBatch } from './batch.shapes.ts';
import { recordProcessData } from './process-data.commands.ts';
import { applyRecordings, record, type Recorded, type Recording, recordingOf } from './recording.commands.ts';
import { sha256Of } from '../../../platform/values/sha256.ts';

/** The outcome of one record of a batch: the id of its execution, or why it was rejected. */
export interface BatchResult {
  /** Its index in the input, from 0. */
  readonly index: number;
  readonly processData: string | null;
  readonly errors: readonly Rejection[];
}

/** The outcomes of all records of a batch, in the order of the input. */
export interface BatchOutput {
  readonly results: readonly BatchResult[];
}

/** REJECT_EVERYTHING: records all in one transaction, or none. */
export const recordProcessDataBatch = command({
  name: 'recordProcessDataBatch',
  action: 'processData.recorded',
  description:
    'Records up to 100 executions in one request, in order, each judged with the ones before in place (PD-19).',
  access: FLOOR,
  input: RecordProcessDataBatch,
  isBulk: true,
  async run(env, { items }): Promise<BatchOutput> {
    await lockRoute(env.tx, 'SHARED');
    const held = new Set<string>();
    const made: string[] = [];
    while (made.length < items.length) made.push(...(await recordNext(env, items, made.length, held)));
    return { results: made.map((processData, index) => ({ index, processData, errors: [] })) };
  },
});

/** IGNORE_FAILED: records each in a transaction of its own; the answer says which were rejected, and why. */
export async function recordEach(
  input: unknown,
  context: Context,
): Promise<{ readonly output: BatchOutput | null; readonly errors: readonly Rejection[] }> {
  const claimed = await run(claimBatch, input, context);
  if (claimed.output === null) return claimed;
  const { items, idempotencyKey } = isJsonRecord(input) ? input : {};
  const results: BatchResult[] = [];
  const records = parseStored(RecordEachProcessData.shape.items, items, 'The records of a batch');
  for (const [index, item] of records.entries()) {
    const request = { ...item, idempotencyKey: keyOfRecord(idempotencyKey, index) };
    const { output, errors } = await run(recordProcessData, request, context);
    results.push({
      index,
      processData: output?.processData ?? null,
      errors: errors.map((each) => withPathPrefix(pathOf(index), each)),
    });
  }
  return { output: { results }, errors: [] };
}

/** The first step of IGNORE_FAILED: a request that holds the claim may record, and record again after a crash. */
const claimBatch = command({
  ...recordProcessDataBatch,
  input: RecordEachProcessData,
  isBulk: false,
  run: async () => ({}),
});

/**
 * Writes the next records as one set: the longest run of independent records, from `from` on, to which no rule objects;
 * where there is none, the next record by itself, or its rejection. Answers the ids of the executions. `held` are the
 * ids that the transaction has locked.
 */
async function recordNext(
  env: Env,
  items: readonly RecordInput[],
  from: number,
  held: Set<string>,
): Promise<readonly string[]> {
  const remaining = items.slice(from);
  const facts = await gatherWork(env.tx, remaining, { mode: 'IN_ORDER', held });
  const recordings: (Recording | undefined)[] = [];
  for (const [index, item] of remaining.slice(0, facts.length).entries()) {
    if (index % JUDGED_PER_TICK === 0) await yieldToEventLoop();
    recordings.push(facts[index] && recordingOf(env, facts[index], item));
  }
  const accepted = untilFirst(
    recordings,
    (recording) => recording === undefined || recording.rejections.length > 0,
  ).flatMap((recording) => recording ?? []);
  const recorded = accepted.length > 0 ? await applyRecordings(env, accepted) : [await recordOne(env, items, from)];
  return recorded.map(({ processData }) => processData);
}

/** So many records take about a millisecond to judge. */
const JUDGED_PER_TICK = 20;

async function recordOne(env: Env, items: readonly RecordInput[], index: number): Promise<Recorded> {
  const item = present(items[index], 'The next record of a batch');
  return atPath(pathOf(index), async () => {
    const [work] = await gatherWork(env.tx, [item], { mode: 'ONE' });
    return record(env, present(work, 'The work of a record'), item);
  });
}

function pathOf(index: number): string {
  return `items.${index}`;
}

function keyOfRecord(keyOfBatch: unknown, index: number): string | undefined {
  return typeof keyOfBatch === 'string' ? sha256Of(`${keyOfBatch}#${index}`) : undefined;
}

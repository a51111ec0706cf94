/**
 * PD-19: up to 100 records in one request, judged one by one, in order, each seeing the ones before.
 *
 * REJECT_EVERYTHING is one transaction. It holds all that its records will touch before the first is judged, table by
 * table in the order of locks and by ascending id, so that two batches can wait for each other only in a line. It goes
 * through the records in runs:
 *   1. A run ends before a record of a unit that came in it already, or of the lot of one that did, and before one that
 *      cannot be named yet: a serial that an earlier record is going to bear. So all of a run are read, judged and
 *      written as sets.
 *   2. A run also ends before a record that is refused: it is judged once more, by itself, when all before it are in
 *      place.
 *   3. What different units do to each other is that the last serial completes its lot. No unit of such a lot takes
 *      work any more, so a record to which nothing objected before the run has nothing against it within the run
 *      either.
 *
 * IGNORE_FAILED is one transaction for each record:
 *   1. The batch claims its idempotency key, with its request, in a transaction of its own that is committed first.
 *   2. Each record then runs with a key of its own, made from the batch's key and its place.
 *   3. A retry, also after a crash in between, finds the batch's claim and runs all records again: those that were
 *      committed answer what they answered, the others are judged anew.
 */
import { createHash } from 'node:crypto';
import { lockRoute } from '../../catalog/process/process.commands.ts';
import { command, type Env } from '../../platform/command/declaration.ts';
import { atPath } from '../../platform/command/rejection.ts';
import { run } from '../../platform/command/run.ts';
import { parseStored } from '../../platform/input/schemas.ts';
import type { Context } from '../../platform/request/context.ts';
import { FLOOR } from '../../platform/rules/access.ts';
import { withPathPrefix, type Rejection } from '../../platform/rules/rejection.ts';
import { yieldToEventLoop } from '../../platform/scheduling/fair-scheduler.ts';
import { present } from '../../platform/values/assert.ts';
import { isJsonRecord } from '../../platform/values/json.ts';
import { workFactsOfAll, worksNamed } from './batch.loaders.ts';
import { runOf, untilFirst } from './batch.rules.ts';
import { RecordEachProcessData, RecordProcessDataBatch } from './batch.shapes.ts';
import {
  applyRecordings,
  record,
  type Recorded,
  type Recording,
  recordingOf,
  recordProcessData,
} from './process-data.commands.ts';
import type { RecordInput } from './process-data.shapes.ts';
import { lockWork, lockTogether, namedWork } from './work.commands.ts';

export interface BatchResult {
  readonly index: number;
  readonly processData: string | null;
  readonly errors: readonly Rejection[];
}

export interface BatchOutput {
  readonly results: readonly BatchResult[];
}

export const recordProcessDataBatch = command({
  name: 'recordProcessDataBatch',
  action: 'processData.recorded',
  description:
    'Records up to 100 executions in one request, in order, each judged with the ones before in place (PD-19).',
  access: FLOOR,
  input: RecordProcessDataBatch,
  async run(env, { items }): Promise<BatchOutput> {
    await lockRoute(env.tx, 'SHARED');
    const held = new Set<string>();
    const made: string[] = [];
    while (made.length < items.length) made.push(...(await recordNext(env, items, made.length, held)));
    return { results: made.map((processData, index) => ({ index, processData, errors: [] })) };
  },
});

/** The same records, each in a transaction of its own; what is refused is left out. */
export async function recordEach(
  input: unknown,
  context: Context,
): Promise<{ readonly output: BatchOutput | null; readonly errors: readonly Rejection[] }> {
  const claimed = await run(claimBatch, input, context);
  if (claimed.output === null) return claimed;
  const { items, idempotencyKey } = isJsonRecord(input) ? input : {};
  const results: BatchResult[] = [];
  for (const [index, item] of parseStored(
    RecordEachProcessData.shape.items,
    items,
    'The records of a batch',
  ).entries()) {
    const { output, errors } = await run(
      recordProcessData,
      { ...item, idempotencyKey: keyOfRecord(idempotencyKey, index) },
      context,
    );
    results.push({
      index,
      processData: output?.processData ?? null,
      errors: errors.map((each) => withPathPrefix(placeOf(index), each)),
    });
  }
  return { output: { results }, errors: [] };
}

/**
 * The first step of IGNORE_FAILED: whoever claims the key with this request may carry it out, and carry it out again.
 */
const claimBatch = command({ ...recordProcessDataBatch, input: RecordEachProcessData, run: async () => ({}) });

/**
 * Records what can be recorded together, from the next record on; where nothing can, that one by itself, or the refusal
 * of it. Answers the ids. Everything of the records left is named, and locked where that was not done before.
 */
async function recordNext(
  env: Env,
  items: readonly RecordInput[],
  from: number,
  held: Set<string>,
): Promise<readonly string[]> {
  const { tx } = env;
  const left = items.slice(from);
  const works = await worksNamed(tx, left);
  for (const id of await lockTogether(tx, works, held)) held.add(id);
  const facts = await workFactsOfAll(tx, runOf(works));
  const recordings: (Recording | undefined)[] = [];
  for (const [index, item] of left.slice(0, facts.length).entries()) {
    if (index % JUDGED_AT_ONCE === 0) await yieldToEventLoop();
    recordings.push(facts[index] && recordingOf(env, facts[index], item));
  }
  const sound = untilFirst(
    recordings,
    (recording) => recording === undefined || recording.rejections.length > 0,
  ).flatMap((recording) => recording ?? []);
  const recorded = sound.length > 0 ? await applyRecordings(env, sound) : [await recordAlone(env, items, from)];
  return recorded.map(({ processData }) => processData);
}

/** About a millisecond's work. */
const JUDGED_AT_ONCE = 20;

async function recordAlone(env: Env, items: readonly RecordInput[], index: number): Promise<Recorded> {
  const item = present(items[index], 'The next record of a batch');
  return atPath(placeOf(index), async () => record(env, await lockWork(env.tx, await namedWork(env.tx, item)), item));
}

function placeOf(index: number): string {
  return `items.${index}`;
}

function keyOfRecord(keyOfBatch: unknown, index: number): string | undefined {
  return typeof keyOfBatch === 'string'
    ? createHash('sha256').update(`${keyOfBatch}#${index}`).digest('hex')
    : undefined;
}

/**
 * PD-19: up to 1,000 records in one request, judged one by one, in order, each with the earlier ones in place.
 *
 * REJECT_EVERYTHING is one transaction. It names and locks all records that the batch will touch before it judges the
 * first one, table by table in the lock order and by ascending id, so batches wait for each other only in one direction.
 * It goes through the records in runs:
 *   1. A run ends before a record on a unit of the run, or on the lot of one. So a run is read, judged and written as
 *      sets.
 *   2. A record that cannot be named yet, such as one of a serial that an earlier record will create, ends a run that
 *      converts items. It is named again when the items are converted.
 *   3. Different units affect each other only when the last serial completes its lot. No unit of such a lot takes work
 *      any more, so a record that was accepted before the run is accepted within it too.
 *   4. A record that is rejected is left out, and the later ones are judged without it, so that the answer names every
 *      rejected record. In the end nothing is kept.
 *
 * IGNORE_FAILED is one transaction for each record:
 *   1. The batch claims its idempotency key, with its request, in a transaction of its own that is committed first.
 *   2. Each record then runs with a key of its own, made from the batch's key and its index.
 *   3. A retry, also after a crash, finds the batch's claim and runs all records again: those that were committed
 *      return their stored outcome, the others are judged again.
 */
import { command, type Env } from '../../../platform/command/declaration.ts';
import { enforce } from '../../../platform/command/rejection.ts';
import { run } from '../../../platform/command/run.ts';
import { parseStored } from '../../../platform/input/parse.ts';
import type { Context } from '../../../platform/request/context.ts';
import { FLOOR } from '../../../platform/rules/access.ts';
import { rejection, type Rejection, withPathPrefix } from '../../../platform/rules/rejection.ts';
import { yieldToEventLoop } from '../../../platform/scheduling/fair-scheduler.ts';
import { present } from '../../../platform/values/assert.ts';
import { isJsonRecord } from '../../../platform/values/json.ts';
import type { RecordInput } from '../execution/process-data.shapes.ts';
import { isConverting } from '../work/completion.rules.ts';
import { factsOfMany, lockFactoryRoute, nameAndLock } from '../work/gather-work.commands.ts';
import { endOfRun, type OrderedRecord, unsettledOfNextRun } from '../work/independent.rules.ts';
import { isSettled, type Naming } from '../work/named-work.loaders.ts';
import { RecordEachProcessData, RecordProcessDataBatch } from './batch.shapes.ts';
import { recordProcessData } from './process-data.commands.ts';
import { applyRecordings, type Recorded, type Recording, recordingOf } from './recording.commands.ts';
import { sha256Of } from '../../../platform/values/sha256.ts';

/** The outcome of one record of a batch: the id of its execution, or why it was rejected. */
export interface BatchResult {
  /** Its index in the input, from 0. */
  readonly index: number;
  readonly processData: string | null;
  /** What was allowed but should be noticed; absent in outcomes that were stored before batches had them. */
  readonly warnings?: readonly string[];
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
    'Records up to 1,000 executions in one request, in order, each judged with the ones before in place (PD-19).',
  access: FLOOR,
  input: RecordProcessDataBatch,
  bulkSize: ({ items }) => items.length,
  async run(env, { items }): Promise<BatchOutput> {
    const isRouteLocked = await lockFactoryRoute(env.tx, items);
    const batch: Batch = { items, isRouteLocked, held: new Set(), names: [], order: [], namedAt: [] };
    const rejections: Rejection[] = [];
    const results: BatchResult[] = [];
    let conversions = 0;
    await nameAgain(env, batch, [...items.keys()], conversions);
    for (let from = 0, end = 0; from < items.length; from = end) {
      const stale = unsettledOfNextRun(batch.order, from).filter((place) => batch.namedAt[place] !== conversions);
      await nameAgain(env, batch, stale, conversions);
      end = endOfRun(batch.order, from);
      const judged = await judgedRecords(env, batch, placesOf(from, end));
      const isRejected = rejections.length > 0 || judged.some((record) => record.rejections.length > 0);
      const late = behindTheirLot(judged);
      // Nothing is kept of a rejected batch: its last run is written only where that changes what is said of a record.
      const isWritten = !isRejected || end < items.length || late.length > 0;
      const recorded = isWritten ? await written(env, judged) : [];
      const again = await judgedRecords(
        env,
        batch,
        late.map((offset) => from + offset),
      );
      for (const [index, offset] of late.entries()) judged[offset] = present(again[index], 'A record judged again');
      rejections.push(
        ...judged.flatMap(({ place, rejections: own }) => own.map((each) => withPathPrefix(pathOf(place), each))),
      );
      results.push(
        ...recorded.map(({ processData, warnings }, offset) => ({
          index: from + offset,
          processData,
          warnings,
          errors: [],
        })),
      );
      if (recorded.some(({ serial }) => serial !== null)) conversions += 1;
    }
    enforce(rejections);
    return { results };
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
      warnings: output?.warnings ?? [],
      errors: errors.map((each) => withPathPrefix(pathOf(index), each)),
    });
  }
  return { output: { results }, errors: [] };
}

/** The first step of IGNORE_FAILED: a request that holds the claim may record, and record again after a crash. */
const claimBatch = command({
  ...recordProcessDataBatch,
  input: RecordEachProcessData,
  bulkSize: undefined,
  run: async () => ({}),
});

/** A batch under way. The lists have one entry for each record. */
interface Batch {
  readonly items: readonly RecordInput[];
  /** Whether the transaction has locked the factory route. */
  readonly isRouteLocked: boolean;
  /** The ids that the transaction has locked. */
  readonly held: Set<string>;
  readonly names: Naming[];
  readonly order: OrderedRecord[];
  /** How many runs had converted items when the record was named. */
  readonly namedAt: number[];
}

/** Names and locks the records at these places, after this number of runs that converted items. */
async function nameAgain(
  { tx, viewer }: Env,
  { items, held, names, order, namedAt }: Batch,
  places: readonly number[],
  conversions: number,
): Promise<void> {
  if (places.length === 0) return;
  const requested = places.map((place) => recordAt(items, place));
  const namings = await nameAndLock(tx, requested, viewer, held);
  for (const [index, place] of places.entries()) {
    const naming = present(namings[index], 'The name of a record');
    names[place] = naming;
    order[place] = orderedRecord(recordAt(items, place), naming);
    namedAt[place] = conversions;
  }
}

/** A record that was judged: what is to be written of it, or why it is rejected. */
interface Judged {
  readonly place: number;
  readonly recording?: Recording;
  readonly rejections: readonly Rejection[];
}

/** A record as its order depends on it. */
function orderedRecord({ result }: RecordInput, naming: Naming): OrderedRecord {
  if ('rejections' in naming) return { unit: undefined, isSettled: isSettled(naming), isConverting: false };
  const { unit, process } = naming.value;
  return { unit, isSettled: isSettled(naming), isConverting: isConverting(process, result) };
}

function placesOf(from: number, end: number): readonly number[] {
  return Array.from({ length: end - from }, (_, offset) => from + offset);
}

function recordAt(items: readonly RecordInput[], place: number): RecordInput {
  return present(items[place], 'A record of a batch');
}

/** Judges the records at these places, which are on different units. */
async function judgedRecords(
  env: Env,
  { items, names, isRouteLocked }: Batch,
  places: readonly number[],
): Promise<Judged[]> {
  const namings = places.map((place) => present(names[place], 'The name of a record'));
  const works = namings.flatMap((naming) => ('value' in naming ? [naming.value] : []));
  const remaining = (await factsOfMany(env.tx, works, isRouteLocked)).values();
  const judged: Judged[] = [];
  for (const [index, naming] of namings.entries()) {
    if (index % JUDGED_PER_TICK === 0) await yieldToEventLoop();
    const place = places[index] ?? 0;
    const work = 'value' in naming ? remaining.next().value : undefined;
    if ('rejections' in naming) judged.push({ place, rejections: naming.rejections });
    else if (work === undefined) judged.push({ place, rejections: [GONE] });
    else {
      const recording = recordingOf(env, work, recordAt(items, place));
      judged.push({ place, recording, rejections: recording.rejections });
    }
  }
  return judged;
}

/** A unit that was deleted after it was named. */
const GONE = rejection('NOT_FOUND', 'unit', 'The unit does not exist.');

/**
 * LOT-8: the rejected records behind the last accepted one of a serial of their lot, by their index: that one may have
 * completed the lot, so they are judged again once it is written.
 */
function behindTheirLot(judged: readonly Judged[]): readonly number[] {
  const lastOfLot = new Map<string, number>();
  for (const { place, recording, rejections } of judged)
    if (recording?.unit.kind === 'SERIAL' && rejections.length === 0) lastOfLot.set(recording.unit.lot.id, place);
  return [...judged.entries()].flatMap(([index, { place, recording, rejections }]) => {
    const last = recording && lastOfLot.get(recording.unit.lot.id);
    return rejections.length > 0 && last !== undefined && last < place ? [index] : [];
  });
}

/** So many records take about a millisecond to judge. */
const JUDGED_PER_TICK = 20;

/** Writes the records of a run that no rule rejects. */
async function written(env: Env, judged: readonly Judged[]): Promise<readonly Recorded[]> {
  const accepted = judged.flatMap(({ recording, rejections }) =>
    recording === undefined || rejections.length > 0 ? [] : [recording],
  );
  return accepted.length === 0 ? [] : applyRecordings(env, accepted);
}

function pathOf(index: number): string {
  return `items.${index}`;
}

function keyOfRecord(keyOfBatch: unknown, index: number): string | undefined {
  return typeof keyOfBatch === 'string' ? sha256Of(`${keyOfBatch}#${index}`) : undefined;
}

/**
 * The results of a tester that was cut off from the network for a while: afterwards an engineer sent them as one batch, the
 * last one twice (BGJ-2).
 */
import { encodeGlobalId } from '../../../platform/values/global-id.ts';
import { isStillOpen } from '../../../production/process-data/execution/process-data.rules.ts';
import type { Plant } from '../plant/plant.ts';
import type { Random } from '../random.ts';
import {
  type BackgroundJobItemRow,
  type BackgroundJobRow,
  type ExecutionRow,
  instantAt,
  madeAt,
  SECOND,
} from '../rows.ts';
import type { LotStory } from '../story/story.ts';

/** How many results a batch has, without the one that is sent twice. */
const RESULTS = { least: 3, most: 8 } as const;
/** The time that a worker takes for one item. */
const ITEM_MILLISECONDS = 40;

/** What the batch of a lot depends on. */
export interface Sending {
  readonly until: number;
  readonly plant: Plant;
  readonly random: Random;
}

/** The batch of a lot, if there is one. */
export interface Batch {
  readonly backgroundJobs: readonly BackgroundJobRow[];
  readonly backgroundJobItems: readonly BackgroundJobItemRow[];
}

const NO_BATCH: Batch = { backgroundJobs: [], backgroundJobItems: [] };

/** Sends the last results of a step of the lot in one batch; their executions are recorded when a worker has them. */
export function batchOf(story: LotStory, { until, plant, random }: Sending): Batch {
  const sent = lastResults(story);
  const again = sent.at(-1);
  if (again === undefined || sent.length < RESULTS.least) return NO_BATCH;
  const queuedAt = Date.parse(again.completedAt) + random.whole(40, 100) * SECOND;
  const startedAt = queuedAt + random.whole(20, 400);
  const finishedAt = startedAt + (sent.length + 2) * ITEM_MILLISECONDS;
  if (finishedAt > until) return NO_BATCH;

  const id = random.id(queuedAt);
  const items = [...sent, again].map((execution, index): BackgroundJobItemRow => {
    const isRepeated = index === sent.length;
    const workedOffAt = instantAt(startedAt + (index + 1) * ITEM_MILLISECONDS);
    if (!isRepeated) execution.updatedAt = workedOffAt;
    const refusal = isRepeated ? isStillOpen(execution) : undefined;
    return {
      id: random.id(queuedAt),
      backgroundJobId: id,
      index,
      input: inputOf(execution),
      processDataId: isRepeated ? null : execution.id,
      errors: refusal === undefined ? [] : [refusal].flat(),
      finishedAt: workedOffAt,
      createdAt: instantAt(queuedAt),
    };
  });
  const job: BackgroundJobRow = {
    id,
    kind: 'BATCH_COMPLETION',
    status: 'SUCCEEDED',
    params: {},
    totalCount: items.length,
    doneCount: sent.length,
    failedCount: 1,
    errorMessage: null,
    requestedById: random.pick(plant.people.engineers).id,
    queuedAt: instantAt(queuedAt),
    startedAt: instantAt(startedAt),
    finishedAt: instantAt(finishedAt),
    fileName: null,
    storageKey: null,
    sizeBytes: null,
    checksumSha256: null,
    attempts: 1,
    lockedBy: null,
    lockedUntil: null,
    ...madeAt(instantAt(queuedAt)),
    updatedAt: instantAt(finishedAt),
    // A change for its start, for each item, and for its end.
    version: items.length + 3,
  };
  return { backgroundJobs: [job], backgroundJobItems: items };
}

type Finished = ExecutionRow & { completedAt: string };

/**
 * The last PASSes of the step at which most serials are, in the order of their ends. Each is the last execution of its
 * serial, so nothing that came later depends on when it was recorded.
 */
function lastResults({ lot, serials, executions }: LotStory): readonly Finished[] {
  if (lot.status !== 'IN_PROGRESS' || lot.disposition !== 'UNDECIDED') return [];
  const waiting = new Set(serials.filter(({ status }) => status !== 'FAILED').map(({ id }) => id));
  const lastOfSerial = new Map<string, ExecutionRow>();
  for (const execution of executions) {
    const { serialId, startedAt } = execution;
    if (serialId === null || !waiting.has(serialId)) continue;
    if ((lastOfSerial.get(serialId)?.startedAt ?? '') < startedAt) lastOfSerial.set(serialId, execution);
  }
  const passed = [...lastOfSerial.values()]
    .filter((each): each is Finished => isPass(each))
    .toSorted((a, b) => (a.completedAt < b.completedAt ? -1 : 1));
  const bySteps = [...new Set(passed.map(({ processId }) => processId))].map((step) =>
    passed.filter(({ processId }) => processId === step),
  );
  const most = Math.max(0, ...bySteps.map(({ length }) => length));
  return bySteps.find(({ length }) => length === most)?.slice(-RESULTS.most) ?? [];
}

function isPass({ result, completedAt, correctedAt }: ExecutionRow): boolean {
  return result === 'PASS' && completedAt !== null && correctedAt === null;
}

/** The result as the tester sent it. */
function inputOf({ id, result, measurements, notes, completedAt }: Finished): object {
  return {
    processData: encodeGlobalId('ProcessData', id),
    result,
    measurements: measurements.map(({ code, value, text, unit }) => ({
      code,
      ...(value === null ? { text } : { value }),
      ...(unit === null ? {} : { unit }),
    })),
    ...(notes === null ? {} : { notes }),
    completedAt,
  };
}

import type { Random } from '../random.ts';
import type { LotStory } from '../story/story.ts';

/** One sample: a serial, or a WIP item of a lot that is still at work. */
export interface TakenSample {
  readonly code: string;
  readonly wipItemId: string | null;
  readonly serialId: string | null;
  /** When it could be taken at the earliest. */
  readonly at: number;
}

/** Samples of a lot: one for each so many units, at least one, at most three. */
const UNITS_PER_SAMPLE = 25;
const MOST_SAMPLES = 3;
/** The samples of a lot: finished serials first; a lot that has none yet gives WIP items that are at work. */
export function samplesOf({ lot, serials, wipItems }: LotStory, random: Random): readonly TakenSample[] {
  const finished = serials.flatMap(({ id, number, completedAt }): readonly TakenSample[] =>
    completedAt === null ? [] : [{ code: number, wipItemId: null, serialId: id, at: Date.parse(completedAt) }],
  );
  const atWork = wipItems.flatMap(({ id, number, status, updatedAt }): readonly TakenSample[] =>
    status === 'CREATED' || status === 'CONVERTED'
      ? []
      : [{ code: number, wipItemId: id, serialId: null, at: Date.parse(updatedAt) }],
  );
  const candidates = finished.length > 0 ? finished : atWork;
  const count = Math.min(candidates.length, MOST_SAMPLES, Math.ceil(lot.targetQuantity / UNITS_PER_SAMPLE));
  const first = random.whole(0, Math.max(0, candidates.length - 1));
  const step = Math.max(1, Math.floor(candidates.length / Math.max(1, count)));
  return Array.from({ length: count }, (_, index) => candidates[(first + index * step) % candidates.length]).filter(
    (sample) => sample !== undefined,
  );
}

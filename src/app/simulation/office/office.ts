/**
 * What was printed, reported and sent about a lot while it was made. Like pictures, it is made for the newest lots only,
 * so that it stays small next to the executions.
 */
import type { Plant } from '../plant/plant.ts';
import { randomOf } from '../random.ts';
import type { InspectedLot } from '../story/story.ts';
import { alertsOf } from './alerts.ts';
import { batchOf } from './batch.ts';
import { labelPrintsOf } from './label-prints.ts';
import type { OfficeStory } from './office-story.ts';

/** What the records of a lot depend on. */
export interface Office {
  readonly seed: string;
  readonly until: number;
  readonly plant: Plant;
  /** The position of the first lot with such records. */
  readonly recentFrom: number;
}

const NOTHING: OfficeStory = { labelPrints: [], alerts: [], backgroundJobs: [], backgroundJobItems: [] };

/** Writes down what was printed, reported and sent about a lot. */
export function officeStoryOf(story: InspectedLot, { seed, until, plant, recentFrom }: Office): OfficeStory {
  const { index } = story.plan;
  if (index < recentFrom) return NOTHING;
  const circumstances = (about: string) => ({ until, plant, random: randomOf(seed, about, index) });
  return {
    labelPrints: labelPrintsOf(story, circumstances('label prints')),
    alerts: alertsOf(story, circumstances('alerts')),
    ...batchOf(story, circumstances('batch')),
  };
}

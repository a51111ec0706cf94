/**
 * The fate of a lot: what quality will decide about it. The first lots of a plant have one fate each, so that even the
 * smallest plant shows all of them.
 */
import type { Random } from '../random.ts';
import { SECOND } from '../rows.ts';
import type { Order } from '../schedule.ts';

/** All fates. */
export const FATES = ['RELEASED', 'UNDECIDED', 'INVESTIGATED', 'REJECTED', 'HELD_AT_WORK', 'RECALLED'] as const;
/** What quality decides about a lot, and when. */
export type Fate = (typeof FATES)[number];

const USUAL: readonly { readonly fate: Fate; readonly weight: number }[] = [
  { fate: 'RELEASED', weight: 86 },
  { fate: 'UNDECIDED', weight: 6 },
  { fate: 'INVESTIGATED', weight: 4 },
  { fate: 'REJECTED', weight: 1.5 },
  { fate: 'HELD_AT_WORK', weight: 1.5 },
  { fate: 'RECALLED', weight: 1 },
];

/** When a lot is held in progress: so many seconds for each of its units after its planned start. */
const HELD_AFTER_SECONDS = { least: 60, most: 150 } as const;

/** Chooses the fate of a lot. */
export function fateOf(index: number, random: Random): Fate {
  const fate = random.weighted(USUAL).fate;
  return FATES[index] ?? fate;
}

/** Returns when a lot is held in progress; never for most lots. */
export function holdTime(fate: Fate, { plannedAt, units }: Order, random: Random): number {
  if (fate !== 'HELD_AT_WORK') return Number.POSITIVE_INFINITY;
  return Math.round(plannedAt + random.between(HELD_AFTER_SECONDS.least, HELD_AFTER_SECONDS.most) * units * SECOND);
}

/** SPC-1, SPC-2: Subgroups of readings, and what they say about the standard deviation of the process. */
import { present } from '../../platform/values/assert.ts';
import { DECIMAL_UNITS } from '../../platform/values/decimal.ts';
import { absolute, quotient } from '../measurement/quotient.rules.ts';
import { type Readings, squaredDeviations, standardDeviationOf, together } from '../measurement/reading.rules.ts';
import { chartConstants, type ConstantSet, SUBGROUP_SIZES } from './constants.rules.ts';

/** A subgroup of a chart; its first and its last reading, and the smallest and the largest, in units of 1e-10. */
export interface Subgroup extends Readings {
  readonly label: string;
  readonly smallest: bigint;
  readonly largest: bigint;
}

/** How σ is estimated. */
export const SIGMA_ESTIMATORS = ['RBAR_D2', 'SBAR_C4', 'MRBAR_D2', 'POOLED', 'OVERALL'] as const;

/** How σ is estimated. */
export type SigmaEstimator = (typeof SIGMA_ESTIMATORS)[number];

/** The range of a subgroup. */
export function rangeOfGroup({ smallest, largest }: Subgroup): number {
  return quotient(largest - smallest, DECIMAL_UNITS);
}

/** The moving ranges of two readings that follow each other. */
export function movingRanges(readings: readonly Subgroup[]): readonly number[] {
  return movingRangesOf(readings).map((range) => quotient(range, DECIMAL_UNITS));
}

/** Subgroups of the same size: the sums of their ranges, of their standard deviations, and of n Σx² − (Σx)². */
export interface Spread {
  readonly size: number;
  readonly groups: number;
  readonly ranges: bigint;
  readonly deviations: number;
  readonly squares: bigint;
}

/** What σ is estimated from: all readings, their subgroups of 2 and more, and the ranges of readings that follow each other. */
export interface Variation {
  readonly all: Readings;
  readonly spreads: readonly Spread[];
  readonly movingRanges: { readonly count: number; readonly sum: bigint };
}

/** The variation of subgroups. The moving ranges are those of their sums: of readings where each group is one. */
export function variationOf(groups: readonly Subgroup[]): Variation {
  const ranges = movingRangesOf(groups);
  return {
    all: together(groups),
    spreads: groups
      .filter(({ count }) => count >= SUBGROUP_SIZES.min)
      .map((group) => ({
        size: group.count,
        groups: 1,
        ranges: group.largest - group.smallest,
        deviations: present(standardDeviationOf(group), 'The deviation of a subgroup'),
        squares: squaredDeviations(group),
      })),
    movingRanges: { count: ranges.length, sum: ranges.reduce((sum, range) => sum + range, 0n) },
  };
}

/** SPC-2: σ of the process; null when there are too few readings for the estimator. */
export function sigmaOf(variation: Variation, estimator: SigmaEstimator, set: ConstantSet): number | null {
  const { all, spreads, movingRanges: moving } = variation;
  switch (estimator) {
    case 'RBAR_D2':
      return meanOfGroups(
        spreads,
        ({ ranges, size }) => quotient(ranges, DECIMAL_UNITS) / chartConstants(size, set).d2,
      );
    case 'SBAR_C4':
      return meanOfGroups(spreads, ({ deviations, size }) => deviations / chartConstants(size, set).c4);
    case 'MRBAR_D2':
      if (moving.count === 0) return null;
      return quotient(moving.sum, BigInt(moving.count) * DECIMAL_UNITS) / chartConstants(2, set).d2;
    case 'POOLED':
      return pooled(spreads);
    case 'OVERALL':
      return standardDeviationOf(all);
  }
}

function meanOfGroups(spreads: readonly Spread[], valueOf: (spread: Spread) => number): number | null {
  const groups = spreads.reduce((sum, spread) => sum + spread.groups, 0);
  return groups === 0 ? null : spreads.reduce((sum, spread) => sum + valueOf(spread), 0) / groups;
}

/** √(Σ(n − 1)s² ÷ Σ(n − 1)); null without a subgroup of 2. */
function pooled(spreads: readonly Spread[]): number | null {
  if (spreads.length === 0) return null;
  const squares = spreads.reduce(
    (sum, spread) => sum + quotient(spread.squares, BigInt(spread.size) * DECIMAL_UNITS ** 2n),
    0,
  );
  return Math.sqrt(squares / spreads.reduce((sum, { groups, size }) => sum + groups * (size - 1), 0));
}

function movingRangesOf(readings: readonly Subgroup[]): readonly bigint[] {
  return readings.slice(1).map(({ sum }, index) => absolute(sum - present(readings[index], 'The reading before').sum));
}

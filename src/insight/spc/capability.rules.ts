/** SPC-5: Capability: how well the spread of a process fits its limits. */
import chiSquareQuantile from '@stdlib/stats-base-dists-chisquare-quantile';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { present } from '../../platform/values/assert.ts';
import { DECIMAL_UNITS } from '../../platform/values/decimal.ts';
import { absolute, quotient } from '../measurement/quotient.rules.ts';
import type { Readings } from '../measurement/reading.rules.ts';

/** What a process is capable of, by its cpk. */
export const CAPABILITY_VERDICTS = ['CAPABLE', 'MARGINAL', 'NOT_CAPABLE'] as const;

/** What could be done about a process. */
export const CAPABILITY_ADVICE = ['REDUCE_VARIATION', 'CENTRE_PROCESS'] as const;

/** Why an index has no value. */
export const INDEX_REASONS = ['NO_LIMITS', 'ONE_SIDED', 'NO_TARGET', 'TOO_FEW_READINGS', 'ZERO_VARIATION'] as const;

/** Why an index has no value. */
export type IndexReason = (typeof INDEX_REASONS)[number];

/** SPC-5: The probability with which an interval covers the true index. */
export const CONFIDENCE = { min: 0.5, max: 0.9999, usual: 0.95 } as const;

/** SPC-5: The least cpk of a CAPABLE process, and of a MARGINAL one. */
export const CAPABLE = { capable: 1.33, marginal: 1 } as const;

/** SPC-5: The mean may miss the middle by 1 part of this many of the tolerance. */
export const OFF_CENTRE = 10n;

/** An index with its confidence interval, which only some indices have; or the reason why there is none. */
export interface CapabilityIndex {
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly reason: IndexReason | null;
}

/** The name of an index. */
export type IndexName = 'cp' | 'cpu' | 'cpl' | 'cpk' | 'cpm' | 'pp' | 'ppu' | 'ppl' | 'ppk' | 'cpmOverall';

/** What capability is computed from. Limits and target are in units of 1e-10, like the sum of the readings. */
export interface CapabilityBase {
  readonly readings: Readings;
  /** Null when there are too few readings for it. */
  readonly sigmaWithin: number | null;
  /** Null when there are too few readings for it. */
  readonly sigmaOverall: number | null;
  readonly lowerLimit: bigint | null;
  readonly upperLimit: bigint | null;
  readonly target: bigint | null;
  /** The probability with which an interval covers the true index, such as 0.95. */
  readonly confidence: number;
}

/** The indices with what they say. */
export interface CapabilityFigures {
  readonly indices: Readonly<Record<IndexName, CapabilityIndex>>;
  readonly verdict: (typeof CAPABILITY_VERDICTS)[number] | null;
  readonly advice: readonly (typeof CAPABILITY_ADVICE)[number][];
}

/** SPC-5: The capability of a process. */
export function capabilityOf(base: CapabilityBase): CapabilityFigures {
  const within = indicesOf(base, base.sigmaWithin);
  const overall = indicesOf(base, base.sigmaOverall);
  return {
    indices: {
      cp: within.both,
      cpu: within.above,
      cpl: within.below,
      cpk: within.nearest,
      cpm: within.aimed,
      pp: overall.both,
      ppu: overall.above,
      ppl: overall.below,
      ppk: overall.nearest,
      cpmOverall: overall.aimed,
    },
    verdict: verdictOf(within.nearest.value),
    advice: adviceOf(base, within.nearest.value),
  };
}

function indicesOf(base: CapabilityBase, sigma: number | null) {
  const { lowerLimit: lower, upperLimit: upper, target, readings } = base;
  const index = (valueOf: (sigma: number) => number, reason?: IndexReason): CapabilityIndex => {
    const missing = missingReason(base, sigma, reason);
    if (missing !== null) return { ...NOTHING, reason: missing };
    return { ...NOTHING, value: valueOf(present(sigma, 'σ')) };
  };
  const [belowUpper, aboveLower] = [distance(upper, readings), 0 - distance(lower, readings)];
  const width = upper === null || lower === null ? 0 : quotient(upper - lower, DECIMAL_UNITS);
  const oneSided = lower === null || upper === null ? 'ONE_SIDED' : undefined;
  const sides = [...(upper === null ? [] : [belowUpper]), ...(lower === null ? [] : [aboveLower])];
  return {
    both: withSpreadInterval(
      index((s) => width / (6 * s), oneSided),
      base,
    ),
    above: index((s) => belowUpper / (3 * s), upper === null ? 'ONE_SIDED' : undefined),
    below: index((s) => aboveLower / (3 * s), lower === null ? 'ONE_SIDED' : undefined),
    nearest: withNearestInterval(
      index((s) => Math.min(...sides) / (3 * s)),
      base,
    ),
    aimed: index(
      (s) => width / (6 * Math.hypot(s, distance(target, readings))),
      oneSided ?? (target === null ? 'NO_TARGET' : undefined),
    ),
  };
}

/** A limit minus the mean, exact before it is rounded; 0 without the limit or without readings, where nobody asks. */
function distance(limit: bigint | null, { count, sum }: Readings): number {
  if (limit === null || count === 0) return 0;
  return quotient(limit * BigInt(count) - sum, BigInt(count) * DECIMAL_UNITS);
}

const NOTHING = { value: null, lower: null, upper: null, reason: null } as const;

function missingReason(
  base: CapabilityBase,
  sigma: number | null,
  reason: IndexReason | undefined,
): IndexReason | null {
  if (base.lowerLimit === null && base.upperLimit === null) return 'NO_LIMITS';
  if (reason !== undefined) return reason;
  if (base.readings.count < 2 || sigma === null) return 'TOO_FEW_READINGS';
  return sigma === 0 ? 'ZERO_VARIATION' : null;
}

/** The interval of cp and pp: by the χ² distribution of the variance. */
function withSpreadInterval(
  index: CapabilityIndex,
  { readings: { count }, confidence }: CapabilityBase,
): CapabilityIndex {
  if (index.value === null) return index;
  const [degrees, tail] = [count - 1, (1 - confidence) / 2];
  const bound = (probability: number): number => Math.sqrt(chiSquareQuantile(probability, degrees) / degrees);
  return { ...index, lower: index.value * bound(tail), upper: index.value * bound(1 - tail) };
}

/** The interval of cpk and ppk: value · (1 ± z √(1/(9n value²) + 1/(2(n − 1)))), written so that it holds at 0, too. */
function withNearestInterval(
  index: CapabilityIndex,
  { readings: { count }, confidence }: CapabilityBase,
): CapabilityIndex {
  if (index.value === null) return index;
  const z = normalQuantile(1 - (1 - confidence) / 2, 0, 1);
  const half = z * Math.sqrt(1 / (9 * count) + index.value ** 2 / (2 * (count - 1)));
  return { ...index, lower: index.value - half, upper: index.value + half };
}

function verdictOf(cpk: number | null): CapabilityFigures['verdict'] {
  if (cpk === null) return null;
  if (cpk >= CAPABLE.capable) return 'CAPABLE';
  return cpk >= CAPABLE.marginal ? 'MARGINAL' : 'NOT_CAPABLE';
}

function adviceOf(base: CapabilityBase, cpk: number | null): CapabilityFigures['advice'] {
  return [
    ...(cpk !== null && cpk < CAPABLE.capable ? (['REDUCE_VARIATION'] as const) : []),
    ...(isOffCentre(base) ? (['CENTRE_PROCESS'] as const) : []),
  ];
}

/** Compares twice the distance of the mean from the middle, times the count, in whole units. */
function isOffCentre({ readings: { count, sum }, lowerLimit, upperLimit }: CapabilityBase): boolean {
  if (lowerLimit === null || upperLimit === null || count === 0) return false;
  const n = BigInt(count);
  return absolute(2n * sum - n * (lowerLimit + upperLimit)) * OFF_CENTRE > 2n * n * (upperLimit - lowerLimit);
}

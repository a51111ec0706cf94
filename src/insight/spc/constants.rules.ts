/** SPC-3: The constants of control charts for normal readings: computed, or rounded as printed tables have them. */
import { assert } from '../../platform/values/assert.ts';

/** Where the constants come from. */
export const CONSTANT_SETS = ['EXACT', 'TABLE'] as const;

/** Where the constants come from. */
export type ConstantSet = (typeof CONSTANT_SETS)[number];

/** The sizes of a subgroup for which there are constants. */
export const SUBGROUP_SIZES = { min: 2, max: 25 } as const;

/** The constants of a subgroup of n readings with the standard deviation 1. */
export interface ChartConstants {
  /** The mean of their range. */
  readonly d2: number;
  /** The standard deviation of their range. */
  readonly d3: number;
  /** The mean of their sample standard deviation. */
  readonly c4: number;
}

/** The factors by which the mean range and the mean standard deviation give the limits of charts. */
export interface ChartFactors {
  readonly A2: number;
  readonly D3: number;
  readonly D4: number;
  readonly A3: number;
  readonly B3: number;
  readonly B4: number;
}

/** SPC-3: The constants of subgroups of `size` readings, 2 to 25. */
export function chartConstants(size: number, set: ConstantSet): ChartConstants {
  assert(size >= SUBGROUP_SIZES.min && size <= SUBGROUP_SIZES.max, `There are no constants of ${size} readings.`);
  const exact = known.get(size) ?? computed(size);
  if (set === 'EXACT') return exact;
  return { d2: rounded(exact.d2, 3), d3: rounded(exact.d3, 3), c4: rounded(exact.c4, 4) };
}

/** SPC-3: The factors of subgroups of `size` readings, 2 to 25. */
export function chartFactors(size: number, set: ConstantSet): ChartFactors {
  const { d2, d3, c4 } = chartConstants(size, set);
  const spread = (3 * Math.sqrt(1 - c4 ** 2)) / c4;
  return {
    A2: 3 / (d2 * Math.sqrt(size)),
    D3: Math.max(0, 1 - (3 * d3) / d2),
    D4: 1 + (3 * d3) / d2,
    A3: 3 / (c4 * Math.sqrt(size)),
    B3: Math.max(0, 1 - spread),
    B4: 1 + spread,
  };
}

function rounded(value: number, places: number): number {
  return Math.round(value * 10 ** places) / 10 ** places;
}

/** The distribution function of the standard normal distribution, to the last digits of a number (Marsaglia's series). */
function normal(x: number): number {
  if (x > FAR) return 1;
  let sum = x;
  let term = x;
  for (let odd = 3; Math.abs(term) > Number.EPSILON * Math.abs(sum); odd += 2) {
    term *= x ** 2 / odd;
    sum += term;
  }
  return 0.5 + density(x) * sum;
}

function density(x: number): number {
  return Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);
}

/** Beyond it the normal distribution has less than 1e-18. */
const FAR = 9;
const STEP = 0.1;

/** The points of the inner integral, over the lowest reading. The trapezoid rule is exact to the last digits here. */
const LOWEST: readonly number[] = Array.from({ length: (2 * FAR) / STEP + 1 }, (_each, index) => -FAR + index * STEP);

/**
 * The points of the outer integral, over the range w > 0, with their weights: w = exp(t − exp(−t)) makes the trapezoid
 * rule as exact there. Each has the probability that another reading lies within w above each lowest reading.
 */
function rangePoints() {
  return Array.from({ length: 113 }, (_each, index) => {
    const t = -4 + index / 16;
    const w = Math.exp(t - Math.exp(-t));
    return {
      w,
      weight: (w * (1 + Math.exp(-t))) / 16,
      within: LOWEST.map((x) => ({ weight: density(x) * STEP, probability: normal(x + w) - normal(x) })),
    };
  });
}

/** What was computed: only a chart needs it, so that a start of the server does not wait for it. */
const known = new Map<number, ChartConstants>();
let points: ReturnType<typeof rangePoints> | undefined;

/** P(W > w) = 1 − n ∫ φ(x) (Φ(x + w) − Φ(x))^(n − 1) dx; its integral is the mean of W, that of 2w P(W > w) the mean of W². */
function computed(size: number): ChartConstants {
  points ??= rangePoints();
  let mean = 0;
  let meanSquare = 0;
  for (const { w, weight, within } of points) {
    const atMost = within.reduce((sum, point) => sum + point.weight * point.probability ** (size - 1), 0) * size;
    mean += weight * (1 - atMost);
    meanSquare += weight * 2 * w * (1 - atMost);
  }
  const c4 = Math.sqrt(2 / (size - 1)) * gammaQuotient(size);
  const constants = { d2: mean, d3: Math.sqrt(meanSquare - mean ** 2), c4 };
  known.set(size, constants);
  return constants;
}

/** Γ(n/2) ÷ Γ((n − 1)/2). */
function gammaQuotient(size: number): number {
  return size === 2 ? 1 / Math.sqrt(Math.PI) : (size - 2) / 2 / gammaQuotient(size - 1);
}

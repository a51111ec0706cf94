/** SPC-1, SPC-5: What a chart or an index may be asked for, and what is taken unless something else is asked for. */
import { type Answer, rejection, type Rejection } from '../../platform/rules/rejection.ts';
import { compareDecimals } from '../../platform/values/decimal.ts';
import { ATTRIBUTE_CHARTS, type SpcChartKind } from './chart.rules.ts';
import { SUBGROUP_SIZES } from './constants.rules.ts';
import type { SigmaEstimator } from './subgroup.rules.ts';

/** How readings or executions are put together. */
export const SUBGROUPINGS = ['SIZE', 'LOT', 'SESSION', 'HOUR', 'SHIFT', 'DAY'] as const;

/** How readings or executions are put together. */
export type Subgrouping = (typeof SUBGROUPINGS)[number];

/** The most subgroups of a chart. */
export const SUBGROUPS_MOST = 1_000;

/** The most executions of a subgroup of an attribute chart. */
export const ATTRIBUTE_SIZE = { min: 1, max: 10_000 } as const;

/** The size of subgroups of X̄ charts unless another is asked for. */
export const USUAL_SIZE = 5;

/** The fewest subgroups that limits are made of. */
export const BASELINE = { min: 2, max: SUBGROUPS_MOST } as const;

/** How the points of a chart are made. */
export interface Grouping {
  readonly by: Subgrouping;
  /** Readings or executions of each group; for SIZE only. */
  readonly size: number;
}

interface GivenGrouping {
  readonly subgroupBy: Subgrouping | undefined;
  readonly subgroupSize: number | undefined;
}

/** SPC-1: The grouping of a chart, or what is wrong with the one that was asked for. */
export function chartGrouping(chart: SpcChartKind, given: GivenGrouping): Grouping | Rejection {
  if (chart === 'I_MR') return individuals(given);
  if (isAttributeChart(chart)) {
    const by = given.subgroupBy ?? (given.subgroupSize === undefined ? 'DAY' : 'SIZE');
    return sized(by, given.subgroupSize, ATTRIBUTE_SIZE);
  }
  return sized(given.subgroupBy ?? 'SIZE', given.subgroupSize, SUBGROUP_SIZES, USUAL_SIZE);
}

/** SPC-5: The grouping of capability: single readings unless subgroups are asked for. */
export function capabilityGrouping(given: GivenGrouping): Grouping | Rejection {
  if (given.subgroupBy === undefined && given.subgroupSize === undefined) return { by: 'SIZE', size: 1 };
  return sized(given.subgroupBy ?? 'SIZE', given.subgroupSize, SUBGROUP_SIZES, USUAL_SIZE);
}

function individuals({ subgroupBy, subgroupSize }: GivenGrouping): Grouping | Rejection {
  const isSingle = (subgroupBy ?? 'SIZE') === 'SIZE' && (subgroupSize ?? 1) === 1;
  if (isSingle) return { by: 'SIZE', size: 1 };
  return rejection(
    'SPC-1',
    'subgroupBy',
    'I_MR plots each reading by itself; leave subgroupBy and subgroupSize out.',
    'INVALID_INPUT',
  );
}

function sized(
  by: Subgrouping,
  size: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
  usual?: number,
): Grouping | Rejection {
  if (by !== 'SIZE')
    return size === undefined
      ? { by, size: 0 }
      : rejection(
          'SPC-1',
          'subgroupSize',
          `subgroupSize goes with SIZE; groups by ${by} have the size that they have.`,
          'INVALID_INPUT',
        );
  const asked = size ?? usual;
  if (asked !== undefined && asked >= min && asked <= max) return { by, size: asked };
  return rejection('SPC-1', 'subgroupSize', `subgroupSize must be from ${min} to ${max}.`, 'INVALID_INPUT');
}

/** SPC-2: The estimator of a chart, or what is wrong with the one that was asked for; null for attribute charts. */
export function chartEstimator(
  chart: SpcChartKind,
  given: SigmaEstimator | undefined,
): SigmaEstimator | null | Rejection {
  if (isAttributeChart(chart))
    return given === undefined
      ? null
      : rejection('SPC-2', 'sigma', `${chart} has the σ of its distribution; leave sigma out.`, 'INVALID_INPUT');
  const asked = given ?? USUAL_ESTIMATORS[chart];
  if (fitsGrouping(asked, chart === 'I_MR')) return asked;
  return rejection('SPC-2', 'sigma', estimatorProblem(asked), 'INVALID_INPUT');
}

/** SPC-5: The estimator of capability, or what is wrong with the one that was asked for. */
export function capabilityEstimator(
  { by, size }: Grouping,
  given: SigmaEstimator | undefined,
): SigmaEstimator | Rejection {
  const isSingle = by === 'SIZE' && size === 1;
  const asked = given ?? (isSingle ? 'MRBAR_D2' : 'RBAR_D2');
  // Single readings have no range: the indices say so (TOO_FEW_READINGS).
  if (asked !== 'MRBAR_D2' || isSingle) return asked;
  return rejection('SPC-2', 'sigma', estimatorProblem(asked), 'INVALID_INPUT');
}

function fitsGrouping(estimator: SigmaEstimator, isSingle: boolean): boolean {
  return estimator === 'OVERALL' || (estimator === 'MRBAR_D2') === isSingle;
}

function estimatorProblem(estimator: SigmaEstimator): string {
  return estimator === 'MRBAR_D2'
    ? 'MRBAR_D2 is for single readings; choose RBAR_D2, SBAR_C4, POOLED or OVERALL.'
    : `${estimator} needs subgroups; choose MRBAR_D2 or OVERALL.`;
}

const USUAL_ESTIMATORS = { XBAR_R: 'RBAR_D2', XBAR_S: 'SBAR_C4', I_MR: 'MRBAR_D2' } as const;

/** SPC-1: A chart of readings has a code. */
export function hasReadings(chart: SpcChartKind, code: string | undefined): Answer {
  if (isAttributeChart(chart) || code !== undefined) return undefined;
  return rejection('SPC-1', 'code', `${chart} is a chart of readings; it needs their code.`, 'INVALID_INPUT');
}

/** True for a chart of failures or defects. */
export function isAttributeChart(chart: SpcChartKind): chart is (typeof ATTRIBUTE_CHARTS)[number] {
  return ATTRIBUTE_CHARTS.some((each) => each === chart);
}

/** Where the limits of an index come from. */
export const LIMIT_SOURCES = ['INPUT', 'CHARACTERISTIC', 'NONE'] as const;

/** SPC-5: Where limits come from: the input when it has any, else the characteristic of the step. */
export function limitSource(isGiven: boolean, hasCharacteristic: boolean): (typeof LIMIT_SOURCES)[number] {
  if (isGiven) return 'INPUT';
  return hasCharacteristic ? 'CHARACTERISTIC' : 'NONE';
}

/** SPC-5: The lower limit is below the upper one, and the target is not outside of them. All are decimals. */
export function limitsAreInOrder({
  lowerLimit: lower,
  upperLimit: upper,
  target,
}: {
  readonly lowerLimit: string | null;
  readonly upperLimit: string | null;
  readonly target: string | null;
}): Answer {
  const isAbove = (one: string | null, other: string | null): boolean =>
    one !== null && other !== null && compareDecimals(one, other) > 0;
  if (isAbove(lower, upper) || (lower !== null && upper !== null && compareDecimals(lower, upper) === 0))
    return rejection(
      'SPC-5',
      'lowerLimit',
      `lowerLimit ${lower} must be less than upperLimit ${upper}.`,
      'INVALID_INPUT',
    );
  if (!isAbove(lower, target) && !isAbove(target, upper)) return undefined;
  return rejection('SPC-5', 'target', `target ${target} must be within the limits.`, 'INVALID_INPUT');
}

/** SPC-1: There is no step with the reference that was given. */
export function unknownStep(path: string): Rejection {
  return rejection('NOT_FOUND', path, 'There is no step with this id, code or number.');
}

/** What a chart or capability is about: the code of the step, what was read there, and its unit; null for none. */
export interface Measured {
  readonly step: string;
  readonly code: string | null;
  readonly unit: string | null;
}

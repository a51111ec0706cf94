/** SPC-1: Control charts: centre lines, limits, points and what the run rules say about them. */
import { quotient } from '../measurement/quotient.rules.ts';
import { present } from '../../platform/values/assert.ts';
import { DECIMAL_UNITS } from '../../platform/values/decimal.ts';
import { chartConstants, type ConstantSet } from './constants.rules.ts';
import { DISPERSION_RULES, type RunRule, type RunViolation, runViolations, type Zone, zoneOf } from './run.rules.ts';
import { meanDifference, meanOf, standardDeviationOf, together } from '../measurement/reading.rules.ts';
import {
  movingRanges,
  rangeOfGroup,
  type SigmaEstimator,
  sigmaOf,
  type Subgroup,
  variationOf,
} from './subgroup.rules.ts';

/** Charts of readings. */
export const VARIABLE_CHARTS = ['XBAR_R', 'XBAR_S', 'I_MR'] as const;
/** Charts of results and defects. */
export const ATTRIBUTE_CHARTS = ['P', 'NP', 'C', 'U'] as const;
/** All charts. */
export const SPC_CHARTS = [...VARIABLE_CHARTS, ...ATTRIBUTE_CHARTS] as const;

/** A chart of readings. */
export type VariableChart = (typeof VARIABLE_CHARTS)[number];
/** A chart of results or defects. */
export type AttributeChart = (typeof ATTRIBUTE_CHARTS)[number];
/** A control chart. */
export type SpcChartKind = VariableChart | AttributeChart;

/** The two parts of a chart: of the level, and of the spread. */
export const CHART_PARTS = ['MAIN', 'DISPERSION'] as const;

/** Why a chart has no figures. */
export const CHART_REASONS = ['NO_DATA', 'TOO_FEW_SUBGROUPS', 'UNEQUAL_SUBGROUPS', 'ZERO_VARIATION'] as const;

/** Why a chart has no figures. */
export type ChartReason = (typeof CHART_REASONS)[number];

/** The executions of a point of an attribute chart, and how many of them failed, or how many defects they have. */
export interface CountedSubgroup {
  readonly label: string;
  readonly size: number;
  readonly count: number;
}

/** A point of a chart with the limits that hold for it. */
export interface ChartPoint {
  readonly index: number;
  readonly label: string;
  readonly value: number;
  readonly size: number;
  readonly centre: number;
  readonly lower: number;
  readonly upper: number;
  readonly zone: Zone;
  readonly rules: readonly RunRule[];
}

/** A broken rule with its part of the chart. */
export interface ChartViolation extends RunViolation {
  readonly chart: (typeof CHART_PARTS)[number];
}

/** What a chart shows. `sigma` is null where each point has its own. With a reason there is nothing to show. */
export interface ChartFigures {
  readonly reason: ChartReason | null;
  readonly centre: number | null;
  readonly sigma: number | null;
  readonly points: readonly ChartPoint[];
  readonly dispersionPoints: readonly ChartPoint[];
  readonly violations: readonly ChartViolation[];
  readonly isStable: boolean | null;
}

/** How a chart is made. The first `baseline` subgroups give the limits; null for all. */
export interface ChartOptions {
  readonly rules: readonly RunRule[];
  readonly baseline: number | null;
}

/** SPC-1: A chart of readings. Each group of I_MR is one reading. */
export function variableChart(
  chart: VariableChart,
  groups: readonly Subgroup[],
  { rules, baseline, estimator, constants }: ChartOptions & { estimator: SigmaEstimator; constants: ConstantSet },
): ChartFigures {
  const based = baseOf(groups, baseline);
  const tooFew = tooFewOf(groups, based);
  if (tooFew !== undefined) return without(tooFew);
  const all = together(based);
  const sigma = present(sigmaOf(variationOf(based), estimator, constants), 'σ of two subgroups');
  if (sigma === 0) return without('ZERO_VARIATION');
  const centre = present(meanOf(all), 'The mean of two subgroups');
  const points = groups.map((group, at) => {
    const value = quotient(group.sum, BigInt(group.count) * DECIMAL_UNITS);
    const spread = sigma / Math.sqrt(group.count);
    return pointOf(group, at + 1, { value, centre, spread, size: group.count, z: meanDifference(group, all) / spread });
  });
  return judged({ points, dispersion: dispersionOf(chart, groups, sigma, constants), rules, centre, sigma });
}

/** SPC-1: A chart of failed executions, or of defects. */
export function attributeChart(
  chart: AttributeChart,
  groups: readonly CountedSubgroup[],
  { rules, baseline }: ChartOptions,
): ChartFigures {
  const based = baseOf(groups, baseline);
  const tooFew = tooFewOf(groups, based);
  if (tooFew !== undefined) return without(tooFew);
  const { size } = present(groups[0], 'The first subgroup');
  if ((chart === 'NP' || chart === 'C') && groups.some((group) => group.size !== size))
    return without('UNEQUAL_SUBGROUPS');
  const count = based.reduce((sum, group) => sum + group.count, 0);
  const sizes = based.reduce((sum, group) => sum + group.size, 0);
  const { centre, spreadOf, isShare, most } = ATTRIBUTES[chart](count / sizes, size);
  if (spreadOf(size) === 0) return without('ZERO_VARIATION');
  const points = groups.map((group, at) => {
    const value = isShare ? group.count / group.size : group.count;
    const spread = spreadOf(group.size);
    const z = (value - centre) / spread;
    return pointOf(group, at + 1, { value, centre, spread, size: group.size, z, least: 0, most });
  });
  return judged({ points, dispersion: [], rules, centre, sigma: isShare ? null : spreadOf(size) });
}

interface Attribute {
  readonly centre: number;
  readonly spreadOf: (size: number) => number;
  /** Whether the points are per execution, so that each size has a σ of its own. */
  readonly isShare: boolean;
  readonly most?: number;
}

/** The charts by the count per execution, and the size of equal groups. */
const ATTRIBUTES: Readonly<Record<AttributeChart, (rate: number, size: number) => Attribute>> = {
  P: (rate) => ({ centre: rate, spreadOf: (size) => Math.sqrt((rate * (1 - rate)) / size), isShare: true, most: 1 }),
  NP: (rate, size) => ({ centre: size * rate, spreadOf: () => Math.sqrt(size * rate * (1 - rate)), isShare: false }),
  C: (rate, size) => ({ centre: size * rate, spreadOf: () => Math.sqrt(size * rate), isShare: false }),
  U: (rate) => ({ centre: rate, spreadOf: (size) => Math.sqrt(rate / size), isShare: true }),
};

/** The points of the spread: ranges, standard deviations or moving ranges. A moving range has the index of its later reading. */
function dispersionOf(
  chart: VariableChart,
  groups: readonly Subgroup[],
  sigma: number,
  constants: ConstantSet,
): readonly Placed[] {
  if (chart === 'I_MR') {
    const { d2, d3 } = chartConstants(2, constants);
    return movingRanges(groups).map((value, at) =>
      pointOf(present(groups[at + 1], 'The later reading'), at + 2, {
        value,
        centre: d2 * sigma,
        spread: d3 * sigma,
        size: 2,
        least: 0,
      }),
    );
  }
  return groups.map((group, at) => {
    const { d2, d3, c4 } = chartConstants(group.count, constants);
    const [value, centre, spread] =
      chart === 'XBAR_R'
        ? [rangeOfGroup(group), d2 * sigma, d3 * sigma]
        : [
            present(standardDeviationOf(group), 'The deviation of a subgroup'),
            c4 * sigma,
            sigma * Math.sqrt(1 - c4 ** 2),
          ];
    return pointOf(group, at + 1, { value, centre, spread, size: group.count, least: 0 });
  });
}

type Placed = Omit<ChartPoint, 'rules'> & { readonly z: number };

interface Place {
  readonly value: number;
  readonly centre: number;
  readonly spread: number;
  readonly size: number;
  readonly z?: number;
  readonly least?: number;
  readonly most?: number | undefined;
}

function pointOf(group: { readonly label: string }, index: number, place: Place): Placed {
  const { value, centre, spread, size, z = (value - centre) / spread, least = -Infinity, most = Infinity } = place;
  return {
    index,
    label: group.label,
    value,
    size,
    centre,
    lower: Math.max(least, centre - 3 * spread),
    upper: Math.min(most, centre + 3 * spread),
    zone: zoneOf(z),
    z,
  };
}

function judged({
  points,
  dispersion,
  rules,
  centre,
  sigma,
}: {
  readonly points: readonly Placed[];
  readonly dispersion: readonly Placed[];
  readonly rules: readonly RunRule[];
  readonly centre: number;
  readonly sigma: number | null;
}): ChartFigures {
  const main = runViolations(points, rules).map((each) => ({ ...each, chart: 'MAIN' as const }));
  const first = dispersion[0]?.index ?? 1;
  const spread = runViolations(
    dispersion,
    rules.filter((rule) => DISPERSION_RULES.includes(rule)),
  ).map((each) => ({
    ...each,
    index: each.index + first - 1,
    pointIndexes: each.pointIndexes.map((index) => index + first - 1),
    chart: 'DISPERSION' as const,
  }));
  return {
    reason: null,
    centre,
    sigma,
    points: withRules(points, main),
    dispersionPoints: withRules(dispersion, spread),
    violations: [...main, ...spread],
    isStable: main.length + spread.length === 0,
  };
}

function withRules(points: readonly Placed[], violations: readonly RunViolation[]): readonly ChartPoint[] {
  return points.map(({ z: _z, ...point }) => ({
    ...point,
    rules: violations.filter(({ index }) => index === point.index).map(({ rule }) => rule),
  }));
}

function baseOf<Group>(groups: readonly Group[], baseline: number | null): readonly Group[] {
  return baseline === null ? groups : groups.slice(0, baseline);
}

function tooFewOf(groups: readonly unknown[], based: readonly unknown[]): ChartReason | undefined {
  if (groups.length === 0) return 'NO_DATA';
  return based.length < 2 ? 'TOO_FEW_SUBGROUPS' : undefined;
}

function without(reason: ChartReason): ChartFigures {
  return {
    reason,
    centre: null,
    sigma: null,
    points: [],
    dispersionPoints: [],
    violations: [],
    isStable: null,
  };
}

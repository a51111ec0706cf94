import { cached } from '../figure/cached-answer.graphql.ts';
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { costs } from '../../platform/read/field-extensions.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { Context } from '../../platform/request/context.ts';
import { USERS } from '../../platform/rules/access.ts';
import type { Instant } from '../../platform/values/time.ts';
import { clocksOf } from '../period/period.graphql.ts';
import { pictureFields } from '../picture/picture.graphql.ts';
import { figurePeriod } from '../period/period.rules.ts';
import { chartPicture, chartSpec } from './chart-picture.rules.ts';
import {
  attributeChart,
  CHART_PARTS,
  CHART_REASONS,
  type ChartFigures,
  type ChartPoint,
  type ChartViolation,
  SPC_CHARTS,
  type SpcChartKind,
  variableChart,
} from './chart.rules.ts';
import type { ConstantSet } from './constants.rules.ts';
import { RUN_RULES, ZONES } from './run.rules.ts';
import { ConstantSetType, SigmaEstimatorType, spcInputFields } from './spc-input.graphql.ts';
import {
  chartEstimator,
  chartGrouping,
  hasReadings,
  isAttributeChart,
  type Measured,
  SUBGROUPS_MOST,
  unknownStep,
} from './spc.rules.ts';
import { AskChart } from './spc.shapes.ts';
import {
  executionGroups,
  readingGroups,
  type ReadingsRow,
  type SubgroupRow,
  type Subgroups,
} from './subgroup.loaders.ts';
import type { SigmaEstimator, Subgroup } from './subgroup.rules.ts';

const Kind = enumeration('SpcChartType', SPC_CHARTS, 'A control chart (SPC-1).', {
  XBAR_R: 'Means of subgroups, with their ranges.',
  XBAR_S: 'Means of subgroups, with their standard deviations.',
  I_MR: 'Single readings, with their moving ranges of two.',
  P: 'The share of executions that failed.',
  NP: 'The number of executions that failed, of equal groups.',
  C: 'The number of defects, of equal groups.',
  U: 'The number of defects per execution.',
});

const Rule = enumeration(
  'RunRule',
  RUN_RULES,
  'A run rule of control charts (SPC-4); WE of Western Electric, N of Nelson.',
  {
    WE1: '1 point beyond 3σ.',
    WE2: '2 of 3 points beyond 2σ on one side.',
    WE3: '4 of 5 points beyond 1σ on one side.',
    WE4: '8 points in a row on one side.',
    N1: '1 point beyond 3σ.',
    N2: '9 points in a row on one side.',
    N3: '6 points in a row, each higher, or each lower, than the one before.',
    N4: '14 points in a row, up and down in turn.',
    N5: '2 of 3 points beyond 2σ on one side.',
    N6: '4 of 5 points beyond 1σ on one side.',
    N7: '15 points in a row within 1σ.',
    N8: '8 points in a row beyond 1σ, on either side.',
  },
);

const ZoneType = enumeration('SpcZone', ZONES, 'Where a point is, by its distance from the centre line.', {
  A: 'More than 2σ, at most 3σ.',
  B: 'More than 1σ, at most 2σ.',
  C: 'At most 1σ.',
  OUT: 'More than 3σ.',
});

const Part = enumeration('SpcChartPart', CHART_PARTS, 'A part of a control chart.', {
  MAIN: 'The level: means, readings, shares or counts.',
  DISPERSION: 'The spread: ranges, standard deviations or moving ranges.',
});

const Reason = enumeration('SpcChartReason', CHART_REASONS, 'Why a control chart has no figures.', {
  NO_DATA: 'There are no subgroups.',
  TOO_FEW_SUBGROUPS: 'There are less than two subgroups.',
  UNEQUAL_SUBGROUPS: 'The subgroups differ in size, which NP and C do not allow.',
  ZERO_VARIATION: 'σ is 0.',
});

/** A chart as the graph has it. */
export interface SpcChart extends ChartFigures {
  readonly chart: SpcChartKind;
  readonly estimator: SigmaEstimator | null;
  readonly constants: ConstantSet | null;
  readonly groups: readonly SubgroupRow[];
  readonly measured: Measured;
  readonly discarded: number;
  readonly isTruncated: boolean;
}

type Point = ChartPoint & { readonly startsAt: Instant | undefined; readonly endsAt: Instant | undefined };

const PointType = builder.objectRef<Point>('SpcPoint').implement({
  description: 'A point of a control chart.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place, from 1.' }),
    label: t.exposeString('label', {
      description:
        'What it is about: the lot, the batch, the time; for SIZE when its first execution ended (UTC, ISO 8601).',
    }),
    startsAt: t.expose('startsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its first execution ended (UTC).',
    }),
    endsAt: t.expose('endsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its last execution ended (UTC).',
    }),
    value: t.exposeFloat('value', {
      description: 'What is plotted, in the unit of the readings, or as a share or count.',
    }),
    size: t.exposeInt('size', { description: 'How many readings or executions it is made of.' }),
    centre: t.exposeFloat('centre', { description: 'The centre line at this point.' }),
    lower: t.exposeFloat('lower', { description: 'The lower control limit, 3σ below the centre or 0.' }),
    upper: t.exposeFloat('upper', { description: 'The upper control limit, 3σ above the centre; 1 at most for P.' }),
    zone: t.expose('zone', { type: ZoneType, description: 'Where it is.' }),
    rules: t.field({ type: [Rule], description: 'The rules that it completes.', resolve: ({ rules }) => [...rules] }),
  }),
});

const Violation = builder.objectRef<ChartViolation>('SpcViolation').implement({
  description: 'A run rule that the points of a chart break.',
  fields: (t) => ({
    chart: t.expose('chart', { type: Part, description: 'In which part of the chart.' }),
    rule: t.expose('rule', { type: Rule, description: 'The rule.' }),
    index: t.exposeInt('index', { description: 'The last point that completes it, from 1.' }),
    pointIndexes: t.intList({
      description: 'The points that make it up.',
      resolve: ({ pointIndexes }) => [...pointIndexes],
    }),
  }),
});

export const SpcChartObject = builder.objectRef<SpcChart>('SpcChart').implement({
  description: 'A control chart. With a `reason` it has no points, and centre and σ are null.',
  fields: (t) => ({
    chart: t.expose('chart', { type: Kind, description: 'Which chart.' }),
    sigmaEstimator: t.expose('estimator', {
      type: SigmaEstimatorType,
      nullable: true,
      description: 'How σ was estimated; null for P, NP, C and U, whose distribution says it.',
    }),
    constants: t.expose('constants', {
      type: ConstantSetType,
      nullable: true,
      description: 'Where the constants came from; null for P, NP, C and U.',
    }),
    subgroupCount: t.int({ description: 'How many subgroups.', resolve: ({ groups }) => groups.length }),
    readingCount: t.int({
      description: 'How many readings, or executions for P, NP, C and U, are in them.',
      resolve: ({ groups }) => groups.reduce((sum, { size }) => sum + size, 0),
    }),
    discardedReadings: t.exposeInt('discarded', {
      description:
        'Readings or executions in no subgroup: an incomplete last one, one of less than 2 or more than 25 readings, or without a session.',
    }),
    isTruncated: t.exposeBoolean('isTruncated', {
      description: `Whether there were more than ${SUBGROUPS_MOST} subgroups, of which only the newest are here.`,
    }),
    centre: t.exposeFloat('centre', { nullable: true, description: 'The centre line, from the baseline.' }),
    sigma: t.exposeFloat('sigma', {
      nullable: true,
      description: 'σ of the readings, or of the counts of NP and C; null for P and U, where each point has its own.',
    }),
    points: t.field({
      type: [PointType],
      description: 'The points of the level.',
      resolve: (chart) => timed(chart, chart.points),
    }),
    dispersionPoints: t.field({
      type: [PointType],
      description:
        'The points of the spread; none for P, NP, C and U. A moving range has the place of its later reading.',
      resolve: (chart) => timed(chart, chart.dispersionPoints),
    }),
    violations: t.field({
      type: [Violation],
      description: 'The rules that are broken, by part, rule and place.',
      resolve: ({ violations }) => [...violations],
    }),
    isStable: t.exposeBoolean('isStable', {
      nullable: true,
      description: 'Whether no rule is broken; null without figures.',
    }),
    reason: t.expose('reason', {
      type: Reason,
      nullable: true,
      description: 'Why there are no figures; null with figures.',
    }),
    ...pictureFields<SpcChart>(t, { svg: chartPicture, vegaLite: chartSpec }),
  }),
});

const SpcChartInput = builder.inputType('SpcChartInput', {
  description: 'What a control chart is made of (SPC-1).',
  fields: (t) => ({
    ...spcInputFields(t),
    chart: t.field({ type: Kind, required: true, description: 'Which chart.' }),
    code: t.string({ description: 'What was read, in any case. P, NP, C and U count executions, whatever was read.' }),
    rules: t.field({ type: [Rule], description: 'The run rules to apply. Default: WE1, WE2, WE3 and WE4.' }),
  }),
});

builder.queryField('spcChart', (t) =>
  t.field({
    type: SpcChartObject,
    nullable: true,
    description:
      'A control chart of the readings, failures or defects of a step, by the end of the executions (SPC-1).',
    authScopes: { may: USERS },
    extensions: costs(SUBGROUPS_MOST),
    args: { input: t.arg({ type: SpcChartInput, required: true, description: 'What it is made of.' }) },
    resolve: cached(async (_root, { input }, context) => chartOf(input, context)),
  }),
);

async function chartOf(input: unknown, context: Context): Promise<SpcChart> {
  const { chart, code, period, timeZone, sigma, constants, rules, baselineSubgroups, ...rest } = parseArguments(
    AskChart,
    input,
  );
  const missing = hasReadings(chart, code);
  if (missing !== undefined) return rejectQuery([missing]);
  const [grouping, estimator] = [chartGrouping(chart, rest), chartEstimator(chart, sigma)];
  if ('code' in grouping) return rejectQuery([grouping]);
  if (estimator !== null && typeof estimator !== 'string') return rejectQuery([estimator]);
  const query = {
    ...rest,
    grouping,
    period: figurePeriod(period, context.now),
    clocks: clocksOf(context.services, timeZone),
  };
  const options = { rules, baseline: baselineSubgroups ?? null };
  if (isAttributeChart(chart)) {
    const countsDefects = chart === 'C' || chart === 'U';
    const groups = known(await executionGroups(context.db, { ...query, countsDefects }));
    const counted = groups.rows.map(({ label, size, failCount, defectQuantity }) => ({
      label,
      size,
      count: countsDefects ? defectQuantity : failCount,
    }));
    const figures = attributeChart(chart, counted, options);
    return { ...figures, chart, estimator: null, constants: null, ...madeOf(groups) };
  }
  const groups = known(await readingGroups(context.db, { ...query, code: code ?? '' }));
  const how = { estimator: estimator ?? 'OVERALL', constants };
  return {
    ...variableChart(chart, groups.rows.map(subgroupOf), { ...options, ...how }),
    chart,
    ...how,
    ...madeOf(groups),
  };
}

function known<Row>(groups: Subgroups<Row> | undefined): Subgroups<Row> {
  return groups ?? rejectQuery([unknownStep('process')]);
}

function madeOf({ rows, ...made }: Subgroups<SubgroupRow>) {
  return { groups: rows, ...made };
}

function subgroupOf({ label, size, sum, squares, smallest, largest }: ReadingsRow): Subgroup {
  return {
    label,
    count: size,
    sum: BigInt(sum),
    squares: BigInt(squares),
    smallest: BigInt(smallest),
    largest: BigInt(largest),
  };
}

function timed({ groups }: SpcChart, points: readonly ChartPoint[]): Point[] {
  return points.map((point) => {
    const group = groups[point.index - 1];
    return { ...point, startsAt: group?.startsAt, endsAt: group?.endsAt };
  });
}

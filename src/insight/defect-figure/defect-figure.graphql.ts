import { cached } from '../figure/cached-answer.graphql.ts';
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { USERS } from '../../platform/rules/access.ts';
import { countedBy, executionArguments, timeZoneArgument } from '../figure/figure.graphql.ts';
import { clocksOf, DayRangeInput } from '../period/period.graphql.ts';
import { pictureFields } from '../picture/picture.graphql.ts';
import { SCOPE_ARGUMENT, ScopeInput } from '../scope/scope.graphql.ts';
import { loadDefectDensity, loadDefectPareto, loadDefectTrend } from './defect-figure.loaders.ts';
import { AskDefectPareto, AskDefectsPerMillion, AskDefectTrend } from './defect-figure.shapes.ts';
import type { DefectDensity as Density } from './density.rules.ts';
import { paretoPicture, paretoSpec } from './pareto-picture.rules.ts';
import {
  DEFECT_SOURCES,
  PARETO_KEYS,
  PARETO_ROWS,
  type Pareto as ParetoFigures,
  type ParetoRow as ParetoFigure,
} from './pareto.rules.ts';
import { trendPicture, trendSpec } from './trend-picture.rules.ts';
import { type Trend, TREND_INTERVALS, type TrendPoint as Point } from './trend.rules.ts';

export const DefectSource = enumeration('DefectSource', DEFECT_SOURCES, 'Which defects a figure counts.', {
  PROCESS: 'Those of executions, by their quantities, when the execution was completed.',
  INSPECTION: 'The findings of inspections that were not dismissed, one each, when they were made.',
  BOTH: 'Both together.',
});

export const ParetoKey = enumeration('ParetoKey', PARETO_KEYS, 'What the rows of a Pareto are about.', {
  CODE: 'The code of the defect; the type of a finding.',
  SEVERITY: 'How bad the defect is.',
  PROCESS: 'The step, by its code. Defects of executions only.',
  EQUIPMENT: 'The equipment, by its code; null without one. Defects of executions only.',
  OPERATOR: 'Who ran the step, by username. Defects of executions only.',
});

export const TrendInterval = enumeration('TrendInterval', TREND_INTERVALS, 'The intervals of a trend.', {
  DAY: 'Days of the time zone, of 23, 24 or 25 hours.',
  WEEK: 'Weeks from Monday.',
  MONTH: 'Months of the calendar.',
});

const ParetoRow = builder.objectRef<ParetoFigure<string | null>>('ParetoRow').implement({
  description: 'How often one key was counted.',
  fields: (t) => ({
    key: t.exposeString('key', {
      nullable: true,
      description: 'What was counted (ParetoKey); null without equipment.',
    }),
    count: t.exposeFloat('count', { description: 'How often: a whole number.' }),
    ratio: t.exposeFloat('ratio', { description: 'The share of all that were counted, 0 to 1.' }),
    cumulativeRatio: t.exposeFloat('cumulativeRatio', {
      description: 'The share of this row and all before it, 0 to 1.',
    }),
    isVitalFew: t.exposeBoolean('isVitalFew', {
      description: 'True up to and including the first row at which 80 percent of all are reached.',
    }),
  }),
});

const DefectPareto = builder.objectRef<ParetoFigures<string | null>>('DefectPareto').implement({
  description: 'The defects that count most (KPI-7).',
  fields: (t) => ({
    rows: t.field({
      type: [ParetoRow],
      description: 'By count, the greatest first, then by key.',
      resolve: ({ rows }) => [...rows],
    }),
    totalCount: t.exposeFloat('totalCount', { description: 'All that were counted, those beyond the limit too.' }),
    otherCount: t.exposeFloat('otherCount', { description: 'Those beyond the limit, which have no row.' }),
    ...pictureFields<ParetoFigures<string | null>>(t, { svg: paretoPicture, vegaLite: paretoSpec }),
  }),
});

const DefectDensity = builder.objectRef<Density>('DefectDensity').implement({
  description: 'How many defects a unit has, and how many a million opportunities have (KPI-6).',
  fields: (t) => ({
    defectCount: t.exposeFloat('defectCount', { description: 'The defects: a whole number.' }),
    unitCount: t.exposeInt('unitCount', {
      description: 'Units with a finished execution; completed inspections for the source INSPECTION.',
    }),
    defectsPerUnit: t.exposeFloat('defectsPerUnit', {
      nullable: true,
      description: 'defectCount ÷ unitCount; null without units.',
    }),
    dpmo: t.exposeFloat('dpmo', {
      nullable: true,
      description:
        'Defects per million opportunities: defectCount ÷ (unitCount × opportunitiesPerUnit) × 1,000,000; null without units.',
    }),
  }),
});

const TrendPoint = builder.objectRef<Point>('TrendPoint').implement({
  description: 'The executions that were completed in one interval.',
  fields: (t) => ({
    start: t.expose('start', {
      type: 'Date',
      description:
        'Its first day: the day, the Monday, the first of the month. Days outside of the range are not counted.',
    }),
    executions: t.exposeInt('executions', { description: 'Finished executions.' }),
    failCount: t.exposeInt('failCount', { description: 'Those with a FAIL.' }),
    failRatio: t.exposeFloat('failRatio', {
      nullable: true,
      description: 'failCount ÷ executions, 0 to 1; null without executions.',
    }),
    defectQuantity: t.exposeFloat('defectQuantity', { description: 'The quantities of their defects together.' }),
  }),
});

const DefectTrend = builder.objectRef<Trend>('DefectTrend').implement({
  description: 'Failures and defects per day, week or month (KPI-8).',
  fields: (t) => ({
    points: t.field({
      type: [TrendPoint],
      description: 'One for each interval, in time order, those without executions too.',
      resolve: ({ points }) => [...points],
    }),
    failRatio: t.exposeFloat('failRatio', {
      nullable: true,
      description:
        'All failures ÷ all executions, 0 to 1, which is not the mean of the points; null without executions.',
    }),
    maxFailRatio: t.exposeFloat('maxFailRatio', {
      nullable: true,
      description: 'The greatest failRatio of a point; null without executions.',
    }),
    ...pictureFields<Trend>(t, {
      svg: ({ points }, look) => trendPicture(points, look),
      vegaLite: ({ points }) => trendSpec(points),
    }),
  }),
});

builder.queryField('defectPareto', (t) =>
  t.field({
    type: DefectPareto,
    nullable: true,
    description: 'The defects that count most (KPI-7).',
    authScopes: { may: USERS },
    args: {
      ...executionArguments(t),
      source: t.arg({ type: DefectSource, defaultValue: 'BOTH', description: 'Which defects.' }),
      by: t.arg({ type: ParetoKey, defaultValue: 'CODE', description: 'What the rows are about.' }),
      limit: t.arg.int({
        defaultValue: PARETO_ROWS.default,
        description: `The most rows: ${PARETO_ROWS.min} to ${PARETO_ROWS.max}.`,
      }),
    },
    resolve: cached((_root, args, context) => {
      const { source, by, limit, ...given } = parseArguments(AskDefectPareto, args);
      return loadDefectPareto(context.db, countedBy(context, given), { source, by, limit });
    }),
  }),
);

builder.queryField('defectsPerMillion', (t) =>
  t.field({
    type: DefectDensity,
    nullable: true,
    description: 'Defects per unit and per million opportunities (KPI-6).',
    authScopes: { may: USERS },
    args: {
      ...executionArguments(t),
      source: t.arg({ type: DefectSource, defaultValue: 'BOTH', description: 'Which defects.' }),
      opportunitiesPerUnit: t.arg.int({
        required: true,
        description: 'How many things can go wrong at a unit: at least 1.',
      }),
    },
    resolve: cached((_root, args, context) => {
      const { source, opportunitiesPerUnit, ...given } = parseArguments(AskDefectsPerMillion, args);
      return loadDefectDensity(context.db, countedBy(context, given), { source, opportunitiesPerUnit });
    }),
  }),
);

builder.queryField('defectTrend', (t) =>
  t.field({
    type: DefectTrend,
    nullable: true,
    description: 'Failures and defects per day, week or month (KPI-8).',
    authScopes: { may: USERS },
    args: {
      days: t.arg({ type: DayRangeInput, required: true, description: 'Which days.' }),
      timeZone: timeZoneArgument(t),
      scope: t.arg({ type: ScopeInput, description: SCOPE_ARGUMENT }),
      interval: t.arg({ type: TrendInterval, defaultValue: 'DAY', description: 'What the points are.' }),
    },
    resolve: cached((_root, args, context) => {
      const { timeZone, ...given } = parseArguments(AskDefectTrend, args);
      return loadDefectTrend(context.db, { ...given, timeZone: clocksOf(context.services, timeZone).timeZone });
    }),
  }),
);

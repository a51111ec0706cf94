import { cached } from '../figure/cached-answer.graphql.ts';
import type { ObjectFieldBuilder } from '@pothos/core';
import { builder, type SchemaTypes } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { USERS } from '../../platform/rules/access.ts';
import {
  countedBy,
  resultCountFields,
  STEP_OF_ROW,
  timeZoneArgument,
  unitArguments,
} from '../figure/figure.graphql.ts';
import { clocksOf, DayRangeInput } from '../period/period.graphql.ts';
import { ScopeInput, UNIT_SCOPE_ARGUMENT } from '../scope/scope.graphql.ts';
import { SerialYield } from '../yield/yield.graphql.ts';
import {
  loadProductionStatistics,
  loadQualityMetrics,
  loadQualityTrend,
  type ProductionStatistics as Production,
} from './overview.loaders.ts';
import type {
  InspectedQuality,
  QualityMetrics as Metrics,
  QualityTrend as Trend,
  StepQuality,
} from './overview.rules.ts';
import { AskOverview, AskQualityTrend } from './overview.shapes.ts';

const ProductionStatistics = builder.objectRef<Production>('ProductionStatistics').implement({
  description: 'What was made in the period, each by its own time (KPI-4).',
  fields: (t) => ({
    lotsCreated: t.exposeInt('lotsCreated', { description: 'Lots that were made.' }),
    lotsCompleted: t.exposeInt('lotsCompleted', { description: 'Lots that were completed.' }),
    lotsClosed: t.exposeInt('lotsClosed', { description: 'Lots that were closed.' }),
    wipItemsCreated: t.exposeInt('wipItemsCreated', { description: 'WIP items that were made.' }),
    wipItemsCompleted: t.exposeInt('wipItemsCompleted', {
      description: 'WIP items that passed their last step before conversion.',
    }),
    serialsCreated: t.exposeInt('serialsCreated', { description: 'Serials that were made.' }),
    serialYield: t.field({
      type: SerialYield,
      description: 'The yield of the serials that reached their end (KPI-1).',
      resolve: ({ serialYield }) => serialYield,
    }),
  }),
});

const ProcessQuality = builder.objectRef<StepQuality>('ProcessQuality').implement({
  description: 'The finished executions of one step by their results.',
  fields: (t) => ({
    process: t.field(STEP_OF_ROW),
    ...resultCountFields(t),
    passRatio: t.exposeFloat('passRatio', {
      nullable: true,
      description: 'passCount ÷ executions, 0 to 1; null without executions.',
    }),
    failRatio: t.exposeFloat('failRatio', {
      nullable: true,
      description: 'failCount ÷ executions, 0 to 1; null without executions.',
    }),
  }),
});

const QualityMetrics = builder.objectRef<Metrics>('QualityMetrics').implement({
  description: 'The quality of the serials that reached their end in the period, and of the steps (KPI-5).',
  fields: (t) => ({
    inspectedSerials: t.exposeInt('inspectedSerials', {
      description: 'Serials that reached their end: PASSED, or FAILED with no rework left.',
    }),
    passedSerials: t.exposeInt('passedSerials', { description: 'Those that PASSED.' }),
    failedSerials: t.exposeInt('failedSerials', { description: 'Those that FAILED.' }),
    reworkedSerials: t.exposeInt('reworkedSerials', { description: 'Those that were reworked.' }),
    passRatio: t.exposeFloat('passRatio', {
      nullable: true,
      description: 'passedSerials ÷ inspectedSerials, 0 to 1; null without serials.',
    }),
    defectRatio: t.exposeFloat('defectRatio', {
      nullable: true,
      description: 'failedSerials ÷ inspectedSerials, 0 to 1; null without serials.',
    }),
    reworkRatio: t.exposeFloat('reworkRatio', {
      nullable: true,
      description: 'reworkedSerials ÷ inspectedSerials, 0 to 1; null without serials.',
    }),
    byProcess: t.field({
      type: [ProcessQuality],
      description: 'The active steps, and inactive ones with executions, by number.',
      resolve: ({ byProcess }) => [...byProcess],
    }),
  }),
});

function inspectedQualityFields<Row extends InspectedQuality>(t: ObjectFieldBuilder<SchemaTypes, Row>) {
  return {
    completedCount: t.int({
      description: 'Completed inspections.',
      resolve: ({ completedCount }) => completedCount,
    }),
    meanQualityScore: t.float({
      nullable: true,
      description: 'The mean of their quality scores, 0 to 1; null without inspections.',
      resolve: ({ meanQualityScore }) => meanQualityScore,
    }),
    passRatio: t.float({
      nullable: true,
      description: 'Those with the verdict PASS ÷ completedCount, 0 to 1; null without inspections.',
      resolve: ({ passRatio }) => passRatio,
    }),
  };
}

const QualityTrendPoint = builder.objectRef<Trend['points'][number]>('QualityTrendPoint').implement({
  description: 'The inspections that were completed on one day.',
  fields: (t) => ({
    start: t.expose('start', { type: 'Date', description: 'The day.' }),
    ...inspectedQualityFields(t),
  }),
});

const QualityTrendOverall = builder.objectRef<InspectedQuality>('QualityTrendOverall').implement({
  description: 'All inspections that were completed in the range; not the mean of its days.',
  fields: (t) => ({
    ...inspectedQualityFields(t),
  }),
});

const QualityTrend = builder.objectRef<Trend>('QualityTrend').implement({
  description: 'The quality that inspections found, day by day (KPI-12).',
  fields: (t) => ({
    points: t.field({
      type: [QualityTrendPoint],
      description: 'One for each day, in time order, those without inspections too.',
      resolve: ({ points }) => [...points],
    }),
    overall: t.field({ type: QualityTrendOverall, description: 'All of them.', resolve: ({ overall }) => overall }),
  }),
});

builder.queryField('productionStatistics', (t) =>
  t.field({
    type: ProductionStatistics,
    nullable: true,
    description: 'What was made in the period (KPI-4).',
    authScopes: { may: USERS },
    args: unitArguments(t),
    resolve: cached((_root, args, context) =>
      loadProductionStatistics(context.db, countedBy(context, parseArguments(AskOverview, args))),
    ),
  }),
);

builder.queryField('qualityMetrics', (t) =>
  t.field({
    type: QualityMetrics,
    nullable: true,
    description: 'The quality of serials and steps (KPI-5).',
    authScopes: { may: USERS },
    args: unitArguments(t),
    resolve: cached((_root, args, context) =>
      loadQualityMetrics(context.db, countedBy(context, parseArguments(AskOverview, args))),
    ),
  }),
);

builder.queryField('qualityTrend', (t) =>
  t.field({
    type: QualityTrend,
    nullable: true,
    description: 'The quality that inspections found, day by day (KPI-12).',
    authScopes: { may: USERS },
    args: {
      days: t.arg({ type: DayRangeInput, required: true, description: 'Which days.' }),
      timeZone: timeZoneArgument(t),
      scope: t.arg({ type: ScopeInput, description: UNIT_SCOPE_ARGUMENT }),
    },
    resolve: cached((_root, args, context) => {
      const { timeZone, ...given } = parseArguments(AskQualityTrend, args);
      return loadQualityTrend(context.db, { ...given, timeZone: clocksOf(context.services, timeZone).timeZone });
    }),
  }),
);

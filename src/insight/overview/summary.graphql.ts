import { cached } from '../figure/cached-answer.graphql.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { USERS } from '../../platform/rules/access.ts';
import { dayIn } from '../../platform/values/time.ts';
import { timeZoneArgument } from '../figure/figure.graphql.ts';
import { clocksOf } from '../period/period.graphql.ts';
import { AskProductionSummary } from './overview.shapes.ts';
import { loadProductionSummary } from './summary.loaders.ts';
import type {
  LotSummary as Lots,
  ProductionSummary as Summary,
  SerialSummary as Serials,
  WipItemSummary as Items,
} from './summary.rules.ts';

const LotSummary = builder.objectRef<Lots>('LotSummary').implement({
  description: 'The lots, and those of one day.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All lots.' }),
    createdOnDay: t.exposeInt('createdOnDay', { description: 'Made on the day.' }),
    createdInWeek: t.exposeInt('createdInWeek', { description: 'Made in the week of the day, Monday to Sunday.' }),
    activeCount: t.exposeInt('activeCount', { description: 'CREATED or IN_PROGRESS now.' }),
    heldCount: t.exposeInt('heldCount', { description: 'QUARANTINED or REJECTED now.' }),
    completedOnDay: t.exposeInt('completedOnDay', { description: 'Completed on the day.' }),
    closedOnDay: t.exposeInt('closedOnDay', { description: 'Closed on the day.' }),
  }),
});

const WipItemSummary = builder.objectRef<Items>('WipItemSummary').implement({
  description: 'The WIP items, and those of one day.',
  fields: (t) => ({
    createdOnDay: t.exposeInt('createdOnDay', { description: 'Made on the day.' }),
    completedOnDay: t.exposeInt('completedOnDay', {
      description: 'Passed their last step before conversion on the day.',
    }),
    convertedOnDay: t.exposeInt('convertedOnDay', { description: 'Became serials on the day.' }),
    inProgressCount: t.exposeInt('inProgressCount', { description: 'IN_PROGRESS now.' }),
    failedCount: t.exposeInt('failedCount', { description: 'FAILED now.' }),
  }),
});

const SerialSummary = builder.objectRef<Serials>('SerialSummary').implement({
  description: 'The serials, and those of one day.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All serials.' }),
    createdOnDay: t.exposeInt('createdOnDay', { description: 'Made on the day.' }),
    createdInWeek: t.exposeInt('createdInWeek', { description: 'Made in the week of the day, Monday to Sunday.' }),
    inProgressCount: t.exposeInt('inProgressCount', { description: 'IN_PROGRESS now.' }),
    passedOnDay: t.exposeInt('passedOnDay', { description: 'PASSED on the day.' }),
    failedOnDay: t.exposeInt('failedOnDay', { description: 'FAILED on the day, with no rework left.' }),
  }),
});

const ProductionSummary = builder.objectRef<Summary>('ProductionSummary').implement({
  description: 'The summary of a day (KPI-14).',
  fields: (t) => ({
    lots: t.field({ type: LotSummary, description: 'The lots.', resolve: ({ lots }) => lots }),
    wipItems: t.field({ type: WipItemSummary, description: 'The WIP items.', resolve: ({ wipItems }) => wipItems }),
    serials: t.field({ type: SerialSummary, description: 'The serials.', resolve: ({ serials }) => serials }),
    executionsOnDay: t.exposeInt('executionsOnDay', { description: 'Executions that were completed on the day.' }),
    failsOnDay: t.exposeInt('failsOnDay', { description: 'Those with a FAIL.' }),
    passRatioOnDay: t.exposeFloat('passRatioOnDay', {
      nullable: true,
      description: 'Those with a PASS ÷ executionsOnDay, 0 to 1; null without executions.',
    }),
    meanDurationSecondsOnDay: t.exposeFloat('meanDurationSecondsOnDay', {
      nullable: true,
      description: 'The mean of their whole seconds; null without executions.',
    }),
    passRatioOverall: t.exposeFloat('passRatioOverall', {
      nullable: true,
      description:
        'Of all serials that ever reached their end, the share that PASSED, 0 to 1 (KPI-1); null without any.',
    }),
    reworkRatioOverall: t.exposeFloat('reworkRatioOverall', {
      nullable: true,
      description:
        'Of all serials that ever reached their end, the share that was reworked, 0 to 1 (KPI-1); null without any.',
    }),
  }),
});

builder.queryField('productionSummary', (t) =>
  t.field({
    type: ProductionSummary,
    nullable: true,
    description: 'The summary of a day (KPI-14).',
    authScopes: { may: USERS },
    args: {
      date: t.arg({ type: 'Date', description: 'The day. Default: today in the time zone.' }),
      timeZone: timeZoneArgument(t),
    },
    resolve: cached((_root, args, context) => {
      const { date, timeZone: given } = parseArguments(AskProductionSummary, args);
      const { timeZone } = clocksOf(context.services, given);
      return loadProductionSummary(context.db, date ?? dayIn(timeZone, context.now), timeZone);
    }),
  }),
);

import { cached } from '../figure/cached-answer.graphql.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { reference } from '../../platform/read/field.ts';
import { USERS } from '../../platform/rules/access.ts';
import { Lot, LotStatus } from '../../production/lot/lot.graphql.ts';
import { lotById } from '../../production/lot/lot.loaders.ts';
import { WipItemStatus } from '../../production/wip-item/wip-item.graphql.ts';
import { loadLotDashboard } from './dashboard.loaders.ts';
import {
  DASHBOARD_LOTS,
  type LotDashboard as Dashboard,
  type LotDashboardRow as DashboardRow,
  type WipItemCount,
} from './dashboard.rules.ts';
import { AskLotDashboard } from './dashboard.shapes.ts';

const WipItemStatusCount = builder.objectRef<WipItemCount>('WipItemStatusCount').implement({
  description: 'How many WIP items of a lot have one status.',
  fields: (t) => ({
    status: t.expose('status', { type: WipItemStatus, description: 'The status.' }),
    count: t.exposeInt('count', { description: 'Items of the lot with it.' }),
  }),
});

const LotDashboardRow = builder.objectRef<DashboardRow>('LotDashboardRow').implement({
  description: 'The state of one lot when the dashboard was refreshed.',
  fields: (t) => ({
    lot: t.field({
      type: Lot,
      description: 'The lot as it is now.',
      ...reference(lotById, 'lotId', 'The lot of the dashboard'),
    }),
    status: t.expose('status', { type: LotStatus, description: 'How far its production had come.' }),
    targetQuantity: t.exposeInt('targetQuantity', { description: 'How many units are to be made.' }),
    wipItemCount: t.exposeInt('wipItemCount', { description: 'WIP items of the lot, converted ones too.' }),
    wipItemCounts: t.field({
      type: [WipItemStatusCount],
      description: 'The WIP items by status, in the order of the statuses; those without items have 0.',
      resolve: ({ wipItemCounts }) => [...wipItemCounts],
    }),
    completionRatio: t.exposeFloat('completionRatio', {
      nullable: true,
      description: '(COMPLETED + CONVERTED) ÷ wipItemCount, 0 to 1; null without items.',
    }),
    failureRatio: t.exposeFloat('failureRatio', {
      nullable: true,
      description: 'FAILED ÷ wipItemCount, 0 to 1; null without items.',
    }),
    passedQuantity: t.exposeInt('passedQuantity', { description: 'Serials that PASSED.' }),
    failedQuantity: t.exposeInt('failedQuantity', { description: 'Serials that FAILED with no rework left.' }),
    progressRatio: t.exposeFloat('progressRatio', {
      description: '(passedQuantity + failedQuantity) ÷ targetQuantity, 0 to 1.',
    }),
    meanLeadSeconds: t.exposeFloat('meanLeadSeconds', {
      nullable: true,
      description:
        'The mean of the whole seconds from the first start to the completion of the items that were completed (KPI-10); null without any.',
    }),
  }),
});

const LotDashboard = builder.objectRef<Dashboard>('LotDashboard').implement({
  description: 'The lots that are being made, or were closed within 7 days (KPI-14).',
  fields: (t) => ({
    rows: t.field({
      type: [LotDashboardRow],
      description: 'The lots, those that were made last first.',
      resolve: ({ rows }) => [...rows],
    }),
    refreshedAt: t.expose('refreshedAt', {
      type: 'DateTime',
      description: 'When the figures were computed (UTC): they know every change that was complete by then.',
    }),
  }),
});

builder.queryField('lotDashboard', (t) =>
  t.field({
    type: LotDashboard,
    nullable: true,
    description:
      'The lots that are not CLOSED, or were closed within 7 days, the newest first, with their figures as of `refreshedAt`: a running server refreshes them every 60 seconds (KPI-14).',
    authScopes: { may: USERS },
    args: {
      status: t.arg({ type: LotStatus, description: 'Only lots that had this status. Default: all.' }),
      first: t.arg.int({
        description: `How many lots, ${DASHBOARD_LOTS.min} to ${DASHBOARD_LOTS.max}. Default: ${DASHBOARD_LOTS.default}.`,
      }),
    },
    resolve: cached((_root, args, context) => loadLotDashboard(context.db, parseArguments(AskLotDashboard, args))),
  }),
);

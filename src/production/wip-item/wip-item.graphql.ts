import { Process } from '../../catalog/process/process.graphql.ts';
import { activeProcessesByLevel, processById } from '../../catalog/process/process.loaders.ts';
import { demandedRoute, type Route } from '../../catalog/process/route.rules.ts';
import { type KeptRoute, keptRoutes } from '../../catalog/route/route.loaders.ts';
import { ANY } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import type { Context } from '../../platform/request/context.ts';
import { derived, loaded, lookup, optionalReference, reference } from '../../platform/read/field.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { Lot, LotConnection, LotRef } from '../lot/lot.graphql.ts';
import { lotById } from '../lot/lot.loaders.ts';
import { generateWipItems } from './wip-item.commands.ts';
import {
  wipItemById,
  wipItemByNumber,
  wipItemList,
  wipItemsOfLot,
  workByWipItem,
  type WipItemWork,
} from './wip-item.loaders.ts';
import { WIP_ITEM_STATUSES, isItemActive, wipItemLeadTimeSeconds, nextStepOfItem } from './wip-item.rules.ts';

export const WipItemStatus = enumeration('WipItemStatus', WIP_ITEM_STATUSES, 'How far a WIP item has come.', {
  CREATED: 'Made, but no work has begun.',
  IN_PROGRESS: 'Being worked on.',
  COMPLETED: 'Passed every step before conversion.',
  FAILED: 'Its last result was a FAIL; it may be tried again.',
  CONVERTED: 'Became a serial; it takes no more work under this number.',
});

export const WipItem = builder.prismaObject('WipItem', {
  fields: (t) => ({
    number: t.exposeString('number'),
    externalNumber: t.exposeString('externalNumber', { nullable: true }),
    displayNumber: t.string({
      description: 'The number as people read it: the number itself, because its hyphens belong to it.',
      ...derived(['number'], ({ number }: { readonly number: string }) => number),
    }),
    lot: t.field({
      type: Lot,
      description: 'The lot the unit belongs to.',
      ...reference(lotById, 'lotId', 'The lot of a WIP item'),
    }),
    sequence: t.exposeInt('sequence'),
    status: t.expose('status', { type: WipItemStatus }),
    currentProcess: t.field({
      type: Process,
      nullable: true,
      description: 'The step that is being run on the unit; null when none is.',
      ...optionalReference(processById, 'currentProcessId'),
    }),
    nextProcess: t.field({
      type: Process,
      nullable: true,
      description:
        'The first mandatory step before conversion without a PASS, else the conversion step; null once the unit is CONVERTED, and when its route has no conversion.',
      resolve: nextProcessOf,
    }),
    passedProcesses: t.field({
      type: [Process],
      description: 'The steps with a PASS, in the order of the route; steps outside of the present route come last.',
      resolve: passedProcessesOf,
    }),
    firstStartedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When work on the unit began (UTC); null before.',
      ...workField([], ({ firstStartedAt }) => firstStartedAt),
    }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    convertedAt: t.expose('convertedAt', { type: 'DateTime', nullable: true }),
    leadTimeSeconds: t.int({
      nullable: true,
      description:
        'Whole seconds from the first start to completion, nights and waiting included; null while the unit is not complete.',
      ...workField(['completedAt'], ({ firstStartedAt }, { completedAt }) =>
        wipItemLeadTimeSeconds({ completedAt, firstStartedAt }),
      ),
    }),
    touchTimeSeconds: t.int({
      description:
        'Seconds of finished work on the item, without waiting; the work on the serial it became is not in it. Executions at the same time add up.',
      ...workField([], ({ touchTimeSeconds }) => touchTimeSeconds),
    }),
    isActive: t.boolean({ description: 'Whether it is CREATED or IN_PROGRESS.', ...derived(['status'], isItemActive) }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(WipItem, wipItemById);

async function nextProcessOf(item: Row<'WipItem'>, _args: object, context: Context): Promise<Row<'Process'> | null> {
  // Both statements run at once; the steps are needed on every route.
  const [work, steps] = await Promise.all([workOf(item, context), activeProcessesByLevel.load(context, 'WIP')]);
  const passedStepIds = new Set(work.passedStepIds);
  const route = work.routeId === null ? mandatory(steps) : (await routeWithId(work.routeId, context)).steps;
  const results = { passedStepIds, finishedStepIds: new Set(work.finishedStepIds) };
  const next = nextStepOfItem(item, demandedRoute(route, results), passedStepIds);
  if (next === undefined) return null;
  // A step of a route may be inactive or of another level by now.
  return steps.find((step) => step.id === next.id) ?? processById.load(context, next.id);
}

async function passedProcessesOf(item: Row<'WipItem'>, _args: object, context: Context): Promise<Row<'Process'>[]> {
  const { passedStepIds, routeId } = await workOf(item, context);
  const steps = (await processById.loadMany(context, passedStepIds)).map((step) => present(step, 'A passed step'));
  if (routeId === null) return steps.toSorted((a, b) => a.number - b.number);
  const route = await routeWithId(routeId, context);
  const numbers = new Map(route.steps.map(({ id, number }) => [id, number]));
  const numberOf = ({ id }: Row<'Process'>): number => numbers.get(id) ?? Infinity;
  return steps.toSorted((a, b) => numberOf(a) - numberOf(b) || a.number - b.number);
}

/** The steps of the factory route, none of which is optional. */
function mandatory(steps: readonly Row<'Process'>[]): Route {
  return steps.map((step) => ({ ...step, isOptional: false }));
}

async function routeWithId(id: string, { db }: Context): Promise<KeptRoute> {
  return present((await keptRoutes(db, [id])).get(id), 'The route of a lot');
}

/**
 * A field that is computed from the work on an item and from the named columns. The work on all items is loaded
 * together.
 */
function workField<Figure>(
  fields: readonly (keyof Row<'WipItem'>)[],
  figure: (work: WipItemWork, item: Row<'WipItem'>) => Figure,
) {
  return loaded(workByWipItem, 'id', fields, (work: WipItemWork | null, item: Row<'WipItem'>) =>
    figure(present(work, 'The work on a WIP item'), item),
  );
}

async function workOf(item: { readonly id: string }, context: Context): Promise<WipItemWork> {
  return present(await workByWipItem.load(context, item.id), 'The work on a WIP item');
}

export const WipItemRef = builder.inputType('WipItemRef', {
  description: 'A WIP item, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    number: t.string({ description: 'Its number, in any case, or else its external number, exact.' }),
  }),
});

export const WipItemConnection = connectionType({
  connection: wipItemList,
  node: WipItem,
  name: 'WipItem',
  what: 'WIP items',
});
LotConnection.filterBy('wipItems', wipItemsOfLot);
WipItemConnection.root('wipItems', { access: ANY, description: 'The WIP items, by lot and sequence.' });
WipItemConnection.on(Lot, 'wipItems', 'lotId', {
  description: 'The units of the lot, before and after they have serials.',
});

builder.queryField('wipItemByNumber', (t) =>
  t.field({
    type: WipItem,
    nullable: true,
    description: 'The WIP item of a number; null when there is none.',
    authScopes: { may: ANY },
    args: {
      number: t.arg.string({
        required: true,
        description: 'The number, in any case, or else the external number, exact.',
      }),
    },
    ...lookup(({ number }: { readonly number: string }, context) => wipItemByNumber.load(context, number)),
  }),
);

mutation(generateWipItems, {
  input: (t) => ({
    lot: t.field({ type: LotRef, required: true, description: 'The lot that gets the items.' }),
    quantity: t.int({
      required: true,
      description: 'How many: 1 to 100, and not more than the lot still asks for (WIP-3).',
    }),
    externalNumbers: t.stringList({
      description: 'Numbers that an ERP or an older system gave the units: one for each item, in order, or none.',
    }),
  }),
  payload: (t) => ({
    lot: t.field({
      type: Lot,
      nullable: true,
      description: 'The lot with its new items.',
      resolve: (p, _args, context, info) => loadById(lotById, p.lot, context, info),
    }),
    wipItems: t.field({
      type: [WipItem],
      nullable: true,
      description: 'The new items, in the order of their sequences; null when it was refused.',
      resolve: async (p, _args, context) => {
        if (p.wipItems === undefined) return null;
        const items = await wipItemById.loadMany(context, p.wipItems);
        return items.map((item) => present(item, 'A new WIP item'));
      },
    }),
  }),
});

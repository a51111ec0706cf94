import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { loaded, optionalReference, reference } from '../../platform/read/field.ts';
import { needs } from '../../platform/read/field-extensions.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { Context } from '../../platform/request/context.ts';
import { ANY } from '../../platform/rules/access.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import { Process } from '../process/process.graphql.ts';
import { processById } from '../process/process.loaders.ts';
import { ProductModel, ProductModelRef } from '../product-model/product-model.graphql.ts';
import { productModelById } from '../product-model/product-model.loaders.ts';
import { createRoute, deleteRoute, releaseRoute, retireRoute, updateRoute } from './route.commands.ts';
import {
  lotCountByRoute,
  releasedRouteByModel,
  routeById,
  routeHasProcess,
  routeList,
  type RouteStepInForce,
  stepsByRoute,
} from './route.loaders.ts';
import { changesBetween, type ROUTE_CHANGE_KINDS, ROUTE_STATUSES, type RouteChange } from './route.rules.ts';
import { AskRouteChanges } from './route.shapes.ts';
import { RouteStep, RouteStepInput } from './route-step.graphql.ts';

const RouteStatus = enumeration('RouteStatus', ROUTE_STATUSES, 'How far a route has come.', {
  DRAFT: 'Being written; no lot has it.',
  RELEASED: 'New lots of the model get this route.',
  RETIRED: 'New lots get another route; lots that have this one keep it.',
});

export const Route = builder.prismaObject('Route', {
  fields: (t) => ({
    productModel: t.field({
      type: ProductModel,
      description: 'What it makes.',
      ...reference(productModelById, 'productModelId', 'The model of a route'),
    }),
    revision: t.exposeInt('revision'),
    status: t.expose('status', { type: RouteStatus }),
    name: t.exposeString('name', { nullable: true }),
    notes: t.exposeString('notes', { nullable: true }),
    steps: t.field({
      type: [RouteStep],
      description: 'Its steps, in the order of their numbers.',
      extensions: needs('id'),
      resolve: async ({ id }, _args, context) => [...(await stepsByRoute.load(context, id))],
    }),
    lotCount: t.int({
      description: 'How many lots have it, closed ones too.',
      ...loaded(lotCountByRoute, 'id', [], (counted) => counted?.count ?? 0),
    }),
    releasedAt: t.expose('releasedAt', { type: 'DateTime', nullable: true }),
    releasedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who last released it; null while it is a DRAFT, and when the system did.',
      ...optionalReference(userById, 'releasedById'),
    }),
    releaseReason: t.exposeString('releaseReason', { nullable: true }),
    retiredAt: t.expose('retiredAt', { type: 'DateTime', nullable: true }),
    retiredBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who retired it; null unless it is RETIRED, and when the system did.',
      ...optionalReference(userById, 'retiredById'),
    }),
    retireReason: t.exposeString('retireReason', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Route, routeById);

const RouteConnection = connectionType({ connection: routeList, node: Route, name: 'Route', what: 'routes' });
RouteConnection.root('routes', {
  access: ANY,
  description: 'The routes of product models, the latest revision of each model first.',
});
RouteConnection.on(ProductModel, 'routes', 'productModelId', { description: 'The routes of the model, in revisions.' });
RouteConnection.on(Process, 'routes', routeHasProcess, { description: 'The routes that contain the process.' });

builder.objectField(ProductModel, 'releasedRoute', (t) =>
  t.field({
    type: Route,
    nullable: true,
    description: 'The route that new lots of the model get; null when they use the factory route (RTE-4).',
    extensions: needs('id'),
    resolve: async ({ id }, _args, context, info) => {
      const released = await releasedRouteByModel.load(context, id);
      return released === null ? null : routeById.load(context, released.id, info);
    },
  }),
);

const RouteChangeKind = builder.enumType('RouteChangeKind', {
  description: 'What distinguishes a step of two routes.',
  values: {
    ADDED: { description: 'The process is only in the later route.' },
    REMOVED: { description: 'The process is only in the earlier route.' },
    MOVED: { description: 'The step has another number, and is the same otherwise.' },
    CHANGED: { description: 'The step has other values; it may have another number, too.' },
  } satisfies Record<(typeof ROUTE_CHANGE_KINDS)[number], object>,
});

const RouteChangeType = builder.objectRef<RouteChange<RouteStepInForce>>('RouteChange').implement({
  description: 'One difference between two routes.',
  fields: (t) => ({
    kind: t.expose('kind', { type: RouteChangeKind, description: 'What has changed.' }),
    process: t.field({
      type: Process,
      description: 'The process of the step.',
      resolve: async ({ processId }, _args, context, info) =>
        present(await processById.load(context, processId, info), 'The process of a step'),
    }),
    before: t.field({
      type: RouteStep,
      nullable: true,
      description: 'The step in the earlier route; null when it was added.',
      resolve: ({ before }) => before,
    }),
    after: t.field({
      type: RouteStep,
      nullable: true,
      description: 'The step in the later route; null when it was removed.',
      resolve: ({ after }) => after,
    }),
  }),
});

builder.queryField('routeChanges', (t) =>
  t.field({
    type: [RouteChangeType],
    nullable: true,
    description:
      'What changes from one route to another: removed steps first, then the others in the order of the later route.',
    authScopes: { may: ANY },
    args: {
      from: t.arg.id({ required: true, description: 'The id of the earlier route.' }),
      to: t.arg.id({ required: true, description: 'The id of the later route.' }),
    },
    async resolve(_root, args, context) {
      const asked = parseArguments(AskRouteChanges, args);
      const [from, to] = await Promise.all([
        stepsOfExistingRoute(context, asked.from, 'from'),
        stepsOfExistingRoute(context, asked.to, 'to'),
      ]);
      return [...changesBetween(from, to)];
    },
  }),
);

async function stepsOfExistingRoute(context: Context, id: string, path: string): Promise<readonly RouteStepInForce[]> {
  const [route, steps] = await Promise.all([routeById.load(context, id), stepsByRoute.load(context, id)]);
  return route === null ? rejectQuery([rejection('NOT_FOUND', path, 'The route with this id does not exist.')]) : steps;
}

const STEPS = 'The steps, 1 to 100, in any order (RTE-1).';
const ROUTE_ID = 'The id of the route.';

mutation(createRoute, {
  input: (t) => ({
    productModel: t.field({ type: ProductModelRef, required: true, description: 'The model that the route makes.' }),
    steps: t.field({ type: [RouteStepInput], description: `${STEPS} Give them, or copyFrom.` }),
    copyFrom: t.id({ description: 'The id of a route of the same model whose steps are copied.' }),
    name: t.string({ description: 'A name for people, 1 to 100 characters.' }),
    notes: t.string({ description: 'What is new in it, at most 2,000 characters.' }),
  }),
  payload: (t) => ({
    route: t.field({
      type: Route,
      nullable: true,
      description: 'The new draft.',
      resolve: (p, _args, context, info) => loadById(routeById, p.route, context, info),
    }),
  }),
});

mutation(updateRoute, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: ROUTE_ID }),
    steps: t.field({ type: [RouteStepInput], description: `${STEPS} They replace the former ones as a whole.` }),
    name: t.string({ description: 'A name for people; null clears it.' }),
    notes: t.string({ description: 'What is new in it; null clears it.' }),
  }),
  payload: (t) => ({
    route: t.field({
      type: Route,
      nullable: true,
      description: 'The changed draft.',
      resolve: (p, _args, context, info) => loadById(routeById, p.route, context, info),
    }),
  }),
});

mutation(deleteRoute, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: ROUTE_ID }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'Route') }),
});

mutation(releaseRoute, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ id: t.id({ required: true, description: ROUTE_ID }) }),
  payload: (t) => ({
    route: t.field({
      type: Route,
      nullable: true,
      description: 'The released route.',
      resolve: (p, _args, context, info) => loadById(routeById, p.route, context, info),
    }),
    retired: t.field({
      type: Route,
      nullable: true,
      description: 'The route that was released before and is retired now; null when there was none.',
      resolve: (p, _args, context, info) => loadById(routeById, p.retired, context, info),
    }),
  }),
});

mutation(retireRoute, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ id: t.id({ required: true, description: ROUTE_ID }) }),
  payload: (t) => ({
    route: t.field({
      type: Route,
      nullable: true,
      description: 'The retired route.',
      resolve: (p, _args, context, info) => loadById(routeById, p.route, context, info),
    }),
  }),
});

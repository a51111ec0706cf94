import { ProcessLevel } from '../../catalog/process/process.graphql.ts';
import { routeById } from '../../catalog/route/route.loaders.ts';
import { Route } from '../../catalog/route/route.graphql.ts';
import { RouteStep } from '../../catalog/route/route-step.graphql.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { loadById, mutationWith, payloadOf } from '../../platform/graphql/mutation.ts';
import { run } from '../../platform/command/run.ts';
import { optionalReference } from '../../platform/read/field.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { ANY } from '../../platform/rules/access.ts';
import { isJsonRecord } from '../../platform/values/json.ts';
import { Lot, LotConnection, LotRef } from '../lot/lot.graphql.ts';
import { lotById, numberedLots } from '../lot/lot.loaders.ts';
import { unitOf } from '../lot/unit-number.loaders.ts';
import { unknownUnit } from '../lot/unit-number.rules.ts';
import { changeLotRoute, type LotRouteChange, previewLotRoute } from './lot-route.commands.ts';
import { stepsOfLot } from './lot-route.loaders.ts';
import { AskRouteOf } from './lot-route.shapes.ts';

builder.objectField(Lot, 'route', (t) =>
  t.field({
    type: Route,
    nullable: true,
    description: 'The route that the lot was made with, or was moved to; null when it uses the factory route (RTE-4).',
    ...optionalReference(routeById, 'routeId'),
  }),
);

LotConnection.on(Route, 'lots', 'routeId', { description: 'The lots that have the route.' });

builder.queryField('routeOf', (t) =>
  t.field({
    type: [RouteStep],
    nullable: true,
    description:
      'The steps by which a lot is made: of its own route, or of the factory route. In the order of their numbers.',
    authScopes: { may: ANY },
    args: {
      lot: t.arg({ type: LotRef, required: true, description: 'The lot.' }),
      level: t.arg({ type: ProcessLevel, description: 'Only the steps of this level; all unless given.' }),
    },
    async resolve(_root, args, context) {
      const { lot: reference, level } = parseArguments(AskRouteOf, args);
      const lot = await unitOf(context.db, numberedLots, reference);
      if (lot === undefined) return rejectQuery([unknownUnit('LOT', String(reference.value), 'lot')]);
      return [...(await stepsOfLot(context, lot, level))];
    },
  }),
);

mutationWith<LotRouteChange>(
  changeLotRoute,
  {
    isVersioned: true,
    hasReason: true,
    input: (t) => ({
      lot: t.field({
        type: LotRef,
        required: true,
        description: 'The lot. It is not CLOSED and has no open execution.',
      }),
      route: t.id({
        description: 'The id of another RELEASED or RETIRED route of its model. No lot goes back to the factory route.',
      }),
      dryRun: t.boolean({
        defaultValue: false,
        description:
          'True: only answers what the change would do. It changes nothing, and its idempotency key is not kept.',
      }),
    }),
    payload: (t) => ({
      lot: t.field({
        type: Lot,
        nullable: true,
        description: 'The lot; as it is, for a dry run.',
        resolve: (p, _args, context, info) => loadById(lotById, p.lot, context, info),
      }),
      route: t.field({
        type: Route,
        nullable: true,
        description: 'The route that the lot has got, or would get.',
        resolve: (p, _args, context, info) => loadById(routeById, p.route, context, info),
      }),
      itemsReopened: t.int({
        nullable: true,
        description:
          'COMPLETED items that lack a PASS by the new route, and go back to work; null when it was refused.',
        resolve: (p) => p.itemsReopened ?? null,
      }),
      itemsCompleted: t.int({
        nullable: true,
        description:
          'IN_PROGRESS items that lack nothing by the new route, and are COMPLETED since their last PASS; null when it was refused.',
        resolve: (p) => p.itemsCompleted ?? null,
      }),
      itemsKept: t.int({
        nullable: true,
        description: 'All other items, which stay as they are; null when it was refused.',
        resolve: (p) => p.itemsKept ?? null,
      }),
      serialsKept: t.int({
        nullable: true,
        description: 'Serials, which stay as they are; null when it was refused.',
        resolve: (p) => p.serialsKept ?? null,
      }),
    }),
  },
  async (input, context) => {
    const isPreview = isJsonRecord(input) && input['dryRun'] === true;
    const { output, errors } = await (isPreview
      ? previewLotRoute(input, context)
      : run(changeLotRoute, input, context));
    return payloadOf(output, errors);
  },
);

import { ANY } from '../../platform/rules/access.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { optionalReference } from '../../platform/read/field.ts';
import { loadById } from '../../platform/graphql/mutation.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { rejection, type Rejection } from '../../platform/rules/rejection.ts';
import { type Reference } from '../../platform/input/schemas.ts';
import { Lot, LotRef } from '../../production/lot/lot.graphql.ts';
import { lotById, numberedLots } from '../../production/lot/lot.loaders.ts';
import { unitOf } from '../../production/lot/unit-number.loaders.ts';
import { unknownUnit } from '../../production/lot/unit-number.rules.ts';
import { Unit } from '../../production/unit/unit.graphql.ts';
import { serialById } from '../../production/serial/serial.loaders.ts';
import { wipItemById } from '../../production/wip-item/wip-item.loaders.ts';
import { LotChangedArguments } from './audit.shapes.ts';
import { lotChangesAfter, type LotChange } from './changes.loaders.ts';
import { positionCursor, followAuditTrail } from './position.graphql.ts';

const LotEvent = builder.objectRef<LotChange>('LotEvent').implement({
  description: 'Something happened to a lot, or to one of its items, serials or executions.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The place of the event; give it to `after` to go on behind it.',
      resolve: ({ position }, _args, context) => positionCursor(context, position),
    }),
    action: t.exposeString('action', { description: 'What happened, such as `processData.completed`.' }),
    lot: t.field({
      type: Lot,
      nullable: true,
      description: 'The lot as it is now; null when it was deleted.',
      ...optionalReference(lotById, 'lotId'),
    }),
    unit: t.field({
      type: Unit,
      nullable: true,
      description:
        'What it happened to, as it is now: the lot, the item or the serial; of an execution, what was worked on. Null when it was deleted.',
      resolve: ({ entity, lotId, wipItemId, serialId }, _args, context) => {
        if (serialId !== null) return loadById(serialById, serialId, context);
        if (wipItemId !== null) return loadById(wipItemById, wipItemId, context);
        return entity === 'wip_items' || entity === 'serials' ? null : loadById(lotById, lotId, context);
      },
    }),
  }),
});

builder.subscriptionField('lotChanged', (t) =>
  t.field({
    type: LotEvent,
    description:
      'What happens to a lot, its items, serials and executions, as it is sealed: each change at least once, in the order of positions, normally within two seconds of its commit (AUD-3).',
    authScopes: { may: ANY },
    args: {
      lot: t.arg({ type: LotRef, required: true, description: 'The lot.' }),
      after: t.arg.string({ description: 'A cursor to go on behind, without loss; from now on unless given.' }),
    },
    subscribe: async (_root, args, context) => {
      const { lot: reference, after } = parseArguments(LotChangedArguments, args);
      const lot = (await unitOf(context.db, numberedLots, reference)) ?? rejectQuery([unknownLot(reference)]);
      return followAuditTrail<LotChange>(context, after, (position, first) =>
        lotChangesAfter(context.db, lot.id, position, first),
      );
    },
    resolve: (change) => change,
  }),
);

function unknownLot({ key, value }: Reference): Rejection {
  return key === 'id'
    ? rejection('NOT_FOUND', 'lot', 'A lot with this id does not exist.')
    : unknownUnit('LOT', String(value), 'lot');
}

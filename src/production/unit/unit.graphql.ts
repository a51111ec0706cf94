import { present } from '../../platform/values/assert.ts';
import { builder } from '../../platform/graphql/builder.ts';
import type { Context } from '../../platform/request/context.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { Lot } from '../lot/lot.graphql.ts';
import { lotById } from '../lot/lot.loaders.ts';
import type { UnitKind } from '../lot/unit-number.rules.ts';
import { Serial } from '../serial/serial.graphql.ts';
import { serialById } from '../serial/serial.loaders.ts';
import { WipItem } from '../wip-item/wip-item.graphql.ts';
import { wipItemById } from '../wip-item/wip-item.loaders.ts';

export const Unit = builder.unionType('Unit', {
  description: 'What a step is run on: the lot itself, one of its WIP items, or one of its serials.',
  types: [Lot, WipItem, Serial],
  resolveType: (unit) => ('wipItemId' in unit ? Serial : 'targetQuantity' in unit ? Lot : WipItem),
});

export const UnitRef = builder.inputType('UnitRef', {
  description: 'A lot, a WIP item or a serial, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    number: t.string({
      description:
        'Its number, in any spelling; it tells by its form which of the three is meant. Or its external number, exact; where an item and its serial share one, the step that is asked for decides.',
    }),
  }),
});

/** The record of a unit. */
export async function loadUnit(
  context: Context,
  kind: UnitKind,
  id: string,
): Promise<Row<'Lot'> | Row<'WipItem'> | Row<'Serial'>> {
  return present(await BY_ID[kind].load(context, id), 'The unit');
}

const BY_ID = { LOT: lotById, WIP_ITEM: wipItemById, SERIAL: serialById } as const;

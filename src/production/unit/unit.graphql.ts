import { present } from '../../platform/values/assert.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { resolvedByType } from '../../platform/graphql/connection-type.ts';
import { derived } from '../../platform/read/field.ts';
import type { Context } from '../../platform/request/context.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { Lot } from '../lot/lot.graphql.ts';
import { lotById } from '../lot/lot.loaders.ts';
import type { UnitKind } from '../lot/unit-number.rules.ts';
import { Serial } from '../serial/serial.graphql.ts';
import { serialById } from '../serial/serial.loaders.ts';
import { WipItem } from '../wip-item/wip-item.graphql.ts';
import { wipItemById } from '../wip-item/wip-item.loaders.ts';

type UnitRow = Row<'Lot'> | Row<'WipItem'> | Row<'Serial'>;

const UnitStatus = builder.enumType('UnitStatus', {
  description: 'How far a unit has come, whatever it is; each kind of unit takes some of these values.',
  values: {
    CREATED: { description: 'Made, but no work has begun.' },
    IN_PROGRESS: { description: 'Being made, or worked on.' },
    COMPLETED: {
      description:
        'A lot: all units are done, or a lead ended it short. A WIP item: it passed every step before conversion.',
    },
    CLOSED: { description: 'A lot that is finished for good.' },
    CONVERTED: { description: 'A WIP item that became a serial.' },
    PASSED: { description: 'A serial that is good, for ever.' },
    FAILED: {
      description: 'A WIP item or a serial that is not good; it may be tried again while attempts or reworks are left.',
    },
  } as const,
});

export const Unit = builder.interfaceRef<UnitRow>('Unit').implement({
  description: 'What a step is run on: the lot itself, one of its WIP items, or one of its serials.',
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: (unit) => ('wipItemId' in unit ? 'Serial' : 'targetQuantity' in unit ? 'Lot' : 'WipItem'),
  fields: (t) => ({
    number: t.exposeString('number', { description: 'Its number.' }),
    externalNumber: t.exposeString('externalNumber', {
      nullable: true,
      description: 'The number that an ERP or an older system gave the unit; null when there is none.',
    }),
    displayNumber: t.string({ description: 'The number as people read it.', resolve: resolvedByType }),
    unitStatus: t.field({
      type: UnitStatus,
      description:
        'How far it has come: the `status` of the lot, the WIP item or the serial, in one type for all three.',
      ...derived(['status'], ({ status }: Pick<UnitRow, 'status'>) => status),
    }),
    isActive: t.boolean({ description: 'Whether it is CREATED or IN_PROGRESS.', resolve: resolvedByType }),
    lot: t.field({
      type: Lot,
      description: 'The lot it belongs to; of a lot, the lot itself.',
      resolve: resolvedByType,
    }),
  }),
});
for (const type of [Lot, WipItem, Serial]) type.addInterfaces([Unit]);

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
export async function loadUnit(context: Context, kind: UnitKind, id: string): Promise<UnitRow> {
  return present(await BY_ID[kind].load(context, id), 'The unit');
}

const BY_ID = { LOT: lotById, WIP_ITEM: wipItemById, SERIAL: serialById } as const;

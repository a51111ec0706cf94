import { lockRoute } from '../../catalog/process/process.commands.ts';
import { routeOf } from '../../catalog/process/process.loaders.ts';
import type { Route } from '../../catalog/process/route.rules.ts';
import { productModels } from '../../catalog/product-model/product-model.loaders.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { rowsByReference } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { FLOOR } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { lotIsNotHeld } from '../lot/lot.rules.ts';
import { type UnitWork, workOf } from '../lot/unit-work.loaders.ts';
import { insertSerials } from './serial.commands.ts';
import { ConvertWipItem } from './serial.shapes.ts';
import { lockWipItemInLot, markConverted } from '../wip-item/wip-item.commands.ts';
import { mayConvert } from '../wip-item/wip-item.rules.ts';

/** WIP-7: Converts a COMPLETED WIP item into a serial. */
export const convertWipItem = command({
  name: 'convertWipItem',
  action: 'wipItem.converted',
  description:
    'Turns a COMPLETED WIP item into a serial, when it has a PASS on every active WIP-level MANUFACTURING step (WIP-7).',
  access: FLOOR,
  input: ConvertWipItem,
  async run({ tx, now }, { wipItem: reference, expectedVersion }) {
    await lockRoute(tx, 'SHARED');
    const { lot, wipItem } = await lockWipItemInLot(tx, reference, { lot: 'SHARE', wipItem: 'NO KEY UPDATE' });
    enforce(isCurrent(wipItem, expectedVersion, { wipItem: wipItem.id }));
    const conversion = { lot, wipItem, route: await routeOf(tx), work: await workOf(tx, wipItem.id) };
    const serials = await convert(tx, [conversion], now);
    return { wipItem: wipItem.id, serial: present(serials.get(wipItem.id), 'The serial of the item') };
  },
});

/** The facts by which a conversion is checked. `work` leaves out the execution that causes the conversion. */
export interface Conversion {
  readonly lot: Pick<Row<'Lot'>, 'id' | 'number' | 'disposition' | 'targetQuantity' | 'productModelId'>;
  readonly wipItem: Pick<
    Row<'WipItem'>,
    'id' | 'number' | 'status' | 'sequence' | 'externalNumber' | 'completedAt' | 'convertedAt' | 'currentProcessId'
  >;
  readonly route: Route;
  readonly work: UnitWork;
}

/**
 * WIP-7, SER-5: Converts different items into serials, for `convertWipItem` or for a PASS on the conversion step; the
 * rules are checked here for both. Route, lots and items are locked. The number of allowed reworks is that of the model
 * now. Returns the ids of the serials by the ids of their items.
 */
export async function convert(
  tx: Tx,
  conversions: readonly Conversion[],
  now: Instant,
): Promise<ReadonlyMap<string, string>> {
  if (conversions.length === 0) return new Map();
  for (const { lot, wipItem, route, work } of conversions)
    enforce(lotIsNotHeld(lot, 'CONVERSION'), mayConvert(wipItem, route, work.passedStepIds, work.openSteps));
  const modelOf = ({ lot }: Conversion) => ({ key: 'id', value: lot.productModelId });
  const models = await rowsByReference(tx, productModels, conversions.map(modelOf));
  const items = conversions.map(({ wipItem }) => wipItem);
  markConverted(tx, items, now);
  const newSerials = conversions.map((conversion) => ({
    item: conversion.wipItem,
    lot: conversion.lot,
    maxReworks: present(models(modelOf(conversion)), 'The model of a lot').maxReworks,
  }));
  return insertSerials(tx, newSerials);
}

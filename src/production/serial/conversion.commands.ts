import { lockRoute } from '../../catalog/process/process.commands.ts';
import { routeOf } from '../../catalog/process/process.loaders.ts';
import type { Route } from '../../catalog/process/route.rules.ts';
import { productModels } from '../../catalog/product-model/product-model.loaders.ts';
import { FLOOR } from '../../platform/access.ts';
import { present } from '../../platform/assert.ts';
import { command, enforce, isCurrent } from '../../platform/command.ts';
import type { Tx } from '../../platform/database.ts';
import { rowOf } from '../../platform/row.ts';
import type { Row } from '../../platform/table.ts';
import type { Instant } from '../../platform/time.ts';
import { lotIsNotHeld } from '../lot/lot.rules.ts';
import { workOf, type UnitWork } from '../lot/unit-work.loaders.ts';
import { lockWipItemInLot, markConverted } from '../wip-item/wip-item.commands.ts';
import { mayConvert } from '../wip-item/wip-item.rules.ts';
import { bearSerial } from './serial.commands.ts';
import { ConvertWipItem } from './serial.shapes.ts';

export const convertWipItem = command({
  name: 'convertWipItem',
  action: 'wipItem.converted',
  description: 'Turns a COMPLETED WIP item into a serial, when it has a PASS on every active WIP-level MANUFACTURING step (WIP-7).',
  access: FLOOR,
  input: ConvertWipItem,
  async run({ tx, now }, { wipItem: reference, expectedVersion }) {
    await lockRoute(tx, 'SHARED');
    const { lot, wipItem } = await lockWipItemInLot(tx, reference, { lot: 'SHARE', wipItem: 'NO KEY UPDATE' });
    enforce(isCurrent(wipItem, expectedVersion, { wipItem: wipItem.id }));
    const serial = await convert(tx, { lot, wipItem, route: await routeOf(tx), work: await workOf(tx, wipItem.id) }, now);
    return { wipItem: wipItem.id, serial };
  },
});

/** What a conversion is judged by. `work` leaves out the execution that drives it. */
export interface Conversion {
  readonly lot: Pick<Row<'Lot'>, 'id' | 'number' | 'disposition' | 'targetQuantity' | 'productModelId'>;
  readonly wipItem: Pick<Row<'WipItem'>, 'id' | 'number' | 'status' | 'sequence' | 'externalNumber' | 'completedAt'>;
  readonly route: Route;
  readonly work: UnitWork;
}

/**
 * WIP-7, SER-5: an item becomes a serial, driven by `convertWipItem` or by a PASS on the conversion step; both are judged here. Route,
 * lot and item are locked. How often the serial may be reworked is what its model says now. Answers the serial's id.
 */
export async function convert(tx: Tx, { lot, wipItem, route, work }: Conversion, now: Instant): Promise<string> {
  enforce(lotIsNotHeld(lot, 'CONVERSION'), mayConvert(wipItem, route, work.passedStepIds, work.openSteps));
  const model = present(await rowOf(tx, productModels, { key: 'id', value: lot.productModelId }), 'The model of a lot');
  await markConverted(tx, wipItem, now);
  return bearSerial(tx, wipItem, lot, model.maxReworks);
}

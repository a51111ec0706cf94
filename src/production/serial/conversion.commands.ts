import type { Route } from '../../catalog/process/route.rules.ts';
import { productModels } from '../../catalog/product-model/product-model.loaders.ts';
import { enforce } from '../../platform/command/rejection.ts';
import { rowsByReference } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { lotIsNotHeld } from '../lot/lot.rules.ts';
import type { UnitWork } from '../lot/unit-work.loaders.ts';
import { insertSerials } from './serial.commands.ts';
import { markConverted } from '../wip-item/wip-item.commands.ts';
import { mayConvert } from '../wip-item/wip-item.rules.ts';

/** The facts by which a conversion is checked. `work` leaves out the execution that causes the conversion. */
export interface Conversion {
  readonly lot: Pick<Row<'Lot'>, 'id' | 'number' | 'disposition' | 'targetQuantity' | 'productModelId'>;
  readonly wipItem: Pick<
    Row<'WipItem'>,
    'id' | 'number' | 'status' | 'sequence' | 'externalNumber' | 'completedAt' | 'convertedAt' | 'currentProcessId'
  >;
  readonly route: Route;
  readonly work: Pick<UnitWork, 'passedStepIds' | 'openSteps'>;
  /** When the unit became a serial: the end of the execution that converts it, or now. */
  readonly at: Instant;
}

/**
 * WIP-7, SER-5: Converts different items into serials, for `convertWipItem` or for a PASS on the conversion step; the
 * rules are checked here for both. Route, lots and items are locked. The number of allowed reworks is that of the model
 * now. Returns the ids of the serials by the ids of their items.
 */
export async function convert(tx: Tx, conversions: readonly Conversion[]): Promise<ReadonlyMap<string, string>> {
  if (conversions.length === 0) return new Map();
  for (const { lot, wipItem, route, work } of conversions)
    enforce(lotIsNotHeld(lot, 'CONVERSION'), mayConvert(wipItem, route, work.passedStepIds, work.openSteps));
  const modelOf = ({ lot }: Conversion) => ({ key: 'id', value: lot.productModelId });
  const models = await rowsByReference(tx, productModels, conversions.map(modelOf));
  markConverted(
    tx,
    conversions.map(({ wipItem: item, at }) => ({ item, at })),
  );
  const newSerials = conversions.map((conversion) => ({
    item: conversion.wipItem,
    lot: conversion.lot,
    maxReworks: present(models(modelOf(conversion)), 'The model of a lot').maxReworks,
  }));
  return insertSerials(tx, newSerials);
}

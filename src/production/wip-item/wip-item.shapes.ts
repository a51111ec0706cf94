import { z } from 'zod';
import { integer, list } from '../../platform/input/schemas.ts';
import { lotRef } from '../lot/lot.shapes.ts';
import { externalNumber, numberedUnitRef } from '../lot/unit-number.shapes.ts';
import { MAX_ITEMS_PER_CALL, MIN_ITEMS_PER_CALL } from './wip-item.rules.ts';

/** A reference to a WIP item, by id, number or external number. */
export const wipItemRef = numberedUnitRef('WipItem');

/** WIP-3: The input of `generateWipItems`. */
export const GenerateWipItems = z.strictObject({
  lot: lotRef,
  quantity: integer(MIN_ITEMS_PER_CALL, MAX_ITEMS_PER_CALL, { rule: 'WIP-3' }),
  externalNumbers: list(externalNumber, MAX_ITEMS_PER_CALL),
});

import { z } from 'zod';
import { productModelRef } from '../../catalog/product-model/product-model.shapes.ts';
import { productionLineRef } from '../../catalog/production-line/production-line.shapes.ts';
import {
  optional,
  nullableUpdate,
  date,
  expectedVersion,
  identifyingText,
  integer,
  refineTo,
  optionalUpdate,
  withDefault,
  reason,
} from '../../platform/input/schemas.ts';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import { FIRST_PRODUCTION_DATE, LAST_PRODUCTION_DATE, SUPPLIER_CODE_LENGTH } from './lot.rules.ts';
import { TARGET_QUANTITY } from './lot-target.rules.ts';
import { externalNumber, numberedUnitRef } from './unit-number.shapes.ts';

/** A reference to a lot, by id, number or external number. */
export const lotRef = numberedUnitRef('Lot');

const targetQuantity = integer(TARGET_QUANTITY.min, TARGET_QUANTITY.max, { rule: 'LOT-3' });

const productionDate = refineTo(date, (day) =>
  day >= FIRST_PRODUCTION_DATE && day <= LAST_PRODUCTION_DATE
    ? { value: day }
    : { message: `must be a day from ${FIRST_PRODUCTION_DATE} to ${LAST_PRODUCTION_DATE}.` },
);

/** The input of `createLot`. */
export const CreateLot = z.strictObject({
  productModel: productModelRef,
  productionLine: productionLineRef,
  productionDate: productionDate,
  targetQuantity: optional(targetQuantity),
  externalNumber: optional(externalNumber),
  supplierCode: optional(identifyingText(SUPPLIER_CODE_LENGTH)),
  qualityRequirements: withDefault(jsonObject, {}),
  metadata: withDefault(jsonObject, {}),
});

/** The input of `updateLot`. */
export const UpdateLot = z.strictObject({
  lot: lotRef,
  targetQuantity: optionalUpdate(targetQuantity),
  supplierCode: nullableUpdate(identifyingText(SUPPLIER_CODE_LENGTH)),
  qualityRequirements: optionalUpdate(jsonObject),
  metadata: optionalUpdate(jsonObject),
  expectedVersion,
});

/** The input of a change that needs nothing but the lot: delete, close. */
export const ChangeLot = z.strictObject({ lot: lotRef, expectedVersion });

/** The input of a change with a reason: complete short, quarantine, release, reject. */
export const DecideLot = z.strictObject({ lot: lotRef, reason, expectedVersion });

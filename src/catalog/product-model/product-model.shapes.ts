import { z } from 'zod';
import {
  MAX_INT,
  optional,
  nullableUpdate,
  code,
  expectedVersion,
  globalId,
  integer,
  optionalUpdate,
  line,
  oneOf,
  withDefault,
  recordReference,
} from '../../platform/input/schemas.ts';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import {
  CYCLE_DAYS_MIN,
  MAX_LOT_QUANTITY,
  MAX_REWORKS,
  PART_TYPES,
  PRODUCT_MODEL_CODE,
  PRODUCT_MODEL_LENGTHS as LENGTHS,
  PRODUCT_MODEL_SEGMENT,
  PRODUCT_MODEL_STATUSES,
} from './product-model.rules.ts';

/** A reference to a product model, by id or code. */
export const productModelRef = recordReference({ id: globalId('ProductModel'), code: code(PRODUCT_MODEL_CODE) });

const partType = oneOf(PART_TYPES);
const status = oneOf(PRODUCT_MODEL_STATUSES);
const cycleDays = integer(CYCLE_DAYS_MIN, MAX_INT);
const maxLotQuantity = integer(MAX_LOT_QUANTITY.min, MAX_LOT_QUANTITY.max);
const maxReworks = integer(MAX_REWORKS.min, MAX_REWORKS.max);

/** The input of `createProductModel`. */
export const CreateProductModel = z.strictObject({
  code: code(PRODUCT_MODEL_CODE),
  lotSegment: optional(code(PRODUCT_MODEL_SEGMENT)),
  name: line(LENGTHS.name),
  localName: optional(line(LENGTHS.localName)),
  category: optional(line(LENGTHS.category)),
  partType: withDefault(partType, 'ASSEMBLY'),
  cycleDays: optional(cycleDays),
  maxLotQuantity: withDefault(maxLotQuantity, MAX_LOT_QUANTITY.default),
  maxReworks: withDefault(maxReworks, MAX_REWORKS.default),
  specifications: withDefault(jsonObject, {}),
  tolerances: withDefault(jsonObject, {}),
  status: withDefault(status, 'ACTIVE'),
});

/** The input of `updateProductModel`. */
export const UpdateProductModel = z.strictObject({
  productModel: productModelRef,
  name: optionalUpdate(line(LENGTHS.name)),
  localName: nullableUpdate(line(LENGTHS.localName)),
  category: nullableUpdate(line(LENGTHS.category)),
  partType: optionalUpdate(partType),
  cycleDays: nullableUpdate(cycleDays),
  maxLotQuantity: optionalUpdate(maxLotQuantity),
  maxReworks: optionalUpdate(maxReworks),
  specifications: optionalUpdate(jsonObject),
  tolerances: optionalUpdate(jsonObject),
  status: optionalUpdate(status),
  expectedVersion,
});

/** The input of `changeProductModelStatus`. */
export const ChangeProductModelStatus = z.strictObject({ productModel: productModelRef, status, expectedVersion });

/** The input of `deleteProductModel`. */
export const DeleteProductModel = z.strictObject({ productModel: productModelRef, expectedVersion });

import { z } from 'zod';
import {
  MAX_INT,
  absent,
  clearable,
  code,
  expectedVersion,
  globalId,
  integer,
  jsonObject,
  kept,
  line,
  oneOf,
  otherwise,
  reference,
} from '../../platform/input/schemas.ts';
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

export const productModelRef = reference({ id: globalId('ProductModel'), code: code(PRODUCT_MODEL_CODE) });

const partType = oneOf(PART_TYPES);
const status = oneOf(PRODUCT_MODEL_STATUSES);
const cycleDays = integer(CYCLE_DAYS_MIN, MAX_INT);
const maxLotQuantity = integer(MAX_LOT_QUANTITY.min, MAX_LOT_QUANTITY.max);
const maxReworks = integer(MAX_REWORKS.min, MAX_REWORKS.max);

export const CreateProductModel = z.strictObject({
  code: code(PRODUCT_MODEL_CODE),
  lotSegment: absent(code(PRODUCT_MODEL_SEGMENT)),
  name: line(LENGTHS.name),
  localName: absent(line(LENGTHS.localName)),
  category: absent(line(LENGTHS.category)),
  partType: otherwise(partType, 'ASSEMBLY'),
  cycleDays: absent(cycleDays),
  maxLotQuantity: otherwise(maxLotQuantity, MAX_LOT_QUANTITY.default),
  maxReworks: otherwise(maxReworks, MAX_REWORKS.default),
  specifications: otherwise(jsonObject, {}),
  tolerances: otherwise(jsonObject, {}),
  status: otherwise(status, 'ACTIVE'),
});

export const UpdateProductModel = z.strictObject({
  productModel: productModelRef,
  name: kept(line(LENGTHS.name)),
  localName: clearable(line(LENGTHS.localName)),
  category: clearable(line(LENGTHS.category)),
  partType: kept(partType),
  cycleDays: clearable(cycleDays),
  maxLotQuantity: kept(maxLotQuantity),
  maxReworks: kept(maxReworks),
  specifications: kept(jsonObject),
  tolerances: kept(jsonObject),
  status: kept(status),
  expectedVersion,
});

export const ChangeProductModelStatus = z.strictObject({ productModel: productModelRef, status, expectedVersion });

export const DeleteProductModel = z.strictObject({ productModel: productModelRef, expectedVersion });

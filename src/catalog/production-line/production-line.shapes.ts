import { z } from 'zod';
import {
  MAX_INT,
  optional,
  nullableUpdate,
  code,
  expectedVersion,
  flag,
  globalId,
  integer,
  optionalUpdate,
  line,
  lines,
  withDefault,
  recordReference,
} from '../../platform/input/schemas.ts';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import {
  CYCLE_TIME_SECONDS_MIN,
  PRODUCTION_LINE_CODE,
  PRODUCTION_LINE_LENGTHS as LENGTHS,
  PRODUCTION_LINE_SEGMENT,
  SORT_ORDER,
} from './production-line.rules.ts';

/** A reference to a production line, by id or code. */
export const productionLineRef = recordReference({ id: globalId('ProductionLine'), code: code(PRODUCTION_LINE_CODE) });

const cycleTimeSeconds = integer(CYCLE_TIME_SECONDS_MIN, MAX_INT);
const sortOrder = integer(SORT_ORDER.min, MAX_INT);

/** The input of `createProductionLine`. */
export const CreateProductionLine = z.strictObject({
  code: code(PRODUCTION_LINE_CODE),
  lotSegment: optional(code(PRODUCTION_LINE_SEGMENT)),
  name: line(LENGTHS.name),
  localName: optional(line(LENGTHS.localName)),
  description: optional(lines(LENGTHS.description)),
  location: optional(line(LENGTHS.location)),
  cycleTimeSeconds: optional(cycleTimeSeconds),
  sortOrder: withDefault(sortOrder, SORT_ORDER.default),
  config: withDefault(jsonObject, {}),
  isActive: withDefault(flag, true),
});

/** The input of `updateProductionLine`. */
export const UpdateProductionLine = z.strictObject({
  productionLine: productionLineRef,
  name: optionalUpdate(line(LENGTHS.name)),
  localName: nullableUpdate(line(LENGTHS.localName)),
  description: nullableUpdate(lines(LENGTHS.description)),
  location: nullableUpdate(line(LENGTHS.location)),
  cycleTimeSeconds: nullableUpdate(cycleTimeSeconds),
  sortOrder: optionalUpdate(sortOrder),
  config: optionalUpdate(jsonObject),
  isActive: optionalUpdate(flag),
  expectedVersion,
});

/** The input of `deleteProductionLine`. */
export const DeleteProductionLine = z.strictObject({ productionLine: productionLineRef, expectedVersion });

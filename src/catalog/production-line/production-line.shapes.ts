import { z } from 'zod';
import {
  MAX_INT,
  absent,
  clearable,
  code,
  expectedVersion,
  flag,
  globalId,
  integer,
  jsonObject,
  kept,
  line,
  lines,
  otherwise,
  reference,
} from '../../platform/input/schemas.ts';
import {
  CYCLE_TIME_SECONDS_MIN,
  PRODUCTION_LINE_CODE,
  PRODUCTION_LINE_LENGTHS as LENGTHS,
  PRODUCTION_LINE_SEGMENT,
  SORT_ORDER,
} from './production-line.rules.ts';

export const productionLineRef = reference({ id: globalId('ProductionLine'), code: code(PRODUCTION_LINE_CODE) });

const cycleTimeSeconds = integer(CYCLE_TIME_SECONDS_MIN, MAX_INT);
const sortOrder = integer(SORT_ORDER.min, MAX_INT);

export const CreateProductionLine = z.strictObject({
  code: code(PRODUCTION_LINE_CODE),
  lotSegment: absent(code(PRODUCTION_LINE_SEGMENT)),
  name: line(LENGTHS.name),
  localName: absent(line(LENGTHS.localName)),
  description: absent(lines(LENGTHS.description)),
  location: absent(line(LENGTHS.location)),
  cycleTimeSeconds: absent(cycleTimeSeconds),
  sortOrder: otherwise(sortOrder, SORT_ORDER.default),
  config: otherwise(jsonObject, {}),
  isActive: otherwise(flag, true),
});

export const UpdateProductionLine = z.strictObject({
  productionLine: productionLineRef,
  name: kept(line(LENGTHS.name)),
  localName: clearable(line(LENGTHS.localName)),
  description: clearable(lines(LENGTHS.description)),
  location: clearable(line(LENGTHS.location)),
  cycleTimeSeconds: clearable(cycleTimeSeconds),
  sortOrder: kept(sortOrder),
  config: kept(jsonObject),
  isActive: kept(flag),
  expectedVersion,
});

export const DeleteProductionLine = z.strictObject({ productionLine: productionLineRef, expectedVersion });

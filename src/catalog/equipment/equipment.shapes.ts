import { z } from 'zod';
import {
  optional,
  nullableUpdate,
  code,
  date,
  expectedVersion,
  flag,
  globalId,
  identifyingText,
  optionalUpdate,
  line,
  lines,
  matching,
  oneOf,
  withDefault,
  recordReference,
} from '../../platform/input/schemas.ts';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import { processRef } from '../process/process.shapes.ts';
import { productionLineRef } from '../production-line/production-line.shapes.ts';
import { stationRef } from '../station/station.shapes.ts';
import {
  EQUIPMENT_CODE,
  EQUIPMENT_LENGTHS as LENGTHS,
  EQUIPMENT_STATUSES,
  EQUIPMENT_TYPE,
  OPERATION_HOURS_PATTERN,
} from './equipment.rules.ts';

/** A reference to equipment, by id or code. */
export const equipmentRef = recordReference({ id: globalId('Equipment'), code: code(EQUIPMENT_CODE) });

const operationHours = matching(
  OPERATION_HOURS_PATTERN,
  'hours of 1 to 8 digits before and at most 2 after the point, such as "12.50"',
  (text) => text,
);

/** The input of `createEquipment`. */
export const CreateEquipment = z.strictObject({
  code: code(EQUIPMENT_CODE),
  name: line(LENGTHS.name),
  type: code(EQUIPMENT_TYPE),
  description: optional(lines(LENGTHS.description)),
  manufacturer: optional(line(LENGTHS.manufacturer)),
  modelNumber: optional(identifyingText(LENGTHS.modelNumber)),
  serialNumber: optional(identifyingText(LENGTHS.serialNumber)),
  process: optional(processRef),
  productionLine: optional(productionLineRef),
  station: optional(stationRef),
  isActive: withDefault(flag, true),
  lastMaintenanceOn: optional(date),
  nextMaintenanceOn: optional(date),
  operationHours: withDefault(operationHours, '0'),
  specifications: withDefault(jsonObject, {}),
  maintenanceSchedule: withDefault(jsonObject, {}),
});

/** The input of `updateEquipment`. */
export const UpdateEquipment = z.strictObject({
  equipment: equipmentRef,
  name: optionalUpdate(line(LENGTHS.name)),
  type: optionalUpdate(code(EQUIPMENT_TYPE)),
  description: nullableUpdate(lines(LENGTHS.description)),
  manufacturer: nullableUpdate(line(LENGTHS.manufacturer)),
  modelNumber: nullableUpdate(identifyingText(LENGTHS.modelNumber)),
  serialNumber: nullableUpdate(identifyingText(LENGTHS.serialNumber)),
  process: nullableUpdate(processRef),
  productionLine: nullableUpdate(productionLineRef),
  station: nullableUpdate(stationRef),
  isActive: optionalUpdate(flag),
  lastMaintenanceOn: nullableUpdate(date),
  nextMaintenanceOn: nullableUpdate(date),
  operationHours: optionalUpdate(operationHours),
  specifications: optionalUpdate(jsonObject),
  maintenanceSchedule: optionalUpdate(jsonObject),
  expectedVersion,
});

/** The input of `deleteEquipment`. */
export const DeleteEquipment = z.strictObject({ equipment: equipmentRef, expectedVersion });

/** The input of `changeEquipmentStatus`. */
export const ChangeEquipmentStatus = z.strictObject({
  equipment: equipmentRef,
  status: oneOf(EQUIPMENT_STATUSES),
  reason: optional(lines(LENGTHS.statusReason)),
  expectedVersion,
});

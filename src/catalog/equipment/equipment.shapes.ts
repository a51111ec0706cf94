import { z } from 'zod';
import {
  absent,
  clearable,
  code,
  date,
  expectedVersion,
  flag,
  globalId,
  jsonObject,
  kept,
  line,
  lines,
  matching,
  oneOf,
  otherwise,
  reference,
} from '../../platform/input/schemas.ts';
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

export const equipmentRef = reference({ id: globalId('Equipment'), code: code(EQUIPMENT_CODE) });

const operationHours = matching(
  OPERATION_HOURS_PATTERN,
  'hours of 1 to 8 digits before and at most 2 after the point, such as "12.50"',
  (text) => text,
);

export const CreateEquipment = z.strictObject({
  code: code(EQUIPMENT_CODE),
  name: line(LENGTHS.name),
  type: code(EQUIPMENT_TYPE),
  description: absent(lines(LENGTHS.description)),
  manufacturer: absent(line(LENGTHS.manufacturer)),
  modelNumber: absent(line(LENGTHS.modelNumber)),
  serialNumber: absent(line(LENGTHS.serialNumber)),
  process: absent(processRef),
  productionLine: absent(productionLineRef),
  station: absent(stationRef),
  isActive: otherwise(flag, true),
  lastMaintenanceOn: absent(date),
  nextMaintenanceOn: absent(date),
  operationHours: otherwise(operationHours, '0'),
  specifications: otherwise(jsonObject, {}),
  maintenanceSchedule: otherwise(jsonObject, {}),
});

export const UpdateEquipment = z.strictObject({
  equipment: equipmentRef,
  name: kept(line(LENGTHS.name)),
  type: kept(code(EQUIPMENT_TYPE)),
  description: clearable(lines(LENGTHS.description)),
  manufacturer: clearable(line(LENGTHS.manufacturer)),
  modelNumber: clearable(line(LENGTHS.modelNumber)),
  serialNumber: clearable(line(LENGTHS.serialNumber)),
  process: clearable(processRef),
  productionLine: clearable(productionLineRef),
  station: clearable(stationRef),
  isActive: kept(flag),
  lastMaintenanceOn: clearable(date),
  nextMaintenanceOn: clearable(date),
  operationHours: kept(operationHours),
  specifications: kept(jsonObject),
  maintenanceSchedule: kept(jsonObject),
  expectedVersion,
});

export const DeleteEquipment = z.strictObject({ equipment: equipmentRef, expectedVersion });

export const ChangeEquipmentStatus = z.strictObject({
  equipment: equipmentRef,
  status: oneOf(EQUIPMENT_STATUSES),
  reason: absent(lines(LENGTHS.statusReason)),
  expectedVersion,
});

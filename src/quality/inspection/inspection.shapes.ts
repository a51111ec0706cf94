import { z } from 'zod';
import { stationRef } from '../../catalog/station/station.shapes.ts';
import { type JsonObject, jsonObject } from '../../platform/input/json-schemas.ts';
import {
  code,
  expectedVersion,
  globalId,
  integer,
  list,
  nullableUpdate,
  oneOf,
  optional,
  optionalUpdate,
  reason,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { lotRef } from '../../production/lot/lot.shapes.ts';
import { numberedUnitRef } from '../../production/lot/unit-number.shapes.ts';
import { INSPECTION_METADATA_BYTES, INSPECTION_PRIORITY, INSPECTION_TYPES, SAMPLE_CODE } from './inspection.rules.ts';

/** The id of an inspection. */
export const inspectionId = globalId('Inspection');

const { min, max } = INSPECTION_PRIORITY;
const priority = integer(min, max, { rule: 'INS-1' });

const metadata: z.ZodType<JsonObject> = refineTo(jsonObject, (value) => {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > INSPECTION_METADATA_BYTES
    ? { message: `must have at most ${INSPECTION_METADATA_BYTES} bytes as JSON, but has ${bytes}.`, rule: 'INS-1' }
    : { value };
});

/** The input of `createInspection`. The type may be left out only for a reinspection, which has that of the earlier one. */
export const CreateInspection = refineTo(
  z.strictObject({
    lot: lotRef,
    wipItem: optional(numberedUnitRef('WipItem')),
    serial: optional(numberedUnitRef('Serial')),
    sampleCode: optional(code(SAMPLE_CODE)),
    type: optional(oneOf(INSPECTION_TYPES)),
    priority: withDefault(priority, INSPECTION_PRIORITY.default),
    station: optional(stationRef),
    metadata: withDefault(metadata, {}),
    reinspectionOf: optional(inspectionId),
  }),
  (value) =>
    value.type === undefined && value.reinspectionOf === undefined
      ? { message: 'must be given, unless `reinspectionOf` is.', rule: 'INS-1', path: ['type'] }
      : { value },
);

/** The input of `updateInspection`. */
export const UpdateInspection = z.strictObject({
  id: inspectionId,
  priority: optionalUpdate(priority),
  station: nullableUpdate(stationRef),
  metadata: optionalUpdate(metadata),
  expectedVersion,
});

/** The input of a change that needs nothing but the inspection: start, complete. */
export const ChangeInspection = z.strictObject({ id: inspectionId, expectedVersion });

/** The input of a change with a reason: fail, cancel. */
export const EndInspection = z.strictObject({ id: inspectionId, reason, expectedVersion });

/** The input of `startNextInspection`. */
export const StartNextInspection = z.strictObject({
  types: list(oneOf(INSPECTION_TYPES), INSPECTION_TYPES.length),
  station: optional(stationRef),
});

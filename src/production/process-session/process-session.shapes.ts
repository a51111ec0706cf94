import { z } from 'zod';
import { processRef } from '../../catalog/process/process.shapes.ts';
import { stationRef } from '../../catalog/station/station.shapes.ts';
import { testProgramVersionId } from '../../catalog/test-program/test-program.shapes.ts';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import {
  expectedVersion,
  globalId,
  identifyingText,
  integer,
  lines,
  optional,
  optionalUpdate,
  reason,
  withDefault,
} from '../../platform/input/schemas.ts';
import { BATCH_CODE_LENGTH, CLOSE_NOTES_LENGTH, SLOTS } from './process-session.rules.ts';

/** The id of a process session. */
export const processSessionId = globalId('ProcessSession');

/** The input of `openProcessSession`. */
export const OpenProcessSession = z.strictObject({
  station: stationRef,
  batchCode: identifyingText(BATCH_CODE_LENGTH, { rule: 'SES-1' }),
  process: processRef,
  slot: optional(integer(1, SLOTS, { rule: 'SES-2' })),
  testProgramVersion: optional(testProgramVersionId),
  parameters: withDefault(jsonObject, {}),
  hardwareConfig: withDefault(jsonObject, {}),
});

/** The input of `updateProcessSession`. */
export const UpdateProcessSession = z.strictObject({
  id: processSessionId,
  parameters: optionalUpdate(jsonObject),
  hardwareConfig: optionalUpdate(jsonObject),
  expectedVersion,
});

/** The input of `closeProcessSession`. */
export const CloseProcessSession = z.strictObject({
  id: processSessionId,
  closeNotes: optional(lines(CLOSE_NOTES_LENGTH)),
  expectedVersion,
});

/** The input of `cancelProcessSession`. */
export const CancelProcessSession = z.strictObject({ id: processSessionId, reason, expectedVersion });

/** The input of `deleteProcessSession`. */
export const DeleteProcessSession = z.strictObject({ id: processSessionId, expectedVersion });

/** The arguments of `processSession`. */
export const AskProcessSession = z.strictObject({ id: processSessionId });

/** The arguments of `freeSlots`. */
export const AskFreeSlots = z.strictObject({ station: stationRef });

import { z } from 'zod';
import { equipmentRef } from '../../../catalog/equipment/equipment.shapes.ts';
import { processRef } from '../../../catalog/process/process.shapes.ts';
import { userRef } from '../../../identity/user/user.shapes.ts';
import {
  expectedVersion,
  globalId,
  instant,
  lines,
  nullableUpdate,
  oneOf,
  optional,
  optionalUpdate,
  reason,
  type Reference,
  refineTo,
} from '../../../platform/input/schemas.ts';
import { NOTES_LENGTH } from './process-data.rules.ts';
import { defects, measurements } from '../result/measurement.shapes.ts';
import { PROCESS_RESULTS } from '../result/result.rules.ts';
import { processSessionId } from '../../process-session/process-session.shapes.ts';
import { unitRef } from '../../unit/unit.shapes.ts';
import { wipItemRef } from '../../wip-item/wip-item.shapes.ts';

/** The id of an execution. */
export const processDataId = globalId('ProcessData');
const result = oneOf(PROCESS_RESULTS);
const notes = lines(NOTES_LENGTH);

const start = {
  unit: unitRef,
  process: processRef,
  operator: optional(userRef),
  equipment: optional(equipmentRef),
  processSession: optional(processSessionId),
  startedAt: optional(instant),
};

const end = {
  result,
  measurements,
  defects,
  notes: optional(notes),
  completedAt: optional(instant),
};

export const StartProcess = z.strictObject(start);

export const RecordProcessData = z.strictObject({ ...start, ...end });
export type RecordInput = z.output<typeof RecordProcessData>;

/** An open execution, named by its id, or by its unit and its step. */
export type OpenExecutionRef =
  | { readonly by: 'ID'; readonly processData: string }
  | { readonly by: 'UNIT'; readonly unit: Reference; readonly process: Reference };

export const CompleteProcess = refineTo(
  z.strictObject({
    processData: optional(processDataId),
    unit: optional(unitRef),
    process: optional(processRef),
    processSession: optional(processSessionId),
    ...end,
    expectedVersion,
  }),
  ({ processData, unit, process, ...work }) => {
    const execution = openExecutionRef(processData, unit, process);
    return execution === undefined
      ? { message: 'must name the open execution by processData, or by unit and process.' }
      : { value: { execution, ...work } };
  },
);
export type CompletionInput = z.output<typeof CompleteProcess>;

/** An absent field stays unchanged; null clears a field that may be empty. */
export const CorrectProcessData = z.strictObject({
  id: processDataId,
  reason,
  result: optionalUpdate(result),
  measurements: optionalUpdate(measurements),
  defects: optionalUpdate(defects),
  notes: nullableUpdate(notes),
  completedAt: optionalUpdate(instant),
  equipment: nullableUpdate(equipmentRef),
  expectedVersion,
});

export const WithdrawProcess = z.strictObject({ id: processDataId, reason, expectedVersion });

/** The input of `convertWipItem`. */
export const ConvertWipItem = z.strictObject({ wipItem: wipItemRef, operator: optional(userRef), expectedVersion });

/** Whether a start would succeed. */
export const AskReadiness = z.strictObject({
  unit: unitRef,
  process: processRef,
  equipment: optional(equipmentRef),
  processSession: optional(processSessionId),
});

/**
 * The text that a scanner read, and the step, if one is given. Any text may be scanned; one that does not have the form
 * of a number is looked up as a code.
 */
export const AskScan = z.strictObject({
  code: z.string(),
  process: optional(processRef),
  equipment: optional(equipmentRef),
});

function openExecutionRef(
  processData: string | undefined,
  unit: Reference | undefined,
  process: Reference | undefined,
): OpenExecutionRef | undefined {
  if (processData !== undefined)
    return unit === undefined && process === undefined ? { by: 'ID', processData } : undefined;
  return unit === undefined || process === undefined ? undefined : { by: 'UNIT', unit, process };
}

import { z } from 'zod';
import { processRef } from '../../catalog/process/process.shapes.ts';
import { anyLine, code, list, oneOf, optional, withDefault } from '../../platform/input/schemas.ts';
import { READING_CODE, VERDICTS } from '../../production/process-data/result/measurement.rules.ts';
import { figurePeriodInput, timeZoneName } from '../period/period.shapes.ts';
import { scope } from '../scope/scope.shapes.ts';
import { CODE_SEARCH, MEASUREMENT_DIMENSIONS, SUMMARY_LIMITS } from './dimension.rules.ts';

const period = optional(figurePeriodInput);

/** The code of readings. */
export const readingCode = code(READING_CODE);

/** The arguments of `measurementCodes`. */
export const AskCodes = z.strictObject({
  process: optional(processRef),
  search: optional(anyLine(CODE_SEARCH)),
  period,
});

/** The arguments of `measurementSummary`. */
export const AskSummary = z.strictObject({
  process: optional(processRef),
  code: readingCode,
  period,
  scope,
  by: withDefault(list(oneOf(MEASUREMENT_DIMENSIONS), SUMMARY_LIMITS.dimensions), []),
  timeZone: timeZoneName,
});

/** The filter of `measurementReadings`. */
export const AskReadings = z.strictObject({
  process: optional(processRef),
  code: optional(readingCode),
  period,
  scope,
  verdict: optional(oneOf(VERDICTS)),
});

import { z } from 'zod';
import { processRef } from '../../catalog/process/process.shapes.ts';
import { decimal, flag, integer, list, oneOf, optional, refineTo, withDefault } from '../../platform/input/schemas.ts';
import { readingCode } from '../measurement/measurement.shapes.ts';
import { figurePeriodInput, timeZoneName } from '../period/period.shapes.ts';
import { scope } from '../scope/scope.shapes.ts';
import { CONFIDENCE } from './capability.rules.ts';
import { SPC_CHARTS } from './chart.rules.ts';
import { CONSTANT_SETS } from './constants.rules.ts';
import { DEFAULT_RUN_RULES, RUN_RULES } from './run.rules.ts';
import { ATTRIBUTE_SIZE, BASELINE, SUBGROUPINGS } from './spc.rules.ts';
import { SIGMA_ESTIMATORS } from './subgroup.rules.ts';

const common = {
  process: processRef,
  period: optional(figurePeriodInput),
  scope,
  subgroupBy: optional(oneOf(SUBGROUPINGS)),
  subgroupSize: optional(integer(ATTRIBUTE_SIZE.min, ATTRIBUTE_SIZE.max)),
  sigma: optional(oneOf(SIGMA_ESTIMATORS)),
  constants: withDefault(oneOf(CONSTANT_SETS), 'EXACT'),
  baselineSubgroups: optional(integer(BASELINE.min, BASELINE.max)),
  firstAttemptsOnly: withDefault(flag, false),
  timeZone: timeZoneName,
};

/** The input of `spcChart`. */
export const AskChart = z.strictObject({
  ...common,
  code: optional(readingCode),
  chart: oneOf(SPC_CHARTS),
  rules: withDefault(list(oneOf(RUN_RULES), RUN_RULES.length), [...DEFAULT_RUN_RULES]),
});

const confidence: z.ZodType<number> = refineTo(z.number(), (value) =>
  value >= CONFIDENCE.min && value <= CONFIDENCE.max
    ? { value }
    : { message: `must be from ${CONFIDENCE.min} to ${CONFIDENCE.max}.` },
);

/** The input of `processCapability`. */
export const AskCapability = z.strictObject({
  ...common,
  code: readingCode,
  lowerLimit: optional(decimal()),
  upperLimit: optional(decimal()),
  target: optional(decimal()),
  confidence: withDefault(confidence, CONFIDENCE.usual),
});

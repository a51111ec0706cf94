import { z } from 'zod';
import { code, globalId, integer, list, oneOf, optional, refineTo, withDefault } from '../../platform/input/schemas.ts';
import { DEFECT_CODE } from '../../production/process-data/result/result.rules.ts';
import { readingCode } from '../measurement/measurement.shapes.ts';
import { figurePeriodInput, timeZoneName } from '../period/period.shapes.ts';
import { scope } from '../scope/scope.shapes.ts';
import { COMMONALITY_FACTORS, COMMONALITY_ROWS, NAMED_UNITS, USUAL_P_VALUE } from './commonality.rules.ts';

const units = optional(list(globalId('WipItem', 'Serial'), NAMED_UNITS));

const share: z.ZodType<number> = refineTo(z.number(), (value) =>
  value > 0 && value <= 1 ? { value } : { message: 'must be greater than 0 and at most 1.' },
);

/** The arguments of `commonality`. */
export const AskCommonality = z.strictObject({
  units,
  failure: optional(z.strictObject({ defectCode: optional(code(DEFECT_CODE)), outOfSpecCode: optional(readingCode) })),
  against: units,
  period: optional(figurePeriodInput),
  scope,
  by: withDefault(list(oneOf(COMMONALITY_FACTORS), COMMONALITY_FACTORS.length), [...COMMONALITY_FACTORS]),
  timeZone: timeZoneName,
  maxPValue: withDefault(share, USUAL_P_VALUE),
  first: withDefault(integer(COMMONALITY_ROWS.min, COMMONALITY_ROWS.max), COMMONALITY_ROWS.default),
});

import { z } from 'zod';
import { oneOf, optional } from '../../platform/input/schemas.ts';
import { figurePeriodInput, timeZoneName } from '../period/period.shapes.ts';
import { scope } from '../scope/scope.shapes.ts';
import { YIELD_DIMENSIONS } from './yield.rules.ts';

/** The arguments of `serialYield`. */
export const AskSerialYield = z.strictObject({ period: optional(figurePeriodInput), scope });

/** The arguments of `yieldReport`. */
export const AskYieldReport = z.strictObject({
  period: optional(figurePeriodInput),
  scope,
  by: optional(oneOf(YIELD_DIMENSIONS)),
  timeZone: timeZoneName,
});

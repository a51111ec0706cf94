import { z } from 'zod';
import { optional } from '../../platform/input/schemas.ts';
import { figurePeriodInput } from '../period/period.shapes.ts';
import { scope } from '../scope/scope.shapes.ts';

/** The arguments of `processPerformance`, `cycleTimes` and `operatorPerformance`. */
export const AskPerformance = z.strictObject({ period: optional(figurePeriodInput), scope });

/** The arguments of `wipByProcess`. */
export const AskWipByProcess = z.strictObject({ scope });

import { z } from 'zod';
import { date, optional } from '../../platform/input/schemas.ts';
import { dayRange, figurePeriodInput, timeZoneName } from '../period/period.shapes.ts';
import { scope } from '../scope/scope.shapes.ts';

/** The arguments of `productionStatistics` and `qualityMetrics`. */
export const AskOverview = z.strictObject({ period: optional(figurePeriodInput), scope });

/** The arguments of `qualityTrend`. */
export const AskQualityTrend = z.strictObject({ days: dayRange, timeZone: timeZoneName, scope });

/** The arguments of `productionSummary`. */
export const AskProductionSummary = z.strictObject({ date: optional(date), timeZone: timeZoneName });

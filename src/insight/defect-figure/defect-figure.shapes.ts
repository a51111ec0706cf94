import { z } from 'zod';
import { integer, MAX_INT, oneOf, optional, withDefault } from '../../platform/input/schemas.ts';
import { dayRange, figurePeriodInput, timeZoneName } from '../period/period.shapes.ts';
import { scope } from '../scope/scope.shapes.ts';
import { DEFECT_SOURCES, type DefectSource, PARETO_KEYS, PARETO_ROWS, type ParetoKey } from './pareto.rules.ts';
import { TREND_INTERVALS, type TrendInterval } from './trend.rules.ts';

const source = withDefault<DefectSource>(oneOf(DEFECT_SOURCES), 'BOTH');

/** The arguments of `defectPareto`. */
export const AskDefectPareto = z.strictObject({
  period: optional(figurePeriodInput),
  scope,
  source,
  by: withDefault<ParetoKey>(oneOf(PARETO_KEYS), 'CODE'),
  limit: withDefault(integer(PARETO_ROWS.min, PARETO_ROWS.max), PARETO_ROWS.default),
});

/** The arguments of `defectsPerMillion`. */
export const AskDefectsPerMillion = z.strictObject({
  period: optional(figurePeriodInput),
  scope,
  source,
  opportunitiesPerUnit: integer(1, MAX_INT),
});

/** The arguments of `defectTrend`. */
export const AskDefectTrend = z.strictObject({
  days: dayRange,
  timeZone: timeZoneName,
  scope,
  interval: withDefault<TrendInterval>(oneOf(TREND_INTERVALS), 'DAY'),
});

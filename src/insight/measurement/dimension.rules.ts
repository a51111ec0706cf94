import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import { TIME_DIMENSIONS } from '../period/bucket.rules.ts';

/** What readings are divided by. */
export const MEASUREMENT_DIMENSIONS = [
  'PRODUCT_MODEL',
  'PRODUCTION_LINE',
  'PROCESS',
  'LOT',
  'EQUIPMENT',
  'OPERATOR',
  ...TIME_DIMENSIONS,
] as const;

/** What readings are divided by. */
export type MeasurementDimension = (typeof MEASUREMENT_DIMENSIONS)[number];

/** The most dimensions of a summary, and the most rows that they may make. */
export const SUMMARY_LIMITS = { dimensions: 3, rows: 1_000 } as const;

/** The most codes of a list. */
export const CODES_MOST = 100;
/** The most characters of a part of a code that is looked for. */
export const CODE_SEARCH = 50;

/** KPI-16: Each dimension divides once, and all together make few enough rows. */
export function dimensionsDiffer(by: readonly MeasurementDimension[]): Answer {
  const twice = by.find((dimension, at) => by.indexOf(dimension) < at);
  if (twice === undefined) return undefined;
  return rejection('INVALID_INPUT', 'by', `by has ${twice} twice; each dimension divides once.`);
}

/** KPI-16: A summary has at most 1,000 rows. `count` is one more when there are more. */
export function hasRoomForRows(count: number): Answer {
  if (count <= SUMMARY_LIMITS.rows) return undefined;
  return rejection(
    'LIMIT_EXCEEDED',
    'by',
    `This summary has more than ${SUMMARY_LIMITS.rows} rows; choose a shorter period, a narrower scope or fewer dimensions.`,
  );
}

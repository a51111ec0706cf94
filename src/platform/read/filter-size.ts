/** The limits of the size of a filter, checked before anything else is done with it. */
import { rejection, type Rejection } from '../rules/rejection.ts';

/** The deepest nesting of `and`, `or` and `not`, the outermost object included. */
export const FILTER_LEVELS = 3;
/** The largest number of conditions in a filter. */
export const FILTER_CONDITIONS = 50;
/** The largest number of values in a filter. */
export const FILTER_VALUES = 200;

/** Returns why a filter is rejected for its size, or undefined if it is within the limits. */
export function sizeRejection(given: unknown): Rejection | undefined {
  const size = { levels: 0, conditions: 0, values: 0 };
  measure(given, 1, size);
  const exceeds = (what: string, max: number, actual: number): Rejection | undefined =>
    actual > max
      ? rejection('LIMIT_EXCEEDED', 'filter', `The filter has ${actual} ${what}; at most ${max} are allowed.`)
      : undefined;
  return (
    exceeds('levels', FILTER_LEVELS, size.levels) ??
    exceeds('conditions', FILTER_CONDITIONS, size.conditions) ??
    exceeds('values', FILTER_VALUES, size.values)
  );
}

function measure(given: unknown, level: number, size: { levels: number; conditions: number; values: number }): void {
  if (typeof given !== 'object' || given === null) return;
  size.levels = Math.max(size.levels, level);
  for (const [field, value] of Object.entries(given)) {
    if (field === 'and' || field === 'or' || field === 'not') {
      for (const side of Array.isArray(value) ? value : [value]) measure(side, level + 1, size);
    } else if (value !== null && value !== undefined) {
      size.conditions += 1;
      size.values += typeof value === 'object' ? Object.values(value).flat().length : 1;
    }
  }
}

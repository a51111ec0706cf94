/** The limits of a filter, which are checked before anything else is done with it. */
import { rejection, type Rejection } from '../rules/rejection.ts';
import { groupOf, type Condition, type Filter } from './filter-condition.ts';

/** The deepest nesting of `and`, `or` and `not`, the outermost object included. */
export const FILTER_LEVELS = 3;
/** The largest number of conditions in a filter. An object without conditions counts as one. */
export const FILTER_CONDITIONS = 50;
/** The largest number of values in a filter. */
export const FILTER_VALUES = 200;
/** The largest number of conditions on the rows of other tables in a filter: each is a join of the statement. */
export const FILTER_RELATIONS = 10;
/** The largest number of characters of a text in a filter: escaping and matching it takes time. */
export const FILTER_TEXT_LENGTH = 200;
/** The largest number of characters of a JSON object in a filter, written as JSON. */
export const FILTER_JSON_LENGTH = 2_000;

/** Counting ends here, so that the time does not grow with the filter. */
const COUNTED_CONDITIONS = 1_000;

interface FilterSize {
  levels: number;
  conditions: number;
  values: number;
  relations: number;
}

/** How many conditions of a filter read rows of another table. */
export function relationsIn(filter: Filter, given: unknown): number {
  return sizeOf(filter, given).relations;
}

/** Why a filter is too large; undefined when it is not. */
export function sizeRejection(filter: Filter, given: unknown): Rejection | undefined {
  const size = sizeOf(filter, given);
  const exceeds = (what: string, max: number, actual: number): Rejection | undefined =>
    actual > max
      ? rejection('LIMIT_EXCEEDED', 'filter', `The filter has ${actual} ${what}; at most ${max} are allowed.`)
      : undefined;
  return (
    exceeds('levels', FILTER_LEVELS, size.levels) ??
    exceeds('conditions', FILTER_CONDITIONS, size.conditions) ??
    exceeds('values', FILTER_VALUES, size.values) ??
    exceeds('conditions on related records', FILTER_RELATIONS, size.relations)
  );
}

function sizeOf(filter: Filter, given: unknown): FilterSize {
  const size: FilterSize = { levels: 0, conditions: 0, values: 0, relations: 0 };
  measure(filter, given, 1, size);
  return size;
}

function measure(filter: Filter, given: unknown, level: number, size: FilterSize): void {
  if (typeof given !== 'object' || given === null) return;
  size.levels = Math.max(size.levels, level);
  const before = size.conditions;
  for (const [field, value] of Object.entries(given)) {
    if (field === 'and' || field === 'or' || field === 'not') {
      for (const side of Array.isArray(value) ? value : [value]) {
        if (size.conditions > COUNTED_CONDITIONS) return;
        measure(filter, side, level + 1, size);
      }
    } else if (value !== null && value !== undefined) measureCondition(filter[field], value, level, size);
  }
  if (size.conditions === before && level > 1) size.conditions += 1;
}

function measureCondition(condition: Condition | undefined, value: unknown, level: number, size: FilterSize): void {
  if (condition?.readsOthers?.(value) === true) size.relations += 1;
  const group = condition === undefined ? undefined : groupOf(condition);
  if (group === undefined) {
    size.conditions += 1;
    size.values += valuesIn(value);
    return;
  }
  const before = size.conditions;
  measure(group.fields, value, level, size);
  if (size.conditions === before) size.conditions += 1;
}

/** The number of values of a condition: those of its operators, each item of a list. */
function valuesIn(condition: unknown): number {
  if (typeof condition !== 'object' || condition === null) return 1;
  if (Array.isArray(condition)) return condition.length;
  return Object.values(condition).reduce((sum: number, each) => sum + (Array.isArray(each) ? each.length : 1), 0);
}

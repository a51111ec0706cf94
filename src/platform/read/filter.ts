/**
 * Typed filters. A filter declares its conditions once; the GraphQL input type, the validation of values and the SQL
 * are derived from them.
 *
 * 1. All conditions of an object must hold; `and`, `or` and `not` combine whole objects; null and `{}` are no
 *    condition.
 * 2. `in: []` matches nothing. A negated condition does not match a column without a value: unknown is not "other".
 * 3. At most 3 levels, 50 conditions, 200 values, 200 characters in a text, 2,000 in a JSON object.
 */
import { z } from 'zod';
import type { Context } from '../request/context.ts';
import { rejection, type Rejection } from '../rules/rejection.ts';
import { date, decimal, flag, globalId, instant, oneOf, optional, refineTo } from '../input/schemas.ts';
import { jsonObject, type JsonObject } from '../input/json-schemas.ts';
import { parseInput } from '../input/parse.ts';
import { withoutSymbology } from '../values/characters.ts';
import { isLongJson } from '../values/json.ts';
import { allOf, anyOf, isStorable, sql, type Sql } from '../postgres/sql.ts';
import { FILTER_JSON_LENGTH, FILTER_TEXT_LENGTH, sizeRejection } from './filter-size.ts';

/** The kinds of conditions; each has one GraphQL input type (`StringFilter`, `LotStatusFilter`, …). */
export type ConditionKind =
  | 'String'
  | 'Int'
  | 'Decimal'
  | 'Date'
  | 'DateTime'
  | 'Id'
  | 'Json'
  | 'Boolean'
  | 'Plain'
  | { readonly values: readonly string[] };

/** A condition that a filter offers under a field name. */
export interface Condition {
  readonly kind: ConditionKind;
  readonly description: string;
  /** The SQL of the condition for a value from a caller, or the rejections of the value. */
  toSql(given: unknown, context: Context): { readonly value: Sql } | { readonly rejections: readonly Rejection[] };
}

/** A filter: its conditions by field name. */
export type Filter = Readonly<Record<string, Condition>>;

/**
 * The SQL expression that a condition compares. For derived fields it may depend on the time and the configuration of
 * the request.
 */
export type Expression = Sql | ((context: Context) => Sql);

/** The SQL of a filter value, on the alias `t`, or its rejections. Their paths start with `filter`. */
export function filterSql(
  filter: Filter,
  given: unknown,
  context: Context,
): { readonly value: Sql } | { readonly rejections: readonly Rejection[] } {
  const tooLarge = sizeRejection(given);
  if (tooLarge !== undefined) return { rejections: [tooLarge] };
  const rejections: Rejection[] = [];
  const value = objectSql({ filter, context, rejections }, given, ['filter']);
  return rejections.length > 0 ? { rejections } : { value };
}

/** A condition on free text; `contains` and `startsWith` ignore case. */
export function textFilter(column: Sql, description: string): Condition {
  return freeText(column, wellFormed, description);
}

/** A condition on text that identifies, as a scanner or a person gives it; otherwise like `textFilter`. */
export function identifierFilter(column: Sql, description: string): Condition {
  return freeText(column, wellFormed.transform(withoutSymbology), description);
}

/**
 * A condition on text with few different values. A pattern is compared with these values, which `values` selects by an
 * index, and not with every row; if none matches, no row is read.
 */
export function knownTextFilter(column: Sql, values: Sql, description: string): Condition {
  return comparison('String', wellFormed, description, (operators) => [
    ...equalityConditions(column, operators),
    ...patternConditions(operators, (pattern) => {
      const matching = sql`SELECT known.value FROM (${values}) AS known (value) WHERE known.value ILIKE ${pattern}`;
      return sql`(EXISTS (${matching}) AND ${column} = ANY(ARRAY(${matching})))`;
    }),
  ]);
}

/**
 * A condition on a natural key: values are normalised before they are compared, and `startsWith` uses the pattern
 * index.
 */
export function keyFilter(column: Sql, normalise: (text: string) => string, description: string): Condition {
  return comparison('String', wellFormed.transform(normalise), description, (operators) => [
    ...equalityConditions(column, operators),
    ...patternConditions(operators, (pattern) => sql`${column} LIKE ${pattern}`),
  ]);
}

/** A condition on a whole number. */
export const integerFilter = (column: Sql, description: string): Condition =>
  comparison('Int', z.int(), description, (given) => rangeConditions(column, given, sql`::int`));
/** A condition on a decimal number. */
export const decimalFilter = (column: Sql, description: string): Condition =>
  comparison('Decimal', decimal(), description, (given) => rangeConditions(column, given, sql`::numeric`));
/** A condition on a date. */
export const dateFilter = (column: Sql, description: string): Condition =>
  comparison('Date', date, description, (given) => rangeConditions(column, given, sql`::date`));
/** A condition on an instant. */
export const instantFilter = (column: Sql, description: string): Condition =>
  comparison('DateTime', instant, description, (given) => rangeConditions(column, given, sql`::timestamptz`));

/** A condition on the global id of a related record of one of the types. */
export const idFilter = (types: string | readonly string[], column: Sql, description: string): Condition =>
  comparison('Id', globalId(...[types].flat()), description, (given) => equalityConditions(column, given, sql`::uuid`));

/**
 * A condition on an enumeration. The expression yields the value, whose type the parameter takes (so that its index is
 * used), or its text.
 */
export const enumFilter = (values: readonly string[], expression: Expression, description: string): Condition =>
  comparison({ values }, oneOf(values), description, (given, context) => {
    const column = sqlOf(expression, context);
    return [
      ...equalityConditions(column, given),
      ...(given.notIn === undefined ? [] : [sql`NOT (${isOneOf(column, given.notIn)})`]),
    ];
  });

/** A condition with the values true and false. `expression` is the SQL for true. */
export const booleanFilter = (expression: Expression, description: string): Condition =>
  condition('Boolean', flag, description, (isTrue, context) =>
    isTrue ? sqlOf(expression, context) : sql`NOT (${sqlOf(expression, context)})`,
  );

/** A condition that consists of a single value, such as a defect code. */
export const customFilter = (shape: z.ZodType<string>, description: string, toSql: (value: string) => Sql): Condition =>
  condition('Plain', shape, description, toSql);

/** A condition that a JSON column contains an object; its GIN index is used. */
export const jsonFilter = (column: Sql, description: string): Condition =>
  condition(
    'Json',
    z.strictObject({ contains: shortJsonObject.nullish() }),
    description,
    ({ contains }: { contains?: JsonObject | null | undefined }) =>
      contains === null || contains === undefined ? sql`TRUE` : sql`${column} @> ${JSON.stringify(contains)}::jsonb`,
  );

const shortJsonObject = refineTo(z.unknown(), (value) =>
  isLongJson(value, FILTER_JSON_LENGTH)
    ? { message: `may have at most ${FILTER_JSON_LENGTH} characters, written as JSON.` }
    : { value },
).pipe(jsonObject);

/** Text with NUL or half a surrogate pair is never stored, so searching for it is a mistake of the caller. */
const wellFormed = z
  .string()
  .max(FILTER_TEXT_LENGTH, { error: `may have at most ${FILTER_TEXT_LENGTH} characters.`, abort: true })
  .refine(isStorable, 'must be well-formed text without NUL.');

function freeText(column: Sql, value: z.ZodType<string>, description: string): Condition {
  return comparison('String', value, description, (operators) => [
    ...equalityConditions(column, operators),
    ...patternConditions(operators, (pattern) => sql`${column} ILIKE ${pattern}`),
  ]);
}

interface Operators<Value> {
  readonly eq?: Value | undefined;
  readonly in?: readonly Value[] | undefined;
  readonly notIn?: readonly Value[] | undefined;
  readonly lt?: Value | undefined;
  readonly lte?: Value | undefined;
  readonly gt?: Value | undefined;
  readonly gte?: Value | undefined;
  readonly contains?: Value | undefined;
  readonly startsWith?: Value | undefined;
  readonly isNull?: boolean | undefined;
  readonly column?: Sql;
}

function equalityConditions(column: Sql, given: Operators<unknown>, cast: Sql = sql``): readonly Sql[] {
  return [
    ...(given.eq === undefined ? [] : [sql`${column} = ${given.eq}${cast}`]),
    ...(given.in === undefined ? [] : [isOneOf(column, given.in, cast)]),
    ...(given.isNull === undefined ? [] : [given.isNull ? sql`${column} IS NULL` : sql`${column} IS NOT NULL`]),
  ];
}

function isOneOf(column: Sql, values: readonly unknown[], cast: Sql = sql``): Sql {
  // False for every value, and unknown without one. PostgreSQL's `= ANY('{}')` is false in both cases.
  if (values.length === 0) return sql`${column} <> ${column}`;
  // Without a cast the parameter takes the column's own type, and the index of a char(n) column is used.
  return sql`${column} = ANY(${[...values]}${cast.text === '' ? cast : sql`${cast}[]`})`;
}

function rangeConditions(column: Sql, given: Operators<unknown>, cast: Sql): readonly Sql[] {
  return [
    ...equalityConditions(column, given, cast),
    ...(given.lt === undefined ? [] : [sql`${column} < ${given.lt}${cast}`]),
    ...(given.lte === undefined ? [] : [sql`${column} <= ${given.lte}${cast}`]),
    ...(given.gt === undefined ? [] : [sql`${column} > ${given.gt}${cast}`]),
    ...(given.gte === undefined ? [] : [sql`${column} >= ${given.gte}${cast}`]),
  ];
}

function patternConditions(given: Operators<string>, like: (pattern: string) => Sql): readonly Sql[] {
  return [
    ...(given.contains === undefined ? [] : [like(`%${escapePattern(given.contains)}%`)]),
    ...(given.startsWith === undefined ? [] : [like(`${escapePattern(given.startsWith)}%`)]),
  ];
}

function comparison<Value>(
  kind: ConditionKind,
  value: z.ZodType<Value>,
  description: string,
  toSql: (given: Operators<Value>, context: Context) => readonly Sql[],
): Condition {
  const one = optional(value);
  const many = optional(z.array(value));
  const shape = z.strictObject({
    eq: one,
    in: many,
    notIn: many,
    lt: one,
    lte: one,
    gt: one,
    gte: one,
    contains: one,
    startsWith: one,
    isNull: optional(z.boolean()),
  });
  return condition(kind, shape.partial(), description, (given, context) => allOf(toSql(given, context)));
}

function condition<Value>(
  kind: ConditionKind,
  shape: z.ZodType<Value>,
  description: string,
  toSql: (value: Value, context: Context) => Sql,
): Condition {
  return {
    kind,
    description,
    toSql(given, context) {
      const reading = parseInput(shape, given);
      return 'rejections' in reading ? reading : { value: toSql(reading.value, context) };
    },
  };
}

function sqlOf(expression: Expression, context: Context): Sql {
  return typeof expression === 'function' ? expression(context) : expression;
}

/** A filter value that is being translated, and the rejections found so far. */
interface Translation {
  readonly filter: Filter;
  readonly context: Context;
  readonly rejections: Rejection[];
}

function objectSql(translation: Translation, given: unknown, path: readonly string[]): Sql {
  const { filter, context, rejections } = translation;
  if (given === null || given === undefined) return sql`TRUE`;
  const parts = Object.entries(given).map(([field, value]: [string, unknown]): Sql => {
    const here = [...path, field];
    if (value === null || value === undefined) return sql`TRUE`;
    if (field === 'not') return sql`NOT ${objectSql(translation, value, here)}`;
    if (field === 'and' || field === 'or') {
      const sides = (Array.isArray(value) ? value : [value]).map((side, index) =>
        objectSql(translation, side, [...here, String(index)]),
      );
      return field === 'and' ? allOf(sides) : anyOf(sides);
    }
    const translated = filter[field]?.toSql(value, context) ?? {
      rejections: [rejection('INVALID_INPUT', '', `${field} is no field of this filter.`)],
    };
    if ('value' in translated) return translated.value;
    rejections.push(...translated.rejections.map((each) => ({ ...each, path: [...here, ...each.path] })));
    return sql`FALSE`;
  });
  return allOf(parts);
}

/** Escapes `%`, `_` and `\`, which are ordinary characters in a caller's text. */
function escapePattern(fragment: string): string {
  return fragment.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

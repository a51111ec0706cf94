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
import { parseInput } from '../input/parse.ts';
import { date, decimal, flag, globalId, instant, oneOf, optional, refineTo } from '../input/schemas.ts';
import { jsonObject, type JsonObject } from '../input/json-schemas.ts';
import { withoutSymbology } from '../values/characters.ts';
import { isLongJson } from '../values/json.ts';
import type { Ready } from '../values/ready.ts';
import { allOf, arrayParameter, isStorable, sql, type Sql } from '../postgres/sql.ts';
import { translate, type Condition, type ConditionKind, type Filter, type Translated } from './filter-condition.ts';
import { filterKeys } from './filter-keys.ts';
import { FILTER_JSON_LENGTH, FILTER_TEXT_LENGTH, sizeRejection } from './filter-size.ts';

/**
 * The SQL expression that a condition compares. For derived fields it may depend on the time and the configuration of
 * the request.
 */
export type Expression = Sql | ((context: Context) => Sql);

/**
 * The SQL of a filter value, on the alias `t`, or its rejections. Their paths start with `filter`. It is there at once,
 * unless the filter names records by natural keys, which are looked up.
 */
export function filterSql(filter: Filter, given: unknown, context: Context): Ready<Translated> {
  const tooLarge = sizeRejection(filter, given);
  if (tooLarge !== undefined) return { rejections: [tooLarge] };
  const keys = filterKeys();
  const scope = { context, keys, isNegated: false };
  const first = translate(filter, given, scope);
  if ('rejections' in first) return belowFilter(first);
  if (!keys.isWaiting) return first;
  return keys.find(context).then(() => belowFilter(translate(filter, given, scope)));
}

function belowFilter(translated: Translated): Translated {
  if ('value' in translated) return translated;
  return { rejections: translated.rejections.map((each) => ({ ...each, path: ['filter', ...each.path] })) };
}

/** A condition on free text; `contains` and `startsWith` ignore case. */
export function textFilter(column: Sql, description: string): Condition {
  return freeText(column, filterText, description);
}

/** A condition on text that identifies, as a scanner or a person gives it; otherwise like `textFilter`. */
export function identifierFilter(column: Sql, description: string): Condition {
  return freeText(column, filterText.transform(withoutSymbology), description);
}

/**
 * A condition on text with few different values. A pattern is compared with these values, which `values` selects by an
 * index, and not with every row; if none matches, no row is read.
 */
export function knownTextFilter(column: Sql, values: Sql, description: string): Condition {
  return comparison('String', filterText, description, (operators) => [
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
  return comparison('String', filterText.transform(normalise), description, (operators) => [
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

/** Text with NUL or half a surrogate pair is never stored, so searching for it is a mistake of the caller. */
const filterText = z
  .string()
  .max(FILTER_TEXT_LENGTH, { error: `may have at most ${FILTER_TEXT_LENGTH} characters.`, abort: true })
  .refine(isStorable, 'must be well-formed text without NUL.');

/** The conditions that name a record by its global id, which is of one of the types. */
export function idConditions(types: readonly string[], column: Sql): Filter {
  const id = globalId(...types);
  return {
    eq: condition('Id', id, 'This record.', (value) => sql`${column} = ${value}::uuid`),
    in: condition('Ids', z.array(id), 'One of these records; the empty list matches nothing.', (values) =>
      isOneOf(column, values, sql`::uuid`),
    ),
    isNull: condition('Boolean', flag, 'True: without such a record. False: with one.', (isNull) =>
      isNull ? sql`${column} IS NULL` : sql`${column} IS NOT NULL`,
    ),
  };
}

/** The value of a condition on a natural key: one key, or some of which one must match. */
export const keyTexts = z.strictObject({ eq: optional(filterText), in: optional(z.array(filterText)) }).partial();

/** A condition on an enumeration that is not stored as such: `toSql` gets the values that are asked for. */
export const choiceFilter = <const Value extends string>(
  values: readonly Value[],
  description: string,
  toSql: (chosen: readonly Value[]) => Sql,
): Condition =>
  comparison({ values }, oneOf(values), description, ({ eq, in: among, notIn, isNull }) => [
    toSql(
      values.filter(
        (value) =>
          (eq ?? value) === value &&
          among?.includes(value) !== false &&
          notIn?.includes(value) !== true &&
          isNull !== true,
      ),
    ),
  ]);

/** A condition with the values true and false. `expression` is the SQL for true. */
export const booleanFilter = (expression: Expression, description: string): Condition =>
  condition('Boolean', flag, description, (isTrue, context) =>
    isTrue ? sqlOf(expression, context) : sql`NOT (${sqlOf(expression, context)})`,
  );

/** A condition that consists of a single value, such as a defect code. */
export const customFilter = (shape: z.ZodType<string>, description: string, toSql: (value: string) => Sql): Condition =>
  condition('Plain', shape, description, toSql);

/** A condition that a list of texts contains all of the given ones; the empty list matches everything. */
export const allOfFilter = (column: Sql, normalise: (text: string) => string, description: string): Condition =>
  condition('Texts', z.array(filterText), description, (texts) =>
    texts.length === 0 ? sql`TRUE` : sql`${column} @> ${arrayParameter('text', texts.map(normalise))}`,
  );

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

/** The condition that the column has one of the values. */
export function isOneOf(column: Sql, values: readonly unknown[], cast: Sql = sql``): Sql {
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

/** A condition whose value has the shape. */
function condition<Value>(
  kind: ConditionKind,
  shape: z.ZodType<Value>,
  description: string,
  toSql: (value: Value, context: Context) => Sql,
): Condition {
  return {
    kind,
    description,
    toSql(given, { context }) {
      const reading = parseInput(shape, given);
      return 'rejections' in reading ? reading : { value: toSql(reading.value, context) };
    },
  };
}

function sqlOf(expression: Expression, context: Context): Sql {
  return typeof expression === 'function' ? expression(context) : expression;
}

/** Escapes `%`, `_` and `\`, which are ordinary characters in a caller's text. */
function escapePattern(fragment: string): string {
  return fragment.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

/**
 * Typed filters. A filter names its conditions once; from that come the input type of the graph, the shape of its
 * values and the SQL.
 *
 * 1. All conditions of an object hold together; `and`, `or`, `not` combine whole objects; null and `{}` are no
 *    condition.
 * 2. `in: []` matches nothing. A negated condition on a column without a value does not match: unknown is not "other".
 * 3. At most 3 levels, 50 conditions, 200 values.
 */
import { z } from 'zod';
import type { Context } from '../request/context.ts';
import { rejection, type Rejection } from '../rules/rejection.ts';
import {
  date,
  decimal,
  flag,
  globalId,
  instant,
  jsonObject,
  oneOf,
  parseInput,
  type JsonObject,
} from '../input/schemas.ts';
import { allOf, anyOf, isStorable, sql, type Sql } from '../postgres/sql.ts';

export const FILTER_LEVELS = 3;
export const FILTER_CONDITIONS = 50;
export const FILTER_VALUES = 200;

/** The kinds of condition; each has one input type of the graph (`StringFilter`, `LotStatusFilter`, …). */
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

export interface Condition {
  readonly kind: ConditionKind;
  readonly description: string;
  /** The SQL of a condition, or what is wrong with it. */
  toSql(given: unknown, context: Context): { readonly value: Sql } | { readonly rejections: readonly Rejection[] };
}

export type Filter = Readonly<Record<string, Condition>>;

/** SQL that is compared; of derived fields it may depend on the moment and the configuration of the request. */
export type Expression = Sql | ((context: Context) => Sql);

/** A filter as SQL over the alias `t`. Paths of refusals start at `filter`. */
export function filterSql(
  filter: Filter,
  given: unknown,
  context: Context,
): { readonly value: Sql } | { readonly rejections: readonly Rejection[] } {
  const tooLarge = wrongSize(given);
  if (tooLarge !== undefined) return { rejections: [tooLarge] };
  const rejections: Rejection[] = [];
  const value = objectSql(filter, given, context, ['filter'], rejections);
  return rejections.length > 0 ? { rejections } : { value };
}

export function textFilter(column: Sql, description: string): Condition {
  return compared('String', wellFormed, description, (operators) => [
    ...equality(column, operators),
    ...(operators.contains === undefined ? [] : [sql`${column} ILIKE ${`%${escaped(operators.contains)}%`}`]),
    ...(operators.startsWith === undefined ? [] : [sql`${column} ILIKE ${`${escaped(operators.startsWith)}%`}`]),
  ]);
}

/** A natural key: compared after normalising, and its beginning by the pattern index. */
export function keyFilter(column: Sql, normalise: (text: string) => string, description: string): Condition {
  return compared('String', wellFormed.transform(normalise), description, (operators) => [
    ...equality(column, operators),
    ...(operators.contains === undefined ? [] : [sql`${column} LIKE ${`%${escaped(operators.contains)}%`}`]),
    ...(operators.startsWith === undefined ? [] : [sql`${column} LIKE ${`${escaped(operators.startsWith)}%`}`]),
  ]);
}

export const integerFilter = (column: Sql, description: string): Condition =>
  compared('Int', z.int(), description, (given) => range(column, given, sql`::int`));
export const decimalFilter = (column: Sql, description: string): Condition =>
  compared('Decimal', decimal(), description, (given) => range(column, given, sql`::numeric`));
export const dateFilter = (column: Sql, description: string): Condition =>
  compared('Date', date, description, (given) => range(column, given, sql`::date`));
export const instantFilter = (column: Sql, description: string): Condition =>
  compared('DateTime', instant, description, (given) => range(column, given, sql`::timestamptz`));

/** The id of a related record. */
export const idFilter = (types: string | readonly string[], column: Sql, description: string): Condition =>
  compared('Id', globalId(...[types].flat()), description, (given) => equality(column, given, sql`::uuid`));

/**
 * One of an enumeration's values. The expression yields the value, which the parameter takes the type of (so that its
 * index serves), or its text.
 */
export const enumFilter = (values: readonly string[], expression: Expression, description: string): Condition =>
  compared({ values }, oneOf(values), description, (given, context) => {
    const column = sqlOf(expression, context);
    return [
      ...equality(column, given),
      ...(given.notIn === undefined ? [] : [sql`NOT (${column} = ANY(${[...given.notIn]}))`]),
    ];
  });

/** A question with yes or no. `expression` is the yes. */
export const booleanFilter = (expression: Expression, description: string): Condition =>
  condition('Boolean', flag, description, (isWanted, context) =>
    isWanted ? sqlOf(expression, context) : sql`NOT (${sqlOf(expression, context)})`,
  );

/** A single value that means a condition by itself, such as a defect code. */
export const customFilter = (shape: z.ZodType<string>, description: string, toSql: (value: string) => Sql): Condition =>
  condition('Plain', shape, description, toSql);

/** Containment in a JSON column, served by its GIN index. */
export const jsonFilter = (column: Sql, description: string): Condition =>
  condition(
    'Json',
    z.strictObject({ contains: jsonObject.nullish() }),
    description,
    ({ contains }: { contains?: JsonObject | null | undefined }) =>
      contains === null || contains === undefined ? sql`TRUE` : sql`${column} @> ${JSON.stringify(contains)}::jsonb`,
  );

/** No text with a NUL or half a surrogate pair is stored, so a caller who looks for one made a mistake. */
const wellFormed = z.string().refine(isStorable, 'must be well-formed text without NUL.');

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

function equality(column: Sql, given: Operators<unknown>, cast: Sql = sql``): readonly Sql[] {
  // Without a cast the parameter takes the column's own type, and the index of a char(n) column serves.
  const many = cast.text === '' ? cast : sql`${cast}[]`;
  return [
    ...(given.eq === undefined ? [] : [sql`${column} = ${given.eq}${cast}`]),
    ...(given.in === undefined ? [] : [sql`${column} = ANY(${[...given.in]}${many})`]),
    ...(given.isNull === undefined ? [] : [given.isNull ? sql`${column} IS NULL` : sql`${column} IS NOT NULL`]),
  ];
}

function range(column: Sql, given: Operators<unknown>, cast: Sql): readonly Sql[] {
  return [
    ...equality(column, given, cast),
    ...(given.lt === undefined ? [] : [sql`${column} < ${given.lt}${cast}`]),
    ...(given.lte === undefined ? [] : [sql`${column} <= ${given.lte}${cast}`]),
    ...(given.gt === undefined ? [] : [sql`${column} > ${given.gt}${cast}`]),
    ...(given.gte === undefined ? [] : [sql`${column} >= ${given.gte}${cast}`]),
  ];
}

function compared<Value>(
  kind: ConditionKind,
  value: z.ZodType<Value>,
  description: string,
  toSql: (given: Operators<Value>, context: Context) => readonly Sql[],
): Condition {
  const one = value.nullish().transform((each) => each ?? undefined);
  const many = z
    .array(value)
    .nullish()
    .transform((each) => each ?? undefined);
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
    isNull: z
      .boolean()
      .nullish()
      .transform((each) => each ?? undefined),
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

function objectSql(
  filter: Filter,
  given: unknown,
  context: Context,
  path: readonly string[],
  rejections: Rejection[],
): Sql {
  if (given === null || given === undefined) return sql`TRUE`;
  const parts = Object.entries(given).map(([field, value]: [string, unknown]): Sql => {
    const here = [...path, field];
    if (value === null || value === undefined) return sql`TRUE`;
    if (field === 'not') return sql`NOT ${objectSql(filter, value, context, here, rejections)}`;
    if (field === 'and' || field === 'or') {
      const sides = (Array.isArray(value) ? value : [value]).map((side, index) =>
        objectSql(filter, side, context, [...here, String(index)], rejections),
      );
      return field === 'and' ? allOf(sides) : anyOf(sides);
    }
    const made = filter[field]?.toSql(value, context) ?? {
      rejections: [rejection('INVALID_INPUT', '', `${field} is no field of this filter.`)],
    };
    if ('value' in made) return made.value;
    rejections.push(...made.rejections.map((each) => ({ ...each, path: [...here, ...each.path] })));
    return sql`FALSE`;
  });
  return allOf(parts);
}

function wrongSize(given: unknown): Rejection | undefined {
  const size = { levels: 0, conditions: 0, values: 0 };
  measure(given, 1, size);
  const limit = (what: string, max: number, actual: number): Rejection | undefined =>
    actual > max
      ? rejection('LIMIT_EXCEEDED', 'filter', `The filter has ${actual} ${what}; at most ${max} are allowed.`)
      : undefined;
  return (
    limit('levels', FILTER_LEVELS, size.levels) ??
    limit('conditions', FILTER_CONDITIONS, size.conditions) ??
    limit('values', FILTER_VALUES, size.values)
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

/** `%`, `_` and `\` are letters in a caller's text. */
function escaped(fragment: string): string {
  return fragment.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

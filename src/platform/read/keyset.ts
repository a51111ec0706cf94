/**
 * The window of a list: which of its rows a page shows, in which order, behind which place.
 *
 * 1. The order is always total: ties are broken by id, in the direction of the last key. Nulls come last in both
 *    directions.
 * 2. A cursor holds the order and the row's keys, and is signed: a changed cursor, or one of another order, is refused.
 * 3. One row more than the page is read: it tells whether there is another page.
 */
import type { Context } from '../request/context.ts';
import { verifyCursor, signCursor } from '../security/signed-cursor.ts';
import { filterSql, type Filter } from './filter.ts';
import { LIMITS } from '../process/limits.ts';
import { rejectQuery } from './query-error.ts';
import { rejection } from '../rules/rejection.ts';
import { allOf, anyOf, empty, join, identifier, sql, type Sql } from '../postgres/sql.ts';

export const { default: PAGE_DEFAULT, most: PAGE_LIMIT, orders: ORDER_KEYS } = LIMITS.page;

export interface OrderKey {
  /** The field of the row whose value stands in the cursor. */
  readonly field: string;
  /** What is ordered by; the column of the field unless given. */
  readonly column: Sql;
  /** The type the cursor's text is cast to. */
  readonly cast: string;
  readonly isNullable?: boolean;
  /**
   * What the cursor's value stands for, where it is not itself what is ordered by: the number of a step, for the step's
   * id.
   */
  readonly fromCursor?: (value: Sql) => Sql;
}

export type Direction = 'ASC' | 'DESC';
export interface OrderArgument {
  readonly field: string;
  readonly direction?: Direction | null | undefined;
}

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
  readonly filter?: unknown;
  readonly orderBy?: readonly OrderArgument[] | null | undefined;
}

/** How a list may be narrowed and ordered. */
export interface Listing {
  readonly filter: Filter;
  /** The values of `<Entity>OrderField`; an order may stand for several keys (lot, then sequence). */
  readonly orders: Readonly<Record<string, readonly OrderKey[]>>;
  readonly defaultOrder: readonly OrderArgument[];
}

interface Key extends OrderKey {
  readonly direction: Direction;
}

export interface PageQuery {
  readonly keys: readonly Key[];
  readonly where: Sql;
  /** Rows beyond the cursor. */
  readonly seek: Sql;
  readonly order: Sql;
  readonly size: number;
  readonly isBackward: boolean;
  readonly hasCursor: boolean;
  readonly secret: string;
}

export interface PageSlice<Item> {
  readonly rows: readonly Item[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** The window that the arguments ask for; what is wrong with them is refused. */
export function pageQueryOf(listing: Listing, args: PageArguments, context: Context): PageQuery {
  const secret = context.services.config.tokenSecret;
  const { size, isBackward, cursor } = placeOf(args);
  const keys = keysOf(listing, args.orderBy);
  const filter = filterSql(listing.filter, args.filter, context);
  if ('rejections' in filter) return rejectQuery(filter.rejections);
  const forward = (key: Key): boolean => (key.direction === 'ASC') !== isBackward;
  const base = { keys, where: filter.value, size, isBackward, hasCursor: cursor !== undefined, secret };
  const order = join(
    keys.map(
      (key) =>
        sql`${key.column} ${forward(key) ? sql`ASC` : sql`DESC`} ${key.isNullable === true ? (isBackward ? sql`NULLS FIRST` : sql`NULLS LAST`) : empty}`,
    ),
  );
  if (cursor === undefined) return { ...base, order, seek: sql`TRUE` };
  const values = readCursor(keys, cursor.text, cursor.argument, secret);
  return { ...base, order, seek: seekSql(keys, values, isBackward) };
}

function placeOf(args: PageArguments): {
  size: number;
  isBackward: boolean;
  cursor: { text: string; argument: string } | undefined;
} {
  const { first, after, last, before } = args;
  if (isGiven(first) && isGiven(last))
    return rejectQuery([
      rejection(
        'INVALID_INPUT',
        'last',
        'first and last cannot be given together; first with after, or last with before.',
      ),
    ]);
  if (isGiven(after) && isGiven(last))
    return rejectQuery([rejection('INVALID_INPUT', 'after', 'after goes with first, before with last.')]);
  if (isGiven(before) && !isGiven(last))
    return rejectQuery([rejection('INVALID_INPUT', 'before', 'before goes with last, after with first.')]);
  const isBackward = isGiven(last);
  const argument = isBackward ? 'last' : 'first';
  const size = (isBackward ? last : first) ?? PAGE_DEFAULT;
  if (size < 1)
    return rejectQuery([
      rejection('INVALID_INPUT', argument, `${argument} must be from 1 to ${PAGE_LIMIT}, but is ${size}.`),
    ]);
  if (size > PAGE_LIMIT)
    return rejectQuery([
      rejection(
        'LIMIT_EXCEEDED',
        argument,
        `${argument} may be at most ${PAGE_LIMIT}, but is ${size}; page on with a cursor.`,
      ),
    ]);
  if (isGiven(after)) return { size, isBackward, cursor: { text: after, argument: 'after' } };
  return { size, isBackward, cursor: isGiven(before) ? { text: before, argument: 'before' } : undefined };
}

function keysOf({ orders, defaultOrder }: Listing, orderBy: PageArguments['orderBy']): readonly Key[] {
  const wanted = orderBy === null || orderBy === undefined || orderBy.length === 0 ? defaultOrder : orderBy;
  if (wanted.length > ORDER_KEYS)
    return rejectQuery([
      rejection(
        'LIMIT_EXCEEDED',
        'orderBy',
        `At most ${ORDER_KEYS} orders are allowed, but ${wanted.length} were given.`,
      ),
    ]);
  const keys = wanted.flatMap(({ field, direction }) =>
    (orders[field] ?? []).map((key): Key => ({ ...key, direction: direction ?? 'ASC' })),
  );
  return [...keys, { field: 'id', column: sql`t.id`, cast: 'uuid', direction: keys.at(-1)?.direction ?? 'ASC' }];
}

/** Rows beyond the cursor: greater in the first key, or equal there and greater in the next, and so on. */
function seekSql(keys: readonly Key[], values: readonly (string | null)[], isBackward: boolean): Sql {
  const isUniform = keys.every((key) => key.direction === keys[0]?.direction && key.isNullable !== true);
  const typed = keys.map((key, index) => typedOf(key, values[index] ?? null));
  if (isUniform) {
    const sign = (keys[0]?.direction === 'ASC') !== isBackward ? sql`>` : sql`<`;
    return sql`(${join(keys.map((key) => key.column))}) ${sign} (${join(typed)})`;
  }
  const alternatives = keys.map((_, last) =>
    allOf(
      keys
        .slice(0, last + 1)
        .map((key, index) =>
          index < last
            ? sql`${key.column} IS NOT DISTINCT FROM ${typed[index]}`
            : beyond(key, values[index] ?? null, isBackward),
        ),
    ),
  );
  return anyOf(alternatives);
}

function typedOf({ cast, fromCursor: meaning }: Key, value: string | null): Sql {
  const typed = sql`${value}::${identifier(cast)}`;
  return meaning?.(typed) ?? typed;
}

/** Nulls are the last in page order, whatever the direction of the key. */
function beyond(key: Key, value: string | null, isBackward: boolean): Sql {
  const { column } = key;
  const typed = typedOf(key, value);
  const further = (key.direction === 'ASC') !== isBackward ? sql`${column} > ${typed}` : sql`${column} < ${typed}`;
  if (key.isNullable !== true) return further;
  if (isBackward) return value === null ? sql`${column} IS NOT NULL` : further;
  return value === null ? sql`FALSE` : sql`(${further} OR ${column} IS NULL)`;
}

/** What of the rows read is shown, in the order of the list. */
export function pageSliceOf<Item>({ size, isBackward, hasCursor }: PageQuery, read: readonly Item[]): PageSlice<Item> {
  const hasMore = read.length > size;
  const rows = hasMore ? read.slice(0, size) : read;
  return {
    rows: isBackward ? rows.toReversed() : rows,
    hasNextPage: isBackward ? hasCursor : hasMore,
    hasPreviousPage: isBackward ? hasMore : hasCursor,
  };
}

/** The place of a row, from the values of the window's keys in it. */
export function cursorFor({ keys, secret }: PageQuery, valueOf: (field: string) => unknown): string {
  const values = keys.map(({ field }): unknown => valueOf(field));
  const content = JSON.stringify([
    orderName(keys),
    ...values.map((value) => (value === null || value === undefined ? null : String(value))),
  ]);
  return signCursor(secret, content);
}

function readCursor(keys: readonly Key[], text: string, argument: string, secret: string): readonly (string | null)[] {
  const content = verifyCursor(secret, text);
  if (content === undefined)
    return rejectQuery([
      rejection(
        'INVALID_INPUT',
        argument,
        'This is no cursor of this API, or it was changed; use endCursor or startCursor of a page as it is.',
      ),
    ]);
  const [order, ...values] = JSON.parse(content) as [string, ...(string | null)[]];
  if (order !== orderName(keys))
    return rejectQuery([
      rejection(
        'INVALID_INPUT',
        argument,
        'This cursor belongs to a list of another order; page on with the same orderBy.',
      ),
    ]);
  return values;
}

export function orderName(keys: readonly Key[]): string {
  return keys.map((key) => `${key.field} ${key.direction}`).join(',');
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

/**
 * Page queries (keyset pagination): which rows of a list a page shows, in which order, after or before which cursor.
 *
 * 1. The order is always total: ties are broken by id, in the direction of the last key. Nulls come last in both
 *    directions.
 * 2. A cursor contains the model of the list, the order and the row's keys, and is signed: an altered cursor, or a
 *    cursor of another list or order, is rejected. Filter and parent are not part of it: they restrict every page, so a
 *    cursor is a place in the order of all records, and shows nothing that its page does not show.
 * 3. One more row than the page shows is read, to find out whether there is another page.
 */
import type { Context } from '../request/context.ts';
import { verifyCursor, signCursor } from '../security/signed-cursor.ts';
import type { TokenSecrets } from '../security/token-secrets.ts';
import { filterSql } from './filter.ts';
import type { Filter } from './filter-condition.ts';
import { LIMITS } from '../process/limits.ts';
import { savedFilterOf } from './saved-filters.ts';
import { rangeOf, type GivenCursor, type PageRange, type RangeArguments } from './page-range.ts';
import { rejectQuery } from './query-error.ts';
import { rejection } from '../rules/rejection.ts';
import { allOf, anyOf, empty, join, identifier, sql, type Sql } from '../postgres/sql.ts';
import { allReady, whenReady, type Ready } from '../values/ready.ts';

/** The number of rows of a page unless the caller sets it, its maximum, and the maximum number of orders. */
export const { default: PAGE_DEFAULT, most: PAGE_LIMIT, orders: ORDER_KEYS } = LIMITS.page;

/** A column that a list can be ordered by. */
export interface OrderKey {
  /** The field of the row whose value the cursor contains. */
  readonly field: string;
  /** The SQL expression to order by, usually the column of the field. */
  readonly column: Sql;
  /** The PostgreSQL type that the cursor's text is cast to. */
  readonly cast: string;
  readonly isNullable?: boolean;
  /** Converts the cursor's value where it is not the ordering value itself: the number of a step to the step's id. */
  readonly fromCursor?: (value: Sql) => Sql;
}

/** An order that a list offers: what it means, and its keys (lot, then sequence). */
export interface ListOrder {
  readonly description: string;
  readonly keys: readonly OrderKey[];
}

/** Declares an order of a list. The description says what the order means, and where records without a value come. */
export function order(description: string, ...keys: readonly OrderKey[]): ListOrder {
  return { description, keys };
}

/** The direction of an order. */
export type Direction = 'ASC' | 'DESC';
/** An order as a caller requests it; ascending when the direction is null or absent. */
export interface OrderArgument {
  readonly field: string;
  readonly direction?: Direction | null | undefined;
}

/** The arguments of a connection, as Relay defines them, with `filter` and `orderBy`. */
export interface PageArguments extends RangeArguments {
  readonly filter?: unknown;
  readonly orderBy?: readonly OrderArgument[] | null | undefined;
  /** The id of a saved filter, for lists that take them (saved-filters.ts). */
  readonly savedFilter?: string | null | undefined;
}

/** The filter and the orders of a list. */
export interface Listing {
  /** The table of the rows; its model is part of the cursors. */
  readonly table: { readonly model: string };
  readonly filter: Filter;
  /** The values of `<Entity>OrderField`. */
  readonly orders: Readonly<Record<string, ListOrder>>;
  readonly defaultOrder: readonly OrderArgument[];
}

interface Key extends OrderKey {
  readonly direction: Direction;
}

/** A validated page query. `where` is the filter, `size` the number of rows, `secret` signs the cursors. */
export interface PageQuery {
  /** The model of the rows. */
  readonly model: string;
  readonly keys: readonly Key[];
  readonly where: Sql;
  /** The condition for rows beyond the cursor; TRUE without a cursor. */
  readonly seek: Sql;
  readonly order: Sql;
  readonly size: number;
  readonly isBackward: boolean;
  readonly hasCursor: boolean;
  readonly secret: string;
}

/** The rows of a page, and whether there are rows after and before them. */
export interface PageSlice<Item> {
  readonly rows: readonly Item[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/**
 * The page query of the arguments; a promise of it while natural keys of the filter are looked up. Throws, or rejects
 * with, a GraphQLError (read/query-error.ts) for invalid arguments.
 */
export function pageQueryOf(listing: Listing, args: PageArguments, context: Context): Ready<PageQuery> {
  const { savedFilter } = args;
  if (savedFilter === null || savedFilter === undefined) return queryOf(listing, args, [args.filter], context);
  return savedFilterOf(listing.filter, context, savedFilter).then(({ filter, orderBy }) => {
    const isOrdered = args.orderBy !== null && args.orderBy !== undefined && args.orderBy.length > 0;
    return queryOf(listing, isOrdered ? args : { ...args, orderBy }, [args.filter, filter], context);
  });
}

/** The page query with all of the filters. */
function queryOf(
  listing: Listing,
  args: PageArguments,
  filters: readonly unknown[],
  context: Context,
): Ready<PageQuery> {
  const range = rangeOf(args);
  const keys = keysOf(listing, args.orderBy);
  const translated = allReady(filters.map((filter) => filterSql(listing.filter, filter, context)));
  return whenReady(translated, (parts) => {
    const rejections = parts.flatMap((part) => ('rejections' in part ? part.rejections : []));
    if (rejections.length > 0) return rejectQuery(rejections);
    const where = allOf(parts.flatMap((part) => ('value' in part ? [part.value] : [])));
    return pageQuery({ model: listing.table.model, keys, where }, range, context);
  });
}

function pageQuery(
  list: Pick<PageQuery, 'model' | 'keys' | 'where'>,
  { size, isBackward, cursor }: PageRange,
  { services: { config } }: Context,
): PageQuery {
  const { keys } = list;
  const base = {
    ...list,
    size,
    isBackward,
    hasCursor: cursor !== undefined,
    secret: config.tokenSecret,
  };
  const orderBy = join(keys.map((key) => orderSql(key, isBackward)));
  if (cursor === undefined) return { ...base, order: orderBy, seek: sql`TRUE` };
  const values = readCursor(base, cursor, config);
  return { ...base, order: orderBy, seek: seekSql(keys, values, isBackward) };
}

function orderSql(key: Key, isBackward: boolean): Sql {
  const direction = isAscending(key, isBackward) ? sql`ASC` : sql`DESC`;
  const nulls = isBackward ? sql`NULLS FIRST` : sql`NULLS LAST`;
  return sql`${key.column} ${direction} ${key.isNullable === true ? nulls : empty}`;
}

/** The direction in which rows are read; backward pages read against the order of the list. */
function isAscending({ direction }: Key, isBackward: boolean): boolean {
  return (direction === 'ASC') !== isBackward;
}

function keysOf({ orders, defaultOrder }: Listing, orderBy: PageArguments['orderBy']): readonly Key[] {
  const asked = orderBy === null || orderBy === undefined || orderBy.length === 0 ? defaultOrder : orderBy;
  if (asked.length > ORDER_KEYS)
    return rejectQuery([
      rejection(
        'LIMIT_EXCEEDED',
        'orderBy',
        `At most ${ORDER_KEYS} orders are allowed, but ${asked.length} were given.`,
      ),
    ]);
  const keys = asked.flatMap(({ field, direction }) =>
    (orders[field]?.keys ?? []).map((key): Key => ({ ...key, direction: direction ?? 'ASC' })),
  );
  return [...keys, { field: 'id', column: sql`t.id`, cast: 'uuid', direction: keys.at(-1)?.direction ?? 'ASC' }];
}

/**
 * The condition for rows beyond the cursor: greater in the first key, or equal there and greater in the next one, and
 * so on.
 */
function seekSql(keys: readonly Key[], values: readonly (string | null)[], isBackward: boolean): Sql {
  const isUniform = keys.every((key) => key.direction === keys[0]?.direction && key.isNullable !== true);
  const typed = keys.map((key, index) => cursorValue(key, values[index] ?? null));
  if (isUniform) {
    const operator = (keys[0]?.direction === 'ASC') !== isBackward ? sql`>` : sql`<`;
    return sql`(${join(keys.map((key) => key.column))}) ${operator} (${join(typed)})`;
  }
  const alternatives = keys.map((_, last) =>
    allOf(
      keys
        .slice(0, last + 1)
        .map((key, index) =>
          index < last
            ? sql`${key.column} IS NOT DISTINCT FROM ${typed[index]}`
            : beyondCondition(key, values[index] ?? null, isBackward),
        ),
    ),
  );
  return anyOf(alternatives);
}

function cursorValue({ cast, fromCursor }: Key, value: string | null): Sql {
  const typed = sql`${value}::${identifier(cast)}`;
  return fromCursor?.(typed) ?? typed;
}

/** Nulls are last in page order, whatever the direction of the key. */
function beyondCondition(key: Key, value: string | null, isBackward: boolean): Sql {
  const { column } = key;
  const typed = cursorValue(key, value);
  const further = isAscending(key, isBackward) ? sql`${column} > ${typed}` : sql`${column} < ${typed}`;
  if (key.isNullable !== true) return further;
  if (isBackward) return value === null ? sql`${column} IS NOT NULL` : further;
  return value === null ? sql`FALSE` : sql`(${further} OR ${column} IS NULL)`;
}

/** The slice of a page from the rows that were read for it, in the order of the list. */
export function pageSliceOf<Item>({ size, isBackward, hasCursor }: PageQuery, read: readonly Item[]): PageSlice<Item> {
  const hasMore = read.length > size;
  const rows = hasMore ? read.slice(0, size) : read;
  return {
    rows: isBackward ? rows.toReversed() : rows,
    hasNextPage: isBackward ? hasCursor : hasMore,
    hasPreviousPage: isBackward ? hasMore : hasCursor,
  };
}

/** The cursor of a row; `valueOf` returns the row's value of an order key. */
export function cursorFor({ model, keys, secret }: PageQuery, valueOf: (field: string) => unknown): string {
  const values = keys.map(({ field }): unknown => valueOf(field));
  const content = JSON.stringify([
    model,
    orderName(keys),
    ...values.map((value) => (value === null || value === undefined ? null : String(value))),
  ]);
  return signCursor(secret, content);
}

function readCursor(
  { model, keys }: Pick<PageQuery, 'model' | 'keys'>,
  { text, argument }: GivenCursor,
  secrets: TokenSecrets,
): readonly (string | null)[] {
  const content = verifyCursor(secrets, text);
  if (content === undefined)
    return rejectCursor(
      argument,
      'is no cursor of this API, or it was changed; use endCursor or startCursor of a page as it is.',
    );
  const [list, name, ...values] = cursorParts(content);
  if (list !== model)
    return rejectCursor(
      argument,
      'cursor belongs to another list; use endCursor or startCursor of a page of this list as it is.',
    );
  if (name !== orderName(keys))
    return rejectCursor(argument, 'cursor belongs to a list of another order; page on with the same orderBy.');
  return values;
}

/** The parts of a signed content; none if it is not that of a list, such as a position in the audit trail. */
function cursorParts(content: string): readonly (string | null)[] {
  return content.startsWith('[') ? (JSON.parse(content) as (string | null)[]) : [];
}

function rejectCursor(argument: string, problem: string): never {
  return rejectQuery([rejection('INVALID_INPUT', argument, `This ${problem}`)]);
}

/** The name of an order in cursors: fields and directions. */
export function orderName(keys: readonly Key[]): string {
  return keys.map((key) => `${key.field} ${key.direction}`).join(',');
}

/**
 * Keyset pages: the next page starts after the last row seen, by the order's keys and the id, so that no row comes
 * twice or is missed while others write, and the thousandth page costs what the first one costs.
 *
 * 1. A connection is declared once per entity: table, filter, orders. The same declaration serves the root list and
 *    every relation list.
 * 2. Which rows a page shows, its window, is judged in page.ts.
 * 3. The pages of many parents are read by one statement (LATERAL); `totalCount` is counted only when it is selected.
 */
import type { GraphQLResolveInfo } from 'graphql';
import type { Reader } from '../postgres/client.ts';
import { allOf, arrayParameter, identifier, sql, type Sql } from '../postgres/sql.ts';
import type { ModelName, Row, Table } from '../postgres/table.ts';
import {
  cursorFor,
  type Listing,
  orderName,
  type PageArguments,
  type PageSlice,
  pageSliceOf,
  type PageQuery,
  pageQueryOf,
} from './keyset.ts';
import { type Loader, loadList, loadOne } from './loader.ts';
import { columnsFor } from './selected-columns.ts';
import type { Context } from '../request/context.ts';
import { canonical } from '../values/json.ts';

/** All records of a list, whatever page of it is shown: a condition over `t`, and the parent they belong to. */
export interface Match {
  readonly where: Sql;
  readonly parent: Sql;
}

export interface ConnectionPage<Item, Told = never> extends PageSlice<Item> {
  cursorOf(row: Item): string;
  count(): Promise<number>;
  /** What the connection tells about all matching records. */
  summary(): Promise<readonly Told[]>;
}

export interface ConnectionDeclaration<Model extends ModelName, Told = never> extends Listing {
  readonly table: Table<Model>;
  /**
   * Rows about all matching records besides their number, such as facets; `parent` says of which list each row is told.
   */
  readonly summarize?: (db: Reader, match: Match) => Promise<readonly (Told & { readonly parent: string | null })[]>;
}

export interface Connection<Model extends ModelName, Told = never> extends ConnectionDeclaration<Model, Told> {
  /** A page of the whole table, with the columns that the field shows, or whole rows where none is told. */
  page(context: Context, args: PageArguments, info?: GraphQLResolveInfo): Promise<ConnectionPage<Row<Model>, Told>>;
  /**
   * A page of one parent's rows; the pages of all parents asked for together are one statement. `column` holds the
   * parent's id; `where` narrows all of them alike.
   */
  pageOf(
    context: Context,
    column: keyof Row<Model> & string,
    parentId: string,
    args: PageArguments,
    info?: GraphQLResolveInfo,
    where?: Sql,
  ): Promise<ConnectionPage<Row<Model>, Told>>;
}

export function connection<Model extends ModelName, Told = never>(
  declared: ConnectionDeclaration<Model, Told>,
): Connection<Model, Told> {
  const { table } = declared;
  const loaders = new WeakMap<object, Map<string, Lists<Row<Model>, Told>>>();
  return {
    ...declared,
    async page(context, args, info) {
      const window = pageQueryOf(declared, args, context);
      const rows = await context.db.query<Row<Model>>(pageRows(table, window, columnsOf(table, window, info)));
      return pageOf(window, rows, {
        count: async () => (await context.db.query<{ count: number }>(countMatches(table, window)))[0]?.count ?? 0,
        summary: async () => declared.summarize?.(context.db, { where: window.where, parent: sql`NULL::uuid` }) ?? [],
      });
    },
    async pageOf(context, column, parentId, args, info, where) {
      const whole = pageQueryOf(declared, args, context);
      const window = where === undefined ? whole : narrow(whole, where);
      const ofRequest = loaders.get(context.loaders) ?? new Map<string, Lists<Row<Model>, Told>>();
      loaders.set(context.loaders, ofRequest);
      const columns = columnsOf(table, window, info);
      const key = canonical({ column, args, columns: columns.text, where: where?.text ?? '' });
      const lists = ofRequest.get(key) ?? listsOf(declared, table.column(column), columns, window);
      ofRequest.set(key, lists);
      const found = await lists.rows.load(context, parentId);
      return pageOf(window, found?.rows ?? [], {
        count: async () => (await lists.counts.load(context, parentId))?.count ?? 0,
        summary: () => lists.told.load(context, parentId),
      });
    },
  };
}

/** The lists of several parents: the column that holds the parent's id, and their ids. */
export interface Parents {
  readonly column: Sql;
  readonly ids: readonly string[];
}

/** The rows of the window, and one more; with a column, those whose parent is `parent.id`. */
export function pageRows(
  { name: from }: Pick<Table<ModelName>, 'name'>,
  { where, seek, order, size }: PageQuery,
  columns: Sql,
  column?: Sql,
): Sql {
  const conditions = [...(column === undefined ? [] : [sql`${column} = parent.id`]), where, seek];
  return sql`SELECT ${columns} FROM ${from} t WHERE ${allOf(conditions)} ORDER BY ${order} LIMIT ${identifier(String(size + 1))}`;
}

/** A statement for each of many parents, which are `parent.id` in it. */
export function forEachParent(ids: readonly string[], statement: Sql, columns: Sql): Sql {
  return sql`SELECT ${columns} FROM unnest(${arrayParameter('uuid', ids)}) parent(id) CROSS JOIN LATERAL (${statement}) page`;
}

/** How many match, whatever is shown; of many parents at once, with the parent as the last column. */
export function countMatches({ name: from }: Pick<Table<ModelName>, 'name'>, { where }: PageQuery, of?: Parents): Sql {
  return of === undefined
    ? sql`SELECT count(*)::int AS count FROM ${from} t WHERE ${where}`
    : sql`SELECT count(*)::int AS count, ${of.column} AS parent FROM ${from} t WHERE ${matchOf(where, of)} GROUP BY 2`;
}

/** The window of a list of fewer rows. */
export function narrow(window: PageQuery, where: Sql): PageQuery {
  return { ...window, where: allOf([where, window.where]) };
}

interface Lists<Item, Told> {
  readonly rows: Loader<string, { readonly parent: string; readonly rows: readonly Item[] } | null>;
  readonly counts: Loader<string, { readonly parent: string; readonly count: number } | null>;
  readonly told: Loader<string, readonly Told[]>;
}

/** What the page shows, and what its cursors hold. */
function columnsOf<Model extends ModelName>(
  table: Table<Model>,
  { keys }: PageQuery,
  info: GraphQLResolveInfo | undefined,
): Sql {
  const shown = info === undefined ? undefined : columnsFor(info);
  if (shown === undefined) return table.columns;
  const byOrder = withKeys.get(shown) ?? new Map<string, ReadonlySet<string>>();
  withKeys.set(shown, byOrder);
  const order = orderName(keys);
  const known = byOrder.get(order) ?? new Set([...shown, ...keys.map(({ field }) => field)]);
  byOrder.set(order, known);
  return table.columnsOf(known);
}

const withKeys = new WeakMap<ReadonlySet<string>, Map<string, ReadonlySet<string>>>();

function matchOf(where: Sql, { column, ids }: Parents): Sql {
  return allOf([sql`${column} = ANY(${arrayParameter('uuid', ids)})`, where]);
}

function listsOf<Model extends ModelName, Told>(
  { table, summarize: tell }: ConnectionDeclaration<Model, Told>,
  column: Sql,
  columns: Sql,
  window: PageQuery,
): Lists<Row<Model>, Told> {
  type Item = Row<Model>;
  return {
    rows: loadOne<string, { parent: string; rows: Item[] }>({
      async batch(ids, db) {
        const found = await db.query<Item & { parentOfPage: string }>(
          forEachParent(ids, pageRows(table, window, columns, column), sql`page.*, parent.id AS "parentOfPage"`),
        );
        const byParent = new Map<string, { parent: string; rows: Item[] }>();
        for (const row of found) {
          const group = byParent.get(row.parentOfPage);
          if (group === undefined) byParent.set(row.parentOfPage, { parent: row.parentOfPage, rows: [row] });
          else group.rows.push(row);
        }
        return [...byParent.values()];
      },
      keyOf: (group) => group.parent,
    }),
    counts: loadOne<string, { parent: string; count: number }>({
      batch: (ids, db) => db.query(countMatches(table, window, { column, ids })),
      keyOf: (row) => row.parent,
    }),
    told: loadList<string, Told & { readonly parent: string | null }>({
      batch: async (ids, db) => tell?.(db, { where: matchOf(window.where, { column, ids }), parent: column }) ?? [],
      keyOf: (row) => String(row.parent),
    }),
  };
}

function pageOf<Item extends object, Told>(
  window: PageQuery,
  read: readonly Item[],
  whole: Pick<ConnectionPage<Item, Told>, 'count' | 'summary'>,
): ConnectionPage<Item, Told> {
  return {
    ...pageSliceOf(window, read),
    cursorOf: (row) => cursorFor(window, (field) => Reflect.get(row, field)),
    ...whole,
  };
}

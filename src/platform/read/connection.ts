/**
 * Connections: lists with keyset pages. A page starts after the last row seen, by the order's keys and the id, so that
 * no row appears twice or is missed while others write, and the thousandth page costs as much as the first one.
 *
 * 1. A connection is declared once per entity: table, filter, orders. The same declaration serves the root list and
 *    every relation list.
 * 2. keyset.ts determines the rows of a page (the page query).
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
import { whenReady, type Ready } from '../values/ready.ts';

/**
 * All records of a list: the rows as the alias `t`, the condition on them, and the SQL expression of the parent that a
 * record belongs to.
 */
export interface Match {
  readonly from: Sql;
  readonly where: Sql;
  readonly parent: Sql;
}

/** A page of a connection. */
export interface ConnectionPage<Item, Summary = never> extends PageSlice<Item> {
  /** The cursor of a row of this page. */
  cursorOf(row: Item): string;
  /** The number of matching records on all pages; one statement, shared by all parents. */
  count(): Promise<number>;
  /** The summary rows of all matching records; empty for a connection without a summary. */
  summary(): Promise<readonly Summary[]>;
}

/** The declaration of a connection. */
export interface ConnectionDeclaration<Model extends ModelName, Summary = never> extends Listing {
  readonly table: Table<Model>;
  /** Reads summary rows of all matching records, such as facets; `parent` is the list that a row belongs to. */
  readonly summarize?: (db: Reader, match: Match) => Promise<readonly (Summary & { readonly parent: string | null })[]>;
}

/** A declared connection, which reads pages. */
export interface Connection<Model extends ModelName, Summary = never> extends ConnectionDeclaration<Model, Summary> {
  /**
   * A page of the whole table, or of the rows `t` for which `where` holds. With `info` it reads the columns that the
   * field selects, without it whole rows.
   */
  page(
    context: Context,
    args: PageArguments,
    info?: GraphQLResolveInfo,
    where?: Sql,
  ): Promise<ConnectionPage<Row<Model>, Summary>>;
  /**
   * A page of one parent's rows. The pages that are requested together for several parents are one statement. `where`
   * narrows the lists of all parents.
   */
  pageOf(context: Context, list: ParentList<Model>): Promise<ConnectionPage<Row<Model>, Summary>>;
}

/** A list of a parent's rows, of which a page is read. */
export interface ParentList<Model extends ModelName> {
  /** The field of the rows that contains the parent's id, or a condition on the row `t` and `parent.id`. */
  readonly by: (keyof Row<Model> & string) | Sql;
  /** The default order; that of the connection unless given. */
  readonly defaultOrder?: Listing['defaultOrder'] | undefined;
  readonly parentId: string;
  readonly args: PageArguments;
  readonly info?: GraphQLResolveInfo;
  readonly where?: Sql | undefined;
}

/** Declares the connection of a table. */
export function connection<Model extends ModelName, Summary = never>(
  declared: ConnectionDeclaration<Model, Summary>,
): Connection<Model, Summary> {
  const { table } = declared;
  const requests = new WeakMap<object, ListsOfRequest<Row<Model>, Summary>>();
  const listsOfParents = (context: Context, { by, defaultOrder, args, info, where }: ParentList<Model>) => {
    const listing = defaultOrder === undefined ? declared : { ...declared, defaultOrder };
    const { byArguments } = ofRequest(requests, context);
    return whenReady(pageQueryOf(listing, args, context), (whole) => {
      const query = where === undefined ? whole : narrow(whole, where);
      const columns = columnsOf(table, query, info);
      const of = belongingTo(table, by);
      const order = orderName(query.keys);
      const key = canonical({ of: conditionOf(of).text, order, args, columns: columns.text, where: where?.text ?? '' });
      const lists = byArguments.get(key) ?? listsOf(declared, of, columns, query);
      byArguments.set(key, lists);
      return { query, lists };
    });
  };
  return {
    ...declared,
    async page(context, args, info, where) {
      const whole = await pageQueryOf(declared, args, context);
      const query = where === undefined ? whole : narrow(whole, where);
      const rows = await context.db.query<Row<Model>>(pageRows(table, query, columnsOf(table, query, info)));
      return pageOf(query, rows, {
        count: async () => (await context.db.query<{ count: number }>(countMatches(table, query)))[0]?.count ?? 0,
        summary: async () =>
          declared.summarize?.(context.db, {
            from: sql`${table.name} t`,
            where: query.where,
            parent: sql`NULL::uuid`,
          }) ?? [],
      });
    },
    async pageOf(context, list) {
      const { parentId, info } = list;
      const { bySelection } = ofRequest(requests, context);
      const made = bySelection.get(info?.fieldNodes ?? list) ?? outcomeOf(() => listsOfParents(context, list));
      bySelection.set(info?.fieldNodes ?? list, made);
      const ready = made();
      const { query, lists } = ready instanceof Promise ? await ready : ready;
      const found = await lists.rows.load(context, parentId);
      return pageOf(query, found?.rows ?? [], {
        count: async () => (await lists.counts.load(context, parentId))?.count ?? 0,
        summary: () => lists.summaries.load(context, parentId),
      });
    },
  };
}

/** How rows belong to a parent: by the column with its id, or by a condition on the row `t` and `parent.id`. */
export type Belonging = { readonly column: Sql } | { readonly condition: Sql };

/** The parents of several lists. */
export interface Parents {
  readonly of: Belonging;
  readonly ids: readonly string[];
}

/** The declared belonging of a list's rows: the field with the parent's id, or a condition. */
export function belongingTo<Model extends ModelName>(table: Table<Model>, by: string | Sql): Belonging {
  return typeof by === 'string' ? { column: table.column(by as never) } : { condition: by };
}

/** The statement that reads the rows of a page, and one more; with a belonging, of the parent `parent.id`. */
export function pageRows(
  { name: from }: Pick<Table<ModelName>, 'name'>,
  { where, seek, order, size }: PageQuery,
  columns: Sql,
  of?: Belonging,
): Sql {
  const conditions = [...(of === undefined ? [] : [conditionOf(of)]), where, seek];
  return sql`SELECT ${columns} FROM ${from} t WHERE ${allOf(conditions)} ORDER BY ${order} LIMIT ${identifier(String(size + 1))}`;
}

/** A statement that runs another one for each parent, which is `parent.id` in it. */
export function forEachParent(ids: readonly string[], statement: Sql, columns: Sql): Sql {
  return sql`SELECT ${columns} FROM unnest(${arrayParameter('uuid', ids)}) parent(id) CROSS JOIN LATERAL (${statement}) page`;
}

/** The statement that counts all matching rows; of many parents at once, with the parent as the last column. */
export function countMatches(table: Pick<Table<ModelName>, 'name'>, { where }: PageQuery, parents?: Parents): Sql {
  if (parents === undefined) return sql`SELECT count(*)::int AS count FROM ${table.name} t WHERE ${where}`;
  const match = matchOf(table, where, parents);
  return sql`SELECT count(*)::int AS count, ${match.parent} AS parent FROM ${match.from} WHERE ${match.where} GROUP BY 2`;
}

/** The page query with an additional condition. */
export function narrow(query: PageQuery, where: Sql): PageQuery {
  return { ...query, where: allOf([where, query.where]) };
}

interface Lists<Item, Summary> {
  readonly rows: Loader<string, { readonly parent: string; readonly rows: readonly Item[] } | null>;
  readonly counts: Loader<string, { readonly parent: string; readonly count: number } | null>;
  readonly summaries: Loader<string, readonly Summary[]>;
}

/** The lists of parents that a request reads. */
interface ListsOfRequest<Item, Summary> {
  readonly byArguments: Map<string, Lists<Item, Summary>>;
  /**
   * The field nodes of a selection are the same for all its parents, and so are its arguments: a large filter is judged
   * once, not for each of ten thousand parents.
   */
  readonly bySelection: WeakMap<
    object,
    () => Ready<{ readonly query: PageQuery; readonly lists: Lists<Item, Summary> }>
  >;
}

function ofRequest<Item, Summary>(
  requests: WeakMap<object, ListsOfRequest<Item, Summary>>,
  { loaders }: Context,
): ListsOfRequest<Item, Summary> {
  const known = requests.get(loaders) ?? { byArguments: new Map(), bySelection: new WeakMap() };
  requests.set(loaders, known);
  return known;
}

/** Returns or throws, at each call, what `make` has returned or thrown once. */
function outcomeOf<Value>(make: () => Value): () => Value {
  try {
    const value = make();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The columns that the page shows, and those that its cursors contain. */
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

function conditionOf(of: Belonging): Sql {
  return 'condition' in of ? of.condition : sql`${of.column} = parent.id`;
}

/** The rows of the parents. A condition is evaluated for one parent at a time, so that its indexes are used. */
function matchOf({ name }: Pick<Table<ModelName>, 'name'>, where: Sql, { of, ids }: Parents): Match {
  const parents = arrayParameter('uuid', ids);
  if ('column' in of)
    return { from: sql`${name} t`, where: allOf([sql`${of.column} = ANY(${parents})`, where]), parent: of.column };
  const rows = sql`SELECT t.* FROM ${name} t WHERE ${of.condition} OFFSET 0`;
  return { from: sql`unnest(${parents}) parent(id) CROSS JOIN LATERAL (${rows}) t`, where, parent: sql`parent.id` };
}

function listsOf<Model extends ModelName, Summary>(
  { table, summarize }: ConnectionDeclaration<Model, Summary>,
  of: Belonging,
  columns: Sql,
  query: PageQuery,
): Lists<Row<Model>, Summary> {
  type Item = Row<Model>;
  return {
    rows: loadOne<string, { parent: string; rows: Item[] }>({
      async batch(ids, db) {
        const found = await db.query<Item & { parentOfPage: string }>(
          forEachParent(ids, pageRows(table, query, columns, of), sql`page.*, parent.id AS "parentOfPage"`),
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
      batch: (ids, db) => db.query(countMatches(table, query, { of, ids })),
      keyOf: (row) => row.parent,
    }),
    summaries: loadList<string, Summary & { readonly parent: string | null }>({
      batch: async (ids, db) => summarize?.(db, matchOf(table, query.where, { of, ids })) ?? [],
      keyOf: (row) => String(row.parent),
    }),
  };
}

function pageOf<Item extends object, Summary>(
  query: PageQuery,
  read: readonly Item[],
  whole: Pick<ConnectionPage<Item, Summary>, 'count' | 'summary'>,
): ConnectionPage<Item, Summary> {
  return {
    ...pageSliceOf(query, read),
    cursorOf: (row) => cursorFor(query, (field) => Reflect.get(row, field)),
    ...whole,
  };
}

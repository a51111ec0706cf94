/**
 * Keyset pages: the next page starts after the last row seen, by the order's keys and the id, so that no row comes twice or is missed
 * while others write, and the thousandth page costs what the first one costs.
 *
 * 1. A connection is declared once per entity: table, filter, orders. The same declaration serves the root list and every relation list.
 * 2. The order is always total: ties are broken by id, in the direction of the last key. Nulls come last in both directions.
 * 3. A cursor holds the order and the row's keys, and is signed: a changed cursor, or one of another order, is refused.
 * 4. The pages of many parents are read by one statement (LATERAL); `totalCount` is counted only when it is selected.
 */
import type { GraphQLResolveInfo } from 'graphql';
import { columnsFor } from './columns.ts';
import type { Context } from './context.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { canonical } from './idempotency.ts';
import { filterSql, type Filter } from './filter.ts';
import { LIMITS } from './limits.ts';
import { loadList, loadOne, type Loader } from './loader.ts';
import type { Reader } from './database.ts';
import { refuse } from './query-refusal.ts';
import { objection } from './refusal.ts';
import { allOf, anyOf, empty, join, name, sql, type Sql } from './sql.ts';
import type { ModelName, Row, Table } from './table.ts';

export const { default: PAGE_DEFAULT, most: PAGE_LIMIT, orders: ORDER_KEYS } = LIMITS.page;

export interface OrderKey {
  /** The field of the row whose value stands in the cursor. */
  readonly field: string;
  /** What is ordered by; the column of the field unless given. */
  readonly column: Sql;
  /** The type the cursor's text is cast to. */
  readonly cast: string;
  readonly isNullable?: boolean;
  /** What the cursor's value stands for, where it is not itself what is ordered by: the number of a step, for the step's id. */
  readonly meaning?: (value: Sql) => Sql;
}

export type Direction = 'ASC' | 'DESC';
export interface OrderArgument { readonly field: string; readonly direction?: Direction | null | undefined }

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
  readonly filter?: unknown;
  readonly orderBy?: readonly OrderArgument[] | null | undefined;
}

/** All records of a list, whatever page of it is shown: a condition over `t`, and the parent they belong to. */
export interface Match {
  readonly where: Sql;
  readonly parent: Sql;
}

export interface Page<Item, Told = never> {
  readonly rows: readonly Item[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  cursorOf(row: Item): string;
  count(): Promise<number>;
  /** What the connection tells about all matching records. */
  told(): Promise<readonly Told[]>;
}

export interface Declaration<Model extends ModelName, Told = never> {
  readonly table: Table<Model>;
  readonly filter: Filter;
  /** The values of `<Entity>OrderField`; an order may stand for several keys (lot, then sequence). */
  readonly orders: Readonly<Record<string, readonly OrderKey[]>>;
  readonly defaultOrder: readonly OrderArgument[];
  /** Rows about all matching records besides their number, such as facets; `parent` says of which list each row is told. */
  readonly tell?: (db: Reader, match: Match) => Promise<readonly (Told & { readonly parent: string | null })[]>;
}

export interface Connection<Model extends ModelName, Told = never> extends Declaration<Model, Told> {
  /** A page of the whole table, with the columns that the field shows, or whole rows where none is told. */
  page(context: Context, args: PageArguments, info?: GraphQLResolveInfo): Promise<Page<Row<Model>, Told>>;
  /** A page of one parent's rows; the pages of all parents asked for together are one statement. `column` holds the parent's id; `where` narrows all of them alike. */
  pageOf(context: Context, column: keyof Row<Model> & string, parentId: string, args: PageArguments, info?: GraphQLResolveInfo, where?: Sql): Promise<Page<Row<Model>, Told>>;
}

export function connection<Model extends ModelName, Told = never>(declared: Declaration<Model, Told>): Connection<Model, Told> {
  const loaders = new WeakMap<object, Map<string, Lists<Row<Model>, Told>>>();
  return {
    ...declared,
    async page(context, args, info) {
      const plan = planOf(declared, args, context);
      const rows = await context.db.query<Row<Model>>(
        sql`SELECT ${columnsOf(declared, plan, info)} FROM ${declared.table.name} t WHERE ${allOf([plan.where, plan.seek])} ORDER BY ${plan.order} LIMIT ${plan.size + 1}`,
      );
      return pageOf(plan, rows, {
        async count() {
          const [counted] = await context.db.sql<{ count: number }>`SELECT count(*)::int AS count FROM ${declared.table.name} t WHERE ${plan.where}`;
          return counted?.count ?? 0;
        },
        told: async () => declared.tell?.(context.db, { where: plan.where, parent: sql`NULL::uuid` }) ?? [],
      });
    },
    async pageOf(context, column, parentId, args, info, where) {
      const whole = planOf(declared, args, context);
      const plan = where === undefined ? whole : { ...whole, where: allOf([where, whole.where]) };
      const ofRequest = loaders.get(context.loaders) ?? new Map<string, Lists<Row<Model>, Told>>();
      loaders.set(context.loaders, ofRequest);
      const columns = columnsOf(declared, plan, info);
      const key = canonical({ column, args, columns: columns.text, where: where?.text ?? '' });
      const lists = ofRequest.get(key) ?? listsOf(declared, declared.table.column(column), columns, plan);
      ofRequest.set(key, lists);
      const found = await lists.rows.load(context, parentId);
      return pageOf(plan, found?.rows ?? [], {
        count: async () => (await lists.counts.load(context, parentId))?.count ?? 0,
        told: () => lists.told.load(context, parentId),
      });
    },
  };
}

interface Key extends OrderKey { readonly direction: Direction }

interface Plan {
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

interface Lists<Item, Told> {
  readonly rows: Loader<string, { readonly parent: string; readonly rows: readonly Item[] } | null>;
  readonly counts: Loader<string, { readonly parent: string; readonly count: number } | null>;
  readonly told: Loader<string, readonly Told[]>;
}

/** What the page shows, and what its cursors hold. */
function columnsOf<Model extends ModelName>({ table }: Pick<Declaration<Model>, 'table'>, { keys }: Plan, info: GraphQLResolveInfo | undefined): Sql {
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

function listsOf<Model extends ModelName, Told>({ table, tell }: Declaration<Model, Told>, column: Sql, columns: Sql, plan: Plan): Lists<Row<Model>, Told> {
  type Item = Row<Model>;
  const matchOf = (parents: readonly string[]): Sql => allOf([sql`${column} = ANY(${[...parents]}::uuid[])`, plan.where]);
  return {
    rows: loadOne<string, { parent: string; rows: Item[] }>({
      async batch(parents, db) {
        const found = await db.query<Item & { parentOfPage: string }>(sql`
          SELECT page.*, parent.id AS "parentOfPage" FROM unnest(${[...parents]}::uuid[]) parent(id)
          CROSS JOIN LATERAL (
            SELECT ${columns} FROM ${table.name} t
            WHERE ${allOf([sql`${column} = parent.id`, plan.where, plan.seek])} ORDER BY ${plan.order} LIMIT ${plan.size + 1}
          ) page`);
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
      batch: (parents, db) => db.query(sql`
        SELECT ${column} AS parent, count(*)::int AS count FROM ${table.name} t WHERE ${matchOf(parents)} GROUP BY 1`),
      keyOf: (row) => row.parent,
    }),
    told: loadList<string, Told & { readonly parent: string | null }>({
      batch: async (parents, db) => tell?.(db, { where: matchOf(parents), parent: column }) ?? [],
      keyOf: (row) => String(row.parent),
    }),
  };
}

function pageOf<Item extends object, Told>(plan: Plan, fetched: readonly Item[], whole: Pick<Page<Item, Told>, 'count' | 'told'>): Page<Item, Told> {
  const hasMore = fetched.length > plan.size;
  const wanted = hasMore ? fetched.slice(0, plan.size) : fetched;
  return {
    rows: plan.isBackward ? wanted.toReversed() : wanted,
    hasNextPage: plan.isBackward ? plan.hasCursor : hasMore,
    hasPreviousPage: plan.isBackward ? hasMore : plan.hasCursor,
    cursorOf: (row) => writeCursor(plan, row),
    ...whole,
  };
}

function planOf<Model extends ModelName>(declared: Pick<Declaration<Model>, 'filter' | 'orders' | 'defaultOrder'>, args: PageArguments, context: Context): Plan {
  const secret = context.services.config.tokenSecret;
  const { size, isBackward, cursor } = windowOf(args);
  const keys = keysOf(declared, args.orderBy);
  const filter = filterSql(declared.filter, args.filter, context);
  if ('refusals' in filter) return refuse(filter.refusals);
  const forward = (key: Key): boolean => (key.direction === 'ASC') !== isBackward;
  const base = { keys, where: filter.value, size, isBackward, hasCursor: cursor !== undefined, secret };
  const order = join(keys.map((key) => sql`${key.column} ${forward(key) ? sql`ASC` : sql`DESC`} ${key.isNullable === true ? (isBackward ? sql`NULLS FIRST` : sql`NULLS LAST`) : empty}`));
  if (cursor === undefined) return { ...base, order, seek: sql`TRUE` };
  const values = readCursor(keys, cursor.text, cursor.argument, secret);
  return { ...base, order, seek: seekSql(keys, values, isBackward) };
}

function windowOf(args: PageArguments): { size: number; isBackward: boolean; cursor: { text: string; argument: string } | undefined } {
  const { first, after, last, before } = args;
  if (isGiven(first) && isGiven(last)) return refuse([objection('INVALID_INPUT', 'last', 'first and last cannot be given together; first with after, or last with before.')]);
  if (isGiven(after) && isGiven(last)) return refuse([objection('INVALID_INPUT', 'after', 'after goes with first, before with last.')]);
  if (isGiven(before) && !isGiven(last)) return refuse([objection('INVALID_INPUT', 'before', 'before goes with last, after with first.')]);
  const isBackward = isGiven(last);
  const argument = isBackward ? 'last' : 'first';
  const size = (isBackward ? last : first) ?? PAGE_DEFAULT;
  if (size < 1) return refuse([objection('INVALID_INPUT', argument, `${argument} must be from 1 to ${PAGE_LIMIT}, but is ${size}.`)]);
  if (size > PAGE_LIMIT) return refuse([objection('LIMIT_EXCEEDED', argument, `${argument} may be at most ${PAGE_LIMIT}, but is ${size}; page on with a cursor.`)]);
  if (isGiven(after)) return { size, isBackward, cursor: { text: after, argument: 'after' } };
  return { size, isBackward, cursor: isGiven(before) ? { text: before, argument: 'before' } : undefined };
}

function keysOf<Model extends ModelName>(declared: Pick<Declaration<Model>, 'orders' | 'defaultOrder'>, orderBy: PageArguments['orderBy']): readonly Key[] {
  const wanted = orderBy === null || orderBy === undefined || orderBy.length === 0 ? declared.defaultOrder : orderBy;
  if (wanted.length > ORDER_KEYS) return refuse([objection('LIMIT_EXCEEDED', 'orderBy', `At most ${ORDER_KEYS} orders are allowed, but ${wanted.length} were given.`)]);
  const keys = wanted.flatMap(({ field, direction }) => (declared.orders[field] ?? []).map((key): Key => ({ ...key, direction: direction ?? 'ASC' })));
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
    allOf(keys.slice(0, last + 1).map((key, index) => (index < last ? sql`${key.column} IS NOT DISTINCT FROM ${typed[index]}` : beyond(key, values[index] ?? null, isBackward)))),
  );
  return anyOf(alternatives);
}

function typedOf({ cast, meaning }: Key, value: string | null): Sql {
  const typed = sql`${value}::${name(cast)}`;
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

function writeCursor(plan: Plan, row: object): string {
  const values = plan.keys.map((key): unknown => Reflect.get(row, key.field));
  const content = JSON.stringify([orderName(plan.keys), ...values.map((value) => (value === null || value === undefined ? null : String(value)))]);
  return sealCursor(plan.secret, content);
}

function readCursor(keys: readonly Key[], text: string, argument: string, secret: string): readonly (string | null)[] {
  const content = openCursor(secret, text);
  if (content === undefined) return refuse([objection('INVALID_INPUT', argument, 'This is no cursor of this API, or it was changed; use endCursor or startCursor of a page as it is.')]);
  const [order, ...values] = JSON.parse(content) as [string, ...(string | null)[]];
  if (order !== orderName(keys)) return refuse([objection('INVALID_INPUT', argument, 'This cursor belongs to a list of another order; page on with the same orderBy.')]);
  return values;
}

function orderName(keys: readonly Key[]): string {
  return keys.map((key) => `${key.field} ${key.direction}`).join(',');
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

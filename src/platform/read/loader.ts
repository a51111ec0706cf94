/**
 * DataLoaders, declared as values.
 *
 * 1. `batch` receives all keys that are requested in one tick, each once, and runs one statement for all of them.
 * 2. `keyOf` returns the key that a row belongs to; the order of rows does not matter, except within a list.
 * 3. A loader exists once per request: each row is read once, and nothing outlives the request.
 * 4. After a mutation the loaders are cleared (`clearLoaders`), so that its payload shows the new state.
 */
import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type { Reader } from '../postgres/client.ts';
import { isStorable, arrayParameter, sql, type Sql } from '../postgres/sql.ts';
import type { ModelName, Row, Table } from '../postgres/table.ts';
import { columnsFor } from './selected-columns.ts';
import type { Context } from '../request/context.ts';

/** Loads values by key, batched and cached within a request. */
export interface Loader<Key, Value> {
  load(context: Context, key: Key): Promise<Value>;
  loadMany(context: Context, keys: readonly Key[]): Promise<readonly Value[]>;
}

interface Batch<Key, Item> {
  readonly batch: (keys: readonly Key[], db: Reader) => Promise<readonly Item[]>;
  /** The key that the row belongs to, as text. */
  readonly keyOf: (row: Item) => string;
  /** The text of a key; `String` when absent. */
  readonly textOf?: (key: Key) => string;
}

/** A loader of one row per key; null when there is none. */
export function loadOne<Key, Item>(declaration: Batch<Key, Item>): Loader<Key, Item | null> {
  return loader(declaration, (rows, keyOf) => {
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    return (key) => byKey.get(key) ?? null;
  });
}

/** A loader of all rows of a key, in the order of the statement. */
export function loadList<Key, Item>(declaration: Batch<Key, Item>): Loader<Key, readonly Item[]> {
  return loader(declaration, (rows, keyOf) => {
    const byKey = new Map<string, Item[]>();
    for (const row of rows) {
      const key = keyOf(row);
      const group = byKey.get(key);
      if (group === undefined) byKey.set(key, [row]);
      else group.push(row);
    }
    return (key) => byKey.get(key) ?? [];
  });
}

/** A loader of rows. With `info` it reads the columns that the field selects, without it whole rows. */
export interface RowLoader<Value> extends Loader<string, Value> {
  load(context: Context, key: string, info?: GraphQLResolveInfo): Promise<Value>;
}

/** A loader of a table's records by id. */
export interface RecordLoader<Model extends ModelName> extends RowLoader<Row<Model> | null> {
  readonly table: Table<Model>;
}

/** Declares the loader of a table's records by id; null when there is none. */
export function byId<Model extends ModelName>(table: Table<Model>): RecordLoader<Model> {
  const loaderOf = (columns: Sql): Loader<string, Row<Model> | null> =>
    loadOne<string, Row<Model> & { readonly id: string }>({
      batch: (ids, db) =>
        db.query(sql`SELECT ${columns} FROM ${table.name} t WHERE t.id = ANY(${arrayParameter('uuid', ids)})`, true),
      keyOf: (row) => row.id,
    });
  const whole = loaderOf(table.columns);
  const ofRequests = new WeakMap<object, Map<string, Loader<string, Row<Model> | null>>>();
  return {
    ...whole,
    table,
    load(context, key, info) {
      const selected = info === undefined ? undefined : columnsFor(info);
      if (selected === undefined) return whole.load(context, key);
      const ofRequest = ofRequests.get(context.loaders) ?? new Map<string, Loader<string, Row<Model> | null>>();
      ofRequests.set(context.loaders, ofRequest);
      const columns = table.columnsOf(selected);
      const known = ofRequest.get(columns.text) ?? loaderOf(columns);
      ofRequest.set(columns.text, known);
      return known.load(context, key);
    },
  };
}

/**
 * Declares the loader of a table's records by another unique text field, such as a code or a username; null when there
 * is none.
 */
export function byKey<Model extends ModelName>(
  table: Table<Model>,
  field: keyof Row<Model> & string,
): Loader<string, Row<Model> | null> {
  return loadOne<string, Row<Model>>({
    batch: (keys, db) =>
      db.prepared(
        sql`SELECT ${table.columns} FROM ${table.name} t WHERE ${table.column(field)} = ANY(${arrayParameter('text', keys)})`,
      ),
    keyOf: (row) => String(row[field]),
  });
}

/** Discards everything that the request has loaded so far. */
export function clearLoaders(context: Context): void {
  context.loaders.clear();
}

function loader<Key, Item, Value>(
  declaration: Batch<Key, Item>,
  index: (rows: readonly Item[], keyOf: (row: Item) => string) => (key: string) => Value,
): Loader<Key, Value> {
  const textOf = declaration.textOf ?? String;
  const loaderFor = (context: Context): DataLoader<Key, Value, string> => {
    const known = context.loaders.get(declaration);
    if (known !== undefined) return known as unknown as DataLoader<Key, Value, string>;
    const created = new DataLoader<Key, Value, string>(
      async (keys) => {
        const storable = keys.filter(isStorable);
        const valueOf = index(
          storable.length === 0 ? [] : await declaration.batch(storable, context.db),
          declaration.keyOf,
        );
        return keys.map((key) => valueOf(textOf(key)));
      },
      { cacheKeyFn: textOf },
    );
    context.loaders.set(declaration, created as unknown as DataLoader<unknown, unknown, unknown>);
    return created;
  };
  return {
    load: (context, key) => loaderFor(context).load(key),
    loadMany: async (context, keys) => {
      const loaded = loaderFor(context);
      return Promise.all(keys.map((key) => loaded.load(key)));
    },
  };
}

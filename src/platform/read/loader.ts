/**
 * A DataLoader declared as a value.
 *
 * 1. `batch` receives every key asked for in one tick, each once, and runs one statement for all of them.
 * 2. `keyOf` says which key a row answers; the order of the rows is free, except inside a list.
 * 3. A loader lives once per request: what was read is read once, and nothing outlives the request.
 * 4. After a mutation the loaders are forgotten (`forgetLoaded`), so that its payload shows the world after it.
 */
import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type { Reader } from '../postgres/client.ts';
import { isStorable, arrayParameter, sql, type Sql } from '../postgres/sql.ts';
import type { ModelName, Row, Table } from '../postgres/table.ts';
import { columnsFor } from './selected-columns.ts';
import type { Context } from '../request/context.ts';

export interface Loader<Key, Value> {
  load(context: Context, key: Key): Promise<Value>;
  loadMany(context: Context, keys: readonly Key[]): Promise<readonly Value[]>;
}

interface Batch<Key, Item> {
  readonly batch: (keys: readonly Key[], db: Reader) => Promise<readonly Item[]>;
  /** The key, as text, that the row answers. */
  readonly keyOf: (row: Item) => string;
  /** The text of a key that is not text itself. */
  readonly textOf?: (key: Key) => string;
}

/** One row per key, or null. */
export function loadOne<Key, Item>(declaration: Batch<Key, Item>): Loader<Key, Item | null> {
  return loader(declaration, (rows, keyOf) => {
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    return (key) => byKey.get(key) ?? null;
  });
}

/** All rows of a key, in the order of the statement. */
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

/** A loader of rows, which reads the columns that a field shows, or whole rows where none is told. */
export interface RowLoader<Value> extends Loader<string, Value> {
  load(context: Context, key: string, info?: GraphQLResolveInfo): Promise<Value>;
}

/** The records of a table by their ids. */
export interface RecordLoader<Model extends ModelName> extends RowLoader<Row<Model> | null> {
  readonly table: Table<Model>;
}

export function byId<Model extends ModelName>(table: Table<Model>): RecordLoader<Model> {
  const reading = (columns: Sql): Loader<string, Row<Model> | null> =>
    loadOne<string, Row<Model> & { readonly id: string }>({
      batch: (ids, db) =>
        db.query(sql`SELECT ${columns} FROM ${table.name} t WHERE t.id = ANY(${arrayParameter('uuid', ids)})`, true),
      keyOf: (row) => row.id,
    });
  const whole = reading(table.columns);
  const ofRequests = new WeakMap<object, Map<string, Loader<string, Row<Model> | null>>>();
  return {
    ...whole,
    table,
    load(context, key, info) {
      const wanted = info === undefined ? undefined : columnsFor(info);
      if (wanted === undefined) return whole.load(context, key);
      const ofRequest = ofRequests.get(context.loaders) ?? new Map<string, Loader<string, Row<Model> | null>>();
      ofRequests.set(context.loaders, ofRequest);
      const columns = table.columnsOf(wanted);
      const known = ofRequest.get(columns.text) ?? reading(columns);
      ofRequest.set(columns.text, known);
      return known.load(context, key);
    },
  };
}

/** The records of a table by another key of theirs, which is text: a code, a username. */
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

/** Forgets what the request has read so far. */
export function clearLoaders(context: Context): void {
  context.loaders.clear();
}

function loader<Key, Item, Value>(
  declaration: Batch<Key, Item>,
  indexed: (rows: readonly Item[], keyOf: (row: Item) => string) => (key: string) => Value,
): Loader<Key, Value> {
  const textOf = declaration.textOf ?? String;
  const of = (context: Context): DataLoader<Key, Value, string> => {
    const known = context.loaders.get(declaration);
    if (known !== undefined) return known as unknown as DataLoader<Key, Value, string>;
    const made = new DataLoader<Key, Value, string>(
      async (keys) => {
        const known = keys.filter(isStorable);
        const answer = indexed(known.length === 0 ? [] : await declaration.batch(known, context.db), declaration.keyOf);
        return keys.map((key) => answer(textOf(key)));
      },
      { cacheKeyFn: textOf },
    );
    context.loaders.set(declaration, made as unknown as DataLoader<unknown, unknown, unknown>);
    return made;
  };
  return {
    load: (context, key) => of(context).load(key),
    loadMany: async (context, keys) => {
      const loaded = of(context);
      return Promise.all(keys.map((key) => loaded.load(key)));
    },
  };
}

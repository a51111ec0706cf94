/**
 * What a field of a record is made of, declared once and read by two: the ordinary executor, which resolves it record
 * by record, and the plan (plan.ts), which reads it for all records at once. A field without a declaration is one for
 * the ordinary executor alone.
 *
 * 1. `needs` names the columns that any other field reads, so that no more of the row is fetched (columns.ts).
 * 2. `derived` is a value of the record itself and of the moment of the request, told at once and without asking
 *    anybody.
 * 3. `reference` and `optionalReference` are the record whose id stands in a column.
 * 4. `loaded` is made of what a loader reads about the record.
 * 5. `lookup` is the record that a root field looks for.
 */
import type { GraphQLResolveInfo } from 'graphql';
import { present } from '../values/assert.ts';
import type { Context } from '../request/context.ts';
import { type ColumnNeeds, needs } from './field-extensions.ts';
import type { Loader, RecordLoader } from './loader.ts';
import type { Sql } from '../postgres/sql.ts';
import type { ModelName, Row, Table } from '../postgres/table.ts';
import type { Listing } from './keyset.ts';

/** How a field is made, as the schema's extensions carry it. */
export type FieldSource =
  | {
      readonly kind: 'derived';
      readonly needs: readonly string[];
      readonly make: (row: never, context: Context) => unknown;
    }
  | { readonly kind: 'reference'; readonly key: string; readonly table: Table<ModelName> }
  | {
      readonly kind: 'loaded';
      readonly key: string;
      readonly loader: Loader<string, unknown>;
      readonly needs: readonly string[];
      readonly make: (loaded: never, row: never) => unknown;
    }
  | { readonly kind: 'lookup'; readonly find: (args: never, context: Context) => Promise<object | null> }
  | ({ readonly kind: 'list' } & ListSource);

/** A list of a table: all of it, or what belongs to the parent whose id stands in `column`. */
export interface ListSource {
  readonly listing: Listing & { readonly table: Table<ModelName> };
  readonly column?: string;
  readonly where?: Sql | undefined;
}

/** What the extensions of a declared field carry. */
export type FieldExtensions = ColumnNeeds & {
  readonly lotgraphSource?: FieldSource;
};

interface Declared<Parent, Args, Value> {
  readonly extensions: FieldExtensions;
  readonly resolve: (parent: Parent, args: Args, context: Context, info: GraphQLResolveInfo) => Value;
}

export function derived<Parent extends object, Value>(
  fields: readonly (keyof Parent & string)[],
  make: (row: Parent, context: Context) => Value,
): Declared<Parent, unknown, Value> {
  return {
    extensions: { ...needs(...fields), lotgraphSource: { kind: 'derived', needs: fields, make } },
    resolve: (row, _args, context) => make(row, context),
  };
}

/** The record whose id stands in the column `key`, which is there; `what` names it where it is not. */
export function reference<Model extends ModelName, const Key extends string>(
  loader: RecordLoader<Model>,
  key: Key,
  what: string,
): Declared<{ readonly [key in Key]: string }, unknown, Promise<Row<Model>>> {
  return {
    extensions: referring(loader, key),
    resolve: async (row, _args, context, info) => present(await loader.load(context, row[key], info), what),
  };
}

/** The record whose id stands in the column `key`; null where there is none. */
export function optionalReference<Model extends ModelName, const Key extends string>(
  loader: RecordLoader<Model>,
  key: Key,
): Declared<{ readonly [key in Key]: string | null }, unknown, Promise<Row<Model> | null> | null> {
  const idOf = (row: { readonly [key in Key]: string | null }): string | null => row[key];
  return {
    extensions: referring(loader, key),
    resolve: (row, _args, context, info) => {
      const id = idOf(row);
      return id === null ? null : loader.load(context, id, info);
    },
  };
}

/** A value made of what the loader reads by the column `key`, and of the columns `fields` of the row. */
export function loaded<const Key extends string, Parent extends { readonly [key in Key]: string }, Found, Value>(
  loader: Loader<string, Found>,
  key: Key,
  fields: readonly (keyof Parent & string)[],
  make: (found: Found, row: Parent) => Value,
): Declared<Parent, unknown, Promise<Value>> {
  return {
    extensions: {
      lotgraphNeeds: [key, ...fields],
      lotgraphSource: { kind: 'loaded', key, loader, needs: fields, make },
    },
    resolve: async (row, _args, context) => make(await loader.load(context, row[key]), row),
  };
}

/** The record that a root field looks for; null where there is none. */
export function lookup<Args, Item extends object>(
  find: (args: Args, context: Context) => Promise<Item | null>,
): Declared<unknown, Args, Promise<Item | null>> {
  return {
    extensions: { ...needs(), lotgraphSource: { kind: 'lookup', find } },
    resolve: (_root, args, context) => find(args, context),
  };
}

/** The page of a list, which the connection resolves (connection-type.ts). */
export function listSource(list: ListSource): FieldExtensions {
  return { ...needs(...(list.column === undefined ? [] : ['id'])), lotgraphSource: { kind: 'list', ...list } };
}

function referring<Model extends ModelName>({ table }: RecordLoader<Model>, key: string): FieldExtensions {
  return { ...needs(key), lotgraphSource: { kind: 'reference', key, table } };
}

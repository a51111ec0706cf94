/**
 * Declares how a field of a record is computed, once for two readers: the graphql-js executor, which resolves it record
 * by record, and the query plan (query-plan/planner.ts), which computes it for all records at once. Only the graphql-js
 * executor handles a field without a declaration.
 *
 * 1. `needs` names the columns that any other field reads, so that no more of the row is fetched (selected-columns.ts).
 * 2. `derived` is a value computed from the record and the request alone, without reading the database.
 * 3. `reference` and `optionalReference` return the record whose id is in a column.
 * 4. `loaded` is computed from a value that a loader reads for the record.
 * 5. `lookup` is the record that a root field looks up.
 */
import type { GraphQLResolveInfo } from 'graphql';
import { LIMITS } from '../process/limits.ts';
import { present } from '../values/assert.ts';
import type { Context } from '../request/context.ts';
import { type ColumnNeeds, needs } from './field-extensions.ts';
import type { Loader, RecordLoader } from './loader.ts';
import type { Sql } from '../postgres/sql.ts';
import type { ModelName, Row, Table } from '../postgres/table.ts';
import type { Listing } from './keyset.ts';
import { rejectLongText } from './query-error.ts';
import { type Selects, selectionBelow } from './selected-columns.ts';

/** The source of a field's value, as the schema's extensions contain it. */
export type FieldSource =
  | {
      readonly kind: 'derived';
      readonly needs: readonly string[];
      readonly compute: (row: never, context: Context) => unknown;
    }
  | { readonly kind: 'reference'; readonly key: string; readonly table: Table<ModelName> }
  | {
      readonly kind: 'loaded';
      readonly key: string;
      readonly loader: Loader<string, unknown>;
      readonly needs: readonly string[];
      readonly compute: (loaded: never, row: never) => unknown;
    }
  | {
      readonly kind: 'lookup';
      readonly find: (args: never, context: Context, selects: Selects) => Promise<object | null>;
    }
  | ({ readonly kind: 'list' } & ListSource);

/**
 * A list of a table's rows: all of them, or those of a parent, whose id is in the field `by`, or for whom the condition
 * `by` on the row `t` and `parent.id` holds. `where` narrows it further.
 */
export interface ListSource {
  readonly listing: Listing & { readonly table: Table<ModelName> };
  readonly by?: string | Sql;
  readonly where?: Sql | undefined;
}

/** The GraphQL extensions of a declared field. */
export type FieldExtensions = ColumnNeeds & {
  readonly lotgraphSource?: FieldSource;
};

interface Declared<Parent, Args, Value> {
  readonly extensions: FieldExtensions;
  readonly resolve: (parent: Parent, args: Args, context: Context, info: GraphQLResolveInfo) => Value;
}

/** A value computed from the columns `fields` of the row, and the request. */
export function derived<Parent extends object, Value>(
  fields: readonly (keyof Parent & string)[],
  compute: (row: Parent, context: Context) => Value,
): Declared<Parent, unknown, Value> {
  return {
    extensions: { ...needs(...fields), lotgraphSource: { kind: 'derived', needs: fields, compute } },
    resolve: (row, _args, context) => compute(row, context),
  };
}

/**
 * The record whose id is in the column `key`. Throws an AppError when it does not exist; `what` names it in the
 * message.
 */
export function reference<Model extends ModelName, const Key extends string>(
  loader: RecordLoader<Model>,
  key: Key,
  what: string,
): Declared<{ readonly [key in Key]: string }, unknown, Promise<Row<Model>>> {
  return {
    extensions: referenceTo(loader, key),
    resolve: async (row, _args, context, info) => present(await loader.load(context, row[key], info), what),
  };
}

/** The record whose id is in the column `key`; null when the column is null. */
export function optionalReference<Model extends ModelName, const Key extends string>(
  loader: RecordLoader<Model>,
  key: Key,
): Declared<{ readonly [key in Key]: string | null }, unknown, Promise<Row<Model> | null> | null> {
  const idOf = (row: { readonly [key in Key]: string | null }): string | null => row[key];
  return {
    extensions: referenceTo(loader, key),
    resolve: (row, _args, context, info) => {
      const id = idOf(row);
      return id === null ? null : loader.load(context, id, info);
    },
  };
}

/** A value computed from what the loader reads for the column `key`, and from the columns `fields` of the row. */
export function loaded<const Key extends string, Parent extends { readonly [key in Key]: string }, Found, Value>(
  loader: Loader<string, Found>,
  key: Key,
  fields: readonly (keyof Parent & string)[],
  compute: (found: Found, row: Parent) => Value,
): Declared<Parent, unknown, Promise<Value>> {
  return {
    extensions: {
      lotgraphNeeds: [key, ...fields],
      lotgraphSource: { kind: 'loaded', key, loader, needs: fields, compute },
    },
    resolve: async (row, _args, context) => compute(await loader.load(context, row[key]), row),
  };
}

/**
 * The record that a root field looks up; null when there is none. A key that is too long for any is rejected. `selects`
 * says what is asked of it.
 */
export function lookup<Args, Item extends object>(
  find: (args: Args, context: Context, selects: Selects) => Promise<Item | null>,
): Declared<unknown, Args, Promise<Item | null>> {
  const findKey = async (args: Args, context: Context, selects: Selects): Promise<Item | null> => {
    for (const [name, key] of Object.entries(args ?? {})) rejectLongText(name, key, LIMITS.document.keyLength);
    return find(args, context, selects);
  };
  return {
    extensions: { ...needs(), lotgraphSource: { kind: 'lookup', find: findKey } },
    resolve: (_root, args, context, info) => findKey(args, context, selectionBelow(info.fieldNodes, info.fragments)),
  };
}

/** The extensions of a list field, which graphql/connection-type.ts resolves. */
export function listSource(list: ListSource): FieldExtensions {
  return { ...needs(...(list.by === undefined ? [] : ['id'])), lotgraphSource: { kind: 'list', ...list } };
}

function referenceTo<Model extends ModelName>({ table }: RecordLoader<Model>, key: string): FieldExtensions {
  return { ...needs(key), lotgraphSource: { kind: 'reference', key, table } };
}

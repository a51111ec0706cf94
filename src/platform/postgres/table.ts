/**
 * Tables as values, derived from the Prisma models: the column of a field is its name in snake_case, and the properties
 * of a row have the names of the fields.
 */
import type PrismaTypes from '../../generated/pothos.ts';
import { getDatamodel } from '../../generated/pothos.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import { identifier, type Sql } from './sql.ts';
import { assert } from '../values/assert.ts';
import type { Instant } from '../values/time.ts';

/** The name of a Prisma model. */
export type ModelName = keyof PrismaTypes;

/** A row as this program reads it: instants and decimals are text (values/time.ts), JSON is the parsed value. */
export type Stored<Shape> = { readonly [Field in keyof Shape]: StoredValue<Shape[Field]> };
type StoredValue<Value> = Value extends Date ? Instant : Value extends Prisma.Decimal | bigint ? string : Value;

/** The row type of a model. */
export type Row<Model extends ModelName> = Stored<PrismaTypes[Model]['Shape']>;

/** A table of the database. */
export interface Table<Model extends ModelName> {
  readonly model: Model;
  readonly name: Sql;
  /** All columns as `t.column AS "field"`, for `SELECT ${table.columns} FROM ${table.name} t`. */
  readonly columns: Sql;
  /** The columns of some fields, in the same form; all columns for undefined. */
  columnsOf(fields: SelectedColumns): Sql;
  /** The name of a field's column, without an alias. */
  columnOf(field: string): string;
  /** The Prisma type of a field (`DateTime`, `Decimal`, …); empty for an unknown field. */
  typeOf(field: string): string;
  /** The column of a field of the alias `t`. Throws an AppError for a field without a column. */
  column(field: keyof Row<Model> & string): Sql;
}

/** The table of a model. Throws an AppError for an unknown model. */
export function table<Model extends ModelName>(model: Model, tableName: string): Table<Model> {
  const types = scalarFieldsOf(model);
  const fields = [...types.keys()];
  const columns = new Map(fields.map((field) => [field, identifier(`t.${snakeCase(field)}`)]));
  const listOf = (selected: readonly string[]): Sql =>
    identifier(selected.map((field) => `t.${snakeCase(field)} AS "${field}"`).join(', '));
  const all = listOf(fields);
  const lists = new WeakMap<ReadonlySet<string>, Sql>();
  return {
    model,
    name: identifier(tableName),
    columns: all,
    columnOf: snakeCase,
    typeOf: (field) => types.get(field) ?? '',
    columnsOf(selected) {
      if (selected === undefined) return all;
      const list = lists.get(selected) ?? listOf(fields.filter((field) => selected.has(field)));
      lists.set(selected, list);
      return list;
    },
    column(field) {
      const column = columns.get(field);
      assert(column !== undefined, `${model} has no column for ${field}.`);
      return column;
    },
  };
}

/**
 * The fields of a model that hold the id of another record, each with the model of that record. A foreign key may have
 * more columns, such as the level of a step; they hold no id.
 */
export function foreignKeysOf(model: string): ReadonlyMap<string, string> {
  const fields = datamodel[model]?.fields ?? [];
  return new Map(
    fields
      .filter(({ name, relationFromFields = [] }) => relationFromFields.includes(`${name}Id`))
      .map(({ name, type }) => [`${name}Id`, type] as const),
  );
}

/** The fields of a model that hold an instant. */
export function instantsOf(model: string): ReadonlySet<string> {
  const fields = datamodel[model]?.fields ?? [];
  return new Set(fields.filter(({ type }) => type === 'DateTime').map(({ name }) => name));
}

function scalarFieldsOf(model: ModelName): ReadonlyMap<string, string> {
  const found = datamodel[model];
  assert(found !== undefined, `There is no Prisma model ${model}.`);
  return new Map(
    found.fields
      .filter((field) => field.kind === 'scalar' || field.kind === 'enum')
      .map((field) => [field.name, field.type]),
  );
}

interface ModelField {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  /** Of a relation: the fields of this model that name the other record. */
  readonly relationFromFields?: readonly string[];
}

const datamodel: Readonly<Record<string, { readonly fields: readonly ModelField[] }>> = getDatamodel().datamodel.models;

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The fields of a row that are read; undefined for all fields. */
export type SelectedColumns = ReadonlySet<string> | undefined;

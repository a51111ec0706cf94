/**
 * Tables as values, derived from the Prisma models: a column is the snake_case word of its field, and a row has the
 * fields' names.
 */
import type PrismaTypes from '../../generated/pothos.ts';
import { getDatamodel } from '../../generated/pothos.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import { identifier, type Sql } from './sql.ts';
import { assert } from '../values/assert.ts';
import type { Instant } from '../values/time.ts';

export type ModelName = keyof PrismaTypes;

/** A row as this program reads it: instants and decimals are text (see time.ts), JSON is what it is. */
export type Stored<Shape> = { readonly [Field in keyof Shape]: StoredValue<Shape[Field]> };
type StoredValue<Value> = Value extends Date ? Instant : Value extends Prisma.Decimal | bigint ? string : Value;

/** The row type of a model. */
export type Row<Model extends ModelName> = Stored<PrismaTypes[Model]['Shape']>;

export interface Table<Model extends ModelName> {
  readonly model: Model;
  readonly name: Sql;
  /** All columns as `t.column AS "field"`, for `SELECT ${table.columns} FROM ${table.name} t`. */
  readonly columns: Sql;
  /** Some of them, by their fields; all without. */
  columnsOf(fields: SelectedColumns): Sql;
  /** The bare name of a field's column. */
  columnOf(field: string): string;
  /** The type of a field, as Prisma calls it. */
  typeOf(field: string): string;
  /** The column of a field, of the alias `t`. */
  column(field: keyof Row<Model> & string): Sql;
}

export function table<Model extends ModelName>(model: Model, tableName: string): Table<Model> {
  const types = scalarFieldsOf(model);
  const fields = [...types.keys()];
  const columns = new Map(fields.map((field) => [field, identifier(`t.${snakeCase(field)}`)]));
  const listOf = (wanted: readonly string[]): Sql =>
    identifier(wanted.map((field) => `t.${snakeCase(field)} AS "${field}"`).join(', '));
  const all = listOf(fields);
  const lists = new WeakMap<ReadonlySet<string>, Sql>();
  return {
    model,
    name: identifier(tableName),
    columns: all,
    columnOf: snakeCase,
    typeOf: (field) => types.get(field) ?? '',
    columnsOf(wanted) {
      if (wanted === undefined) return all;
      const list = lists.get(wanted) ?? listOf(fields.filter((field) => wanted.has(field)));
      lists.set(wanted, list);
      return list;
    },
    column(field) {
      const column = columns.get(field);
      assert(column !== undefined, `${model} has no column for ${field}.`);
      return column;
    },
  };
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

const datamodel: Readonly<
  Record<
    string,
    { readonly fields: readonly { readonly name: string; readonly kind: string; readonly type: string }[] }
  >
> = getDatamodel().datamodel.models;

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Fields of the row, or undefined for all of them. */
export type SelectedColumns = ReadonlySet<string> | undefined;

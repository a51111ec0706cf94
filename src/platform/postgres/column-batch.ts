/**
 * Rows read column by column: PostgreSQL packs the values of each column into one JSON array, so that ten thousand rows
 * arrive as a few values. Unpacking them costs a fifth of parsing the same number of rows (docs/reading.md).
 */
import type { Reader } from './client.ts';
import { join, identifier, sql, type Sql } from './sql.ts';
import type { ModelName, Table } from './table.ts';
import { storedInstant } from '../values/time.ts';

/** The values of records: one array per column. */
export type ColumnBatch = readonly (readonly unknown[])[];

/** The columns of the alias, each packed into an array, for a `SELECT` without `GROUP BY`. */
export function packColumns({ columnOf, typeOf }: Table<ModelName>, fields: readonly string[], alias: string): Sql {
  return join(
    fields.map((field) =>
      identifier(`json_agg(${alias}.${columnOf(field)}${AS_TEXT.has(typeOf(field)) ? '::text' : ''})`),
    ),
  );
}

/** The packed columns, with the same values that a row has (table.ts). `columns` may have further values at its end. */
export function unpackColumns(
  { typeOf }: Table<ModelName>,
  fields: readonly string[],
  columns: readonly unknown[],
): ColumnBatch {
  return fields.map((field, index) => {
    const values = columns[index] as readonly unknown[] | null;
    if (values === null) return [];
    return typeOf(field) === 'DateTime'
      ? values.map((value) => (typeof value === 'string' ? storedInstant(value) : value))
      : values;
  });
}

/** A statement of a batch. */
export interface BatchStatement {
  readonly text: Sql;
  /** The number of its columns. */
  readonly width: number;
  /** True when its best plan is the same for all values. */
  readonly isSteady: boolean;
}

/** The rows of a statement, each as an array of values in the order of the columns. */
export type ResultRows = readonly (readonly unknown[])[];

/**
 * Runs all statements as one. The statements of one level have to wait for each other anyway, and each round trip has a
 * cost.
 */
export async function readBatch(db: Reader, statements: readonly BatchStatement[]): Promise<readonly ResultRows[]> {
  const [first, ...others] = statements;
  if (first === undefined) return [];
  if (others.length === 0) return [await db.rows(first.text, first.isSteady)];
  const lists = statements.map(({ text, width }) => {
    const columns = identifier(Array.from({ length: width }, (_, index) => `c${index}`).join(', '));
    return sql`(SELECT json_agg(json_build_array(${columns})) FROM (${text}) list(${columns}))`;
  });
  const [row] = await db.rows(
    sql`SELECT ${join(lists)}`,
    statements.every(({ isSteady }) => isSteady),
  );
  return statements.map((_, index) => (row?.[index] ?? []) as ResultRows);
}

/**
 * The types whose JSON would differ from the value of a row: a decimal would lose its zeros, a long number its digits.
 */
const AS_TEXT: ReadonlySet<string> = new Set(['DateTime', 'Decimal', 'BigInt']);

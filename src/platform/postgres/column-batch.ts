/**
 * Rows read column by column: PostgreSQL packs the values of each column into one JSON array, so that ten thousand rows
 * arrive as a handful of values. Unpacking them costs a fifth of what as many rows cost (docs/reading.md).
 */
import type { Reader } from './client.ts';
import { join, identifier, sql, type Sql } from './sql.ts';
import type { ModelName, Table } from './table.ts';
import { storedInstant } from '../values/time.ts';

/** The values of records, column by column. */
export type ColumnBatch = readonly (readonly unknown[])[];

/** The columns of the alias, each packed, for a `SELECT` without `GROUP BY`. */
export function packColumns({ columnOf, typeOf }: Table<ModelName>, fields: readonly string[], alias: string): Sql {
  return join(
    fields.map((field) =>
      identifier(`json_agg(${alias}.${columnOf(field)}${TEXTS.has(typeOf(field)) ? '::text' : ''})`),
    ),
  );
}

/** What was packed, with the values that a row has (table.ts). */
export function unpackColumns(
  { typeOf }: Table<ModelName>,
  fields: readonly string[],
  columns: readonly unknown[],
): ColumnBatch {
  return fields.map((field, at) => {
    const values = columns[at] as readonly unknown[] | null;
    if (values === null) return [];
    return typeOf(field) === 'DateTime'
      ? values.map((value) => (typeof value === 'string' ? storedInstant(value) : value))
      : values;
  });
}

/** A statement, and how many columns it has. */
export interface BatchStatement {
  readonly text: Sql;
  readonly width: number;
  /** That its best plan is the same for all values. */
  readonly isSteady: boolean;
}

export type ResultRows = readonly (readonly unknown[])[];

/**
 * The rows of all statements, read by one: those of one level wait for each other anyway, and each trip has its price.
 */
export async function readBatch(db: Reader, statements: readonly BatchStatement[]): Promise<readonly ResultRows[]> {
  const [first, ...others] = statements;
  if (first === undefined) return [];
  if (others.length === 0) return [await db.rows(first.text, first.isSteady)];
  const lists = statements.map(({ text, width }) => {
    const columns = identifier(Array.from({ length: width }, (_, at) => `c${at}`).join(', '));
    return sql`(SELECT json_agg(json_build_array(${columns})) FROM (${text}) list(${columns}))`;
  });
  const [row] = await db.rows(
    sql`SELECT ${join(lists)}`,
    statements.every(({ isSteady }) => isSteady),
  );
  return statements.map((_, at) => (row?.[at] ?? []) as ResultRows);
}

/**
 * The types whose JSON would be another value than the row's: a decimal would lose its zeros, a long number its digits.
 */
const TEXTS: ReadonlySet<string> = new Set(['DateTime', 'Decimal', 'BigInt']);

/**
 * SQL text with values beside it. A value inside `sql`…`` becomes a parameter, another `sql` fragment becomes part of
 * the text: there is no way to write a value into the text by accident. Prisma's own implementation, also understood by
 * `pg`.
 */
import { empty, join, raw, Sql, sqltag as sql } from '@prisma/client/runtime/client';

export { empty, join, raw, Sql, sql };

/** All of the conditions; TRUE when there is none. */
export function allOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`TRUE` : sql`(${join([...conditions], ' AND ')})`;
}

/** Any of the conditions; FALSE when there is none. */
export function anyOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`FALSE` : sql`(${join([...conditions], ' OR ')})`;
}

/**
 * Values for `ANY(…)` and `unnest(…)`, whose number is not told to the planner: where it knows of fewer than the ten
 * that it expects, it finds its plan for any number too dear, and plans a prepared statement anew for each execution.
 */
export function arrayParameter(type: string, values: readonly unknown[]): Sql {
  const list = raw(`${type}[]`);
  return sql`(SELECT ${values}::${list})::${list}`;
}

/** A name of ours (table, column) as text. Never call it with a caller's words. */
export function identifier(identifier: string): Sql {
  return raw(identifier);
}

/**
 * PostgreSQL's text has no NUL, and half a surrogate pair would become another letter: such a text equals nothing that
 * is stored.
 */
export function isStorable(value: unknown): boolean {
  return typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'));
}

/**
 * SQL text with separate values. A value inside `sql`…`` becomes a parameter, another `sql` fragment becomes part of
 * the text, so a value cannot get into the text by accident. This is Prisma's implementation, which `pg` understands,
 * too.
 */
import { empty, join, raw, Sql, sqltag as sql } from '@prisma/client/runtime/client';

export { empty, join, raw, Sql, sql };

/** All of the conditions; TRUE for an empty list. */
export function allOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`TRUE` : sql`(${join([...conditions], ' AND ')})`;
}

/** Any of the conditions; FALSE for an empty list. */
export function anyOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`FALSE` : sql`(${join([...conditions], ' OR ')})`;
}

/**
 * Values for `ANY(…)` and `unnest(…)` as a subquery that hides their number from the planner. When the planner knows of
 * fewer values than the ten that it assumes for a generic plan, it finds the generic plan too expensive, and plans a
 * prepared statement again for each execution.
 */
export function arrayParameter(type: string, values: readonly unknown[]): Sql {
  const list = raw(`${type}[]`);
  return sql`(SELECT ${values}::${list})::${list}`;
}

/** A table or column name as SQL text. Never call it with text from a caller. */
export function identifier(name: string): Sql {
  return raw(name);
}

/**
 * False for text that PostgreSQL cannot store: text with NUL, and text with half a surrogate pair, which would become
 * another character. Such a text never equals a stored value.
 */
export function isStorable(value: unknown): boolean {
  return typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'));
}

/** A fragment on the alias `t` as one on the alias `r`, for a subquery in a statement whose rows are `t`. */
export function onRelated({ strings, values }: Sql): Sql {
  return new Sql(
    strings.map((text) => text.replaceAll(/\bt\./g, 'r.')),
    values,
  );
}

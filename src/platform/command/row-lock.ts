/** What commands do with single rows: lock them, refer to them, change them. */
import { found } from './rejection.ts';
import type { Reference } from '../input/schemas.ts';
import type { Reader, Tx } from '../postgres/client.ts';
import { anyOf, empty, isStorable, identifier, sql, type Sql } from '../postgres/sql.ts';
import type { ModelName, Row, Table } from '../postgres/table.ts';

/** `SHARE` keeps others from changing the row, `NO KEY UPDATE` is for changing it, `UPDATE` for deleting it. */
export type Lock = 'SHARE' | 'NO KEY UPDATE' | 'UPDATE';

/**
 * Locks the row that the reference names, or refuses with NOT_FOUND at `path`. `what` is the entity in words:
 * "Production line".
 */
export async function lockRow<Model extends ModelName>(
  tx: Tx,
  table: Table<Model>,
  reference: Reference,
  lock: Lock,
  path: string,
  what: string,
): Promise<Row<Model>> {
  const [row] = await tx.query<Row<Model>>(
    sql`SELECT ${table.columns} FROM ${table.name} t WHERE ${columnOf(table, reference)} = ${reference.value} FOR ${identifier(lock)}`,
  );
  return found(row, path, referenceLabel(reference, what));
}

/** The row that the reference names, unlocked; undefined when there is none. */
export async function rowByReference<Model extends ModelName>(
  db: Reader,
  table: Table<Model>,
  reference: Reference,
): Promise<Row<Model> | undefined> {
  if (!isStorable(reference.value)) return undefined;
  const [row] = await db.query<Row<Model>>(
    sql`SELECT ${table.columns} FROM ${table.name} t WHERE ${columnOf(table, reference)} = ${reference.value}`,
  );
  return row;
}

/**
 * The rows that the references name, by one statement, unlocked unless `locks` says how; what is answered tells the row
 * of each.
 */
export async function rowsByReference<Model extends ModelName>(
  db: Reader,
  table: Table<Model>,
  references: readonly Reference[],
  locks: Sql = empty,
): Promise<(reference: Reference) => Row<Model> | undefined> {
  const asked = new Map(references.map((reference) => [textOf(reference.key, reference.value), reference]));
  if (asked.size === 0) return () => undefined;
  const rows = await db.query<Row<Model>>(
    sql`SELECT ${table.columns} FROM ${table.name} t WHERE ${anyOf([...asked.values()].map((reference) => matchesReference(table, reference)))} ${locks}`,
  );
  const keys = new Set(references.map(({ key }) => key));
  const byReference = new Map(rows.flatMap((row) => [...keys].map((key) => [textOf(key, Reflect.get(row, key)), row])));
  return ({ key, value }) => byReference.get(textOf(key, value));
}

/** The condition, over the alias `t`, that the reference names the row. */
export function matchesReference<Model extends ModelName>(table: Table<Model>, reference: Reference): Sql {
  return isStorable(reference.value) ? sql`${columnOf(table, reference)} = ${reference.value}` : sql`FALSE`;
}

/** The reference in words: `Production line KR01`. */
export function referenceLabel({ key, value }: Reference, what: string): string {
  return key === 'id' ? `${what} with this id` : `${what} ${value}`;
}

/** The fields that were given. What is absent stays as it is. */
export function definedFields<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>;
}

type Given<Fields> = { [Field in keyof Fields as undefined extends Fields[Field] ? never : Field]: Fields[Field] } & {
  [Field in keyof Fields as undefined extends Fields[Field] ? Field : never]?: Exclude<Fields[Field], undefined>;
};

function textOf(key: string, value: unknown): string {
  return `${key} ${value}`;
}

function columnOf<Model extends ModelName>(
  table: Table<Model>,
  { key }: Reference,
): ReturnType<Table<Model>['column']> {
  return table.column(key as keyof Row<Model> & string);
}

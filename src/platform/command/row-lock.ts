/** Operations of commands on single rows: lock them, find them by a reference, update them. */
import { found } from './rejection.ts';
import type { Reference } from '../input/schemas.ts';
import type { Reader, Tx } from '../postgres/client.ts';
import { anyOf, empty, isStorable, identifier, sql, type Sql } from '../postgres/sql.ts';
import type { ModelName, Row, Table } from '../postgres/table.ts';

/**
 * The strength of a row lock: `SHARE` prevents changes by others, `NO KEY UPDATE` is for updating the row, `UPDATE` for
 * deleting it.
 */
export type Lock = 'SHARE' | 'NO KEY UPDATE' | 'UPDATE';

/** The row that a command locks. */
export interface RowToLock {
  readonly reference: Reference;
  readonly lock: Lock;
  /** The input field that contains the reference. */
  readonly path: string;
  /** The entity in words: "Production line". */
  readonly what: string;
}

/** Locks the row of a reference, or rejects the command with NOT_FOUND at `path`. */
export async function lockRow<Model extends ModelName>(
  tx: Tx,
  table: Table<Model>,
  { reference, lock, path, what }: RowToLock,
): Promise<Row<Model>> {
  const [row] = await tx.query<Row<Model>>(
    sql`SELECT ${table.columns} FROM ${table.name} t WHERE ${columnOf(table, reference)} = ${reference.value} FOR ${identifier(lock)}`,
  );
  return found(row, path, referenceLabel(reference, what));
}

/** The row of a reference, unlocked; undefined when there is none. */
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
 * The rows of several references, read by one statement and unlocked unless `locks` says otherwise. The result finds
 * the row of a reference; undefined when there is none.
 */
export async function rowsByReference<Model extends ModelName>(
  db: Reader,
  table: Table<Model>,
  references: readonly Reference[],
  locks: Sql = empty,
): Promise<(reference: Reference) => Row<Model> | undefined> {
  const distinct = new Map(references.map((reference) => [textOf(reference.key, reference.value), reference]));
  if (distinct.size === 0) return () => undefined;
  const conditions = [...distinct.values()].map((reference) => matchesReference(table, reference));
  const rows = await db.query<Row<Model>>(
    sql`SELECT ${table.columns} FROM ${table.name} t WHERE ${anyOf(conditions)} ${locks}`,
  );
  const keys = new Set(references.map(({ key }) => key));
  const byReference = new Map(rows.flatMap((row) => [...keys].map((key) => [textOf(key, Reflect.get(row, key)), row])));
  return ({ key, value }) => byReference.get(textOf(key, value));
}

/** The condition, on the alias `t`, that the reference identifies the row. */
export function matchesReference<Model extends ModelName>(table: Table<Model>, reference: Reference): Sql {
  return isStorable(reference.value) ? sql`${columnOf(table, reference)} = ${reference.value}` : sql`FALSE`;
}

/** The reference in words: `Production line KR01`. `what` names the entity. */
export function referenceLabel({ key, value }: Reference, what: string): string {
  if (key === 'id') return `${what} with this id`;
  return key === 'badgeCode' ? `${what} with the badge code ${value}` : `${what} ${value}`;
}

/** The fields that are not undefined, for updates that leave the others unchanged. */
export function definedFields<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}

type Defined<Fields> = { [Field in keyof Fields as undefined extends Fields[Field] ? never : Field]: Fields[Field] } & {
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

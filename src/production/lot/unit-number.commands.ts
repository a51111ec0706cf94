import { found, reject } from '../../platform/command/rejection.ts';
import type { Lock } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { identifier, sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { idOfReference, type NumberedModel, type NumberedTable, unitOf } from './unit-number.loaders.ts';
import { unknownUnit } from './unit-number.rules.ts';

/** The unit to lock, how, and the input path of the reference. */
export interface UnitLock {
  readonly reference: Reference;
  readonly lock: Lock;
  readonly path: string;
}

/** Locks the unit that a reference names, or rejects the command at `path`. */
export async function lockUnit<Model extends NumberedModel>(
  tx: Tx,
  numbered: NumberedTable<Model>,
  { reference, lock, path }: UnitLock,
): Promise<Row<Model>> {
  const { table } = numbered;
  const [row] = await tx.query<Row<Model>>(
    sql`SELECT ${table.columns} FROM ${table.name} t WHERE t.id = ${idOfReference(numbered, reference)} FOR ${identifier(lock)}`,
  );
  return row ?? rejectUnknownUnit(numbered, reference, path);
}

/**
 * Reads the unit that a reference names without locking it, to learn what must be locked before it. Rejects the command
 * at `path` when there is none.
 */
export async function findUnit<Model extends NumberedModel>(
  tx: Tx,
  numbered: NumberedTable<Model>,
  reference: Reference,
  path: string,
): Promise<Row<Model>> {
  return (await unitOf(tx, numbered, reference)) ?? rejectUnknownUnit(numbered, reference, path);
}

function rejectUnknownUnit<Model extends NumberedModel>(
  { kind, what }: NumberedTable<Model>,
  { key, value }: Reference,
  path: string,
): never {
  return key === 'id'
    ? found<never>(undefined, path, `${what} with this id`)
    : reject(unknownUnit(kind, String(value), path));
}

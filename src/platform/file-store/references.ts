/**
 * Which rows refer to contents of the file store. Each entity with files declares it here, so that a content is removed
 * only when no row of any of them has its key, and so that all of them are checked against their contents.
 */
import type { Reader, Tx } from '../postgres/client.ts';
import { join, sql, type Sql } from '../postgres/sql.ts';
import { AppError } from '../values/assert.ts';
import type { StorageLocation } from '../values/storage-location.ts';
import type { FileStore } from './file-store.ts';

/** A row that refers to a content. */
export interface FileReference {
  /** The type of the row in the graph. */
  readonly type: string;
  readonly id: string;
  readonly key: string;
  readonly location: StorageLocation;
  readonly sizeBytes: string;
}

const declared = new Map<string, Sql>();
const tables = new Set<string>();

/**
 * Declares the rows of a type, in its table, that refer to contents: a SELECT of `id` (uuid), `key`, `location` (text)
 * and `size_bytes` (bigint). The table has them in the column `storage_key`.
 */
export function declareFileReferences(type: string, table: string, rows: Sql): void {
  declared.set(type, rows);
  tables.add(table);
}

/** Fails unless every table of the database with a column `storage_key` is declared: a sweep must know all of them. */
export async function assertAllDeclared(db: Reader): Promise<void> {
  const found = await db.query<{ name: string }>(sql`
    SELECT c.relname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attname = 'storage_key' AND NOT a.attisdropped AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`);
  const unknown = found.map(({ name }) => name).filter((name) => !tables.has(name));
  if (unknown.length > 0)
    throw new AppError(`The files of ${unknown.join(', ')} are not declared; nothing is removed.`);
}

/** The references after an id, ordered by it: at most `count` of them. */
export function fileReferences(db: Reader, after: string, count: number): Promise<readonly FileReference[]> {
  return db.query(sql`
    SELECT type, id, key, location, size_bytes::text AS "sizeBytes" FROM (${allReferences()}) AS reference
    WHERE id > ${after}::uuid ORDER BY id LIMIT ${count}`);
}

/** Those of the keys at the location that a row refers to. */
export async function referredKeys(
  db: Reader,
  location: StorageLocation,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ key: string }>(sql`
    SELECT DISTINCT key FROM (${allReferences()}) AS reference WHERE location = ${location} AND key = ANY(${[...keys]}::text[])`);
  return new Set(rows.map(({ key }) => key));
}

/**
 * Keeps the content of a key where it is until the transaction ends: a row that refers to it can be written, and nobody
 * removes it meanwhile.
 */
export async function holdContent(tx: Tx, key: string): Promise<void> {
  await tx.query(sql`SELECT pg_advisory_xact_lock_shared(${CONTENTS}, hashtext(${key}))`);
}

/** Removes a content if no row refers to it, and nobody is about to write one. Returns whether it was removed. */
export async function removeUnreferred(
  tx: Tx,
  files: FileStore,
  { key, location }: { readonly key: string; readonly location: StorageLocation },
): Promise<boolean> {
  await tx.query(sql`SELECT pg_advisory_xact_lock(${CONTENTS}, hashtext(${key}))`);
  const referred = await referredKeys(tx, location, [key]);
  return !referred.has(key) && files.remove(key, location);
}

/** The first number of the advisory locks of contents. */
const CONTENTS = 1_814_001;

function allReferences(): Sql {
  if (declared.size === 0) throw new AppError('No entity has declared that it refers to files.');
  return join(
    [...declared].map(
      ([type, rows]) => sql`SELECT ${type}::text AS type, id, key, location, size_bytes FROM (${rows}) AS row`,
    ),
    ' UNION ALL ',
  );
}

/**
 * Rows by their ids, read by one statement for all requests that ask for the same columns in the same tick, as the payloads of records do
 * that were written together (together.ts). The statement is one of whoever asked first; where it fails, each asks for himself.
 */
import DataLoader from 'dataloader';
import type { Context } from './context.ts';
import type { Database, Reader } from './database.ts';
import { manyOf, sql, type Sql } from './sql.ts';

interface Identified {
  readonly id: string;
}

interface Asked extends Identified {
  readonly db: Reader;
}

/** The rows of the table `t` in `select` that exist. */
export async function rowsTogether<Row extends Identified>(select: Sql, ids: readonly string[], { db, services: { database } }: Context): Promise<readonly Row[]> {
  const collecting = collectingFor.get(database) ?? new Map<string, DataLoader<Asked, Identified | undefined>>();
  collectingFor.set(database, collecting);
  const readOf = async (asking: Reader, wanted: readonly string[]): Promise<readonly Identified[]> => asking.query<Row>(sql`${select} WHERE t.id = ANY(${manyOf('uuid', wanted)})`, true);
  const read = async (asked: readonly Asked[]): Promise<readonly (Identified | undefined)[]> => {
    collecting.delete(select.text);
    const rows = new Map((await readOf(asked[0]?.db ?? db, [...new Set(asked.map(({ id }) => id))])).map((row) => [row.id, row]));
    return asked.map(({ id }) => rows.get(id));
  };
  const loader = collecting.get(select.text) ?? new DataLoader(read, { cache: false });
  collecting.set(select.text, loader);
  const found = await Promise.all(ids.map((id) => loader.load({ id, db }))).catch(() => readOf(db, ids));
  return found.filter((row) => row !== undefined) as unknown as readonly Row[];
}

/** What is being collected in this tick, by the text of the statement. */
const collectingFor = new WeakMap<Database, Map<string, DataLoader<Asked, Identified | undefined>>>();

/** Databases for single tests, copied from the migrated template in a few milliseconds. */
import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { inject } from 'vitest';
import { withDatabase } from './cluster.ts';
import { withConnection } from './connection.ts';

export { withConnection } from './connection.ts';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database with all migrations applied and no other rows. */
export function freshDatabase(): Promise<TestDatabase> {
  return makeDatabase(`TEMPLATE ${inject('templateDatabase')}`);
}

/** An empty database. */
export function emptyDatabase(): Promise<TestDatabase> {
  return makeDatabase('TEMPLATE template0');
}

/** Any number that no other advisory lock in the database `postgres` uses. */
const COPY_LOCK = 5_073_124_411;

/** Databases are created one after another: the template may have no other session during a copy. */
async function makeDatabase(source: string): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await asAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [COPY_LOCK]);
    // FILE_COPY writes no write-ahead log; with few pages it is the fastest.
    await admin.query(`CREATE DATABASE ${name} ${source} STRATEGY FILE_COPY`);
  });
  return {
    url: withDatabase(inject('adminUrl'), name),
    drop: () => asAdmin(async (admin) => void (await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}

function asAdmin<T>(work: (admin: Client) => Promise<T>): Promise<T> {
  return withConnection(inject('adminUrl'), work);
}

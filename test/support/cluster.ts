/**
 * One temporary PostgreSQL for a test run, with a template database that has all migrations applied. It is in a scratch
 * directory whose name contains the process id, so the next run finds and removes what a killed run left behind.
 */
import { chmod, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { findPostmaster, isAlive } from '../../src/platform/embedded-postgres/process.ts';
import { migrateUp } from '../../src/platform/migrations/runner.ts';
import { withConnection } from './connection.ts';
import { makeScratchDirectory, SCRATCH, SCRATCH_PREFIX } from './scratch.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** An administrative database, from which others are created and dropped. */
    adminUrl: string;
    /** The database that has all migrations applied. */
    templateDatabase: string;
  }
}

const TEMPLATE = 'lotgraph_template';
export const MIGRATIONS = path.resolve(import.meta.dirname, '../../prisma/migrations');

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await clearAbandoned();
  const directory = await makeScratchDirectory();
  // As root the server runs under another account, which must be able to enter.
  await chmod(directory, 0o755);
  const cluster = await startEmbeddedServer({
    directory,
    log: () => undefined,
    durability: 'none',
    database: TEMPLATE,
    ...(process.env['TEST_POSTGRES_LOCALE'] === 'libc' ? { locale: 'libc' as const } : {}),
    ...(process.env['TEST_POSTGRES'] === undefined ? {} : { packageFolder: process.env['TEST_POSTGRES'] }),
  });
  const teardown = async (): Promise<void> => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await withConnection(cluster.url, prepare);
    await migrateUp({
      url: cluster.url,
      folder: MIGRATIONS,
      environment: 'TESTING',
      appVersion: 'test',
      appliedBy: 'tests',
    });
  } catch (error) {
    await teardown();
    throw error;
  }
  provide('adminUrl', withDatabase(cluster.url, 'postgres'));
  provide('templateDatabase', TEMPLATE);
  return teardown;
}

/** Background work would disturb the tests, so it is switched off. */
async function prepare(admin: Client): Promise<void> {
  await admin.query('ALTER SYSTEM SET autovacuum = off');
  await admin.query('SELECT pg_reload_conf()');
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}

async function clearAbandoned(): Promise<void> {
  for (const name of await readdir(SCRATCH)) {
    const owner = name.startsWith(SCRATCH_PREFIX)
      ? Number(name.slice(SCRATCH_PREFIX.length).split('-')[0])
      : Number.NaN;
    if (Number.isNaN(owner) || isAlive(owner)) continue;
    const directory = path.join(SCRATCH, name);
    try {
      const data = path.join(directory, 'data');
      for (
        let postmaster = await findPostmaster(data);
        postmaster !== undefined;
        postmaster = await findPostmaster(data)
      ) {
        process.kill(postmaster.pid, 'SIGQUIT');
        await sleep(100);
      }
      await rm(directory, { recursive: true, force: true });
    } catch {
      // The directory belongs to another user, or another run has removed it.
    }
  }
}

/**
 * One throw-away PostgreSQL for a run of the tests, with a template database that has all migrations applied. It lives
 * in a directory of the system's temporary folder that names its process, so what a killed run left behind is found and
 * cleared away.
 */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { findPostmaster, isAlive } from '../../src/platform/embedded-postgres/process.ts';
import { migrateUp } from '../../src/platform/migrations/runner.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database of the cluster from which others are made and dropped. */
    adminUrl: string;
    /** The database that has all migrations applied. */
    templateDatabase: string;
  }
}

const TEMPLATE = 'lotgraph_template';
const PREFIX = 'lotgraph-test-';
export const MIGRATIONS = path.resolve(import.meta.dirname, '../../prisma/migrations');

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await clearAbandoned();
  const directory = await mkdtemp(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root the server runs under another account, which must be able to enter.
  await chmod(directory, 0o755);
  const cluster = await startEmbeddedServer({
    directory,
    log: () => undefined,
    durability: 'none',
    database: TEMPLATE,
  });
  const teardown = async (): Promise<void> => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
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

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}

async function clearAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : Number.NaN;
    if (Number.isNaN(owner) || isAlive(owner)) continue;
    const directory = path.join(tmpdir(), name);
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
      // Another user's, or cleared by a run beside this one.
    }
  }
}

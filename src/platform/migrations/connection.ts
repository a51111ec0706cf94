/**
 * The connection of migrations.
 *
 * Only one runner works at a time: it holds an advisory lock, the same one that Prisma's own runner takes, on its one
 * connection, which releases the lock however the runner ends. The lock is acquired by polling, because a session that
 * waits inside `pg_advisory_lock` would deadlock with CREATE INDEX CONCURRENTLY.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { endInterruptedRuns, prepareRecord } from './history.ts';
import type { MigrateOptions } from './options.ts';
import { AppError } from '../values/assert.ts';
import { connectionProblem } from '../values/connection-problem.ts';
import { errorMessageOf } from '../values/system-error.ts';

/** MIG-2: true when the URL requires an encrypted connection. */
export function demandsTls(url: string): boolean {
  return ['require', 'verify-ca', 'verify-full'].includes(new URL(url).searchParams.get('sslmode') ?? '');
}

/** The advisory lock of Prisma's own runner, so that both runners exclude each other. */
const MIGRATION_LOCK = 72_707_369;
const TRY_LOCK = 'SELECT pg_try_advisory_lock($1) AS taken';
const LOCK_TIMEOUT_MILLISECONDS = 30_000;
const STATEMENT_TIMEOUT_MILLISECONDS = 600_000;
const POLL_MILLISECONDS = 50;
const OLDEST_SERVER = 15;

/**
 * Runs `work` on a connection of its own. Throws an AppError when the database cannot be reached and, in production,
 * when the URL does not require encryption (MIG-2).
 */
export async function withClient<T>(options: MigrateOptions, work: (client: Client) => Promise<T>): Promise<T> {
  if (isTlsRequired(options.environment) && options.isEmbedded !== true && !demandsTls(options.url)) {
    throw new AppError(
      `MIG-2: in ${options.environment} the database URL must demand TLS: add sslmode=require, verify-ca or verify-full.`,
    );
  }
  const statementTimeout = options.statementTimeoutMilliseconds ?? STATEMENT_TIMEOUT_MILLISECONDS;
  const client = new Client({
    connectionString: options.url,
    application_name: 'lotgraph: migrations',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + 10_000,
    lock_timeout: options.lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MILLISECONDS,
    options: '-c timezone=UTC',
  });
  // A lost connection also rejects the running query, which reports it.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    throw new AppError(connectionProblem(options.url, error), { cause: error });
  });
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Runs `work` as the only runner, with the migration tables in place. Throws an AppError when another runner holds the
 * lock for too long (MIG-1), and for a server that is too old.
 */
export async function asOnlyRunner<T>(options: MigrateOptions, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(options, async (client) => {
    const { rows } = await client.query<{ major: number }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS major`,
    );
    if ((rows[0]?.major ?? 0) < OLDEST_SERVER)
      throw new AppError(`The server is PostgreSQL ${rows[0]?.major}; lotgraph needs ${OLDEST_SERVER} or later.`);
    // Without support by the operating system, the session of a killed runner ends with its statement or at the
    // statement timeout.
    await client
      .query(`SET client_connection_check_interval = '1s'`)
      .catch((error: unknown) => options.report?.(errorMessageOf(error)));
    await acquireLock(client, options);
    try {
      await prepareRecord(client);
      for (const name of await endInterruptedRuns(client))
        options.report?.(`An earlier run of ${name} was interrupted; it left nothing behind.`);
      return await work(client);
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    }
  });
}

async function acquireLock(client: Client, options: MigrateOptions): Promise<void> {
  const timeout = options.lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MILLISECONDS;
  const end = performance.now() + timeout;
  for (let isFirst = true; ; isFirst = false) {
    const { rows } = await client.query<{ taken: boolean }>(TRY_LOCK, [MIGRATION_LOCK]);
    if (rows[0]?.taken === true) return;
    if (performance.now() >= end)
      throw new AppError(
        `MIG-1: another runner has been migrating this database for ${timeout / 1000} s. Nothing was done; try again when it has finished.`,
      );
    if (isFirst) options.report?.('Waiting for another runner to finish.');
    await sleep(POLL_MILLISECONDS);
  }
}

/** MIG-2: Where others may listen on the way to the database. */
function isTlsRequired(environment: MigrateOptions['environment']): boolean {
  return environment === 'PRODUCTION' || environment === 'STAGING';
}

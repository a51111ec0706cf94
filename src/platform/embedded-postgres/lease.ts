/**
 * How a process holds on to the built-in PostgreSQL: a lock on a connection of its own says "I use this server". It is
 * taken again whenever it is lost, on a server started again where none is left, and given back at the end, when the
 * last one out stops the server.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { DATABASE_USER, type DataDirectory } from './data-directory.ts';
import { isServerOf, type Postmaster } from './process.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';

/** A server that answered, and our hold on it. */
export interface ReachedServer {
  readonly postmaster: Postmaster;
  readonly hold: Client;
}

export interface Lease {
  /** Ends our use of the server, and stops it when nobody else uses it. */
  release(): Promise<void>;
}

const STOP_SECONDS = 60;
const POLL_MILLISECONDS = 40;

/** Any number that no other advisory lock in the database `postgres` has. */
const USE_LOCK = 5_073_124_410;

/** The lock that says "I use this server", on a connection of its own; or why it cannot be had now. */
export async function acquireLease(
  home: DataDirectory,
  { port }: Postmaster,
  durability: 'full' | 'none',
): Promise<Client | string> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: DATABASE_USER,
    password: home.password,
    database: 'postgres',
    ssl: false,
    options: '-c timezone=UTC',
    application_name: 'lotgraph: uses the built-in server',
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data: string; fsync: string }>(
      `SELECT current_setting('data_directory') AS data, current_setting('fsync') AS fsync`,
    );
    if (rows[0]?.data !== home.data) return await left(client, 'another server has its port');
    if (durability === 'full' && rows[0].fsync !== 'on')
      throw new AppError(
        `The PostgreSQL that runs in ${home.directory} was started without durability. Stop it first.`,
      );
    const lock = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock_shared($1) AS taken', [USE_LOCK]);
    return lock.rows[0]?.taken === true ? client : await left(client, 'it is being stopped');
  } catch (error) {
    const reason = errorMessageOf(error);
    await left(client, reason);
    if (error instanceof AppError) throw error;
    if (errorCodeOf(error) === '28P01')
      throw new AppError(
        `The password in ${path.join(home.directory, 'password')} is not that of the database beside it.`,
        { cause: error },
      );
    return reason;
  }
}

async function left(client: Client, reason: string): Promise<string> {
  await client.end().catch(() => undefined);
  return reason;
}

/** `reach` finds the server, or starts it again at the same place, or fails after a while. */
export function keepLease(
  home: DataDirectory,
  first: ReachedServer,
  reach: () => Promise<ReachedServer>,
  log: (message: string) => void,
): Lease {
  const held: { by: Client | undefined; pid: number; isLeaving: boolean; returning: Promise<void> } = {
    by: undefined,
    pid: 0,
    isLeaving: false,
    returning: Promise.resolve(),
  };
  const watch = ({ postmaster, hold }: ReachedServer): void => {
    held.by = hold;
    held.pid = postmaster.pid;
    hold.once('end', () => {
      held.by = undefined;
      if (!held.isLeaving) held.returning = again();
    });
  };
  const again = async (): Promise<void> => {
    log('The connection to the built-in PostgreSQL was lost.');
    while (!held.isLeaving) {
      const answer = await reach().catch(errorMessageOf);
      if (typeof answer !== 'string') return watch(answer);
      log(answer);
      await sleep(1_000, undefined, { ref: false });
    }
  };
  watch(first);
  return {
    async release() {
      held.isLeaving = true;
      await held.returning;
      const client = held.by;
      if (client === undefined) return log(`The PostgreSQL in ${home.directory} is already gone.`);
      try {
        // First our own use ends, then we ask for the exclusive lock: of two that leave at once, one gets it.
        await client.query('SELECT pg_advisory_unlock_shared($1)', [USE_LOCK]);
        const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [USE_LOCK]);
        if (rows[0]?.taken === true) await stopServer(home, held.pid, log);
        else log(`Leaving the PostgreSQL in ${home.directory} running: another process uses it.`);
      } finally {
        await left(client, '');
      }
    },
  };
}

async function stopServer(home: DataDirectory, pid: number, log: (message: string) => void): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (errorCodeOf(error) !== 'EPERM') return;
    log(`Leaving the PostgreSQL in ${home.directory} running: it belongs to another user.`);
    return;
  }
  const end = performance.now() + STOP_SECONDS * 1000;
  while (await isServerOf(pid, home.data)) {
    if (performance.now() > end)
      throw new AppError(
        `The built-in PostgreSQL (process ${pid}) was told to stop and is still running after ${STOP_SECONDS} s.`,
      );
    await sleep(POLL_MILLISECONDS);
  }
}

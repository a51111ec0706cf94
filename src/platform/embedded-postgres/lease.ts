/**
 * A lease on the built-in PostgreSQL: an advisory lock on a dedicated connection states "this process uses the server".
 * When the connection is lost, the lease is acquired again, on a restarted server where none runs any more. Releasing
 * the last lease stops the server.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { DATABASE_USER, type DataDirectory } from './data-directory.ts';
import { isAlive, isServerOf, type Postmaster } from './process.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';

/** A server that accepts connections, and the connection that holds the lease on it. */
export interface ReachedServer {
  readonly postmaster: Postmaster;
  readonly lease: Client;
}

/** The lease of this process on the server. */
export interface Lease {
  /** Ends the use of the server by this process, and stops the server when no other process uses it. */
  release(): Promise<void>;
}

const STOP_SECONDS = 60;
const POLL_MILLISECONDS = 40;

/** The key of the lock: any number that no other advisory lock in the database `postgres` has. */
const USE_LOCK = 5_073_124_410;

/** The name of a session that holds a lease, before the id of its process. */
const HOLDER = 'lotgraph: uses the built-in server, process ';

/**
 * Acquires the lease on a connection of its own. Returns the connection, or the reason why the lease is not available
 * now. Throws an AppError for a server without the required durability and for a wrong password.
 */
export async function acquireLease(
  dataDirectory: DataDirectory,
  { port }: Postmaster,
  durability: 'full' | 'none',
): Promise<Client | string> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: DATABASE_USER,
    password: dataDirectory.password,
    database: 'postgres',
    ssl: false,
    options: '-c timezone=UTC',
    application_name: `${HOLDER}${process.pid}`,
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
    if (rows[0]?.data !== dataDirectory.data) return await disconnect(client, 'another server has its port');
    if (durability === 'full' && rows[0].fsync !== 'on')
      throw new AppError(
        `The PostgreSQL that runs in ${dataDirectory.directory} was started without durability. Stop it first.`,
      );
    const lock = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock_shared($1) AS taken', [USE_LOCK]);
    return lock.rows[0]?.taken === true ? client : await disconnect(client, 'it is being stopped');
  } catch (error) {
    const reason = errorMessageOf(error);
    await disconnect(client, reason);
    if (error instanceof AppError) throw error;
    if (errorCodeOf(error) === '28P01')
      throw new AppError(
        `The password in ${path.join(dataDirectory.directory, 'password')} is not that of the database beside it.`,
        { cause: error },
      );
    return reason;
  }
}

async function disconnect(client: Client, reason: string): Promise<string> {
  await client.end().catch(() => undefined);
  return reason;
}

/**
 * Keeps the lease for as long as the process runs. `reach` finds the server or restarts it on the same port, or rejects
 * after a while.
 */
export function keepLease(
  dataDirectory: DataDirectory,
  first: ReachedServer,
  reach: () => Promise<ReachedServer>,
  log: (message: string) => void,
): Lease {
  let connection: Client | undefined;
  let pid = 0;
  let isReleased = false;
  let reconnecting = Promise.resolve();
  const watch = ({ postmaster, lease }: ReachedServer): void => {
    connection = lease;
    pid = postmaster.pid;
    lease.once('end', () => {
      connection = undefined;
      if (!isReleased) reconnecting = reconnect();
    });
  };
  const reconnect = async (): Promise<void> => {
    log('The connection to the built-in PostgreSQL was lost.');
    while (!isReleased) {
      const answer = await reach().catch(errorMessageOf);
      if (typeof answer !== 'string') return watch(answer);
      log(answer);
      await sleep(1_000, undefined, { ref: false });
    }
  };
  watch(first);
  return {
    async release() {
      isReleased = true;
      await reconnecting;
      const client = connection;
      if (client === undefined) return log(`The PostgreSQL in ${dataDirectory.directory} is already gone.`);
      try {
        // Unlock first, then try the exclusive lock: of two processes that leave at once, at most one gets it.
        await client.query('SELECT pg_advisory_unlock_shared($1)', [USE_LOCK]);
        if (await isLastUser(client, log)) await stopServer(dataDirectory, pid, log);
        else log(`Leaving the PostgreSQL in ${dataDirectory.directory} running: another process uses it.`);
      } finally {
        await disconnect(client, '');
      }
    },
  };
}

/**
 * Takes the exclusive lock, unless another process uses the server. PostgreSQL notices the end of a killed process a
 * moment later than the operating system does; until then its session holds the lease of a process that is gone. Such
 * sessions are waited for: nobody else would stop the server.
 */
async function isLastUser(client: Client, log: (message: string) => void): Promise<boolean> {
  const end = performance.now() + STOP_SECONDS * 1000;
  for (let attempt = 0; performance.now() < end; attempt += 1) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [USE_LOCK]);
    if (rows[0]?.taken === true) return true;
    const holders = await otherHolders(client);
    if (holders.some((holder) => holder === undefined || isAlive(holder))) return false;
    if (attempt === 0) log('Waiting until PostgreSQL has closed the sessions of processes that have ended.');
    await sleep(POLL_MILLISECONDS);
  }
  return false;
}

/** The processes that hold a lease, by the names of their sessions; undefined for a session with another name. */
async function otherHolders(client: Client): Promise<readonly (number | undefined)[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
        AND (classid::bigint << 32) | objid::bigint = $1`,
    [USE_LOCK],
  );
  return rows.map(({ name }) => (name.startsWith(HOLDER) ? Number(name.slice(HOLDER.length)) : undefined));
}

/** Stops the server and waits until it has ended. Throws an AppError when it does not. */
export async function stopServer(
  dataDirectory: DataDirectory,
  pid: number,
  log: (message: string) => void,
): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (errorCodeOf(error) !== 'EPERM') return;
    log(`Leaving the PostgreSQL in ${dataDirectory.directory} running: it belongs to another user.`);
    return;
  }
  const end = performance.now() + STOP_SECONDS * 1000;
  while (await isServerOf(pid, dataDirectory.data)) {
    if (performance.now() > end)
      throw new AppError(
        `The built-in PostgreSQL (process ${pid}) was told to stop and is still running after ${STOP_SECONDS} s.`,
      );
    await sleep(POLL_MILLISECONDS);
  }
}

/**
 * The built-in PostgreSQL: a real server, started and stopped by the application.
 *
 * 1. PostgreSQL's own `postmaster.pid` decides which server runs on a data directory; two can never run on one.
 * 2. The server is no part of the process that started it: it outlives a killed process, and the next start finds and
 *    uses it.
 * 3. Every process that uses the server holds a shared advisory lock on a connection of its own, which ends with the
 *    process, however it ends. The last one to leave, alone able to take the lock exclusively, stops the server. Nobody
 *    stops it under anybody.
 * 4. A process that finds the lock taken exclusively meets a server that is being stopped: it waits and starts it
 *    again.
 * 5. A server that dies under its users (a crash, a kill, a full disk) is started again by the first of them that
 *    notices, on the same port: their pools find it where it was. They try until it runs.
 */
import { spawn } from 'node:child_process';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { type Binaries, readyBinaries } from './binaries.ts';
import { DATABASE_USER, type DataDirectory, initialiseDataDirectory, openDataDirectory } from './data-directory.ts';
import { keepLease, type ReachedServer, acquireLease } from './lease.ts';
import { anyFreePort, isPortFree } from './port.ts';
import { CLEAN_ENVIRONMENT, findPostmaster, isAlive, isServerOf } from './process.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf } from '../values/system-error.ts';

export interface EmbeddedServerOptions {
  /** Holds everything of the server; made when missing. */
  readonly directory: string;
  readonly log: (message: string) => void;
  /** Listen here and nowhere else. Absent: the port of the last time when it is free, any free one otherwise. */
  readonly port?: number;
  /** The database to make and to name in the URL. */
  readonly database?: string;
  /** `none` is for data that is thrown away: a crash of the machine may destroy it. */
  readonly durability?: 'full' | 'none';
  /** The account that runs the server when we are root. */
  readonly systemUser?: string;
}

export interface EmbeddedServer {
  readonly url: string;
  /** Where the data really is: as root it may not be the directory asked for. */
  readonly directory: string;
  /** Leaves the server; stops it when nobody else uses it. */
  stop(): Promise<void>;
}

export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const home = await openDataDirectory(options.directory, options.systemUser ?? 'postgres', options.log);
  const reached = await reachServer(home, options);
  const { port } = reached.postmaster;
  await writeAtOnce(path.join(home.directory, 'port'), String(port));
  const database = options.database ?? 'lotgraph';
  await makeDatabase(reached.hold, database);
  const keeper = keepLease(home, reached, () => reachServer(home, { ...options, port }), options.log);
  let stopped: Promise<void> | undefined;
  return {
    url: `postgresql://${DATABASE_USER}:${encodeURIComponent(home.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}?sslmode=disable`,
    directory: home.directory,
    stop: () => (stopped ??= keeper.release()),
  };
}

const START_SECONDS = 120;
const POLL_MILLISECONDS = 40;

/** Uses the server that runs, starts one when none does, and looks again until one answers. */
async function reachServer(home: DataDirectory, options: EmbeddedServerOptions): Promise<ReachedServer> {
  const end = performance.now() + START_SECONDS * 1000;
  let started: StartedServer | undefined;
  let failures = 0;
  let refused = 'it does not answer';
  while (performance.now() < end) {
    const postmaster = await findPostmaster(home.data);
    if (postmaster !== undefined) {
      const answer = await acquireLease(home, postmaster, options.durability ?? 'full');
      if (typeof answer !== 'string') {
        if (postmaster.pid !== started?.pid)
          options.log(`Using the PostgreSQL that already runs in ${home.directory}, port ${postmaster.port}.`);
        return { postmaster, hold: answer };
      }
      refused = answer;
    } else if (started === undefined || started.hasExited()) {
      if (started !== undefined) {
        failures += 1;
        refused = await started.said();
        if (failures === 3) break;
      }
      const binaries = await readyBinaries({ directory: home.directory, account: home.account, log: options.log });
      started = await startServer(home, binaries, options);
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new AppError(`The built-in PostgreSQL in ${home.directory} did not start: ${refused} (see ${home.logFile}).`);
}

interface StartedServer {
  readonly pid: number | undefined;
  hasExited(): boolean;
  /** What it wrote to its log since it was started. */
  said(): Promise<string>;
}

async function startServer(
  home: DataDirectory,
  binaries: Binaries,
  options: EmbeddedServerOptions,
): Promise<StartedServer> {
  const isDurable = options.durability !== 'none';
  await initialiseDataDirectory(home, binaries, isDurable);
  await disownStalePid(home.data);
  const port = options.port ?? (await choosePort(home.directory));
  if (!(await isPortFree(port)))
    throw new AppError(`Port ${port}, asked for by the built-in PostgreSQL, is in use. Free it or choose another.`);
  const log = await openLog(home);
  const before = (await log.stat()).size;
  const child = spawn(binaries.postgres, ['-D', home.data, '-p', String(port), ...serverFlags(isDurable)], {
    ...home.account,
    cwd: home.directory,
    env: CLEAN_ENVIRONMENT,
    // A group of its own: the terminal's Ctrl-C must reach us only, or the server would leave before its users.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  let isGone = false;
  let failure = '';
  child.once('exit', () => (isGone = true));
  child.once('error', (error) => {
    isGone = true;
    failure = error.message;
  });
  child.unref();
  await log.close();
  return {
    pid: child.pid,
    hasExited: () => isGone,
    said: async () =>
      failure || (await readFile(home.logFile)).subarray(before).toString('utf8').trim() || 'it ended without a word',
  };
}

function serverFlags(isDurable: boolean): readonly string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    fsync: isDurable ? 'on' : 'off',
    synchronous_commit: isDurable ? 'on' : 'off',
    full_page_writes: isDurable ? 'on' : 'off',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * A `postmaster.pid` whose process number now belongs to a stranger would make PostgreSQL refuse for ever. With our own
 * number in it PostgreSQL, our child, knows that the number is no server's, and still checks the shared memory named in
 * it for survivors.
 */
async function disownStalePid(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid) || (await isServerOf(pid, data))) return;
  await writeFile(file, text.replace(/^\d+/, String(process.pid)));
}

async function makeDatabase(client: Client, name: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 1) return;
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`).catch((error: unknown) => {
    // Made by another process a moment ago.
    if (!['42P04', '23505'].includes(errorCodeOf(error) ?? '')) throw error;
  });
}

async function choosePort(directory: string): Promise<number> {
  const last = Number(await readFile(path.join(directory, 'port'), 'utf8').catch(() => ''));
  return Number.isInteger(last) && last > 0 && (await isPortFree(last)) ? last : anyFreePort();
}

const LOG_BYTES = 10 * 1024 * 1024;

/** The log goes on where it ended; a long one is put aside first. */
async function openLog({ logFile, account }: DataDirectory): ReturnType<typeof open> {
  const size = await stat(logFile).then(
    ({ size: bytes }) => bytes,
    () => 0,
  );
  if (size > LOG_BYTES) await rename(logFile, `${logFile}.1`);
  const log = await open(logFile, 'a', 0o600);
  if (account !== undefined) await log.chown(account.uid, account.gid);
  return log;
}

async function writeAtOnce(file: string, content: string): Promise<void> {
  const draft = path.join(path.dirname(file), `draft-${process.pid}-${path.basename(file)}`);
  await writeFile(draft, content);
  await rename(draft, file);
}

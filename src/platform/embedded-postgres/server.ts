/**
 * The built-in PostgreSQL: a real server that the application starts and stops.
 *
 * 1. PostgreSQL's own `postmaster.pid` decides which server runs on a data directory; two servers can never run on one.
 * 2. The server is independent of the process that started it: it outlives a killed process, and the next start finds
 *    and uses it.
 * 3. Every process that uses the server holds a shared advisory lock on a connection of its own (lease.ts), which ends
 *    with the process, however it ends. The last process to leave is the only one that can acquire the lock
 *    exclusively, and it stops the server. A server in use is never stopped.
 * 4. A process that finds the lock taken exclusively has reached a server that is being stopped: it waits and starts
 *    the server again.
 * 5. A server that dies while it is in use (a crash, a kill, a full disk) is restarted on the same port by the first
 *    process that notices, so the connection pools of all processes reach it again. They retry until it runs.
 */
import { spawn } from 'node:child_process';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { type Binaries, readyBinaries } from './binaries.ts';
import { DATABASE_USER, type DataDirectory, initialiseDataDirectory, openDataDirectory } from './data-directory.ts';
import { acquireLease, keepLease, type ReachedServer, stopServer } from './lease.ts';
import { anyFreePort, isPortFree } from './port.ts';
import { CLEAN_ENVIRONMENT, failureIn, findPostmaster, isAlive, isServerOf } from './process.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf } from '../values/system-error.ts';

/** How the built-in server is found or started. */
export interface EmbeddedServerOptions {
  /** Contains all files of the server; created when it is missing. */
  readonly directory: string;
  readonly log: (message: string) => void;
  /** The port to listen on, and no other. Absent: the previous port when it is free, otherwise any free port. */
  readonly port?: number;
  /** The database that is created and named in the URL; `lotgraph` when absent. */
  readonly database?: string;
  /** `none` is for disposable data: a crash of the machine may destroy it. `full` when absent. */
  readonly durability?: 'full' | 'none';
  /** The account that runs the server when this process is root; `postgres` when absent. */
  readonly systemUser?: string;
  /** The folder with the programs; a test sets it to try another version of PostgreSQL. */
  readonly packageFolder?: string;
  /** Whose locales the database has: for versions before 17, `libc`. The default is `builtin`. */
  readonly locale?: 'builtin' | 'libc';
}

/** A running built-in server that this process uses. */
export interface EmbeddedServer {
  /** The connection URL, including the password. */
  readonly url: string;
  /** The real location of the data: for root it may differ from the requested directory. */
  readonly directory: string;
  /** Ends the use of the server; stops it when no other process uses it. Further calls have no effect. */
  stop(): Promise<void>;
}

/**
 * Starts the built-in server, or uses the one that already runs on the directory, and creates the database when it is
 * missing. Throws an AppError when the server cannot be started.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const dataDirectory = await openDataDirectory(options.directory, options.systemUser ?? 'postgres', options.log);
  const reached = await reachServer(dataDirectory, options);
  const { port } = reached.postmaster;
  const database = options.database ?? 'lotgraph';
  const lease = keepLease(dataDirectory, reached, () => reachServer(dataDirectory, { ...options, port }), options.log);
  try {
    await writeAtomically(path.join(dataDirectory.directory, 'port'), String(port));
    await ensureDatabase(reached.lease, database);
  } catch (error) {
    await lease.release();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    url: `postgresql://${DATABASE_USER}:${encodeURIComponent(dataDirectory.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}?sslmode=disable`,
    directory: dataDirectory.directory,
    stop: () => (stopped ??= lease.release()),
  };
}

const START_SECONDS = 120;
const POLL_MILLISECONDS = 40;

/**
 * Uses the running server, starts one when none runs, and repeats this until a server accepts connections. Where that
 * fails, a server that was started for it does not stay.
 */
async function reachServer(dataDirectory: DataDirectory, options: EmbeddedServerOptions): Promise<ReachedServer> {
  const own: OwnServer = { started: undefined };
  try {
    return await tryToReach(dataDirectory, options, own);
  } catch (error) {
    const pid = own.started?.hasExited() === false ? own.started.pid : undefined;
    if (pid !== undefined) await stopServer(dataDirectory, pid, options.log);
    throw error;
  }
}

/** The server that this process has started, if it has. */
interface OwnServer {
  started: StartedServer | undefined;
}

async function tryToReach(
  dataDirectory: DataDirectory,
  options: EmbeddedServerOptions,
  own: OwnServer,
): Promise<ReachedServer> {
  const end = performance.now() + START_SECONDS * 1000;
  let failures = 0;
  let reason = 'it does not answer';
  while (performance.now() < end) {
    const postmaster = await findPostmaster(dataDirectory.data);
    if (postmaster !== undefined) {
      const answer = await acquireLease(dataDirectory, postmaster, options.durability ?? 'full');
      if (typeof answer !== 'string') {
        if (postmaster.pid !== own.started?.pid)
          options.log(`Using the PostgreSQL that already runs in ${dataDirectory.directory}, port ${postmaster.port}.`);
        return { postmaster, lease: answer };
      }
      reason = answer;
    } else if (own.started === undefined || own.started.hasExited()) {
      if (own.started !== undefined) {
        failures += 1;
        reason = await own.started.output();
        if (failures === 3) break;
      }
      const binaries = await readyBinaries({
        directory: dataDirectory.directory,
        account: dataDirectory.account,
        log: options.log,
        ...(options.packageFolder === undefined ? {} : { packageFolder: options.packageFolder }),
      });
      own.started = await startServer(dataDirectory, binaries, options);
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new AppError(
    `The built-in PostgreSQL in ${dataDirectory.directory} did not start: ${failureIn(reason)} (see ${dataDirectory.logFile}).`,
  );
}

interface StartedServer {
  readonly pid: number | undefined;
  hasExited(): boolean;
  /** The text that the server wrote to its log since it was started. */
  output(): Promise<string>;
}

async function startServer(
  dataDirectory: DataDirectory,
  binaries: Binaries,
  options: EmbeddedServerOptions,
): Promise<StartedServer> {
  const isDurable = options.durability !== 'none';
  await initialiseDataDirectory(dataDirectory, binaries, { isDurable, log: options.log, locale: options.locale });
  await disownStalePid(dataDirectory.data);
  const port = options.port ?? (await choosePort(dataDirectory.directory));
  if (!(await isPortFree(port)))
    throw new AppError(`Port ${port}, asked for by the built-in PostgreSQL, is in use. Free it or choose another.`);
  const log = await openLog(dataDirectory);
  const sizeBefore = (await log.stat()).size;
  const args = ['-D', dataDirectory.data, '-p', String(port), ...serverSettings(dataDirectory.directory, isDurable)];
  const child = spawn(binaries.postgres, args, {
    ...dataDirectory.account,
    cwd: dataDirectory.directory,
    env: CLEAN_ENVIRONMENT,
    // A process group of its own: Ctrl-C in the terminal must reach this process only, otherwise the server would stop
    // before its users.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  let hasExited = false;
  let failure = '';
  child.once('exit', () => (hasExited = true));
  child.once('error', (error) => {
    hasExited = true;
    failure = error.message;
  });
  child.unref();
  await log.close();
  return {
    pid: child.pid,
    hasExited: () => hasExited,
    output: async () =>
      failure ||
      (await readFile(dataDirectory.logFile)).subarray(sizeBefore).toString('utf8').trim() ||
      'it ended without a word',
  };
}

function serverSettings(directory: string, isDurable: boolean): readonly string[] {
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
    archive_mode: 'on',
    archive_command: archiveCommand(walFolder(directory)),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * The folder into which PostgreSQL copies each finished segment of its write-ahead log, from where a backup moves it.
 * Nothing is copied while the folder does not exist.
 */
export function walFolder(directory: string): string {
  return path.join(directory, 'wal');
}

/** A command of the shell: copies a segment, flushes it to the disk, and gives it its name only then. */
function archiveCommand(folder: string): string {
  const target = folder.replaceAll('%', '%%').replaceAll("'", String.raw`'\''`);
  const draft = `'${target}/draft-%f'`;
  return `test ! -d '${target}' || { dd if='%p' of=${draft} bs=1048576 conv=fsync && mv ${draft} '${target}/%f'; }`;
}

/**
 * When the process id in `postmaster.pid` now belongs to an unrelated process, PostgreSQL would refuse to start for
 * ever. With the id of this process in the file, PostgreSQL, as its child, knows that the id is not that of a server,
 * and still checks the shared memory named in the file for surviving processes.
 */
async function disownStalePid(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid) || (await isServerOf(pid, data))) return;
  await writeFile(file, text.replace(/^\d+/, String(process.pid)));
}

async function ensureDatabase(client: Client, name: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 1) return;
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`).catch((error: unknown) => {
    // Another process created it at the same time.
    if (!['42P04', '23505'].includes(errorCodeOf(error) ?? '')) throw error;
  });
}

async function choosePort(directory: string): Promise<number> {
  const last = Number(await readFile(path.join(directory, 'port'), 'utf8').catch(() => ''));
  return Number.isInteger(last) && last > 0 && (await isPortFree(last)) ? last : anyFreePort();
}

const LOG_BYTES = 10 * 1024 * 1024;

/** Opens the log for appending; a long log is renamed first. */
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

async function writeAtomically(file: string, content: string): Promise<void> {
  const draft = path.join(path.dirname(file), `draft-${process.pid}-${path.basename(file)}`);
  await writeFile(draft, content);
  await rename(draft, file);
}

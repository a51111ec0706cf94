/** Small programs run for the built-in PostgreSQL: as whom, where, and what they answered. */
import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { errorCodeOf } from '../values/system-error.ts';

/** The account a program runs under; undefined is our own. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

export interface FinishedProgram {
  readonly isSuccess: boolean;
  readonly output: string;
}

/** Nothing of our own environment reaches PostgreSQL, where PGDATA, PGPORT or a locale would change what happens. */
export const CLEAN_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const;

/** Runs a program to its end. The directory must be one that the account may enter: ours may be below a closed home. */
export function runProgram(
  file: string,
  args: readonly string[],
  account?: Account,
  directory = '/',
): Promise<FinishedProgram> {
  return new Promise((resolve) => {
    execFile(file, args, { ...account, cwd: directory, env: CLEAN_ENVIRONMENT }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      resolve({ isSuccess: error === null, output: output === '' && error !== null ? error.message : output });
    });
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
}

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on a data directory, told by its `postmaster.pid`. A file left by a crash names a dead process,
 * or after a restart of a machine or container an innocent one: a PostgreSQL server is recognised by its working
 * directory.
 */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(`${data}/postmaster.pid`, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port)) return undefined;
  return (await isServerOf(pid, data)) ? { pid, port } : undefined;
}

export async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux')
    return (await runProgram('ps', ['-o', 'command=', '-p', String(pid)])).output.includes('postgres');
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === data;
  } catch (error) {
    // A dead process that nobody has collected yet has no working directory any more; one of another account hides it.
    if (errorCodeOf(error) === 'ENOENT') return false;
    return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'postgres';
  }
}

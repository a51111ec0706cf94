/** Runs programs for the built-in PostgreSQL and inspects processes of the operating system. */
import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { errorCodeOf } from '../values/system-error.ts';

/** The account that runs a program; undefined is the account of this process. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/**
 * The result of a program: whether it ended with code 0, and its trimmed output (standard output and standard error),
 * or the reason why it could not be started.
 */
export interface FinishedProgram {
  readonly isSuccess: boolean;
  readonly output: string;
}

/**
 * The environment of all programs. Nothing of this process's environment reaches PostgreSQL, where PGDATA, PGPORT or a
 * locale would change the result.
 */
export const CLEAN_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const;

/**
 * Runs a program to its end; never rejects. The account must be able to enter the directory, which is why this
 * process's own directory (perhaps below a closed home directory) is not used.
 */
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

/** True when a process with this id exists, under any account. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
}

/** A running PostgreSQL server: its process id and port. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The server that runs on a data directory, according to its `postmaster.pid`; undefined when none runs. After a crash
 * the file names a dead process, and after a restart of the machine or container it may name an unrelated one, so the
 * server is identified by its working directory.
 */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(`${data}/postmaster.pid`, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port)) return undefined;
  return (await isServerOf(pid, data)) ? { pid, port } : undefined;
}

/** True when the process is a PostgreSQL server that runs on the data directory. */
export async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux')
    return (await runProgram('ps', ['-o', 'command=', '-p', String(pid)])).output.includes('postgres');
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === data;
  } catch (error) {
    // A zombie process has no working directory; the working directory of another account's process is hidden.
    if (errorCodeOf(error) === 'ENOENT') return false;
    return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'postgres';
  }
}

/**
 * Why a program of PostgreSQL failed: the first of its lines that says so, without its prefix; all of its output, on one
 * line, when there is none.
 */
export function failureIn(output: string): string {
  const line = /^.*?\b(?:PANIC|FATAL|ERROR|error):\s+(.+)$/m.exec(output)?.[1];
  return line ?? output.replace(/\s*\n\s*/g, ' ');
}

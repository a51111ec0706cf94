/** Writes a database by the tool of PostgreSQL, where the machine has it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Writes the database into a file that pg_restore reads. Returns what went wrong; undefined when nothing did. */
export async function dumpDatabase(url: string, file: string): Promise<string | undefined> {
  const target = new URL(url);
  const { password } = target;
  target.password = '';
  try {
    await promisify(execFile)('pg_dump', ['--format=custom', `--file=${file}`, `--dbname=${target.href}`], {
      // Every user of the machine can read the arguments of a process, and only its own user the environment.
      env: { ...process.env, PGPASSWORD: decodeURIComponent(password) },
    });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'stderr' in error && error.stderr !== ''
      ? String(error.stderr).trim()
      : `pg_dump did not run: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

/** Migrations as files: `<folder>/<n>_<what>/{migration.sql,down.sql}`, numbered from 0001 without a gap. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isTransactional, statementsIn } from './script.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf } from '../values/system-error.ts';
import { sha256Of } from '../values/sha256.ts';

/** The two scripts of a migration. */
export interface MigrationFile {
  /** The name of the folder, such as `0001_floor`. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** SHA-256 of migration.sql in hexadecimal, the same as Prisma's checksum. */
  readonly checksum: string;
  /** SHA-256 of down.sql. */
  readonly downChecksum: string;
}

/** The content of a migrations folder. */
export interface MigrationFolder {
  /** The migrations in the order in which they are applied. */
  readonly files: readonly MigrationFile[];
  /** The problems of the folder, one sentence each. A folder with problems is never run. */
  readonly problems: readonly string[];
}

/** Reads all migrations of a folder. Throws an AppError when the folder cannot be read. */
export async function readMigrations(folder: string): Promise<MigrationFolder> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new AppError(`The migrations folder ${folder} cannot be read.`, { cause: error });
  });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  const problems: string[] = [];
  const files: MigrationFile[] = [];
  for (const [index, name] of names.entries()) {
    if (!NAME.test(name)) problems.push(`${name} is no migration name; it must read like 0001_what_it_does.`);
    else if (Number(name.slice(0, 4)) !== index + 1)
      problems.push(`${name} is out of sequence; its number must be ${String(index + 1).padStart(4, '0')}.`);
    const up = await readScript(folder, name, 'migration.sql', problems);
    const down = await readScript(folder, name, 'down.sql', problems);
    files.push({ name, up, down, checksum: checksumOf(up), downChecksum: checksumOf(down) });
  }
  return { files, problems };
}

/** SHA-256 of a script in hexadecimal. */
export function checksumOf(script: string): string {
  return sha256Of(script);
}

const NAME = /^\d{4}(_[a-z0-9]+)+$/;
const TRANSACTION_CONTROL = /^(BEGIN|COMMIT|ROLLBACK|ABORT|END|START TRANSACTION|PREPARE TRANSACTION)\b/i;

async function readScript(folder: string, name: string, script: string, problems: string[]): Promise<string> {
  const text = await readFile(path.join(folder, name, script), 'utf8').catch((error: unknown) => {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
    problems.push(`${name} has no ${script}.`);
    return '';
  });
  if (!isTransactional(text)) return text;
  const control = statementsIn(text).find((statement) => TRANSACTION_CONTROL.test(statement.outline));
  if (control !== undefined)
    problems.push(`${name}/${script} says ${control.outline}; the runner opens and ends its transaction.`);
  return text;
}

/**
 * The migration runner (MIG-1, MIG-2, MIG-3).
 *
 * 1. Only one runner works at a time (connection.ts).
 * 2. Nothing runs while the folder and the database disagree: a changed, missing or overtaken file stops the run before
 *    it begins. A changed down script stops only the runs that would use it, which are never those in production.
 * 3. A migration and the record that it is applied are one transaction. When it is killed or fails, it leaves nothing
 *    but its row in the history. That row is inserted before the transaction and marked FAILED after it, if necessary
 *    by the next run.
 * 4. In production, migrations are never undone and connections are always encrypted.
 */
import { type Client, DatabaseError } from 'pg';
import { asOnlyRunner, withClient } from './connection.ts';
import { checksumOf, type MigrationFile, readMigrations } from './files.ts';
import {
  type AppliedMigration,
  appliedMigrations,
  beginPrismaRow,
  beginRun,
  downNames,
  endPrismaRow,
  endRun,
  historyEntries,
  type MigrationHistoryEntry,
  recordUndone,
} from './history.ts';
import type { MigrateOptions } from './options.ts';
import { LONG_TRANSACTION_SECONDS, unsafeReasons } from './preflight.ts';
import { isTransactional, statementsIn } from './script.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';
import type { Instant } from '../values/time.ts';

/** The result of a run. */
export interface MigrationRun {
  /** The migrations that were applied or undone, in this order. */
  readonly done: readonly string[];
}

/**
 * A migration of the folder or of the database. CHANGED: its file differs from the applied one. MISSING: applied, but
 * without a file.
 */
export interface MigrationState {
  readonly name: string;
  readonly state: 'APPLIED' | 'PENDING' | 'CHANGED' | 'MISSING';
  readonly appliedAt: Instant | null;
}

/** The state of all migrations. */
export interface MigrationStatus {
  readonly migrations: readonly MigrationState[];
  readonly isCurrent: boolean;
}

/**
 * Applies the pending migrations, up to and including the one with the name or number `to`; all without it. Throws an
 * AppError when a script fails, or is not safe to run now (MIG-3).
 */
export async function migrateUp(options: MigrateOptions, to?: string): Promise<MigrationRun> {
  return asOnlyRunner(options, async (client) => {
    const { files, applied } = await consistentMigrations(client, options.folder);
    const last = to === undefined ? files.length : indexOf(files, to) + 1;
    const pending = files.slice(applied.length, last);
    for (const [index, file] of pending.entries()) {
      await demandSafe(client, options, file.name, file.up);
      options.report?.(`Applying migration ${index + 1} of ${pending.length}: ${file.name}.`);
      await runScript(client, options, { name: file.name, historyName: file.name, script: file.up, file });
    }
    return { done: pending.map((file) => file.name) };
  });
}

/** The scripts of the pending migrations, for an administrator who reads and runs them by other means. */
export async function pendingMigrations(options: MigrateOptions, to?: string): Promise<readonly MigrationFile[]> {
  return withClient(options, async (client) => {
    const { files, applied } = await consistentMigrations(client, options.folder);
    return files.slice(applied.length, to === undefined ? files.length : indexOf(files, to) + 1);
  });
}

/** Records the pending migrations up to `to` as applied, without running them: somebody has run their scripts. */
export async function stampMigrations(options: MigrateOptions, to: string): Promise<MigrationRun> {
  return asOnlyRunner(options, async (client) => {
    const { files, applied } = await consistentMigrations(client, options.folder);
    const stamped = files.slice(applied.length, indexOf(files, to) + 1);
    for (const file of stamped)
      await runScript(client, options, { name: file.name, historyName: file.name, script: file.up, file }, false);
    return { done: stamped.map((file) => file.name) };
  });
}

/**
 * Undoes the newest migrations: a number of them, or all after the one with the name or number `to` (`0` undoes all).
 * Throws an AppError in production, and when a script fails.
 */
export async function migrateDown(
  options: MigrateOptions,
  target: { readonly steps: number } | { readonly to: string } = { steps: 1 },
): Promise<MigrationRun> {
  if (options.environment === 'PRODUCTION')
    throw new AppError(
      'MIG-2: a down script is never run in PRODUCTION. Restore a backup, or write a migration that repairs.',
    );
  return asOnlyRunner(options, async (client) => {
    const { files, applied } = await consistentMigrations(client, options.folder);
    const changed = changedDownScripts(files, applied);
    if (changed.length > 0) throw new AppError(`MIG-1: nothing is undone. ${changed.join(' ')}`);
    const remaining = 'steps' in target ? Math.max(0, applied.length - target.steps) : countUpTo(files, target.to);
    const undone = files.slice(remaining, applied.length).toReversed();
    for (const { name, down } of undone) {
      await demandSafe(client, options, name, down);
      options.report?.(`Undoing ${name}.`);
      await runScript(client, options, { name, historyName: (await downNames(client, name)).down, script: down });
    }
    return { done: undone.map((file) => file.name) };
  });
}

/** Compares the migrations of the folder with those of the database. */
export async function migrationStatus(options: MigrateOptions): Promise<MigrationStatus> {
  const { files } = await readMigrations(options.folder);
  return withClient(options, async (client) => {
    const applied = new Map((await appliedMigrations(client)).map((row) => [row.name, row]));
    const known = files.map(({ name, checksum }): MigrationState => {
      const row = applied.get(name);
      if (row === undefined) return { name, state: 'PENDING', appliedAt: null };
      return { name, state: row.checksum === checksum ? 'APPLIED' : 'CHANGED', appliedAt: row.appliedAt };
    });
    const names = new Set(files.map((file) => file.name));
    const missing = [...applied.values()].filter((row) => !names.has(row.name));
    const migrations = [
      ...known,
      ...missing.map(({ name, appliedAt }): MigrationState => ({ name, state: 'MISSING', appliedAt })),
    ];
    return { migrations, isCurrent: migrations.every((migration) => migration.state === 'APPLIED') };
  });
}

/** All runs, the newest first. */
export async function readMigrationHistory(options: MigrateOptions): Promise<readonly MigrationHistoryEntry[]> {
  return withClient(options, historyEntries);
}

/** The problems of the folder by itself and compared with the database, one sentence each. Changes nothing. */
export async function validateMigrations(options: MigrateOptions): Promise<readonly string[]> {
  const { files, problems } = await readMigrations(options.folder);
  return withClient(options, async (client) => {
    const applied = await appliedMigrations(client);
    return [...problems, ...disagreements(files, applied), ...changedDownScripts(files, applied)];
  });
}

/**
 * Empties the database: drops every table, type and function of the schema, including the history. Throws an AppError
 * in production.
 */
export async function resetDatabase(options: MigrateOptions): Promise<void> {
  if (options.environment === 'PRODUCTION') throw new AppError('MIG-2: a database in PRODUCTION is never reset.');
  await asOnlyRunner(options, async (client) => {
    const { rows } = await client.query<{ schema: string }>('SELECT current_schema() AS schema');
    const schema = client.escapeIdentifier(rows[0]?.schema ?? 'public');
    options.report?.('Dropping everything.');
    await client.query(
      `BEGIN; DROP SCHEMA ${schema} CASCADE; CREATE SCHEMA ${schema}; GRANT USAGE ON SCHEMA ${schema} TO PUBLIC; COMMIT;`,
    );
  });
}

/**
 * The migrations of the folder and those that are applied. Throws an AppError unless the applied ones are the unchanged
 * beginning of the folder.
 */
async function consistentMigrations(
  client: Client,
  folder: string,
): Promise<{ readonly files: readonly MigrationFile[]; readonly applied: readonly AppliedMigration[] }> {
  const { files, problems } = await readMigrations(folder);
  const applied = await appliedMigrations(client);
  const wrong = [...problems, ...disagreements(files, applied)];
  if (wrong.length > 0 && isOfNewerRelease(files, applied))
    wrong.push('A newer release has migrated this database; start that release, or a later one.');
  if (wrong.length > 0) throw new AppError(`MIG-1: the migrations cannot be run. ${wrong.join(' ')}`);
  return { files, applied };
}

/** True when all that disagrees is that migrations are applied which come after all files. */
function isOfNewerRelease(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): boolean {
  const newest = files.at(-1)?.name ?? '';
  return disagreements(files, applied).length === applied.filter(({ name }) => name > newest).length;
}

function disagreements(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): readonly string[] {
  const byName = new Map(applied.map((row) => [row.name, row]));
  const names = new Set(files.map((file) => file.name));
  const newest = applied.at(-1)?.name ?? '';
  const missing = applied.filter(({ name }) => !names.has(name));
  const overtaken = files.filter(({ name }) => !byName.has(name) && name < newest);
  const changed = files.filter(({ name, checksum }) => (byName.get(name)?.checksum ?? checksum) !== checksum);
  return [
    ...missing.map(({ name }) => `${name} is applied but its file is missing.`),
    ...overtaken.map(({ name }) => `${name} is not applied, but the later ${newest} is.`),
    ...changed.map(
      ({ name }) => `${name}/migration.sql was changed after it was applied; put it back and write a new migration.`,
    ),
  ];
}

/** The down scripts that differ from those that were there when their migrations were applied, one sentence each. */
function changedDownScripts(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): readonly string[] {
  const recorded = new Map(applied.map(({ name, downChecksum }) => [name, downChecksum]));
  return files
    .filter(({ name, downChecksum }) => (recorded.get(name) ?? downChecksum) !== downChecksum)
    .map(({ name }) => `${name}/down.sql was changed after its migration was applied; put it back.`);
}

/** The number of migrations up to and including `to`, where `0` is the state before the first one. */
function countUpTo(files: readonly MigrationFile[], to: string): number {
  return Number(to) === 0 ? 0 : indexOf(files, to) + 1;
}

/** The index of the migration with the name or number. Throws an AppError when there is none. */
function indexOf(files: readonly MigrationFile[], nameOrNumber: string): number {
  const isNumber = /^\d+$/.test(nameOrNumber);
  const index = files.findIndex(
    ({ name }) => name === nameOrNumber || (isNumber && Number(name.slice(0, 4)) === Number(nameOrNumber)),
  );
  if (index < 0) throw new AppError(`There is no migration ${nameOrNumber}.`);
  return index;
}

async function demandSafe(client: Client, options: MigrateOptions, name: string, script: string): Promise<void> {
  const reasons = await unsafeReasons(client, script, options.longTransactionSeconds ?? LONG_TRANSACTION_SECONDS);
  if (reasons.length > 0)
    throw new AppError(
      `MIG-3: ${name} is not safe to run now: ${reasons.join(' ')} Nothing was changed; try again when they have finished.`,
    );
}

interface Script {
  readonly name: string;
  /** The name of the run in the history. */
  readonly historyName: string;
  readonly script: string;
  /** The migration that the script applies; absent when the script undoes it. */
  readonly file?: MigrationFile;
}

async function runScript(
  client: Client,
  options: MigrateOptions,
  { name, historyName, script, file }: Script,
  isRun = true,
): Promise<void> {
  const inTransaction = isTransactional(script);
  const checksums = { checksum: checksumOf(script), downChecksum: file?.downChecksum ?? null };
  const run = await beginRun(client, { name: historyName, ...checksums }, options);
  try {
    if (inTransaction) await client.query('BEGIN');
    const prismaRow = file === undefined ? undefined : await beginPrismaRow(client, file);
    const statements = inTransaction ? [script] : statementsIn(script).map(({ text }) => text);
    for (const statement of isRun ? statements : []) await client.query(statement);
    if (!inTransaction) await client.query('BEGIN');
    if (prismaRow === undefined) await recordUndone(client, name, (await downNames(client, name)).undone);
    else await endPrismaRow(client, prismaRow);
    await endRun(client, run);
    await client.query('COMMIT');
  } catch (error) {
    const reason = `${errorMessageOf(error)}${lineOf(error, script)}`;
    const lost = await client
      .query('ROLLBACK')
      .then(() => endRun(client, run, reason))
      .then(
        () => '',
        () => ' The connection was lost too; the next run will note it.',
      );
    throw new AppError(
      `${historyName} failed${inTransaction ? ' and changed nothing' : ' and may have done a part of its work'}: ${reason}.${lost}`,
      { cause: error },
    );
  }
}

/** The line of the error in the script, as text. PostgreSQL reports the position in characters. */
function lineOf(error: unknown, script: string): string {
  if (!(error instanceof DatabaseError) || error.position === undefined || errorCodeOf(error) === undefined) return '';
  return ` (line ${script.slice(0, Number(error.position)).split('\n').length})`;
}

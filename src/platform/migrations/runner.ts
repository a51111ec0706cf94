/**
 * The migration runner (MIG-1, MIG-2, MIG-3).
 *
 * 1. One runner at a time: it holds an advisory lock, the same one Prisma's own runner takes, on its one connection,
 *    which frees it however the runner ends. It is taken by polling: a waiter inside `pg_advisory_lock` deadlocks with
 *    CREATE INDEX CONCURRENTLY.
 * 2. Nothing runs while the folder and the database disagree: a changed, missing or overtaken file stops the run before
 *    it begins.
 * 3. A migration and the note that it is applied are one transaction. Killed or failed, it leaves nothing behind but
 *    its row in the history, which is begun before that transaction and ended as FAILED after it, by the next run if
 *    need be.
 * 4. Production never goes down, and never talks to its database in the clear.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { checksumOf, type MigrationFile, readMigrations } from './files.ts';
import {
  type AppliedMigration,
  appliedMigrations,
  beginPrismaRow,
  beginRun,
  downNames,
  endInterruptedRuns,
  endPrismaRow,
  endRun,
  historyEntries,
  type MigrationHistoryEntry,
  prepareRecord,
  recordUndone,
  type RunContext,
} from './history.ts';
import { LONG_TRANSACTION_SECONDS, unsafeReasons } from './preflight.ts';
import { isTransactional, statementsIn } from './script.ts';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';
import type { Instant } from '../values/time.ts';

export interface MigrateOptions extends RunContext {
  readonly url: string;
  /** Holds `<n>_<what>/{migration.sql,down.sql}`. */
  readonly folder: string;
  /** The built-in server listens on this machine only and needs no TLS. */
  readonly isEmbedded?: boolean;
  readonly report?: (progress: string) => void;
  /** How long to wait for another runner, and for a table. */
  readonly lockTimeoutMilliseconds?: number;
  readonly statementTimeoutMilliseconds?: number;
  readonly longTransactionSeconds?: number;
}

export interface MigrationRun {
  /** The migrations applied, or undone, in the order in which it was done. */
  readonly done: readonly string[];
}

export interface MigrationState {
  readonly name: string;
  readonly state: 'APPLIED' | 'PENDING' | 'CHANGED' | 'MISSING';
  readonly appliedAt: Instant | null;
}

export interface MigrationStatus {
  readonly migrations: readonly MigrationState[];
  readonly isCurrent: boolean;
}

/** Applies what is pending, up to and including the migration named or numbered `to`. */
export async function migrateUp(options: MigrateOptions, to?: string): Promise<MigrationRun> {
  return asOnlyRunner(options, async (client) => {
    const { files, applied } = await agreed(client, options.folder);
    const last = to === undefined ? files.length : indexOf(files, to) + 1;
    const pending = files.slice(applied.length, last);
    for (const file of pending) {
      await demandSafe(client, options, file.name, file.up);
      options.report?.(`Applying ${file.name}.`);
      await runScript(client, options, { name: file.name, historyName: file.name, script: file.up, file });
    }
    return { done: pending.map((file) => file.name) };
  });
}

/** Undoes the newest migrations: so many, or all that came after the one named or numbered `to` (`0` undoes all). */
export async function migrateDown(
  options: MigrateOptions,
  target: { readonly steps: number } | { readonly to: string } = { steps: 1 },
): Promise<MigrationRun> {
  if (options.environment === 'PRODUCTION')
    throw new AppError(
      'MIG-2: a down script is never run in PRODUCTION. Restore a backup, or write a migration that repairs.',
    );
  return asOnlyRunner(options, async (client) => {
    const { files, applied } = await agreed(client, options.folder);
    const rest =
      'steps' in target
        ? Math.max(0, applied.length - target.steps)
        : Number(target.to) === 0
          ? 0
          : indexOf(files, target.to) + 1;
    const undone = files.slice(rest, applied.length).toReversed();
    for (const { name, down } of undone) {
      await demandSafe(client, options, name, down);
      options.report?.(`Undoing ${name}.`);
      await runScript(client, options, { name, historyName: (await downNames(client, name)).down, script: down });
    }
    return { done: undone.map((file) => file.name) };
  });
}

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

/** Every run there was, the newest first. */
export async function readMigrationHistory(options: MigrateOptions): Promise<readonly MigrationHistoryEntry[]> {
  return withClient(options, historyEntries);
}

/** What is wrong with the folder, alone and against the database, each a sentence; nothing is changed. */
export async function validateMigrations(options: MigrateOptions): Promise<readonly string[]> {
  const { files, problems } = await readMigrations(options.folder);
  return withClient(options, async (client) => [...problems, ...disagreements(files, await appliedMigrations(client))]);
}

/** Empties the database: every table, type and function of the schema is dropped, the history too. */
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

/** MIG-2: whether the URL asks for an encrypted connection. */
export function demandsTls(url: string): boolean {
  return ['require', 'verify-ca', 'verify-full'].includes(new URL(url).searchParams.get('sslmode') ?? '');
}

/** Prisma's own number, so that its runner and ours exclude each other. */
const MIGRATION_LOCK = 72_707_369;
const LOCK_TIMEOUT_MILLISECONDS = 30_000;
const STATEMENT_TIMEOUT_MILLISECONDS = 600_000;
const POLL_MILLISECONDS = 50;
const OLDEST_SERVER = 15;

async function withClient<T>(options: MigrateOptions, work: (client: Client) => Promise<T>): Promise<T> {
  if (options.environment === 'PRODUCTION' && options.isEmbedded !== true && !demandsTls(options.url)) {
    throw new AppError(
      'MIG-2: in PRODUCTION the database URL must demand TLS: add sslmode=require, verify-ca or verify-full.',
    );
  }
  const statementTimeout = options.statementTimeoutMilliseconds ?? STATEMENT_TIMEOUT_MILLISECONDS;
  const client = new Client({
    connectionString: options.url,
    application_name: 'lotgraph: migrations',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + 10_000,
    lock_timeout: options.lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MILLISECONDS,
    options: '-c timezone=UTC',
  });
  // A lost connection also rejects the query under way, which is where it is told.
  client.on('error', () => undefined);
  await client.connect().catch((error: unknown) => {
    throw new AppError(`The database cannot be reached for its migrations: ${errorMessageOf(error)}`, { cause: error });
  });
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function asOnlyRunner<T>(options: MigrateOptions, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(options, async (client) => {
    const { rows } = await client.query<{ major: number }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS major`,
    );
    if ((rows[0]?.major ?? 0) < OLDEST_SERVER)
      throw new AppError(`The server is PostgreSQL ${rows[0]?.major}; lotgraph needs ${OLDEST_SERVER} or later.`);
    // Where the operating system cannot tell, the session of a killed runner ends with its statement, or at the
    // statement timeout.
    await client
      .query(`SET client_connection_check_interval = '1s'`)
      .catch((error: unknown) => options.report?.(errorMessageOf(error)));
    await takeLock(client, options);
    try {
      await prepareRecord(client);
      for (const name of await endInterruptedRuns(client))
        options.report?.(`An earlier run of ${name} was interrupted; it left nothing behind.`);
      return await work(client);
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    }
  });
}

async function takeLock(client: Client, options: MigrateOptions): Promise<void> {
  const timeout = options.lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MILLISECONDS;
  const end = performance.now() + timeout;
  for (let isFirst = true; ; isFirst = false) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      MIGRATION_LOCK,
    ]);
    if (rows[0]?.taken === true) return;
    if (performance.now() >= end)
      throw new AppError(
        `MIG-1: another runner has been migrating this database for ${timeout / 1000} s. Nothing was done; try again when it has finished.`,
      );
    if (isFirst) options.report?.('Waiting for another runner to finish.');
    await sleep(POLL_MILLISECONDS);
  }
}

/** The folder and what is applied of it, when the applied ones are its unchanged beginning; a fault otherwise. */
async function agreed(
  client: Client,
  folder: string,
): Promise<{ readonly files: readonly MigrationFile[]; readonly applied: readonly AppliedMigration[] }> {
  const { files, problems } = await readMigrations(folder);
  const applied = await appliedMigrations(client);
  const wrong = [...problems, ...disagreements(files, applied)];
  if (wrong.length > 0) throw new AppError(`MIG-1: the migrations cannot be run. ${wrong.join(' ')}`);
  return { files, applied };
}

function disagreements(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): readonly string[] {
  const byName = new Map(applied.map((row) => [row.name, row]));
  const names = new Set(files.map((file) => file.name));
  const newest = applied.at(-1)?.name ?? '';
  return [
    ...applied.filter((row) => !names.has(row.name)).map((row) => `${row.name} is applied but its file is missing.`),
    ...files
      .filter((file) => !byName.has(file.name) && file.name < newest)
      .map((file) => `${file.name} is not applied, but the later ${newest} is.`),
    ...files
      .filter((file) => (byName.get(file.name)?.checksum ?? file.checksum) !== file.checksum)
      .map(
        (file) => `${file.name}/migration.sql was changed after it was applied; put it back and write a new migration.`,
      ),
  ];
}

function indexOf(files: readonly MigrationFile[], wanted: string): number {
  const index = files.findIndex(
    (file) => file.name === wanted || (/^\d+$/.test(wanted) && Number(file.name.slice(0, 4)) === Number(wanted)),
  );
  if (index < 0) throw new AppError(`There is no migration ${wanted}.`);
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
  /** The name in the history. */
  readonly historyName: string;
  readonly script: string;
  /** Given when the script applies the file, absent when it undoes it. */
  readonly file?: MigrationFile;
}

async function runScript(
  client: Client,
  options: MigrateOptions,
  { name, historyName: told, script, file }: Script,
): Promise<void> {
  const inTransaction = isTransactional(script);
  const run = await beginRun(client, told, checksumOf(script), options);
  try {
    if (inTransaction) await client.query('BEGIN');
    const prismaRow = file === undefined ? undefined : await beginPrismaRow(client, file);
    for (const text of inTransaction ? [script] : statementsIn(script).map((statement) => statement.text))
      await client.query(text);
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
      `${told} failed${inTransaction ? ' and changed nothing' : ' and may have done a part of its work'}: ${reason}.${lost}`,
      { cause: error },
    );
  }
}

/** PostgreSQL counts characters; people count lines. */
function lineOf(error: unknown, script: string): string {
  if (!(error instanceof DatabaseError) || error.position === undefined || errorCodeOf(error) === undefined) return '';
  return ` (line ${script.slice(0, Number(error.position)).split('\n').length})`;
}

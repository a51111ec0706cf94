/**
 * The migration tables of the database.
 *
 * 1. `_prisma_migrations`, exactly as Prisma creates it, records what is applied. It changes in the migration's own
 *    transaction, and `prisma migrate deploy` can continue from it.
 * 2. `migration_history` records every run, including failed and killed ones, so its rows are inserted outside that
 *    transaction. For one name at most one run can have succeeded; a run that was undone is renamed to
 *    `<name>/undone/<n>`.
 */
import { v4, v7 } from 'uuid';
import type { Client } from 'pg';
import { type Environment, ENVIRONMENTS } from '../rules/environment.ts';
import { present } from '../values/assert.ts';
import type { MigrationFile } from './files.ts';
import type { Instant } from '../values/time.ts';

/** The state of a run. */
export type MigrationOutcome = 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** A migration that is applied, from `_prisma_migrations`. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** The checksum of down.sql when it was applied; null when it was applied by Prisma, or before this was recorded. */
  readonly downChecksum: string | null;
  readonly appliedAt: Instant;
}

/**
 * A run of a migration, from `migration_history`. `finishedAt` and `durationMs` are null while it runs, `errorMessage`
 * is null unless it failed.
 */
export interface MigrationHistoryEntry {
  readonly name: string;
  readonly checksum: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
  readonly durationMs: number | null;
  readonly outcome: MigrationOutcome;
  readonly errorMessage: string | null;
  readonly postgresVersion: string;
  readonly appVersion: string;
  readonly environment: Environment;
  readonly appliedBy: string;
}

/** Who runs migrations, with which version and where; recorded with each run. `appliedBy` is free text. */
export interface RunContext {
  readonly appVersion: string;
  readonly environment: Environment;
  readonly appliedBy: string;
}

/** Creates the tables that the runner needs before the first migration. Running it again changes nothing. */
const RECORD_TABLES = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
  );
  DO $$ BEGIN
    IF to_regtype('migration_outcome') IS NULL THEN
      CREATE TYPE migration_outcome AS ENUM ('RUNNING', 'SUCCEEDED', 'FAILED');
    END IF;
    IF to_regtype('environment') IS NULL THEN
      CREATE TYPE environment AS ENUM (${ENVIRONMENTS.map((environment) => `'${environment}'`).join(', ')});
    END IF;
  END $$;
  CREATE TABLE IF NOT EXISTS migration_history (
    id               uuid NOT NULL,
    created_at       timestamptz(3) NOT NULL DEFAULT now(),
    name             varchar(255) NOT NULL,
    checksum         char(64) NOT NULL,
    started_at       timestamptz(3) NOT NULL,
    finished_at      timestamptz(3),
    duration_ms      integer,
    outcome          migration_outcome NOT NULL DEFAULT 'RUNNING',
    error_message    text,
    postgres_version varchar(100) NOT NULL,
    app_version      varchar(100) NOT NULL,
    environment      environment NOT NULL,
    applied_by       varchar(100) NOT NULL,
    down_checksum    char(64),
    CONSTRAINT pk_migration_history PRIMARY KEY (id),
    CONSTRAINT ck_migration_history_mig_1_end_fits_outcome CHECK (
      (finished_at IS NULL) = (outcome = 'RUNNING')
      AND (duration_ms IS NULL) = (outcome = 'RUNNING')
      AND (error_message IS NOT NULL) = (outcome = 'FAILED')
    )
  );
  ALTER TABLE migration_history ADD COLUMN IF NOT EXISTS down_checksum char(64);
  CREATE UNIQUE INDEX IF NOT EXISTS puq_migration_history_mig_1_applied_once ON migration_history (name) WHERE outcome = 'SUCCEEDED';
`;

/** Creates the migration tables where they are missing. */
export async function prepareRecord(client: Client): Promise<void> {
  await client.query(`SET client_min_messages = warning; ${RECORD_TABLES} RESET client_min_messages;`);
}

/**
 * Marks runs that a killed runner left open as FAILED, and returns their names. Only the holder of the migration lock
 * may do this.
 */
export async function endInterruptedRuns(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `UPDATE migration_history SET outcome = 'FAILED', error_message = 'interrupted: the run was ended from outside', finished_at = clock_timestamp(), ${DURATION}
     WHERE outcome = 'RUNNING' RETURNING name`,
  );
  return rows.map((row) => row.name);
}

/** The migrations that are applied, ordered by name; empty in a database without migrations. */
export async function appliedMigrations(client: Client): Promise<readonly AppliedMigration[]> {
  if (!(await tableExists(client, '_prisma_migrations'))) return [];
  // Read from JSON, because the column is missing in a database in which this version has applied nothing yet.
  const downChecksum = (await tableExists(client, 'migration_history'))
    ? `(SELECT to_jsonb(h) ->> 'down_checksum' FROM migration_history h WHERE h.name = migration_name AND h.outcome = 'SUCCEEDED')`
    : 'NULL';
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name AS name, checksum, ${downChecksum} AS "downChecksum", ${instant('finished_at')} AS "appliedAt" FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return rows;
}

/** All runs, the newest first; empty in a database without a history. */
export async function historyEntries(client: Client): Promise<readonly MigrationHistoryEntry[]> {
  if (!(await tableExists(client, 'migration_history'))) return [];
  const { rows } = await client.query<MigrationHistoryEntry>(
    `SELECT name, checksum, ${instant('started_at')} AS "startedAt", ${instant('finished_at')} AS "finishedAt", duration_ms AS "durationMs", outcome,
            error_message AS "errorMessage", postgres_version AS "postgresVersion", app_version AS "appVersion", environment, applied_by AS "appliedBy"
     FROM migration_history ORDER BY migration_history.started_at DESC, id DESC`,
  );
  return rows;
}

/** A run that begins: its name in the history, and the checksums of its script and of the script that would undo it. */
export interface NewRun {
  readonly name: string;
  readonly checksum: string;
  readonly downChecksum: string | null;
}

/** Inserts the history row of a run and returns its id. */
export async function beginRun(client: Client, run: NewRun, context: RunContext): Promise<string> {
  const id = v7();
  await client.query(
    `INSERT INTO migration_history (id, name, checksum, started_at, postgres_version, app_version, environment, applied_by, down_checksum)
     VALUES ($1, $2, $3, clock_timestamp(), current_setting('server_version'), $4, $5::text::environment, $6, $7)`,
    [id, run.name, run.checksum, context.appVersion, context.environment, context.appliedBy, run.downChecksum],
  );
  return id;
}

/** Ends a run that is still open: as FAILED with an error message, otherwise as SUCCEEDED. */
export async function endRun(client: Client, id: string, errorMessage?: string): Promise<void> {
  await client.query(
    `UPDATE migration_history SET outcome = (CASE WHEN $2::text IS NULL THEN 'SUCCEEDED' ELSE 'FAILED' END)::migration_outcome, error_message = $2,
            finished_at = clock_timestamp(), ${DURATION}
     WHERE id = $1 AND outcome = 'RUNNING'`,
    [id, errorMessage ?? null],
  );
}

/**
 * Inserts Prisma's row of a migration and returns its id. In a migration that runs in a transaction, the row becomes
 * visible with the commit.
 */
export async function beginPrismaRow(client: Client, { name, checksum }: MigrationFile): Promise<string> {
  const id = v4();
  await client.query(
    `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
    [name],
  );
  await client.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)`, [
    id,
    checksum,
    name,
  ]);
  return id;
}

/** Marks Prisma's row of a migration as finished. */
export async function endPrismaRow(client: Client, id: string): Promise<void> {
  await client.query(
    `UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1`,
    [id],
  );
}

/**
 * The history names of undoing a migration: `down` for the run that undoes it, `undone` for the run that was undone.
 */
export async function downNames(
  client: Client,
  name: string,
): Promise<{ readonly down: string; readonly undone: string }> {
  const { rows } = await client.query<{ next: number }>(
    `SELECT count(*)::int + 1 AS next FROM migration_history WHERE starts_with(name, $1 || '/undone/')`,
    [name],
  );
  const { next } = present(rows[0], 'The number of undone runs');
  return { down: `${name}/down/${next}`, undone: `${name}/undone/${next}` };
}

/** Marks a migration as rolled back, and renames its run in the history to `undone`. */
export async function recordUndone(client: Client, name: string, undone: string): Promise<void> {
  await client.query(
    `UPDATE _prisma_migrations SET rolled_back_at = clock_timestamp() WHERE migration_name = $1 AND rolled_back_at IS NULL`,
    [name],
  );
  await client.query(`UPDATE migration_history SET name = $2 WHERE name = $1 AND outcome = 'SUCCEEDED'`, [
    name,
    undone,
  ]);
}

async function tableExists(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [table]);
  return rows[0]?.exists === true;
}

const DURATION = `duration_ms = greatest(0, round(extract(epoch FROM clock_timestamp() - started_at) * 1000))::int`;

function instant(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

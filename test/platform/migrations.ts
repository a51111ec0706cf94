/** Folders with migrations of the tests, and an empty database for each. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { MigrateOptions } from '../../src/platform/migrations/options.ts';
import { emptyDatabase, withConnection, type TestDatabase } from '../support/database.ts';

export const TEST_RUN = { environment: 'TESTING', appVersion: '1.2.3', appliedBy: 'tests' } as const;

/** Two migrations; the second depends on the first. */
export const TWO = {
  '0001_shelves': [
    'CREATE TABLE shelves (id int PRIMARY KEY);\nINSERT INTO shelves VALUES (1), (2);\n',
    'DROP TABLE shelves;',
  ],
  '0002_boxes': ['CREATE TABLE boxes (id int PRIMARY KEY, shelf_id int REFERENCES shelves);', 'DROP TABLE boxes;'],
} as const;

export interface MigrationWorld {
  readonly url: string;
  /** The options of a runner that applies these migrations to the test's database. */
  given(
    migrations: Readonly<Record<string, readonly [up: string, down: string]>>,
    more?: Partial<MigrateOptions>,
  ): Promise<MigrateOptions>;
  run(sql: string): Promise<unknown>;
  tables(): Promise<readonly string[]>;
  isLockFree(): Promise<boolean>;
}

/** Gives each test of the file an empty database, and removes everything afterwards. */
export function migrationWorld(): MigrationWorld {
  let database: TestDatabase | undefined;
  const folders: string[] = [];
  beforeEach(async () => {
    database = await emptyDatabase();
  });
  afterEach(async () => {
    await database?.drop();
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });
  const world: MigrationWorld = {
    get url() {
      return database?.url ?? '';
    },
    async given(migrations, more = {}) {
      const folder = await folderOf(migrations);
      folders.push(folder);
      return { ...TEST_RUN, url: world.url, folder, ...more };
    },
    run: (sql) => withConnection(world.url, (client) => client.query(sql)),
    tables: () =>
      linesOf(
        world.url,
        `SELECT relname AS line FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY relname COLLATE "C"`,
      ),
    isLockFree: async () =>
      (await linesOf(world.url, 'SELECT pg_try_advisory_lock(72707369)::text AS line'))[0] === 'true',
  };
  return world;
}

/** A folder with these migrations: `{ '0001_lots': ['CREATE …', 'DROP …'] }`. */
async function folderOf(migrations: Readonly<Record<string, readonly [up: string, down: string]>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lotgraph-migrations-'));
  for (const [name, [up, down]] of Object.entries(migrations)) await writeMigration(folder, name, up, down);
  return folder;
}

export async function writeMigration(folder: string, name: string, up: string, down: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, name, 'migration.sql'), up);
  await writeFile(path.join(folder, name, 'down.sql'), down);
}

/** The runs of the history with their outcomes, the oldest first. */
export function historyOf(options: MigrateOptions): Promise<readonly string[]> {
  return linesOf(
    options.url,
    `SELECT format('%s %s', name, outcome) AS line FROM migration_history ORDER BY started_at, id`,
  );
}

export async function linesOf(url: string, sql: string): Promise<readonly string[]> {
  return withConnection(url, async (client) => (await client.query<{ line: string }>(sql)).rows.map((row) => row.line));
}

/**
 * A line for each table: its name, its number of rows and their fingerprint. Tables that record the migrations are left
 * out.
 */
export async function contents(url: string): Promise<readonly string[]> {
  const tables = await linesOf(
    url,
    `SELECT oid::regclass::text AS line FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
     AND relname NOT IN ('_prisma_migrations', 'migration_history') ORDER BY relname`,
  );
  const lines = tables.map((table) =>
    linesOf(
      url,
      `SELECT format('%s %s %s', '${table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text))) AS line FROM ${table} AS t`,
    ),
  );
  return (await Promise.all(lines)).flat();
}

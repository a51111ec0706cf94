/** The rights of the two roles, tested by direct SQL, without the application. */
import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureRoles, grantApplication, roleInUrl, urlForRole, type Roles } from '../../src/platform/postgres/roles.ts';
import { migrateDown, migrateUp, resetDatabase } from '../../src/platform/migrations/runner.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { ensureAdministrator } from '../../src/identity/user/user.commands.ts';
import { MIGRATIONS } from '../support/cluster.ts';
import { freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';

const suffix = randomBytes(4).toString('hex');
const ROLES: Roles = {
  owner: { name: `owner_${suffix}`, password: 'owner’s "password"' },
  application: { name: `app_${suffix}`, password: 'p@ss/word:1' },
};

/**
 * Tables of the audit record as another migration creates them: a trigger of the owner writes one of them, and the
 * application inserts into the other.
 */
const RECORD = `
  CREATE TABLE audit_tests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
  CREATE TABLE audit_test_positions (position bigint PRIMARY KEY);
  CREATE TABLE numbered_tests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
  CREATE FUNCTION write_test() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
    'BEGIN INSERT INTO audit_tests (what) VALUES (TG_OP); RETURN NULL; END';
  CREATE TRIGGER tg_production_lines_test AFTER INSERT ON production_lines FOR EACH ROW EXECUTE FUNCTION write_test();
`;

let database: TestDatabase;
let ownerUrl: string;
let url: string;
const notes: string[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  await withConnection(database.url, (client) => client.query(RECORD));
  await ensureRoles(database.url, ROLES, (note) => notes.push(note));
  ownerUrl = urlForRole(database.url, ROLES.owner);
  url = urlForRole(database.url, ROLES.application);
});
afterAll(async () => {
  const admin = database.url;
  await withConnection(admin, (client) =>
    client.query(
      `REASSIGN OWNED BY ${ROLES.owner.name} TO CURRENT_USER; DROP OWNED BY ${ROLES.owner.name}, ${ROLES.application.name}`,
    ),
  );
  await withConnection(admin, (client) => client.query(`DROP ROLE ${ROLES.owner.name}, ${ROLES.application.name}`));
  await database.drop();
});

/** The result of a statement of a role, in a transaction that is rolled back: `done`, or the state of the error. */
function attempt(as: string, sql: string): Promise<string> {
  return withConnection(as, async (client: Client) => {
    await client.query('BEGIN');
    return client.query(sql).then(
      () => 'done',
      (error: { code?: string }) => error.code ?? 'lost',
    );
  });
}

test('sessions of both roles have timeouts; what an administrator of the database has set stays', async () => {
  const shown = async (as: string): Promise<readonly string[]> =>
    withConnection(as, async (client) => {
      const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
      const { rows } = await client.query('SELECT current_setting(name) AS value FROM unnest($1::text[]) AS name', [
        names,
      ]);
      return rows.map(({ value }: { value: string }) => value);
    });
  expect([await shown(ownerUrl), await shown(url)]).toEqual([
    ['30min', '30s', '10min'],
    ['1min', '10s', '1min'],
  ]);
  await withConnection(database.url, (client) =>
    client.query(`ALTER ROLE ${ROLES.application.name} SET lock_timeout = '3s'`),
  );
  await withConnection(database.url, (client) =>
    client.query(
      `DO $$ BEGIN EXECUTE format('ALTER ROLE ${ROLES.application.name} IN DATABASE %I RESET lock_timeout', current_database()); END $$`,
    ),
  );
  await ensureRoles(database.url, ROLES, (note) => notes.push(note));
  expect(await shown(url)).toEqual(['1min', '3s', '1min']);
});

const FORBIDDEN = '42501';

describe('the application', () => {
  test.each([
    'CREATE TABLE x (id int)',
    'CREATE TEMP TABLE x (id int)',
    'CREATE SCHEMA x',
    'CREATE VIEW x AS SELECT 1',
    'CREATE FUNCTION x() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'ALTER TABLE users ADD COLUMN x int',
    'ALTER TABLE users DISABLE TRIGGER ALL',
    'DROP TABLE users',
    'DROP TRIGGER tg_users_touch ON users',
    'CREATE INDEX x ON users (id)',
    'TRUNCATE users CASCADE',
    'ALTER FUNCTION touch_row() RENAME TO x',
    'CREATE OR REPLACE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
    "ALTER TYPE role ADD VALUE 'X'",
    'CREATE TRIGGER x AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch_row()',
    'CREATE ROLE x',
    "SET session_replication_role = 'replica'",
    "COPY users TO PROGRAM 'true'",
    'CREATE EXTENSION plpgsql_check',
    `SET ROLE ${ROLES.owner.name}`,
    `ALTER ROLE ${ROLES.owner.name} PASSWORD 'x'`,
  ])('cannot %s', async (sql) => {
    expect(await attempt(url, sql)).not.toBe('done');
  });

  test('cannot grant its rights to others', async () => {
    const granted = await withConnection(url, async (client) => {
      await client.query('BEGIN; GRANT ALL ON users TO PUBLIC');
      return (
        await client.query(
          "SELECT count(*)::int AS count FROM pg_class c, aclexplode(c.relacl) a WHERE c.relname = 'users' AND a.grantee = 0",
        )
      ).rows;
    });
    expect(granted).toEqual([{ count: 0 }]);
  });

  test('reads and writes the rows of the factory', async () => {
    expect(
      await attempt(
        url,
        "INSERT INTO production_lines (code, name, lot_segment) VALUES ('L1', 'L', 'L100'); UPDATE production_lines SET name = 'M'; DELETE FROM production_lines",
      ),
    ).toBe('done');
    expect(await attempt(url, 'SELECT * FROM users FOR UPDATE')).toBe('done');
  });

  test.each(['_prisma_migrations', 'migration_history', 'state_flows'])('only reads %s', async (table) => {
    expect(await attempt(url, `SELECT * FROM ${table}`)).toBe('done');
    for (const sql of [`DELETE FROM ${table}`, `INSERT INTO ${table} SELECT * FROM ${table}`, `TRUNCATE ${table}`])
      expect(await attempt(url, sql)).toBe(FORBIDDEN);
  });

  test('refreshes what the dashboard of lots reads, and writes nothing into it', async () => {
    expect(await attempt(url, 'SELECT refresh_lot_dashboard(); SELECT * FROM mv_lot_dashboard')).toBe('done');
    for (const sql of ['REFRESH MATERIALIZED VIEW mv_lot_dashboard', 'DELETE FROM mv_lot_dashboard'])
      expect(await attempt(url, sql)).not.toBe('done');
  });

  test('only reads the record that the triggers of the owner write on its changes', async () => {
    for (const sql of [
      "INSERT INTO audit_tests (what) VALUES ('forged')",
      "INSERT INTO audit_tests (id, what) OVERRIDING SYSTEM VALUE VALUES (7, 'x')",
      "UPDATE audit_tests SET what = 'x'",
      'DELETE FROM audit_tests',
      'TRUNCATE audit_tests',
    ]) {
      expect([sql, await attempt(url, sql)]).toEqual([sql, FORBIDDEN]);
    }
    const written = await withConnection(url, async (client) => {
      await client.query("BEGIN; INSERT INTO production_lines (code, name, lot_segment) VALUES ('L2', 'L', 'L200')");
      return (await client.query('SELECT what FROM audit_tests')).rows;
    });
    expect(written).toEqual([{ what: 'INSERT' }]);
  });

  test('inserts into the other tables of the record, and changes or deletes nothing in them', async () => {
    expect(await attempt(url, 'INSERT INTO audit_test_positions VALUES (1)')).toBe('done');
    for (const sql of [
      'UPDATE audit_test_positions SET position = 2',
      'DELETE FROM audit_test_positions',
      'TRUNCATE audit_test_positions',
    ])
      expect(await attempt(url, sql)).toBe(FORBIDDEN);
  });

  test('cannot choose a number that the database generates, nor change its sequence', async () => {
    expect(
      await attempt(
        url,
        "INSERT INTO numbered_tests (what) VALUES ('x'); UPDATE numbered_tests SET what = 'y'; DELETE FROM numbered_tests",
      ),
    ).toBe('done');
    for (const sql of [
      "INSERT INTO numbered_tests (id, what) OVERRIDING SYSTEM VALUE VALUES (7, 'x')",
      'UPDATE numbered_tests SET id = DEFAULT',
      "SELECT setval('numbered_tests_id_seq', 99)",
      "SELECT nextval('numbered_tests_id_seq')",
      "SELECT nextval('audit_tests_id_seq')",
      'ALTER SEQUENCE audit_tests_id_seq RESTART',
    ]) {
      expect([sql, await attempt(url, sql)]).toEqual([sql, FORBIDDEN]);
    }
  });

  test('can work: the first administrator is created through its pool', async () => {
    const pool = openDatabase({ url, poolSize: 2, statementTimeoutSeconds: 60, onConnectionError: () => undefined });
    expect(await pool.transaction((tx) => ensureAdministrator(tx, 'Abcdef-1'))).toBe(true);
    await pool.close();
  });
});

describe('the owner', () => {
  const options = (): Parameters<typeof migrateUp>[0] => ({
    url: ownerUrl,
    folder: MIGRATIONS,
    environment: 'TESTING',
    appVersion: 'test',
    appliedBy: 'tests',
  });

  test('has all rights in the schema, and no others', async () => {
    expect(notes).toEqual([]);
    const foreign = await withConnection(
      database.url,
      async (client) =>
        (
          await client.query(
            `
      SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> $1::text::regrole
      UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> $1::text::regrole
      UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typowner <> $1::text::regrole`,
            [ROLES.owner.name],
          )
        ).rows,
    );
    expect(foreign).toEqual([]);
    expect(await attempt(ownerUrl, 'CREATE ROLE x')).toBe(FORBIDDEN);
  });

  test('undoes and applies migrations, and the application gets its rights on new tables (MIG-2)', async () => {
    const { done } = await migrateDown(options(), { to: '5' });
    expect((await migrateUp(options())).done).toEqual(done.toReversed());
    expect(await attempt(url, 'SELECT * FROM api_keys')).toBe(FORBIDDEN);

    await grantApplication(ownerUrl, ROLES.application.name);

    expect(await attempt(url, 'SELECT * FROM api_keys')).toBe('done');
    expect(await attempt(url, 'TRUNCATE api_keys')).toBe(FORBIDDEN);
  });

  test('empties the database and creates it again', async () => {
    await resetDatabase(options());
    await migrateUp(options());
    await grantApplication(ownerUrl, ROLES.application.name);
    expect(await attempt(url, 'SELECT * FROM users')).toBe('done');
    expect(await attempt(url, 'CREATE TABLE x (id int)')).toBe(FORBIDDEN);
  });
});

test('setting up the roles again, also eight times at once, changes nothing', async () => {
  await Promise.all(Array.from({ length: 8 }, () => ensureRoles(database.url, ROLES, (note) => notes.push(note))));
  expect(notes).toEqual([]);
  expect(await attempt(url, 'SELECT * FROM users')).toBe('done');
  expect([roleInUrl(url), roleInUrl(ownerUrl)]).toEqual([ROLES.application.name, ROLES.owner.name]);
});

test('a superuser is refused as either role, because privileges do not restrict a superuser', async () => {
  const superuser = roleInUrl(database.url);
  await expect(
    ensureRoles(database.url, { ...ROLES, application: { name: superuser } }, () => undefined),
  ).rejects.toThrow(/is a superuser/);
});

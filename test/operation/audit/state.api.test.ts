/** What `lotgraph audit verify --state` finds, beyond the chain of hashes. */
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { verifyState } from '../../../src/app/audit-export/verify-state.ts';
import { declareArchive, removeArchivedEntries } from '../../../src/operation/audit/evidence.commands.ts';
import type { FunctionSources } from '../../../src/operation/audit/guards.loaders.ts';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import { verify } from '../../../src/operation/audit/verify.loaders.ts';
import { readMigrations } from '../../../src/platform/migrations/files.ts';
import { functionSources } from '../../../src/platform/migrations/functions.ts';
import { startApi, type Api } from '../../support/api.ts';
import { MIGRATIONS } from '../../support/cluster.ts';
import { withConnection } from '../../support/database.ts';
import { done } from '../../support/expect.ts';
import { makeStation } from '../../support/station.ts';
import { makeFloor, oneSerial, record } from '../../support/work.ts';

let api: Api;
let functions: FunctionSources;
beforeAll(async () => {
  functions = functionSources((await readMigrations(MIGRATIONS)).files);
  api = await startApi();
  const floor = await makeFloor(api);
  await makeStation(api, 'ST01');
  const { serial } = await oneSerial(api, floor);
  await record(api, serial, floor.burnIn, { result: 'FAIL' });
  await done(api, 'createProductionLine', { code: 'OLD', name: 'Old' }, '');
  await done(api, 'deleteProductionLine', { productionLine: { code: 'OLD' } }, '');
  // The sessions of the tests were made past the triggers.
  await query(
    'CREATE TEMP TABLE kept AS SELECT * FROM login_sessions; SET session_replication_role = replica; DELETE FROM login_sessions; SET session_replication_role = origin; INSERT INTO login_sessions SELECT * FROM kept',
  );
  await sealNow(api.database);
});
afterAll(() => api.close());

const query = (sql: string) => withConnection(api.databaseUrl, async (client) => (await client.query(sql)).rows);
/** What a superuser can do: disable the triggers. */
const tamper = (sql: string) => query(`SET session_replication_role = replica; ${sql}`);

async function compared() {
  const { archive } = await verify(api.database.reader(), {});
  return verifyState(api.database, { functions, archive }, () => undefined);
}

test('a record that nobody touched agrees with every row, trigger, function and privilege (AUD-1)', async () => {
  const found = await compared();
  expect(found).toMatchObject({ isConsistent: true, contradictionCount: 0, contradictions: [] });
  const [rows] = await query(
    'SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM lots) + (SELECT count(*) FROM serials) + (SELECT count(*) FROM wip_items) + (SELECT count(*) FROM process_data) AS count',
  );
  expect(found.comparedRows).toBeGreaterThan(Number(rows?.count));
});

test('the functions of the migrations are all functions of the schema', async () => {
  const rows = await query(
    `SELECT proname AS name, prosrc AS source FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`,
  );
  expect(rows).toEqual(
    [...functions].map(([name, source]) => ({ name, source })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
});

describe('a change past the triggers is named (AUD-1)', () => {
  test.each([
    [
      'of a row',
      `UPDATE serials SET max_reworks = 9`,
      `UPDATE serials SET max_reworks = (SELECT (new_values ->> 'max_reworks')::int FROM audit_entries WHERE entity = 'serials' AND operation = 'INSERT' LIMIT 1)`,
      {
        kind: 'STATE_DIFFERS',
        entity: 'serials',
        message: /^Serial \S+ differs from its last recorded state in maxReworks\.$/,
      },
    ],
    [
      'of an execution',
      `UPDATE process_data SET notes = 'never written' WHERE result = 'FAIL'`,
      `UPDATE process_data SET notes = NULL WHERE result = 'FAIL'`,
      {
        kind: 'STATE_DIFFERS',
        entity: 'process_data',
        message: /^ProcessData \S+ differs from its last recorded state in notes\.$/,
      },
    ],
    [
      'that inserts a row',
      `INSERT INTO production_lines (code, lot_segment, name) VALUES ('GHOST', 'GHOS', 'Ghost')`,
      `DELETE FROM production_lines WHERE code = 'GHOST'`,
      {
        kind: 'STATE_DIFFERS',
        entity: 'production_lines',
        message: /is there, but no entry says that it was created\.$/,
      },
    ],
    [
      'that deletes a row',
      `CREATE TABLE kept AS SELECT * FROM stations; DELETE FROM stations`,
      `INSERT INTO stations SELECT * FROM kept; DROP TABLE kept`,
      { kind: 'STATE_DIFFERS', entity: 'stations', message: /is not there, and no entry says that it was deleted\.$/ },
    ],
    [
      'that puts a deleted row back',
      `INSERT INTO production_lines (id, code, lot_segment, name) SELECT record_id, 'OLD', 'OLD0', 'Old' FROM audit_entries WHERE entity = 'production_lines' AND operation = 'DELETE'`,
      `DELETE FROM production_lines WHERE code = 'OLD'`,
      {
        kind: 'STATE_DIFFERS',
        entity: 'production_lines',
        message: /is there, but its last entry says that it was deleted\.$/,
      },
    ],
  ])('%s', async (_what, act, undo, expected) => {
    await tamper(act);
    const found = await compared();
    await tamper(undo);
    expect(found).toMatchObject({
      isConsistent: false,
      contradictionCount: 1,
      contradictions: [
        {
          ...expected,
          recordId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          message: expect.stringMatching(expected.message),
        },
      ],
    });
    expect(await compared()).toMatchObject({ isConsistent: true });
  });
});

describe('an entry that cannot be real is named', () => {
  const insert = (columns: string, values: string): string =>
    `INSERT INTO audit_entries (entity, record_id, operation, action, actor_kind, ${columns}) OVERRIDING SYSTEM VALUE VALUES ('lots', uuid7(), 'VIEW', 'forged', ${values})`;

  test.each([
    [
      'of a transaction that has not begun',
      insert('transaction_id', `'SYSTEM', 900000000`),
      /its transaction 900000000 has not begun/,
    ],
    ['of a user who does not exist', insert('actor_id, request_id', `'USER', uuid7(), uuid7()`), /no user has the id /],
    [
      'of a station that does not exist',
      insert('actor_id, request_id', `'STATION', uuid7(), uuid7()`),
      /no station has the id /,
    ],
    [
      'of a service that does not exist',
      insert('actor_id, request_id', `'SERVICE', uuid7(), uuid7()`),
      /no service has the id /,
    ],
    [
      'of a time that has not come',
      insert('recorded_at', `'SYSTEM', now() + interval '1 year'`),
      /its time .* has not come/,
    ],
    [
      'with a number that the sealer passed',
      insert('seq', `'SYSTEM', -5`),
      /its number -5 is one that was passed over/,
    ],
  ])('%s, before it is sealed', async (_what, act, message) => {
    await tamper(act);
    const found = await compared();
    await tamper(`DELETE FROM audit_entries WHERE action = 'forged'`);
    expect(found).toMatchObject({
      contradictionCount: 1,
      contradictions: [{ kind: 'ENTRY_FORGED', message: expect.stringMatching(message) }],
    });
  });
});

test('an entry that was backdated and sealed is named: time runs against the order of sealing', async () => {
  await tamper(
    `INSERT INTO audit_entries (entity, record_id, operation, action, actor_kind, recorded_at) VALUES ('lots', uuid7(), 'VIEW', 'backdated', 'SYSTEM', now() - interval '1 year')`,
  );
  await sealNow(api.database);
  expect(await verify(api.database.reader(), {})).toMatchObject({ isIntact: true });
  const found = await compared();
  expect(found).toMatchObject({
    contradictionCount: 1,
    contradictions: [
      { kind: 'TIME_REVERSED', entity: 'lots', message: expect.stringMatching(/an entry before it was made at/) },
    ],
  });
  await tamper(`DELETE FROM audit_entries WHERE action = 'backdated'; UPDATE audit_blocks SET sealed_at = sealed_at`);
  expect(await compared()).toMatchObject({ isConsistent: true });
});

describe('a guard that was changed is named', () => {
  test.each([
    [
      'a disabled trigger',
      'ALTER TABLE lots DISABLE TRIGGER tg_lots_audit_update',
      'ALTER TABLE lots ENABLE TRIGGER tg_lots_audit_update',
      {
        kind: 'TRIGGER_CHANGED',
        entity: 'lots',
        message: 'The trigger tg_lots_audit_update of lots is disabled, or does not fire for every session.',
      },
    ],
    [
      'a trigger that leaves columns out',
      `DROP TRIGGER tg_lots_audit_insert ON lots; CREATE TRIGGER tg_lots_audit_insert AFTER INSERT ON lots REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{status}', '{}', '{}')`,
      `DROP TRIGGER tg_lots_audit_insert ON lots; CREATE TRIGGER tg_lots_audit_insert AFTER INSERT ON lots REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION write_audit('{}', '{}', '{}')`,
      {
        kind: 'TRIGGER_CHANGED',
        entity: 'lots',
        message: 'The trigger tg_lots_audit_insert of lots is not the one of the migrations.',
      },
    ],
    [
      'a dropped protection',
      'DROP TRIGGER tg_audit_blocks_append_only ON audit_blocks',
      'CREATE TRIGGER tg_audit_blocks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_blocks FOR EACH STATEMENT EXECUTE FUNCTION append_only()',
      {
        kind: 'TRIGGER_CHANGED',
        entity: 'audit_blocks',
        message: 'The trigger tg_audit_blocks_append_only of audit_blocks is missing.',
      },
    ],
    [
      'a replaced function',
      `CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
      undefined,
      { kind: 'FUNCTION_CHANGED', entity: null, message: 'The function append_only is not the one of the migrations.' },
    ],
    [
      'a privilege',
      'GRANT DELETE ON audit_entries TO PUBLIC',
      'REVOKE DELETE ON audit_entries FROM PUBLIC',
      { kind: 'PRIVILEGE_ADDED', entity: 'audit_entries', message: 'Everybody may DELETE rows of audit_entries.' },
    ],
    [
      'sessions that fire no triggers',
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica', current_database()); END $$`,
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET session_replication_role', current_database()); END $$`,
      {
        kind: 'PRIVILEGE_ADDED',
        entity: null,
        message: 'The sessions of everybody fire no triggers: session_replication_role is set for it.',
      },
    ],
  ])('%s', async (_what, act, undo, expected) => {
    await query(act);
    const found = await compared();
    await query(
      undo ??
        `DO $do$ BEGIN EXECUTE $sql$CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$${functions.get('append_only')}$body$$sql$; END $do$`,
    );
    expect(found).toMatchObject({ contradictionCount: 1, contradictions: [expected] });
    expect(await compared()).toMatchObject({ isConsistent: true });
  });
});

test('rows whose first entries were archived agree with what is left of their entries', async () => {
  const [block] = await query('SELECT number::int, hash FROM audit_blocks ORDER BY number DESC LIMIT 1');
  await declareArchive(api.database, { number: block?.['number'], hash: block?.['hash'] }, 'e'.repeat(64));
  expect(await removeArchivedEntries(api.database)).toBeGreaterThan(10);
  expect(await compared()).toMatchObject({ isConsistent: true });
  await done(api, 'updateProductionLine', { productionLine: { code: 'KR01' }, location: 'Hall 7' }, '');
  await tamper(`UPDATE production_lines SET location = 'Hall 8' WHERE code = 'KR01'`);
  expect(await compared()).toMatchObject({
    contradictions: [{ kind: 'STATE_DIFFERS', message: expect.stringMatching(/in location\.$/) }],
  });
});

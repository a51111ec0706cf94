/** `lotgraph check`: nothing is found in a healthy plant, and each planted defect is. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Baseline, comparisonFindings, readBaseline } from '../../../src/app/command-line/check/baseline.ts';
import { type CheckReport, checkPlant } from '../../../src/app/command-line/check/check-plant.ts';
import { expectedNotNull, expectedObjects } from '../../../src/app/command-line/check/schema-objects.ts';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import { type MigrationFile, readMigrations } from '../../../src/platform/migrations/files.ts';
import type { MigrationState } from '../../../src/platform/migrations/runner.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeSerials, uuidOf, type Named } from '../../support/build.ts';
import { lotgraph } from '../../support/command-line.ts';
import { withConnection } from '../../support/database.ts';
import { fingerprint } from '../../support/expect.ts';
import { makeScratchDirectory } from '../../support/scratch.ts';
import { type Floor, makeFloor, oneItem, record, start } from '../../support/work.ts';

let api: Api;
let floor: Floor;
let lot: Named;
let items: readonly Named[];
let files: readonly MigrationFile[];
let healthy: CheckReport;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  ({ lot } = await oneItem(api));
  items = await makeItems(api, lot, 3);
  await makeSerials(api, lot, 1, [floor.mount, floor.test]);
  const [first, second] = items;
  if (first === undefined || second === undefined) throw new Error('No items were made.');
  await record(api, first, floor.mount, { result: 'FAIL' });
  await start(api, second, floor.mount);
  await sealNow(api.database);
  ({ files } = await readMigrations(path.resolve(import.meta.dirname, '../../../prisma/migrations')));
  healthy = await check();
});
afterAll(() => api.close());

const states = (state: MigrationState['state'] = 'APPLIED'): readonly MigrationState[] =>
  files.map(({ name }, index) => ({ name, state: index === 0 ? state : 'APPLIED', appliedAt: null }));
const check = (more: Partial<Parameters<typeof checkPlant>[1]> = {}): Promise<CheckReport> =>
  checkPlant(api.services, {
    migrations: states(),
    files,
    directory: process.cwd(),
    // Neither the machine nor its load is what is tested.
    limits: { connectionShare: 2, diskShare: 2, clockMilliseconds: 1_000_000 },
    mostMilliseconds: 1_000_000,
    ...more,
  });
const failures = ({ findings }: CheckReport): Readonly<Record<string, string>> =>
  Object.fromEntries(
    findings.filter(({ status }) => status === 'FAILED').map(({ check: name, message }) => [name, message]),
  );
const sql = (text: string): Promise<unknown> =>
  withConnection(api.databaseUrl, (client) => client.query(`SET session_replication_role = replica; ${text}`));

test('nothing is found in a healthy plant, and nothing is changed in it', async () => {
  const before = await fingerprint(api);
  const found = await check();

  expect(failures(found)).toEqual({});
  expect(found.isHealthy).toBe(true);
  expect(await fingerprint(api)).toEqual(before);
  expect(found.tables.find(({ name }) => name === 'wip_items')).toMatchObject({ rows: 5 });
  expect(found.findings.map(({ check: name }) => name)).toEqual([
    'migrations',
    'objects-present',
    'not-null',
    'objects-in-force',
    'rules',
    'future-times',
    'orphans',
    'uniqueness:numbers',
    'uniqueness:pass',
    'attempts',
    'closed-lots',
    'completed-lots',
    'conversions',
    'equipment-periods',
    'audit-sealing',
    'audit',
    'connections',
    'clock',
    'disk',
    'smoke:lots',
    'smoke:executions',
    'smoke:serials',
    'smoke:inspections',
    'smoke:live',
  ]);
});

test('the objects of the migrations are known by name, without those that a later one has dropped', () => {
  const up = [
    'CREATE TABLE t (CONSTRAINT pk_t PRIMARY KEY (id), CONSTRAINT ck_t_a CHECK (a)); -- CREATE INDEX ix_t_comment',
    'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS puq_t_b ON t (b); CREATE TRIGGER tg_t_touch BEFORE UPDATE',
    'ALTER TABLE t DROP CONSTRAINT ck_t_a; DROP INDEX IF EXISTS puq_t_b',
  ].map((each) => ({ up: each }));
  expect([...expectedObjects(up)]).toEqual(['pk_t', 'tg_t_touch']);
  expect(expectedObjects(files).size).toBeGreaterThan(300);
  const columns = [
    'CREATE TABLE t (\n  a int NOT NULL, -- NOT NULL\n  b text,\n  c text NOT NULL\n)',
    'ALTER TABLE t ADD COLUMN d int NOT NULL DEFAULT 1, ALTER COLUMN b SET NOT NULL',
    'ALTER TABLE t ALTER COLUMN a DROP NOT NULL, DROP COLUMN c',
  ].map((each) => ({ up: each }));
  expect([...expectedNotNull(columns)]).toEqual(['t.d', 't.b']);
  expect(expectedNotNull(files).size).toBeGreaterThan(200);
});

test('surroundings that are used up, and queries that take too long, are found', async () => {
  const limits = { connectionShare: 0, diskShare: 0, clockMilliseconds: -1 };
  const found = await check({ limits, mostMilliseconds: 0, migrations: states('PENDING') });
  expect(Object.keys(failures(found))).toEqual([
    'migrations',
    'connections',
    'clock',
    'disk',
    'smoke:lots',
    'smoke:executions',
    'smoke:serials',
    'smoke:inspections',
    'smoke:live',
  ]);
  expect((await check({ directory: undefined })).findings.find((each) => each.check === 'disk')?.status).toBe(
    'SKIPPED',
  );
});

test('a baseline shows slower queries, more statements and lost rows, and nothing else', () => {
  const before: Baseline = {
    recordedAt: '2026-11-01T00:00:00.000Z',
    version: '1',
    queries: { lots: { milliseconds: 100, statements: 2 }, live: { milliseconds: 1, statements: 2 } },
    rows: { lots: 5, error_entries: 100 },
  };
  const now = (change: Partial<Baseline>): readonly string[] =>
    comparisonFindings(before, { ...before, ...change }).flatMap(({ check: name, status, message }) =>
      status === 'OK' ? [] : [`${name}: ${message}`],
    );
  const lots = (milliseconds: number, statements: number) => ({
    queries: { ...before.queries, lots: { milliseconds, statements } },
  });

  expect(now({})).toEqual([]);
  expect(now({ ...lots(150, 2), rows: { lots: 6, error_entries: 0 } })).toEqual([]);
  expect(now({ queries: { ...before.queries, live: { milliseconds: 51, statements: 2 } } })).toEqual([]);
  expect(now(lots(151, 2))).toEqual(['baseline:lots: 151 ms and 2 statements, before 100 ms and 2']);
  expect(now(lots(100, 3))).toHaveLength(1);
  expect(now({ queries: {} })).toEqual(['baseline:lots: was not asked', 'baseline:live: was not asked']);
  expect(now({ rows: { lots: 4 } })).toEqual(['baseline:rows: lots has 4 rows, before 5']);
});

test('the command line answers with one exit code, keeps a baseline, and compares with it', async () => {
  const directory = await makeScratchDirectory();
  const file = path.join(directory, 'baseline.json');
  const environment = { DATABASE_URL: api.databaseUrl, NODE_ENV: 'test', LOTGRAPH_DATA: directory };
  const recorded = await lotgraph(['check', '--record', file, '--json'], environment);
  const report = JSON.parse(recorded.stdout) as CheckReport;
  const baseline = JSON.parse(await readFile(file, 'utf8')) as Baseline;

  expect(recorded.code).toBe(report.isHealthy ? 0 : 1);
  expect(Object.keys(failures(report)).filter((name) => !OF_MACHINE.test(name))).toEqual([]);
  expect(baseline).toEqual(report.baseline);

  await writeFile(file, JSON.stringify({ ...baseline, rows: { lots: 1_000 } }));
  const compared = await lotgraph(['check', '--compare', file], environment);
  expect(compared.code).toBe(1);
  await writeFile(file, '{"rows": 1}');
  await expect(readBaseline(file)).rejects.toThrow('is not a baseline');
  await expect(readBaseline(`${file}.missing`)).rejects.toThrow('cannot be read');
  expect(compared.stdout).toMatch(/FAILED +baseline:rows +lots has 1 rows, before 1000/);
  await rm(directory, { recursive: true });
});

/** What depends on the machine and its load. */
const OF_MACHINE = /^(?:connections|clock|disk|smoke:.*)$/;

test('a key query that has become slow is found', async () => {
  await sql('ALTER TABLE serials RENAME TO others; CREATE VIEW serials AS SELECT others.* FROM others, pg_sleep(1.1)');
  const found = failures(await check({ mostMilliseconds: 1_000 }));
  await sql('DROP VIEW serials; ALTER TABLE others RENAME TO serials');
  expect(found['smoke:serials']).toMatch(/ms, \d+ statements; at most 1000 ms are allowed$/);
});

test('each of many planted defects is found', async () => {
  const [failedItem, openItem, third] = items.map(uuidOf);
  await sql(`
    UPDATE process_data SET operator_id = uuid7() WHERE wip_item_id = '${failedItem}';
    UPDATE product_models SET created_at = now() + interval '1 day';
    ALTER TABLE production_lines DROP CONSTRAINT ck_production_lines_lin_1_code_format;
    UPDATE production_lines SET code = 'lower case';
    ALTER TABLE production_lines ADD CONSTRAINT ck_production_lines_lin_1_code_format CHECK (code ~ '^[A-Z0-9]{1,50}$') NOT VALID;
    ALTER TABLE lots ALTER COLUMN target_quantity DROP NOT NULL;
    DROP INDEX ix_process_data_started_at;
    ALTER TABLE lots DISABLE TRIGGER tg_lots_touch;
    UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_alerts_unread'::regclass;
    ALTER TABLE wip_items DROP CONSTRAINT uq_wip_items_wip_1_number;
    UPDATE wip_items SET number = (SELECT number FROM wip_items WHERE id = '${openItem}') WHERE id = '${third}';
    DROP INDEX puq_process_data_pd_6_one_pass;
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, result, started_at, completed_at)
      SELECT level, lot_id, wip_item_id, process_id, 3, operator_id, result, started_at, completed_at FROM process_data WHERE result = 'PASS' LIMIT 1;
    UPDATE lots SET status = 'CLOSED', started_at = now(), completed_at = now(), closed_at = now();
    UPDATE wip_items SET status = 'COMPLETED', converted_at = NULL WHERE status = 'CONVERTED';
    INSERT INTO equipment (code, name, type, process_id, status) SELECT 'OVEN', 'Oven', 'OVEN', id, 'AVAILABLE' FROM processes LIMIT 1;
    INSERT INTO audit_entries (entity, record_id, operation, action, new_values, actor_kind, recorded_at) VALUES ('lots', uuid7(), 'INSERT', 'lot.created', '{"number": "X"}', 'SYSTEM', now() - interval '1 hour');
    UPDATE audit_entries SET action = 'tampered' WHERE seq = (SELECT min(seq) FROM audit_entries);
    DELETE FROM label_prints;
    ALTER TABLE inspections RENAME TO inspections_away;
  `);
  const before = { ...healthy.baseline, rows: { ...healthy.baseline.rows, lots: 1_000 } };
  const found = failures(await check({ before }));

  expect(found).toMatchObject({
    'objects-present': expect.stringMatching(/ix_process_data_started_at is missing.*/),
    'not-null': 'lots.target_quantity may be null',
    'objects-in-force': expect.stringContaining('tg_lots_touch is disabled'),
    rules: 'ck_production_lines_lin_1_code_format: 1 rows',
    'future-times': 'product_models.created_at: 1 rows',
    orphans: 'fk_process_data_operator_id: 1 rows',
    'uniqueness:numbers': expect.stringMatching(/^WIP-.* exists 2 times$/),
    'uniqueness:pass': expect.stringContaining('passed'),
    attempts: expect.stringContaining('attempts up to number 3'),
    'closed-lots': expect.stringContaining('is CLOSED with an open execution'),
    'completed-lots': expect.stringContaining('with an item in progress'),
    conversions: expect.stringContaining('is COMPLETED with a serial'),
    'equipment-periods': expect.stringContaining('OVEN has 0 open periods'),
    'audit-sealing': expect.stringContaining('has no position'),
    audit: expect.stringContaining('block 1'),
    'smoke:inspections': expect.any(String),
    'baseline:rows': 'lots has 1 rows, before 1000',
  });
  for (const name of ['uq_wip_items_wip_1_number', 'puq_process_data_pd_6_one_pass'])
    expect(found['objects-present']).toContain(`${name} is missing`);
  for (const problem of ['ix_alerts_unread is invalid', 'ck_production_lines_lin_1_code_format is not validated'])
    expect(found['objects-in-force']).toContain(problem);
});

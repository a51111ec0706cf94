/** What the server looks for every minute (KPI-17). Times are set in the database. */
import { afterAll, beforeEach, expect, test } from 'vitest';
import { alertChecks } from '../../../src/app/jobs/schedule/alert-checks.ts';
import { checkAlerts } from '../../../src/operation/alert/raise.commands.ts';
import type { Services } from '../../../src/platform/request/context.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLot, makeStep, uuidOf, type Named } from '../../support/build.ts';
import { withConnection } from '../../support/database.ts';
import { done } from '../../support/expect.ts';
import { makeFloor, start, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
const opened: Api[] = [];
beforeEach(async () => {
  api = await startApi();
  opened.push(api);
  floor = await makeFloor(api);
});
afterAll(async () => {
  for (const each of opened) await each.close();
});

const sql = (text: string): Promise<unknown> => withConnection(api.databaseUrl, (client) => client.query(text));
const check = (): Promise<number> => api.database.transaction((tx) => checkAlerts(tx, api.config.alertFailureRatios));
const found = async (): Promise<readonly string[]> => {
  const { data } = await api.ask('{ alerts(orderBy: [{ field: CREATED_AT }]) { nodes { type severity title } } }');
  return data.alerts.nodes
    .map(({ type, severity, title }: Record<string, string>) => `${type} ${severity} ${title}`)
    .toSorted();
};

/** Finished executions of a step on items of their own, in SQL, at this distance from now. */
async function finished(
  step: { readonly id: string },
  passes: number,
  fails: number,
  ago = '10 minutes',
): Promise<void> {
  const lot = await makeLot(api);
  await makeItems(api, lot, passes + fails);
  await sql(`
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, result, defects, started_at, completed_at)
    SELECT 'WIP', lot_id, id, '${uuidOf(step)}', 1, '${api.userIdOf('ADMIN')}', CASE WHEN sequence > ${passes} THEN 'FAIL' ELSE 'PASS' END::process_result,
      CASE WHEN sequence > ${passes} THEN '[{"code": "BENT"}]' ELSE '[]' END::jsonb, now() - interval '${ago}' - interval '1 second', now() - interval '${ago}'
    FROM wip_items WHERE lot_id = '${uuidOf(lot)}'`);
}

test('steps are judged by the last hour, inactive ones too: 8 with one FAIL are MEDIUM, 7 with two HIGH, 5 none (KPI-17)', async () => {
  const pack = await makeStep(api, 25, 'PACK');
  await finished(floor.mount, 7, 1);
  await finished(floor.mount, 0, 20, '61 minutes');
  await finished(floor.test, 5, 2);
  await finished(floor.mark, 0, 5);
  await finished(pack, 9, 1);
  await done(api, 'updateProcess', { process: { id: floor.test.id }, isActive: false }, '');
  expect(await check()).toBe(2);
  const alerts = [
    'QUALITY_THRESHOLD HIGH Step 20 TEST fails too often',
    'QUALITY_THRESHOLD MEDIUM Step 10 MOUNT fails too often',
  ];
  expect(await found()).toEqual(alerts);
  expect(await check()).toBe(0);
  await finished(floor.mount, 0, 3);
  expect(await check()).toBe(1);
  expect(await found()).toEqual([alerts[0], alerts[1]?.replace('MEDIUM', 'HIGH')].toSorted());
});

test('the ratios are settings (KPI-17)', async () => {
  await finished(floor.mount, 7, 1);
  const checkWith = (medium: number, high: number) =>
    api.database.transaction((tx) => checkAlerts(tx, { medium, high }));
  expect(await checkWith(0.125, 0.2)).toBe(0);
  expect(await checkWith(0.12, 0.124)).toBe(1);
  expect(await found()).toEqual(['QUALITY_THRESHOLD HIGH Step 10 MOUNT fails too often']);
});

test('a migration whose newest run failed is named, and not one that was applied later (KPI-17)', async () => {
  const run = (name: string, outcome: string, minutes: number): Promise<unknown> =>
    sql(`INSERT INTO migration_history (id, name, checksum, started_at, finished_at, duration_ms, outcome, error_message, postgres_version, app_version, environment, applied_by)
      VALUES (uuid7(), '${name}', repeat('a', 64), now() - interval '${minutes} minutes', now(), 1, '${outcome}', ${outcome === 'FAILED' ? "'disk full'" : 'NULL'}, '18', '1', 'TESTING', 'me')`);
  await run('9001_worse', 'FAILED', 5);
  await run('9002_mended', 'FAILED', 5);
  await run('9002_mended', 'SUCCEEDED', 1);
  expect([await check(), await found()]).toEqual([1, ['SYSTEM_ERROR HIGH Migration 9001_worse failed']]);
  await sql("DELETE FROM migration_history WHERE name LIKE '900%'");
});

test('equipment out of use for more than 120 minutes is named, until its alert is archived, and then again (KPI-17, ALT-4)', async () => {
  for (const code of ['OVEN', 'PRESS', 'SAW', 'OLD'])
    await done(api, 'createEquipment', { code, name: code, type: 'MACHINE' }, '');
  const move = (code: string, status: string) =>
    done(api, 'changeEquipmentStatus', { equipment: { code }, status }, '');
  await move('OVEN', 'MAINTENANCE');
  await move('PRESS', 'OUT_OF_SERVICE');
  await move('SAW', 'MAINTENANCE');
  await move('OLD', 'OUT_OF_SERVICE');
  await done(api, 'updateEquipment', { equipment: { code: 'OLD' }, isActive: false }, '');
  await sql("UPDATE equipment SET status_changed_at = now() - interval '121 minutes' WHERE code <> 'SAW'");
  await sql("UPDATE equipment SET status_changed_at = now() - interval '119 minutes' WHERE code = 'SAW'");
  const alerts = ['OVEN is MAINTENANCE', 'PRESS is OUT_OF_SERVICE'].map(
    (what) => `EQUIPMENT_FAILURE HIGH Equipment ${what} for more than 120 minutes`,
  );
  expect([await check(), await found()]).toEqual([2, alerts]);
  expect(await check()).toBe(0);
  const { data } = await api.ask('{ alerts(filter: { equipment: { code: { eq: "OVEN" } } }) { nodes { id } } }');
  await done(api, 'archiveAlerts', { ids: [data.alerts.nodes[0].id] }, '');
  expect(await check()).toBe(1);
});

test('an execution that takes three times its plan, or 8 hours without one, is named once (KPI-17)', async () => {
  await done(api, 'updateProcess', { process: { id: floor.mount.id }, plannedSeconds: 600 }, '');
  await done(api, 'updateProcess', { process: { id: floor.test.id }, plannedSeconds: 10 }, '');
  const lot = await makeLot(api);
  const items = await makeItems(api, lot, 4);
  const [slow, fine, free, bound] = items as readonly [Named, Named, Named, Named];
  const opening = async (item: Named, step: { readonly id: string }, seconds: number): Promise<void> => {
    await sql(`INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, started_at)
      SELECT 'WIP', lot_id, id, '${uuidOf(step)}', 1, '${api.userIdOf('ADMIN')}', now() - make_interval(secs => ${seconds}) FROM wip_items WHERE id = '${uuidOf(item)}'`);
  };
  await opening(slow, floor.mount, 1_810);
  await opening(fine, floor.mount, 1_750);
  await opening(fine, floor.test, 910);
  await opening(free, floor.mark, 28_700);
  await opening(bound, floor.mark, 28_810);
  expect(await check()).toBe(3);
  const alerts = [`10 MOUNT of ${slow.number}`, `20 TEST of ${fine.number}`, `30 MARK of ${bound.number}`].map(
    (what) => `PROCESS_DELAY MEDIUM Step ${what} takes too long`,
  );
  expect(await found()).toEqual(alerts);
  expect(await check()).toBe(0);
});

test('the plan of an execution is that of the route of its lot (KPI-17, RTE-3)', async () => {
  await done(api, 'updateProcess', { process: { id: floor.mount.id }, plannedSeconds: 600 }, '');
  const steps = [
    { process: { code: 'MOUNT' }, number: 15, plannedSeconds: 4_000 },
    { process: { code: 'TEST' }, number: 20 },
  ];
  const { route } = await done(api, 'createRoute', { productModel: { code: 'PSA' }, steps }, 'route { id }');
  await done(api, 'releaseRoute', { id: route.id, reason: 'Approved' }, '');
  const [item] = await makeItems(api, await makeLot(api), 1);
  await start(api, item as Named, floor.mount);
  await sql("UPDATE process_data SET started_at = now() - interval '2 hours'");
  expect(await check()).toBe(0);
  await sql("UPDATE process_data SET started_at = now() - interval '4 hours'");
  expect([await check(), await found()]).toEqual([
    1,
    [`PROCESS_DELAY MEDIUM Step 15 MOUNT of ${item?.number} takes too long`],
  ]);
});

test('inspections, scores, backlog and reviews are judged for the whole plant (KPI-17)', async () => {
  const lot = await makeLot(api);
  const inspected = (count: number, values: string): Promise<unknown> =>
    sql(`INSERT INTO inspections (lot_id, sample_code, type, status, started_at, completed_at, verdict, quality_score, confidence)
      SELECT '${uuidOf(lot)}', 'S-' || (SELECT count(*) FROM inspections) + n, 'VISUAL', ${values} FROM generate_series(1, ${count}) AS n`);
  await inspected(101, "'PENDING', NULL, NULL, NULL, NULL, NULL");
  await inspected(5, "'COMPLETED', now() - interval '2 hours', now() - interval '20 minutes', 'PASS', 0.9, 1");
  await inspected(1, "'COMPLETED', now() - interval '2 hours', now() - interval '5 minutes', 'FAIL', 0.7, 1");
  await sql(`INSERT INTO defects (inspection_id, type, severity, detection_method, review_status, reviewed_by_id, reviewed_at)
    SELECT i.id, 'VOID', 'LOW', 'MANUAL_REVIEW', review::review_status, CASE WHEN review <> 'PENDING' THEN '${api.userIdOf('ADMIN')}'::uuid END, CASE WHEN review <> 'PENDING' THEN now() END
    FROM (SELECT id FROM inspections LIMIT 1) AS i, unnest(array_fill('PENDING'::text, '{10}') || array_fill('CONFIRMED'::text, '{8}') || array_fill('FALSE_POSITIVE'::text, '{2}')) AS review`);
  const alerts = [
    'PROCESS_DELAY MEDIUM Inspections pile up',
    'QUALITY_THRESHOLD HIGH Too many inspections fail',
    'QUALITY_THRESHOLD LOW Findings wait for reviewers',
    'QUALITY_THRESHOLD LOW Too many findings are false positives',
    'QUALITY_THRESHOLD MEDIUM The quality score is low',
  ];
  expect([await check(), await found()]).toEqual([5, alerts]);
  expect(await check()).toBe(0);
});

test('an idle plant is checked by a fixed number of statements, and raises nothing (KPI-17)', async () => {
  const statements = await api.database.transaction(async (tx) => {
    const before = tx.statements;
    expect(await checkAlerts(tx, api.config.alertFailureRatios)).toBe(0);
    return tx.statements - before;
  });
  expect(statements).toBe(6);
});

test('of two servers that check at once, one does, and the log says what was raised (KPI-17)', async () => {
  await finished(floor.mount, 7, 1);
  const lines: unknown[] = [];
  const log: Pick<Services['log'], 'info'> = { info: (line: unknown) => lines.push(line) } as never;
  const services = { ...api.services, log: { ...api.services.log, ...log } as never };
  const stopping = new AbortController().signal;
  await Promise.all([alertChecks.run(services, stopping), alertChecks.run(services, stopping)]);
  expect(await found()).toHaveLength(1);
  expect(lines).toEqual([{ event: 'alerts.raised', alerts: 1 }]);
});

/** Worked examples that have a plant of their own: a trend over a change of the clocks, a quality trend, an effectiveness. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { makeItems, makeLine, makeLot, makeModel, makeStep, type Step } from '../../support/build.ts';
import { withConnection } from '../../support/connection.ts';

let api: Api;
let step: Step;
beforeAll(async () => {
  api = await startApi({ siteTimeZone: 'Europe/Berlin' });
  await makeModel(api);
  await makeLine(api);
  step = await makeStep(api, 10, 'MOUNT', { plannedSeconds: 240 });
});
afterAll(() => api.close());

async function run(statement: string): Promise<void> {
  await withConnection(api.databaseUrl, async (client) => {
    await client.query(statement);
  });
}

/** Executions of new items, one for each: start, end, result, and whether they are on the press. */
async function execute(
  executions: readonly (readonly [start: string, end: string | null, result: string | null])[],
  equipment = 'NULL',
) {
  const lot = await makeLot(api);
  const items = await makeItems(api, lot, executions.length);
  const rows = executions.map(
    ([start, end, result], index) =>
      `('${items[index]?.number}', '${start}'::timestamptz, ${end === null ? 'NULL' : `'${end}'`}::timestamptz, ${result === null ? 'NULL' : `'${result}'`}::process_result)`,
  );
  await run(`
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, equipment_id, result, defects, started_at, completed_at)
    SELECT 'WIP', i.lot_id, i.id, p.id, 1, u.id, ${equipment}, e.result, CASE WHEN e.result = 'FAIL' THEN '[{"code": "CRACK", "severity": "LOW", "quantity": 2}]' ELSE '[]' END::jsonb, e.begun, e.ended
    FROM (VALUES ${rows.join(', ')}) AS e (item, begun, ended, result) JOIN wip_items i ON i.number = e.item JOIN processes p ON p.code = '${step.code}' JOIN users u ON u.username = 'admin'`);
}

async function ask(question: string) {
  const { data, errors, statements } = await api.ask(`{ figure: ${question} }`);
  expect(errors).toEqual([]);
  return { figure: data.figure, statements };
}

test('a day of 25 hours is one day of a trend (KPI-8)', async () => {
  const ended = ['23T22:00:00', '24T21:59:59', '24T22:00:00', '25T00:30:00', '25T22:59:59', '25T23:00:00'];
  await execute(
    ended.map(
      (end, index) =>
        ['2026-10-23T20:00:00Z', `2026-10-${end}Z`, index === 1 || index === 4 ? 'FAIL' : 'PASS'] as const,
    ),
  );
  const { figure, statements } = await ask(
    'defectTrend(days: { from: "2026-10-24", to: "2026-10-27" }) { points { start executions failCount failRatio defectQuantity } failRatio maxFailRatio }',
  );
  expect(figure).toEqual({
    points: [
      { start: '2026-10-24', executions: 2, failCount: 1, failRatio: 0.5, defectQuantity: 2 },
      { start: '2026-10-25', executions: 3, failCount: 1, failRatio: 1 / 3, defectQuantity: 2 },
      { start: '2026-10-26', executions: 1, failCount: 0, failRatio: 0, defectQuantity: 0 },
      { start: '2026-10-27', executions: 0, failCount: 0, failRatio: null, defectQuantity: 0 },
    ],
    failRatio: 1 / 3,
    maxFailRatio: 0.5,
  });
  expect(statements).toBe(1);
  const { figure: hours } = await ask(
    'yieldReport(period: { from: "2026-10-23T00:00:00Z", to: "2026-10-27T00:00:00Z" }, by: HOUR) { rows { key executions } }',
  );
  expect(hours.rows).toEqual([
    { key: '2026-10-24T00', executions: 1 },
    { key: '2026-10-24T23', executions: 1 },
    { key: '2026-10-25T00', executions: 1 },
    { key: '2026-10-25T02', executions: 1 },
    { key: '2026-10-25T23', executions: 1 },
    { key: '2026-10-26T00', executions: 1 },
  ]);
});

test('a day without inspections has no mean (KPI-12)', async () => {
  const lot = await makeLot(api);
  await run(`
    INSERT INTO inspections (lot_id, sample_code, type, status, started_at, completed_at, verdict, quality_score, confidence, inspector_id)
    SELECT l.id, 'TRAY-' || n, 'VISUAL', 'COMPLETED', '2026-11-02T08:00Z', '2026-11-02T08:05Z', (CASE n WHEN 1 THEN 'PASS' ELSE 'FAIL' END)::inspection_verdict,
           CASE n WHEN 1 THEN 0.9495 ELSE 0.6485 END, 0.9, u.id FROM lots l, users u, generate_series(1, 2) n WHERE l.number = '${lot.number}' AND u.username = 'admin'`);
  const { figure, statements } = await ask(
    'qualityTrend(days: { from: "2026-11-02", to: "2026-11-03" }) { points { start completedCount meanQualityScore passRatio } overall { completedCount meanQualityScore passRatio } }',
  );
  expect(figure).toEqual({
    points: [
      { start: '2026-11-02', completedCount: 2, meanQualityScore: 0.799, passRatio: 0.5 },
      { start: '2026-11-03', completedCount: 0, meanQualityScore: null, passRatio: null },
    ],
    overall: { completedCount: 2, meanQualityScore: 0.799, passRatio: 0.5 },
  });
  expect(statements).toBe(1);
});

test('the effectiveness of equipment is that of its hour (OEE-1)', async () => {
  await run(`
    INSERT INTO equipment (code, name, type, status_changed_at) VALUES ('PRESS-1', 'Press 1', 'PRESS', '2026-11-02T08:45Z');
    DELETE FROM equipment_status_periods WHERE equipment_id = (SELECT id FROM equipment WHERE code = 'PRESS-1');
    INSERT INTO equipment_status_periods (equipment_id, status, started_at, ended_at)
    SELECT e.id, s.status::equipment_status, timestamptz '2026-11-02T08:00Z' + s.begun * interval '1 s', timestamptz '2026-11-02T08:00Z' + s.ended * interval '1 s'
    FROM equipment e, (VALUES ('AVAILABLE', -3600, -60), ('MAINTENANCE', -60, 600), ('AVAILABLE', 600, 2400), ('OUT_OF_SERVICE', 2400, 2700), ('AVAILABLE', 2700, NULL)) AS s (status, begun, ended)
    WHERE e.code = 'PRESS-1'`);
  const at = (seconds: number) => new Date(Date.parse('2026-11-02T08:00:00Z') + seconds * 1000).toISOString();
  const press = "(SELECT id FROM equipment WHERE code = 'PRESS-1')";
  const starts = [600, 870, 1140, 1410, 1680, 1950, 2700, 2970];
  await execute(
    starts.map((start, index) => [at(start), at(start + 270), index === 3 ? 'FAIL' : 'PASS'] as const),
    press,
  );
  const fields =
    'loadingSeconds plannedBusySeconds actualProductionSeconds producedCount goodCount availability effectiveness qualityRatio oee downSeconds maintenanceSeconds utilisationRatio reason isPlanTooSlow secondsByStatus { status seconds }';
  const hour = 'period: { from: "2026-11-02T08:00:00Z", to: "2026-11-02T09:00:00Z" }';
  const { figure, statements } = await ask(`oee(equipment: { code: "press-1" }, ${hour}) { ${fields} }`);
  expect(figure).toMatchObject({
    loadingSeconds: 3600,
    plannedBusySeconds: 3000,
    actualProductionSeconds: 2160,
    producedCount: 8,
    goodCount: 7,
    availability: 0.72,
    qualityRatio: 0.875,
    downSeconds: 300,
    maintenanceSeconds: 600,
    utilisationRatio: 0.6,
    reason: null,
    isPlanTooSlow: false,
  });
  expect([figure.effectiveness, figure.oee].map((value: number) => value.toFixed(6))).toEqual(['0.888889', '0.560000']);
  expect(figure.secondsByStatus).toEqual(
    expect.arrayContaining([
      { status: 'AVAILABLE', seconds: 2700 },
      { status: 'IN_USE', seconds: 0 },
    ]),
  );
  expect(statements).toBe(2);
  // Executions at the same time count once; one that goes on is clipped to the period.
  await execute(
    [
      [at(700), at(800), 'PASS'],
      [at(3500), at(3700), 'PASS'],
    ],
    press,
  );
  const { figure: more } = await ask(
    `oee(equipment: { code: "PRESS-1" }, ${hour}, plannedBusySeconds: 2260) { actualProductionSeconds producedCount availability }`,
  );
  expect(more).toEqual({ actualProductionSeconds: 2260, producedCount: 9, availability: 1 });
  expect((await ask('oee(equipment: { code: "NONE" }) { oee }')).figure).toBeNull();
});

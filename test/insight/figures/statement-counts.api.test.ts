/** The statements of figures: as many for 1, 10 and 100 lots, steps, people and machines. One world of 100 of each. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { type Api, startApi } from '../../support/api.ts';
import { withConnection } from '../../support/connection.ts';

let api: Api;
let lots: readonly string[];

/** 100 lots of one item each, each with a step, a person, a machine, a defect and a day of its own; half became serials. */
const WORLD = `
  INSERT INTO users (username, full_name, role, password_hash) SELECT 'person' || n, 'Person', 'OPERATOR', 'x' FROM generate_series(1, 100) n;
  INSERT INTO product_models (code, lot_segment, name) VALUES ('PSA', 'PSA', 'Sensor');
  INSERT INTO production_lines (code, lot_segment, name) VALUES ('KR01', 'KR01', 'Line 1');
  INSERT INTO equipment (code, name, type) SELECT 'M-' || n, 'Machine', 'PRESS' FROM generate_series(1, 100) n;
  INSERT INTO processes (number, code, name, type, level, planned_seconds, sort_order) SELECT n, 'STEP' || n, 'Step', 'MANUFACTURING', 'WIP', 60, n FROM generate_series(1, 100) n;
  INSERT INTO lots (number, product_model_id, production_line_id, production_date, target_quantity, status, started_at, created_at)
  SELECT 'KR01PSA26' || to_char(1 + n / 90, 'FM00') || to_char(1 + n % 90, 'FM00'), m.id, l.id, '2026-01-01', 1, 'IN_PROGRESS', '2026-08-01', timestamptz '2026-08-01' + n * interval '1 day'
  FROM product_models m, production_lines l, generate_series(0, 99) n;
  INSERT INTO wip_items (number, lot_id, sequence, status, completed_at, created_at)
  SELECT 'WIP-' || number || '-001', id, 1, 'COMPLETED', created_at + interval '1 hour', created_at FROM lots;
  INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, equipment_id, result, defects, measurements, started_at, completed_at)
  SELECT 'WIP', i.lot_id, i.id, p.id, 1, u.id, e.id, (CASE WHEN n % 2 = 0 THEN 'FAIL' ELSE 'PASS' END)::process_result,
         CASE WHEN n % 2 = 0 THEN jsonb_build_array(jsonb_build_object('code', 'D' || n, 'severity', 'LOW', 'quantity', 1)) ELSE '[]' END,
         '[{"code": "GAP", "value": "1.5"}]', i.created_at, i.created_at + interval '1 hour'
  FROM (SELECT *, row_number() OVER (ORDER BY created_at) AS n FROM wip_items) i JOIN processes p ON p.number = n JOIN users u ON u.username = 'person' || n JOIN equipment e ON e.code = 'M-' || n;
  INSERT INTO serials (number, lot_id, wip_item_id, sequence, status, max_reworks, completed_at)
  SELECT l.number || '001', l.id, i.id, 1, 'PASSED', 3, i.completed_at FROM wip_items i JOIN lots l ON l.id = i.lot_id`;

beforeAll(async () => {
  api = await startApi();
  await withConnection(api.databaseUrl, (client) => client.query(WORLD));
  const rows = await api.database.reader().sql<{ id: string }>`SELECT id FROM lots ORDER BY created_at`;
  lots = rows.map(({ id }) => encodeGlobalId('Lot', id));
});
afterAll(() => api.close());

const SPAN = 'period: { from: "2026-08-01T00:00:00Z", to: "2026-12-01T00:00:00Z" }';
const DAYS = 'days: { from: "2026-08-01", to: "2026-11-30" }';

/** Each figure with its statements, and how many rows the lots make in it: one each, or a fixed number. */
const FIGURES: readonly (readonly [
  question: string,
  statements: number,
  rows: 'each' | number,
  of: (figure: Answer) => readonly unknown[],
])[] = [
  [`serialYield(${SPAN}, scope: $scope) { terminalCount }`, 1, 1, (figure) => [figure]],
  [`yieldReport(${SPAN}, scope: $scope, by: LOT) { rows { key } }`, 1, 'each', ({ rows }) => rows],
  [`yieldReport(${SPAN}, scope: $scope, by: DAY) { rows { key process { code } } }`, 2, 'each', ({ rows }) => rows],
  [`defectPareto(${SPAN}, scope: $scope, by: OPERATOR, limit: 100) { rows { key } }`, 1, -1, ({ rows }) => rows],
  [`defectsPerMillion(${SPAN}, scope: $scope, opportunitiesPerUnit: 1) { unitCount }`, 1, 1, (figure) => [figure]],
  [`defectTrend(${DAYS}, scope: $scope) { points { executions } }`, 1, 122, ({ points }) => points],
  [`operatorPerformance(${SPAN}, scope: $scope) { rows { executions } }`, 1, 'each', ({ rows }) => rows],
  [`processPerformance(${SPAN}, scope: $scope) { rows { executions process { code } } }`, 2, 100, ({ rows }) => rows],
  [
    `cycleTimes(${SPAN}, scope: $scope) { byProcess { count } units { count } }`,
    2,
    'each',
    ({ byProcess }) => byProcess,
  ],
  ['wipByProcess(scope: $scope) { rows { loadCount process { code } } }', 2, 100, ({ rows }) => rows],
  [`productionStatistics(${SPAN}, scope: $scope) { lotsCreated }`, 2, 1, (figure) => [figure]],
  [`qualityMetrics(${SPAN}, scope: $scope) { byProcess { executions } }`, 2, 100, ({ byProcess }) => byProcess],
  [`qualityTrend(${DAYS}, scope: $scope) { points { completedCount } }`, 1, 122, ({ points }) => points],
  [
    `measurementSummary(code: "GAP", ${SPAN}, scope: $scope, by: [LOT, DAY]) { rows { count } }`,
    1,
    'each',
    ({ rows }) => rows,
  ],
];

type Answer = Readonly<Record<'rows' | 'points' | 'byProcess', readonly unknown[]>>;

test.each(FIGURES)('%s takes %i for 1, 10 and 100 lots', async (question, statements, rows, of) => {
  for (const count of [1, 10, 100]) {
    const { data, errors, ...asked } = await api.ask(`query ($scope: ScopeInput) { figure: ${question} }`, {
      scope: { lots: lots.slice(0, count) },
    });
    expect(errors).toEqual([]);
    const failed = Math.floor(count / 2);
    expect([asked.statements, of(data['figure'] as Answer).length]).toEqual([
      statements,
      rows === 'each' ? count : rows === -1 ? failed : rows,
    ]);
  }
});

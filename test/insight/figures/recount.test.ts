/**
 * An independent recount: a plant at random, and the figures counted from its exported rows by plain code that shares
 * nothing with the product, on 100 random questions. The clocks are those of the host's own formatter.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { type Api, startApi } from '../../support/api.ts';
import { withConnection } from '../../support/connection.ts';

const SEED = process.env['LOTGRAPH_SEED'] ?? '0.42';

interface Execution {
  readonly unit: string;
  readonly step: string;
  readonly number: number;
  readonly level: string;
  readonly type: string;
  readonly planned: number | null;
  readonly attempt: number;
  readonly operator: string;
  readonly equipment: string | null;
  readonly lot: string;
  readonly model: string;
  readonly line: string;
  readonly result: 'PASS' | 'FAIL' | 'REWORK' | null;
  readonly defects: readonly { readonly code: string; readonly quantity: number }[];
  readonly gap: string;
  readonly begun: number;
  readonly ended: number | null;
  readonly ids: Readonly<
    Record<'productModels' | 'productionLines' | 'lots' | 'processes' | 'equipment' | 'operators', string>
  >;
}

interface Item {
  readonly unit: string;
  readonly completed: number;
}

let api: Api;
let executions: readonly Execution[];
let items: readonly Item[];

const PLANT = `
  SELECT setseed(${SEED});
  INSERT INTO users (username, full_name, role, password_hash) SELECT 'worker' || n, 'Worker', 'OPERATOR', 'x' FROM generate_series(1, 4) n;
  INSERT INTO product_models (code, lot_segment, name) VALUES ('PSA', 'PSA', 'Sensor'), ('PSB', 'PSB', 'Sensor');
  INSERT INTO production_lines (code, lot_segment, name) VALUES ('KR01', 'KR01', 'Line 1'), ('KR02', 'KR02', 'Line 2');
  INSERT INTO equipment (code, name, type) SELECT 'M-' || n, 'Machine', 'PRESS' FROM generate_series(1, 3) n;
  INSERT INTO processes (number, code, name, type, level, planned_seconds, sort_order, is_active) VALUES
    (5, 'KIT', 'Kit', 'MANUFACTURING', 'LOT', 600, 5, true), (10, 'CUT', 'Cut', 'MANUFACTURING', 'WIP', 60, 10, true), (20, 'GLUE', 'Glue', 'MANUFACTURING', 'WIP', NULL, 20, true),
    (30, 'OLD', 'Old', 'MANUFACTURING', 'WIP', 30, 30, false), (40, 'TEST', 'Test', 'MANUFACTURING', 'WIP', 90, 40, true);
  INSERT INTO lots (number, product_model_id, production_line_id, production_date, target_quantity, status, started_at)
  SELECT l.code || m.code || '2603' || to_char(n, 'FM00'), m.id, l.id, '2026-03-20', 100, 'IN_PROGRESS', '2026-03-20'
  FROM product_models m, production_lines l, generate_series(1, 3) n;
  INSERT INTO wip_items (number, lot_id, sequence, status, completed_at)
  SELECT 'WIP-' || number || '-' || to_char(n, 'FM000'), id, n, (CASE WHEN n % 3 = 0 THEN 'COMPLETED' ELSE 'IN_PROGRESS' END)::wip_item_status,
         CASE WHEN n % 3 = 0 THEN timestamptz '2026-03-26' + random() * interval '8 days' END FROM lots, generate_series(1, 25) n;
  WITH planned AS MATERIALIZED (
    SELECT pair.*, attempt, timestamptz '2026-03-20' + random() * interval '14 days' AS begun, random() AS luck, (random() * 400000)::int AS lasted,
           random() AS who, random() AS where_, 1 + (random() * 8)::int AS quantity, random() AS kind
    FROM (SELECT i.lot_id, i.id AS item, p.id AS process, p.level, 1 + (random() * 3)::int AS attempts FROM wip_items i, processes p
          WHERE p.level = 'WIP' AND (p.code <> 'OLD' OR i.sequence % 10 = 0)) AS pair CROSS JOIN LATERAL generate_series(1, pair.attempts) AS attempt
    UNION ALL SELECT l.id, NULL, p.id, p.level, 1, 1, timestamptz '2026-03-20' + random() * interval '14 days', 0.9, 600123, random(), random(), 1, random() FROM lots l, processes p WHERE p.level = 'LOT'
  ), made AS (
    SELECT *, CASE WHEN attempt < attempts THEN CASE WHEN luck < 0.7 THEN 'FAIL' ELSE 'REWORK' END WHEN luck < 0.05 THEN NULL WHEN luck < 0.3 THEN 'FAIL' ELSE 'PASS' END AS result FROM planned
  )
  INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, equipment_id, result, defects, started_at, completed_at)
  SELECT level, lot_id, item, process, attempt, (SELECT id FROM users WHERE username = 'worker' || 1 + floor(who * 4)::int), (SELECT id FROM equipment WHERE code = 'M-' || 1 + floor(where_ * 4)::int),
         result::process_result, CASE WHEN result = 'FAIL' OR result = 'REWORK' AND kind < 0.5 THEN jsonb_build_array(
           jsonb_build_object('code', (ARRAY['CRACK', 'SCRATCH', 'LEAK', 'BURN'])[1 + floor(kind * kind * 8)::int % 4], 'severity', 'LOW', 'quantity', quantity),
           jsonb_build_object('code', 'DUST', 'severity', 'HIGH', 'quantity', 1)) ELSE '[]' END,
         begun, CASE WHEN result IS NOT NULL THEN begun + lasted * interval '1 ms' END
  FROM made;
  UPDATE process_data SET measurements = jsonb_build_array(jsonb_build_object('code', 'GAP', 'value', to_char(random() * 100, 'FM990.00'), 'unit', 'um', 'upperLimit', '80'))`;

beforeAll(async () => {
  api = await startApi();
  await withConnection(api.databaseUrl, async (client) => {
    await client.query(PLANT);
    const { rows } = await client.query(`
      SELECT coalesce(d.serial_id, d.wip_item_id, d.lot_id) AS unit, p.code AS step, p.number, p.level, p.type, p.planned_seconds AS planned, d.attempt, u.username AS operator, e.code AS equipment, d.measurements -> 0 ->> 'value' AS gap,
             l.number AS lot, m.code AS model, n.code AS line, d.result, d.defects, extract(epoch FROM d.started_at)::float8 * 1000 AS begun, extract(epoch FROM d.completed_at)::float8 * 1000 AS ended,
             jsonb_build_object('productModels', m.id, 'productionLines', n.id, 'lots', l.id, 'processes', p.id, 'equipment', e.id, 'operators', u.id) AS ids
      FROM process_data d JOIN processes p ON p.id = d.process_id JOIN users u ON u.id = d.operator_id LEFT JOIN equipment e ON e.id = d.equipment_id
        JOIN lots l ON l.id = d.lot_id JOIN product_models m ON m.id = l.product_model_id JOIN production_lines n ON n.id = l.production_line_id`);
    executions = rows;
    const { rows: completed } = await client.query(
      'SELECT id AS unit, extract(epoch FROM completed_at)::float8 * 1000 AS completed FROM wip_items WHERE completed_at IS NOT NULL',
    );
    items = completed;
  });
});
afterAll(() => api.close());

/** Numbers from 0 to 1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const TYPES = {
  productModels: 'ProductModel',
  productionLines: 'ProductionLine',
  lots: 'Lot',
  processes: 'Process',
  equipment: 'Equipment',
  operators: 'User',
} as const;
type ScopeKey = keyof typeof TYPES;

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Auckland'];

const formats = new Map<string, Intl.DateTimeFormat>();
const clocks = new Map<string, string>();

/** The clock of a zone: `2026-03-29 03:15`, read from the parts of a formatted instant. */
function clock(zone: string, milliseconds: number): string {
  const name = `${zone} ${milliseconds}`;
  const known = clocks.get(name);
  if (known !== undefined) return known;
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...CLOCK } as Intl.DateTimeFormatOptions);
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  const text = `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
  clocks.set(name, text);
  return text;
}

const CLOCK = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' };

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}

/** The ISO week by walking back to the Monday and counting from the week with the 4th of January. */
function isoWeek(day: string): string {
  let monday = day;
  while (new Date(monday).getUTCDay() !== 1) monday = dayBefore(monday);
  const year = new Date(Date.parse(monday) + 3 * 86_400_000).getUTCFullYear();
  let first = `${year}-01-04`;
  while (new Date(first).getUTCDay() !== 1) first = dayBefore(first);
  const week = Math.round((Date.parse(monday) - Date.parse(first)) / (7 * 86_400_000)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

const KEYS: Readonly<Record<string, (execution: Execution, zone: string) => string | null>> = {
  PRODUCT_MODEL: ({ model }) => model,
  PRODUCTION_LINE: ({ line }) => line,
  LOT: ({ lot }) => lot,
  EQUIPMENT: ({ equipment }) => equipment,
  OPERATOR: ({ operator }) => operator,
  HOUR: ({ ended }, zone) =>
    clock(zone, ended ?? 0)
      .slice(0, 13)
      .replace(' ', 'T'),
  SHIFT: ({ ended }, zone) => {
    const [day = '', time = ''] = clock(zone, ended ?? 0).split(' ');
    if (time < '06:00') return `${dayBefore(day)} NIGHT`;
    return `${day} ${time < '14:00' ? 'EARLY' : time < '22:00' ? 'LATE' : 'NIGHT'}`;
  },
  DAY: ({ ended }, zone) => clock(zone, ended ?? 0).slice(0, 10),
  WEEK: ({ ended }, zone) => isoWeek(clock(zone, ended ?? 0).slice(0, 10)),
  MONTH: ({ ended }, zone) => clock(zone, ended ?? 0).slice(0, 7),
};

interface Question {
  readonly from: number;
  readonly to: number;
  readonly zone: string;
  readonly by: string;
  readonly scope: Readonly<Partial<Record<ScopeKey, readonly string[]>>>;
}

function randomQuestion(random: () => number): Question {
  const from = Date.parse('2026-03-18T00:00:00Z') + Math.floor(random() * 14 * 86_400) * 1000;
  const scope: Partial<Record<ScopeKey, readonly string[]>> = {};
  for (const key of Object.keys(TYPES) as ScopeKey[]) {
    if (random() > 0.2) continue;
    const values = [...new Set(executions.flatMap(({ ids }) => ids[key] ?? []))].toSorted();
    scope[key] = values.filter(() => random() < 0.5);
  }
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? '';
  return {
    from,
    to: from + 1000 + Math.floor(random() * 12 * 86_400) * 1000,
    zone: pick(ZONES),
    by: pick(Object.keys(KEYS)),
    scope,
  };
}

function isInScope({ ids }: Execution, { scope }: Question): boolean {
  return (Object.keys(scope) as ScopeKey[]).every((key) => scope[key]?.includes(ids[key]) ?? true);
}

const seconds = ({ begun, ended }: Execution): number => Math.floor(((ended ?? 0) - begun) / 1000);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
const divided = (count: number, of: number): number | null => (of === 0 ? null : count / of);
const byText = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1;

function groups<Key>(list: readonly Execution[], keyOf: (each: Execution) => Key): ReadonlyMap<Key, Execution[]> {
  const found = new Map<Key, Execution[]>();
  for (const each of list) {
    const key = keyOf(each);
    const group = found.get(key);
    if (group === undefined) found.set(key, [each]);
    else group.push(each);
  }
  return found;
}

const results = (list: readonly Execution[]) => ({
  executions: list.length,
  passCount: list.filter(({ result }) => result === 'PASS').length,
  failCount: list.filter(({ result }) => result === 'FAIL').length,
  reworkCount: list.filter(({ result }) => result === 'REWORK').length,
});

function expected(question: Question) {
  const { from, to, zone, by } = question;
  const scoped = executions.filter((each) => isInScope(each, question));
  const done = scoped.filter(({ ended }) => ended !== null && ended >= from && ended < to);
  const numbered = (list: readonly Execution[]) =>
    [...groups(list, ({ number }) => number)].toSorted(([a], [b]) => a - b);
  const keyOf = (each: Execution) => KEYS[by]?.(each, zone) ?? null;
  const quantity = (list: readonly Execution[]) =>
    sum(list.flatMap(({ defects }) => defects.map((each) => each.quantity)));
  const firstYield = (list: readonly Execution[]) => {
    const first = list.filter(({ attempt }) => attempt === 1);
    return divided(first.filter(({ result }) => result === 'PASS').length, first.length);
  };
  const rolled = (list: readonly Execution[]) => {
    const yields = numbered(list.filter(({ level, type }) => level !== 'LOT' && type === 'MANUFACTURING')).flatMap(
      ([, each]) => firstYield(each) ?? [],
    );
    return yields.length === 0 ? null : yields.reduce((product, each) => product * each, 1);
  };
  const keyed = [...groups(done, keyOf)].toSorted(([a], [b]) => byText(a, b));
  const codes = new Map<string, number>();
  for (const { defects } of done)
    for (const each of defects) codes.set(each.code, (codes.get(each.code) ?? 0) + each.quantity);
  const total = sum([...codes.values()]);
  const steps = [...new Map(executions.map((each) => [each.number, each])).values()].toSorted(
    (a, b) => a.number - b.number,
  );
  const inScope = new Set(scoped.map(({ unit }) => unit));
  const inItems = items.filter(({ unit, completed }) => completed >= from && completed < to && inScope.has(unit));
  const ofUnit = groups(executions, ({ unit }) => unit);
  const times = inItems.map(({ unit, completed }) => {
    const all = ofUnit.get(unit) ?? [];
    const lead = Math.floor((completed - Math.min(...all.map(({ begun }) => begun))) / 1000);
    return { lead, touch: sum(all.filter(({ ended }) => ended !== null).map(seconds)) };
  });
  return {
    yieldReport: {
      rolledThroughputYield: rolled(done),
      rows: numbered(done).flatMap(([number, list]) =>
        [...groups(list, keyOf)]
          .toSorted(([a], [b]) => byText(a, b))
          .map(([key, each]) => {
            const first = each.filter(({ attempt }) => attempt === 1);
            const units = new Set(each.map(({ unit }) => unit)).size;
            const passed = new Set(each.filter(({ result }) => result === 'PASS').map(({ unit }) => unit)).size;
            return {
              process: { number },
              key,
              firstAttempts: first.length,
              firstPasses: first.filter(({ result }) => result === 'PASS').length,
              firstPassYield: firstYield(each),
              units,
              unitsPassed: passed,
              finalYield: divided(passed, units),
              ...results(each),
              defectQuantity: quantity(each),
              defectsPerUnit: divided(quantity(each), units),
            };
          }),
      ),
      rolledThroughputYields: keyed.map(([key, list]) => ({ key, value: rolled(list) })),
    },
    defectPareto: {
      rows: [...codes]
        .toSorted(([a, x], [b, y]) => y - x || byText(a, b))
        .map(([key, count]) => ({ key, count, ratio: count / total })),
      totalCount: total,
    },
    processPerformance: {
      rows: steps
        .filter(({ ids }) => question.scope.processes?.includes(ids.processes) ?? true)
        .flatMap(({ number, planned, step }) => {
          const list = done.filter((each) => each.number === number);
          const openCount = scoped.filter((each) => each.number === number && each.ended === null).length;
          if (step === 'OLD' && list.length + openCount === 0) return [];
          const mean = divided(sum(list.map(seconds)), list.length);
          return [
            {
              process: { number },
              ...results(list),
              openCount,
              meanDurationSeconds: mean,
              durationRatio: mean === null || planned === null ? null : expect.closeTo(mean / planned, 12),
            },
          ];
        }),
    },
    cycleTimes: {
      byProcess: numbered(done).map(([number, list]) => {
        const sorted = list.map(seconds).toSorted((a, b) => a - b);
        const at = (index: number) => sorted[index] ?? Number.NaN;
        return {
          process: { number },
          count: list.length,
          meanSeconds: sum(sorted) / list.length,
          medianSeconds: (at(Math.floor((list.length - 1) / 2)) + at(Math.ceil((list.length - 1) / 2))) / 2,
          p95Seconds: at(Math.ceil((list.length * 95) / 100) - 1),
        };
      }),
      units: {
        count: times.length,
        meanLeadSeconds: divided(sum(times.map(({ lead }) => lead)), times.length),
        meanTouchSeconds: divided(sum(times.map(({ touch }) => touch)), times.length),
        flowRatio: divided(sum(times.map(({ touch }) => touch)), sum(times.map(({ lead }) => lead))),
      },
    },
    operatorPerformance: {
      rows: [...groups(done, ({ operator }) => operator)]
        .toSorted(([a, x], [b, y]) => y.length - x.length || byText(a, b))
        .map(([username, list]) => ({
          operator: { username },
          ...results(list),
          touchSeconds: sum(list.map(seconds)),
        })),
    },
    defectTrend: trend(question, scoped),
    measurementSummary: {
      rows: [...groups(done, ({ step, ...each }) => JSON.stringify([keyOf({ step, ...each }), step]))]
        .map(([key, list]) => ({ keys: JSON.parse(key) as (string | null)[], list }))
        .toSorted(
          (a, b) => byText(a.keys[0] ?? null, b.keys[0] ?? null) || byText(a.keys[1] ?? null, b.keys[1] ?? null),
        )
        .map(({ keys, list }) => {
          const hundredths = list.map(({ gap }) => Math.round(Number(gap) * 100));
          return {
            keys,
            count: list.length,
            mean: expect.closeTo(sum(hundredths) / 100 / list.length, 10),
            inSpecCount: hundredths.filter((gap) => gap <= 8_000).length,
            outOfSpecCount: hundredths.filter((gap) => gap > 8_000).length,
          };
        }),
    },
  };
}

/** The trend of the days of the question in its zone. */
function trend({ from, to, zone }: Question, scoped: readonly Execution[]) {
  const [first, last] = [clock(zone, from).slice(0, 10), clock(zone, to).slice(0, 10)];
  const days: string[] = [];
  for (let day = last; day >= first; day = dayBefore(day)) days.unshift(day);
  return {
    points: days.map((start) => {
      const list = scoped.filter(({ ended }) => ended !== null && clock(zone, ended).slice(0, 10) === start);
      const { executions: count, failCount } = results(list);
      return { start, executions: count, failCount, failRatio: divided(failCount, count) };
    }),
  };
}

test('agrees with every figure on 100 random questions (KPI-2, KPI-3, KPI-7, KPI-8, KPI-9, KPI-10, KPI-13, KPI-16)', async () => {
  expect(executions.length).toBeGreaterThan(1_500);
  const random = randomNumbers(Math.round(Number(SEED) * 1e6));
  for (let asked = 0; asked < 100; asked += 1) {
    const question = randomQuestion(random);
    const { from, to, zone, by, scope } = question;
    const ids = Object.fromEntries(
      (Object.keys(scope) as ScopeKey[]).map((key) => [key, scope[key]?.map((id) => encodeGlobalId(TYPES[key], id))]),
    );
    const variables = {
      period: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
      scope: ids,
      by,
      dimensions: [by, 'PROCESS'],
      zone,
    };
    const wanted = expected(question);
    const points = wanted.defectTrend.points.map(({ start }) => start);
    const days = { from: points[0], to: points.at(-1) };
    const { data, errors } = await api.ask(DOCUMENT, { ...variables, days });
    expect(errors).toEqual([]);
    expect({ variables, data }).toEqual({ variables, data: wanted });
  }
});

const COUNTS = 'executions passCount failCount reworkCount';
const DOCUMENT = `query ($period: PeriodInput, $scope: ScopeInput, $by: YieldDimension, $dimensions: [MeasurementDimension!], $zone: String, $days: DayRangeInput!) {
  yieldReport(period: $period, scope: $scope, by: $by, timeZone: $zone) {
    rolledThroughputYield rolledThroughputYields { key value }
    rows { process { number } key firstAttempts firstPasses firstPassYield units unitsPassed finalYield ${COUNTS} defectQuantity defectsPerUnit } }
  defectPareto(period: $period, scope: $scope, source: PROCESS) { rows { key count ratio } totalCount }
  processPerformance(period: $period, scope: $scope) { rows { process { number } ${COUNTS} openCount meanDurationSeconds durationRatio } }
  cycleTimes(period: $period, scope: $scope) {
    byProcess { process { number } count meanSeconds medianSeconds p95Seconds } units { count meanLeadSeconds meanTouchSeconds flowRatio } }
  operatorPerformance(period: $period, scope: $scope) { rows { operator { username } ${COUNTS} touchSeconds } }
  measurementSummary(code: "GAP", period: $period, scope: $scope, by: $dimensions, timeZone: $zone) { rows { keys count mean inSpecCount outOfSpecCount } }
  defectTrend(days: $days, timeZone: $zone, scope: $scope) { points { start executions failCount failRatio } }
}`;

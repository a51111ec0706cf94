import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SimulationOptions } from '../../src/app/simulation/options.ts';
import { simulate } from '../../src/app/simulation/simulate.ts';
import type { SimulationSummary } from '../../src/app/simulation/summary.ts';
import { ensureDemo } from '../../src/app/start/demo.ts';
import type { Database } from '../../src/platform/postgres/client.ts';
import { identifier, sql } from '../../src/platform/postgres/sql.ts';
import { replay } from './simulation-replay.ts';
import { type Api, startApi } from '../support/api.ts';
import { lotgraph } from '../support/command-line.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const UNTIL = '2026-03-18T09:30:00.000Z';
const PLANT: SimulationOptions = {
  lots: 30,
  serialsPerLot: undefined,
  steps: 8,
  seed: 'test',
  until: UNTIL,
  passwordHash: 'no password',
};

let api: Api;
let summary: SimulationSummary;
beforeAll(async () => {
  api = await startApi();
  summary = await simulate(api.services, PLANT);
});
afterAll(() => api.close());

const rows = <Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]) =>
  api.database.reader().sql<Row>(strings, ...values);

describe('the same seed, size and end', () => {
  test('give the same rows in every table, ids included', async () => {
    await using other = await startApi();
    await simulate(other.services, PLANT);

    expect(await digestsOf(other.database)).toEqual(await digestsOf(api.database));
  });

  test('give another factory of the same size when only the seed differs', async () => {
    await using other = await startApi();
    const made = await simulate(other.services, { ...PLANT, seed: 'other' });

    const [mine, others] = [await digestsOf(api.database), await digestsOf(other.database)];
    expect(made.lots).toBe(30);
    expect(Object.keys(mine).filter((table) => mine[table] === others[table])).toEqual([]);
  });
});

describe('a simulated factory', () => {
  test('is as large as its summary says', async () => {
    const [counts] = await rows<object>`
      SELECT (SELECT count(*)::int FROM lots) AS lots, (SELECT count(*)::int FROM wip_items) AS "wipItems",
             (SELECT count(*)::int FROM serials) AS serials,
             (SELECT count(*)::int FROM process_data) AS executions,
             (SELECT count(*)::int FROM process_data WHERE completed_at IS NULL) AS "openExecutions",
             (SELECT count(*)::int FROM process_data WHERE result = 'FAIL') AS failures,
             (SELECT count(*)::int FROM process_data WHERE result = 'REWORK') AS reworks`;

    expect(summary).toMatchObject({ ...counts, seed: 'test', until: UNTIL, lots: 30 });
    expect(Object.values(summary.lotsByStatus).reduce((sum, lots) => sum + lots, 0)).toBe(30);
  });

  test('shows lots, items and serials in every state, every disposition, and equipment in every status', async () => {
    const states = async (table: string, column: string): Promise<readonly string[]> => {
      const found = await api.database
        .reader()
        .query<{ state: string }>(
          sql`SELECT DISTINCT ${identifier(column)}::text AS state FROM ${identifier(table)} ORDER BY 1`,
        );
      return found.map(({ state }) => state);
    };

    expect(await states('lots', 'status')).toEqual(['CLOSED', 'COMPLETED', 'CREATED', 'IN_PROGRESS']);
    expect(await states('lots', 'disposition')).toEqual(['QUARANTINED', 'REJECTED', 'RELEASED', 'UNDECIDED']);
    expect(await states('wip_items', 'status')).toEqual(expect.arrayContaining(['CONVERTED', 'FAILED', 'IN_PROGRESS']));
    expect(await states('serials', 'status')).toEqual(['CREATED', 'FAILED', 'IN_PROGRESS', 'PASSED']);
    expect(await states('equipment', 'status')).toEqual([
      'AVAILABLE',
      'IN_USE',
      'MAINTENANCE',
      'OUT_OF_SERVICE',
      'RETIRED',
    ]);
    expect(await states('process_data', 'level')).toEqual(['LOT', 'SERIAL', 'WIP']);
  });

  test('has a history that satisfies the rules of every start and completion, and its units have the state that results (PD-2..PD-11, PD-16, PD-17, EQP-4, SER-2, SER-6, WIP-6)', async () => {
    const { objections, differences, executions } = await replay(api.database.reader(), UNTIL);

    expect(objections).toEqual([]);
    expect(differences).toEqual([]);
    expect(executions).toBe(summary.executions);
  });

  test('stamps items with their last step and their conversion, and gives every converted item its serial (WIP-5, SER-5)', async () => {
    const wrong = await rows`
      SELECT w.number FROM wip_items w LEFT JOIN serials s ON s.wip_item_id = w.id
      LEFT JOIN LATERAL (
        SELECT max(d.completed_at) FILTER (WHERE p.type = 'MANUFACTURING') AS made,
               max(d.completed_at) FILTER (WHERE p.type = 'SERIAL_CONVERSION') AS converted
        FROM process_data d JOIN processes p ON p.id = d.process_id
        WHERE d.wip_item_id = w.id AND d.serial_id IS NULL AND d.result = 'PASS') AS done ON true
      WHERE (w.status = 'CONVERTED') <> (s.id IS NOT NULL) OR w.completed_at <> done.made OR w.converted_at <> done.converted
         OR s.created_at <> w.converted_at OR w.number <> 'WIP-' || substr(s.number, 1, 13) || '-' || substr(s.number, 14)`;

    expect(wrong).toEqual([]);
  });

  test('leaves no unit at work on a step that it may not attempt again (PD-9)', async () => {
    const stuck = await rows`
      SELECT w.number FROM wip_items w JOIN lots l ON l.id = w.lot_id JOIN process_data d ON d.unit_id = w.id
      JOIN route_steps p ON p.route_id = l.route_id AND p.process_id = d.process_id
      WHERE w.status = 'IN_PROGRESS' GROUP BY w.number, p.id HAVING count(*) = p.max_attempts AND NOT bool_or(d.result = 'PASS') AND bool_and(d.result IS NOT NULL)`;

    expect(stuck).toEqual([]);
  });

  test('stamps failed and passed serials with the time of the deciding result (SER-3, SER-4)', async () => {
    const wrong = await rows`
      SELECT s.number FROM serials s
      LEFT JOIN LATERAL (SELECT d.*, p.code FROM process_data d JOIN processes p ON p.id = d.process_id
                         WHERE d.serial_id = s.id AND d.result IN ('PASS', 'FAIL') ORDER BY d.completed_at DESC LIMIT 1) AS last ON true
      WHERE s.status IN ('PASSED', 'FAILED') AND (s.completed_at <> last.completed_at
             OR last.result <> CASE s.status WHEN 'PASSED' THEN 'PASS' ELSE 'FAIL' END::process_result)
         OR s.failure_reason <> last.code || ': ' || (last.defects -> 0 ->> 'code')`;

    expect(wrong).toEqual([]);
  });

  test('starts lots with their first work and completes them with their last serial, or short with a reason (LOT-5, LOT-8, LOT-9)', async () => {
    const wrong = await rows`
      SELECT l.number FROM lots l
      CROSS JOIN LATERAL (SELECT
                            count(*) FILTER (WHERE s.status = 'PASSED' OR s.status = 'FAILED' AND s.rework_count = s.max_reworks) AS terminal,
                                 count(*) FILTER (WHERE s.status IN ('CREATED', 'IN_PROGRESS')) AS unfinished, max(s.completed_at) AS ended
                          FROM serials s WHERE s.lot_id = l.id) AS s
      CROSS JOIN LATERAL (SELECT count(*) AS items,
                            count(*) FILTER (WHERE w.status IN ('CREATED', 'IN_PROGRESS', 'COMPLETED')) AS unfinished FROM wip_items w WHERE w.lot_id = l.id) AS w
      CROSS JOIN LATERAL (SELECT min(d.started_at) AS began, max(d.completed_at) AS ended,
                            count(*) FILTER (WHERE d.completed_at IS NULL) AS open FROM process_data d WHERE d.lot_id = l.id) AS d
      WHERE l.started_at IS DISTINCT FROM d.began OR w.items > l.target_quantity OR l.created_at > l.started_at
         OR (s.terminal = l.target_quantity) <> (l.completed_at IS NOT NULL AND l.completion_reason IS NULL)
         OR l.completed_at IS NOT NULL AND l.completion_reason IS NULL AND l.completed_at <> s.ended
         OR l.completion_reason IS NOT NULL AND (l.completed_at <= d.ended OR s.unfinished + w.unfinished + d.open > 0)
         OR l.status = 'CLOSED' AND l.disposition = 'QUARANTINED' AND l.disposition_at < l.closed_at`;

    expect(wrong).toEqual([]);
  });

  test('lets nothing start, pass or be converted in a held lot (LOT-7)', async () => {
    const [held] = await rows<{
      lots: number;
    }>`SELECT count(*)::int AS lots FROM lots WHERE disposition IN ('QUARANTINED', 'REJECTED') AND status = 'IN_PROGRESS'`;
    const worked = await rows`
      SELECT d.id FROM process_data d JOIN lots l ON l.id = d.lot_id
      WHERE l.disposition IN ('QUARANTINED', 'REJECTED') AND l.status = 'IN_PROGRESS' AND greatest(d.started_at, d.completed_at) > l.disposition_at`;

    expect(held?.lots).toBe(1);
    expect(worked).toEqual([]);
  });

  test('continues the numbers after the last one (LOT-2, WIP-2)', async () => {
    const gaps = await rows`
      SELECT l.prefix FROM (SELECT substr(number, 1, 11) AS prefix, max(substr(number, 12)::int) AS last, count(*) AS lots FROM lots GROUP BY 1) AS l
      LEFT JOIN number_counters c ON c.scope = 'LOT/' || l.prefix WHERE c.last_value IS DISTINCT FROM l.last OR l.last <> l.lots
      UNION ALL
      SELECT w.lot FROM (SELECT lot_id::text AS lot, max(sequence) AS last, count(*) AS items FROM wip_items GROUP BY 1) AS w
      LEFT JOIN number_counters c ON c.scope = 'WIP/' || w.lot WHERE c.last_value IS DISTINCT FROM w.last OR w.last <> w.items`;

    expect(gaps).toEqual([]);
  });

  test('gives every machine status periods without a gap, and the last period is its current status (EQP-2)', async () => {
    const wrong = await rows`
      SELECT e.code FROM equipment e JOIN (
        SELECT *, lead(started_at) OVER (PARTITION BY equipment_id ORDER BY started_at) AS next,
               row_number() OVER (PARTITION BY equipment_id ORDER BY started_at) AS place,
               lag(status) OVER (PARTITION BY equipment_id ORDER BY started_at) AS before FROM equipment_status_periods) AS p ON p.equipment_id = e.id
      LEFT JOIN state_flows f ON f.machine = 'equipment.status' AND f.from_state = p.before::text AND f.to_state = p.status::text
      WHERE p.ended_at IS DISTINCT FROM p.next OR p.place = 1 AND p.started_at <> e.created_at OR p.before IS NOT NULL AND f.machine IS NULL
         OR p.next IS NULL AND (p.status <> e.status OR p.started_at <> e.status_changed_at)`;

    expect(wrong).toEqual([]);
  });

  test('never uses a machine twice at the same time, except ovens', async () => {
    const doubled = await rows`
      SELECT code, started_at FROM (
        SELECT e.code, d.started_at, lag(d.completed_at) OVER (PARTITION BY d.equipment_id ORDER BY d.started_at) AS before
        FROM process_data d JOIN equipment e ON e.id = d.equipment_id WHERE e.type NOT IN ('REFLOW_OVEN', 'CHAMBER')) AS runs
      WHERE before > started_at`;

    expect(doubled).toEqual([]);
  });

  test('contains no event in the future and none before the factory existed (PD-7)', async () => {
    const found = await rows`
      SELECT 'process_data' AS what FROM process_data d JOIN lots l ON l.id = d.lot_id
      WHERE greatest(d.started_at, d.completed_at, d.corrected_at, d.updated_at) > ${UNTIL}::timestamptz
         OR d.started_at < l.created_at OR d.corrected_at < d.completed_at
      UNION ALL SELECT 'lots' FROM lots
      WHERE greatest(created_at, started_at, completed_at, closed_at, disposition_at, updated_at) > ${UNTIL}::timestamptz
      UNION ALL SELECT 'wip_items' FROM wip_items
      WHERE greatest(created_at, completed_at, converted_at, updated_at) > ${UNTIL}::timestamptz OR completed_at < created_at
      UNION ALL SELECT 'serials' FROM serials
      WHERE greatest(created_at, completed_at, updated_at) > ${UNTIL}::timestamptz OR completed_at < created_at
      UNION ALL SELECT 'periods' FROM equipment_status_periods
      WHERE greatest(started_at, ended_at) > ${UNTIL}::timestamptz`;

    expect(found).toEqual([]);
  });

  test('passes between 90 and 99.9 percent of the first attempts of each step, and fails for several reasons', async () => {
    const steps = await rows<{ code: string; ratio: number }>`
      SELECT p.code, avg((d.result = 'PASS')::int)::float8 AS ratio FROM process_data d JOIN processes p ON p.id = d.process_id
      WHERE d.attempt = 1 AND d.result IS NOT NULL AND p.level <> 'LOT' GROUP BY p.code`;
    const defects =
      await rows`SELECT DISTINCT defect ->> 'code' FROM process_data, jsonb_array_elements(defects) AS defect`;

    expect(steps.filter(({ ratio }) => ratio < 0.9 || ratio > 0.999)).toEqual([]);
    // Eight processes of the factory route, and the conversion of two models.
    expect(steps).toHaveLength(9);
    expect(defects.length > 10).toBe(true);
  });

  test('gives each model a released route of its own, as a release writes it, and each lot the route that was released when it was ordered (RTE-1, RTE-4, RTE-7)', async () => {
    const wrong = await rows`
      SELECT m.code FROM product_models m LEFT JOIN routes r ON r.product_model_id = m.id AND r.status = 'RELEASED' WHERE r.id IS NULL
      UNION ALL SELECT p.code FROM routes r JOIN route_steps s ON s.route_id = r.id JOIN processes p ON p.id = s.process_id
      WHERE r.status <> 'DRAFT' AND (s.type IS DISTINCT FROM p.type OR s.level IS DISTINCT FROM p.level OR s.characteristics IS NULL
        OR s.allow_out_of_spec_pass IS NULL OR s.version <> 2) OR r.status = 'DRAFT' AND (s.type IS NOT NULL OR s.version <> 1)
      UNION ALL SELECT l.number FROM lots l JOIN routes r ON r.id = l.route_id
      WHERE l.created_at < r.released_at OR l.created_at >= r.retired_at
      UNION ALL SELECT number FROM lots WHERE route_id IS NULL`;
    const [ways] = await rows<object>`
      SELECT count(DISTINCT steps)::int AS ways FROM (
        SELECT array_agg((p.code, s.number, s.is_optional, s.characteristics, s.planned_seconds)::text ORDER BY s.number) AS steps
        FROM routes r JOIN route_steps s ON s.route_id = r.id JOIN processes p ON p.id = s.process_id WHERE r.status = 'RELEASED' GROUP BY r.id) AS way`;
    const conversions = await rows<object>`
      SELECT p.code, p.is_in_factory_route AS "isInFactoryRoute" FROM processes p WHERE p.type = 'SERIAL_CONVERSION' AND p.is_active ORDER BY 1`;

    expect(wrong).toEqual([]);
    expect(ways).toEqual({ ways: 8 });
    expect(conversions).toEqual([
      { code: 'LABEL', isInFactoryRoute: false },
      { code: 'MARK', isInFactoryRoute: true },
    ]);
  });

  test('has one change of a route under way: older open lots have revision 1, newer lots revision 2, and revision 3 is a draft (RTE-2, RTE-3)', async () => {
    const revisions = await rows<object>`
      SELECT m.code, r.revision, r.status, count(l.id) FILTER (WHERE l.status IN ('CREATED', 'IN_PROGRESS')) > 0 AS "hasOpenLots"
      FROM routes r JOIN product_models m ON m.id = r.product_model_id LEFT JOIN lots l ON l.route_id = r.id
      WHERE m.code = 'PSA-100' GROUP BY 1, 2, 3 ORDER BY 2`;
    const [counters] = await rows<object>`
      SELECT count(*)::int AS wrong FROM (SELECT product_model_id, max(revision) AS last FROM routes GROUP BY 1) AS r
      LEFT JOIN number_counters c ON c.scope = 'ROUTE/' || r.product_model_id WHERE c.last_value IS DISTINCT FROM r.last`;
    const { data } = await api.ask(
      '{ routes(filter: { revision: { gt: 1 } }, orderBy: [{ field: REVISION }]) { nodes { id status } } }',
    );
    const [second, third] = data.routes.nodes;
    const { data: changed } = await api.ask(
      'query ($from: ID!, $to: ID!) { routeChanges(from: $from, to: $to) { kind process { code } } }',
      { from: second.id, to: third.id },
    );

    expect(revisions).toEqual([
      { code: 'PSA-100', revision: 1, status: 'RETIRED', hasOpenLots: true },
      { code: 'PSA-100', revision: 2, status: 'RELEASED', hasOpenLots: true },
      { code: 'PSA-100', revision: 3, status: 'DRAFT', hasOpenLots: false },
    ]);
    expect(counters).toEqual({ wrong: 0 });
    expect(changed.routeChanges).toContainEqual({ kind: 'REMOVED', process: { code: 'BURN_IN' } });
  });

  test('runs optional steps on some units and not on others, and reopens items for a late one (RTE-6)', async () => {
    const steps = await rows<{ code: string; ran: number; units: number }>`
      SELECT p.code, count(DISTINCT d.unit_id)::int AS ran, (SELECT count(*)::int FROM serials u JOIN lots ul ON ul.id = u.lot_id WHERE ul.route_id = s.route_id) AS units
      FROM route_steps s JOIN processes p ON p.id = s.process_id JOIN lots l ON l.route_id = s.route_id
      LEFT JOIN process_data d ON d.lot_id = l.id AND d.process_id = s.process_id
      WHERE s.is_optional GROUP BY s.id, p.code, s.route_id HAVING count(DISTINCT l.id) > 1`;
    const [late] = await rows<{ items: number }>`
      SELECT count(*)::int AS items FROM wip_items w JOIN lots l ON l.id = w.lot_id
      JOIN process_data d ON d.unit_id = w.id AND d.completed_at = w.completed_at
      JOIN route_steps s ON s.route_id = l.route_id AND s.process_id = d.process_id WHERE s.is_optional`;

    expect(steps.length).toBeGreaterThan(2);
    expect(steps.filter(({ ran, units }) => units > 0 && (ran === 0 || ran > units * 0.6))).toEqual([]);
    expect(late?.items).toBeGreaterThan(0);
  });

  test('runs a step that demands equipment on a machine of its type (RTE-8)', async () => {
    const [executions] = await rows<object>`
      SELECT count(*) FILTER (WHERE e.type = ANY(s.equipment_types)) > 0 AS "areThere", (count(*) FILTER (WHERE e.id IS NULL OR e.type <> ALL(s.equipment_types)))::int AS wrong
      FROM route_steps s JOIN lots l ON l.route_id = s.route_id JOIN process_data d ON d.lot_id = l.id AND d.process_id = s.process_id
      LEFT JOIN equipment e ON e.id = d.equipment_id WHERE s.equipment_types <> '{}'`;

    expect(executions).toEqual({ areThere: true, wrong: 0 });
  });

  test('can be continued by users: the next lot, and more items of an old one, take the next numbers', async () => {
    const [last] = await rows<{ number: string; line: string; model: string; on: string }>`
      SELECT l.number, line.code AS line, m.code AS model, l.production_date AS on
      FROM lots l JOIN production_lines line ON line.id = l.production_line_id JOIN product_models m ON m.id = l.product_model_id
      WHERE l.status = 'CREATED' ORDER BY l.number DESC LIMIT 1`;

    const answer = await api.ask(CREATE_LOT, {
      input: {
        productModel: { code: last?.model },
        productionLine: { code: last?.line },
        productionDate: last?.on,
        targetQuantity: 5,
      },
    });
    const number: string = answer.data.createLot.lot.number;
    const items = await api.ask(GENERATE, { input: { lot: { number }, quantity: 3 } });

    expect(answer.data.createLot.errors).toEqual([]);
    expect(number).toBe(`${last?.number.slice(0, 11)}${String(Number(last?.number.slice(11)) + 1).padStart(2, '0')}`);
    expect(items.data.generateWipItems).toEqual({
      wipItems: [1, 2, 3].map((each) => ({ number: `WIP-${number}-00${each}` })),
      errors: [],
    });
  });
});

const CREATE_LOT =
  'mutation ($input: CreateLotInput!) { createLot(input: $input) { lot { number } errors { message } } }';
const GENERATE =
  'mutation ($input: GenerateWipItemsInput!) { generateWipItems(input: $input) { wipItems { number } errors { message } } }';

describe('a simulation is refused', () => {
  test('on a database with a factory, which stays unchanged', async () => {
    const before = await digestsOf(api.database);

    await expect(simulate(api.services, PLANT)).rejects.toThrow(
      /^A simulation makes a whole plant with routes of its own and mixes with no other; this database holds \d+ lots/,
    );
    expect(await digestsOf(api.database)).toEqual(before);
  });
});

describe('lotgraph simulate', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());
  const run = (...args: readonly string[]) =>
    lotgraph(['simulate', ...args], { DATABASE_URL: database.url, NODE_ENV: 'test' });

  test.each([
    [['--lots', '9'], '--lots must be a whole number from 10 to 10000.\n'],
    [['--lots', '10001'], '--lots must be a whole number from 10 to 10000.\n'],
    [
      ['--lots', 'many', '--steps', '2'],
      '--lots must be a whole number from 10 to 10000.\n--steps must be a whole number from 3 to 17.\n',
    ],
    [['--serials-per-lot', '0'], '--serials-per-lot must be a whole number from 1 to 1000.\n'],
    [['--seed', ''], '--seed must not be empty.\n'],
    [['--until', 'yesterday'], '--until must be an instant with offset, such as 2026-11-20T08:00:00Z.\n'],
  ])('refuses %j with exit code 1', async (args, stderr) => {
    expect(await run(...args)).toEqual({ code: 1, stdout: '', stderr });
  });

  test('refuses an end in the future', async () => {
    const { code, stderr } = await run('--until', '2100-01-01T00:00:00Z');

    expect(code).toBe(1);
    expect(stderr).toMatch(/^--until must not be in the future; it is \S+ now\.\n$/);
  });

  test('--json prints only the figures to standard output and the progress to standard error, and a second run is refused', async () => {
    const made = await run(
      '--lots',
      '10',
      '--serials-per-lot',
      '5',
      '--steps',
      '3',
      '--until',
      '2026-03-18T10:30:00+01:00',
      '--json',
    );
    const again = await run('--lots', '10');

    const figures = JSON.parse(made.stdout);
    expect(made.code).toBe(0);
    expect(Object.keys(figures)).toEqual([
      'seed',
      'from',
      'until',
      'lots',
      'wipItems',
      'serials',
      'executions',
      'openExecutions',
      'failures',
      'reworks',
      'inspections',
      'findings',
      'pictures',
      'lotsByStatus',
      'lotsByDisposition',
      'seconds',
    ]);
    expect(figures).toMatchObject({ seed: '1', until: UNTIL, lots: 10 });
    expect(made.stderr).toContain('Lots: 100 % (10 of 10)');
    expect([again.code, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toContain('this database holds 10 lots');
  });
});

describe('the demo', () => {
  test('fills an empty database with twenty lots, and leaves a database alone that contains anything', async () => {
    await using empty = await startApi();
    const said: string[] = [];
    await ensureDemo(empty.services, (message) => said.push(message));
    const before = await digestsOf(empty.database);
    await ensureDemo(empty.services, (message) => said.push(message));

    expect(said).toEqual([
      expect.stringMatching(/^Made demo data: 20 lots, \d+ WIP items, \d+ serials, \d+ executions, \d+ inspections\.$/),
      'The database is not empty; the demo data is left out.',
    ]);
    expect(await digestsOf(empty.database)).toEqual(before);
  });

  test('never runs in production', async () => {
    await using empty = await startApi();
    const said: string[] = [];
    await ensureDemo({ ...empty.services, config: { ...empty.config, environment: 'production' } }, (message) =>
      said.push(message),
    );

    expect(said).toEqual(['--demo is ignored in production: invented units must never stand among real ones.']);
    expect(await empty.database.reader().sql`SELECT id FROM lots`).toEqual([]);
  });
});

const TABLES = [
  'product_models',
  'production_lines',
  'processes',
  'routes',
  'route_steps',
  'stations',
  'equipment',
  'equipment_status_periods',
  'lots',
  'wip_items',
  'serials',
  'process_data',
  'number_counters',
  'label_prints',
  'alerts',
  'background_jobs',
  'background_job_items',
  'saved_filters',
];

async function digestsOf(database: Database): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const table of TABLES) {
    const found = await database
      .reader()
      .query<{ row: string }>(sql`SELECT t::text AS row FROM ${identifier(table)} t ORDER BY 1`);
    digests[table] = createHash('sha256')
      .update(found.map(({ row }) => row).join('\n'))
      .digest('hex');
  }
  return digests;
}

/** The dashboard of lots: what it shows, and that it equals the base tables after each refresh. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dashboardRefresh } from '../../../src/app/jobs/schedule/dashboard-refresh.ts';
import { refreshLotDashboard } from '../../../src/insight/dashboard/dashboard.commands.ts';
import { type Api, startApi } from '../../support/api.ts';
import { withConnection } from '../../support/connection.ts';
import { makeExamplePlant } from '../figures/example-plant.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Row {
  readonly lot: { readonly number: string };
  readonly status: string;
}

interface Dashboard {
  readonly rows: readonly Row[];
  readonly refreshedAt: string;
}

const FIELDS = `status targetQuantity wipItemCount wipItemCounts { status count } completionRatio failureRatio
  passedQuantity failedQuantity progressRatio meanLeadSeconds`;

async function dashboard(args = '', fields = `lot { number } ${FIELDS}`) {
  const { data, errors, statements } = await api.ask(`{ lotDashboard${args} { refreshedAt rows { ${fields} } } }`);
  expect(errors).toEqual([]);
  return { ...(data['lotDashboard'] as Dashboard), statements };
}

const refresh = () => api.database.transaction(refreshLotDashboard);
const run = (...statements: readonly string[]) =>
  withConnection(api.databaseUrl, async (client) => {
    for (const statement of statements) await client.query(statement);
  });

test('of a new database it is empty, and the example plant appears with the first refresh (KPI-14)', async () => {
  const empty = await dashboard();
  expect(empty).toMatchObject({ rows: [], statements: 1 });
  await makeExamplePlant(api);
  expect(await dashboard()).toEqual(empty);

  const before = new Date().toISOString();
  await refresh();
  const { rows, refreshedAt, statements } = await dashboard();
  expect(statements).toBe(2);
  expect(refreshedAt >= before && refreshedAt <= new Date().toISOString()).toBe(true);
  expect(rows).toEqual([
    {
      lot: { number: 'KR01PSA261101' },
      status: 'IN_PROGRESS',
      targetQuantity: 8,
      wipItemCount: 8,
      wipItemCounts: [
        { status: 'CREATED', count: 2 },
        { status: 'IN_PROGRESS', count: 1 },
        { status: 'COMPLETED', count: 1 },
        { status: 'FAILED', count: 1 },
        { status: 'CONVERTED', count: 3 },
      ],
      completionRatio: 0.5,
      failureRatio: 0.125,
      passedQuantity: 2,
      failedQuantity: 1,
      progressRatio: 0.375,
      meanLeadSeconds: 945.25,
    },
  ]);
});

/** 130 lots of all ages and states: those that were closed 8 days ago are over, those closed 6 days ago are not. */
const MANY = `
  SELECT setseed(0.42);
  INSERT INTO lots (number, product_model_id, production_line_id, production_date, target_quantity, status, started_at, completed_at, closed_at, created_at)
  SELECT 'KR01PSA27' || to_char(1 + n / 30, 'FM00') || to_char(1 + n % 30, 'FM00'), m.id, l.id, make_date(2027, 1 + n / 30, 1), 10 + n, s.status,
         CASE WHEN s.status <> 'CREATED' THEN now() - interval '20 days' END, CASE WHEN s.status IN ('COMPLETED', 'CLOSED') THEN now() - interval '10 days' END,
         CASE WHEN s.status = 'CLOSED' THEN now() - CASE WHEN n % 8 < 4 THEN interval '6 days' ELSE interval '8 days' END END, now() - (n / 2) * interval '1 hour'
  FROM product_models m, production_lines l, generate_series(0, 129) n, LATERAL (SELECT (ARRAY['CREATED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED'])[1 + n % 4]::lot_status AS status) AS s;
  INSERT INTO wip_items (number, lot_id, sequence, status, completed_at, converted_at)
  SELECT 'WIP-' || number || '-' || to_char(n, 'FM000'), id, n, kind, CASE WHEN kind IN ('COMPLETED', 'CONVERTED') THEN now() - interval '9 days' END, CASE WHEN kind = 'CONVERTED' THEN now() - interval '9 days' END
  FROM (SELECT l.*, n, (ARRAY['CREATED', 'FAILED', 'COMPLETED', 'CONVERTED'])[1 + floor(random() * 4)::int]::wip_item_status AS kind
        FROM lots l, generate_series(1, (target_quantity + 2) % 12) n WHERE number LIKE 'KR01PSA27%') AS planned;
  INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, result, started_at, completed_at)
  SELECT 'WIP', i.lot_id, i.id, p.id, 1, u.id, 'PASS', now() - interval '10 days' - random() * interval '1 day', now() - interval '9 days'
  FROM wip_items i JOIN lots l ON l.id = i.lot_id AND l.number LIKE 'KR01PSA27%', processes p, users u WHERE p.number < 40 AND u.username = 'kim' AND random() < 0.8;
  INSERT INTO serials (number, lot_id, wip_item_id, sequence, status, rework_count, max_reworks, failure_reason, completed_at)
  SELECT l.number || to_char(i.sequence, 'FM000'), l.id, i.id, i.sequence, kind, CASE WHEN kind = 'FAILED' THEN i.sequence % 3 ELSE 0 END, 2,
         CASE WHEN kind = 'FAILED' THEN 'Leaks' END, CASE WHEN kind IN ('PASSED', 'FAILED') THEN now() END
  FROM wip_items i JOIN lots l ON l.id = i.lot_id AND l.number LIKE 'KR01PSA27%', LATERAL (SELECT (ARRAY['CREATED', 'PASSED', 'FAILED'])[1 + floor(random() * 3 + i.sequence * 0)::int]::serial_status AS kind) AS k
  WHERE i.status = 'CONVERTED'`;

interface Exported {
  readonly lots: readonly {
    id: string;
    number: string;
    status: string;
    target: number;
    made: string;
    closed: number | null;
  }[];
  readonly items: readonly { id: string; lot: string; status: string; completed: number | null }[];
  readonly executions: readonly { unit: string; begun: number }[];
  readonly serials: readonly { lot: string; status: string; rework_count: number; max_reworks: number }[];
}

/** The rows of the base tables, as they are. Instants are seconds. */
function exported(): Promise<Exported> {
  return withConnection(api.databaseUrl, async (client) => {
    const rows = async (statement: string) => (await client.query(statement)).rows;
    return {
      lots: await rows(
        'SELECT id, number, status, target_quantity AS target, created_at::text || id AS made, extract(epoch FROM closed_at)::float8 AS closed FROM lots',
      ),
      items: await rows(
        'SELECT id, lot_id AS lot, status, extract(epoch FROM completed_at)::float8 AS completed FROM wip_items',
      ),
      executions: await rows(
        'SELECT wip_item_id AS unit, extract(epoch FROM started_at)::float8 AS begun FROM process_data WHERE wip_item_id IS NOT NULL',
      ),
      serials: await rows('SELECT lot_id AS lot, status, rework_count, max_reworks FROM serials'),
    };
  });
}

const divided = (count: number, of: number): number | null => (of === 0 ? null : count / of);

/** The dashboard counted by plain code. */
async function recount() {
  const { lots, items, executions, serials } = await exported();
  const weekAgo = Date.now() / 1000 - 7 * 86_400;
  const starts = new Map<string, number>();
  for (const { unit, begun } of executions) starts.set(unit, Math.min(begun, starts.get(unit) ?? begun));
  return lots
    .filter(({ closed }) => closed === null || closed > weekAgo)
    .toSorted((a, b) => (a.made < b.made ? 1 : -1))
    .map(({ id, number, status, target }) => {
      const mine = items.filter(({ lot }) => lot === id);
      const count = (...statuses: readonly string[]) => mine.filter((item) => statuses.includes(item.status)).length;
      const leads = mine.flatMap((item) => {
        const start = starts.get(item.id);
        return item.completed === null || start === undefined ? [] : [Math.floor(item.completed - start)];
      });
      const made = serials.filter(({ lot }) => lot === id);
      const passedQuantity = made.filter((serial) => serial.status === 'PASSED').length;
      const failedQuantity = made.filter(
        (serial) => serial.status === 'FAILED' && serial.rework_count === serial.max_reworks,
      ).length;
      return {
        lot: { number },
        status,
        targetQuantity: target,
        wipItemCount: mine.length,
        wipItemCounts: ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CONVERTED'].map((each) => ({
          status: each,
          count: count(each),
        })),
        completionRatio: divided(count('COMPLETED', 'CONVERTED'), mine.length),
        failureRatio: divided(count('FAILED'), mine.length),
        passedQuantity,
        failedQuantity,
        progressRatio: (passedQuantity + failedQuantity) / target,
        meanLeadSeconds: divided(
          leads.reduce((sum, lead) => sum + lead, 0),
          leads.length,
        ),
      };
    });
}

test('equals a recount of the base tables after each refresh, and nothing between (KPI-14)', async () => {
  await run(MANY);
  await refresh();
  const first = await recount();
  expect(first.length).toBe(1 + 130 - 16);
  expect(await dashboard('(first: 100)')).toMatchObject({ rows: first.slice(0, 100) });
  for (const status of ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED'])
    expect((await dashboard(`(first: 100, status: ${status})`)).rows).toEqual(
      first.filter((row) => row.status === status),
    );

  await run(
    `UPDATE wip_items SET status = 'IN_PROGRESS', current_process_id = (SELECT id FROM processes WHERE number = 10) WHERE status = 'CREATED' AND sequence % 2 = 0`,
    `UPDATE lots SET status = 'IN_PROGRESS', started_at = now() WHERE status = 'CREATED' AND target_quantity % 3 = 0`,
  );
  expect((await dashboard('(first: 100)')).rows).toEqual(first.slice(0, 100));
  await refresh();
  const second = await recount();
  expect(second).not.toEqual(first);
  expect((await dashboard('(first: 100)')).rows).toEqual(second.slice(0, 100));
});

test.each([1, 10, 100])('of %i lots is one statement, and one more for the lots themselves (KPI-14)', async (first) => {
  const counted = await dashboard(`(first: ${first})`, FIELDS);
  expect([counted.rows.length, counted.statements]).toEqual([first, 1]);
  expect((await dashboard(`(first: ${first})`)).statements).toBe(2);
});

test('a lot that was deleted since the refresh is left out (KPI-14)', async () => {
  const { rows } = await dashboard('(status: CREATED, first: 100)');
  const lot = (await exported()).items;
  const bare = (await exported()).lots.find(
    ({ id, status }) => status === 'CREATED' && !lot.some((item) => item.lot === id),
  );
  await run(`DELETE FROM lots WHERE number = '${bare?.number}'`);
  const { rows: left } = await dashboard('(status: CREATED, first: 100)');
  expect(left).toEqual(rows.filter(({ lot: { number } }) => number !== bare?.number));
  expect(left.length).toBe(rows.length - 1);
});

test('servers refresh it once it is a minute old, and one of them at a time (KPI-14)', async () => {
  const stopping = new AbortController().signal;
  const work = () => dashboardRefresh.run(api.services, stopping);
  const { refreshedAt } = await dashboard();
  await work();
  expect((await dashboard()).refreshedAt).toBe(refreshedAt);

  // A refresh of two minutes ago, by a clock that stands still.
  await run(`
    CREATE FUNCTION public.earlier() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.now() - interval ''2 minutes'''`);
  await withConnection(api.databaseUrl, async (client) => {
    const { rows } = await client.query("SELECT pg_get_viewdef('mv_lot_dashboard'::regclass) AS text");
    const text = String(rows[0]?.text).replace('now()', 'public.earlier()');
    await client.query(
      `DROP MATERIALIZED VIEW mv_lot_dashboard; CREATE MATERIALIZED VIEW mv_lot_dashboard AS ${text.replace(';', '')}; CREATE UNIQUE INDEX uq_mv_lot_dashboard_lot_id ON mv_lot_dashboard (lot_id)`,
    );
  });
  const old = await dashboard();
  await Promise.all([work(), work()]);
  expect((await dashboard()).refreshedAt > old.refreshedAt).toBe(true);
});

test('what makes no sense is refused (KPI-14)', async () => {
  for (const first of [0, 101]) {
    const { data, errors } = await api.ask(`{ lotDashboard(first: ${first}) { refreshedAt } }`);
    expect(data['lotDashboard']).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
  }
});

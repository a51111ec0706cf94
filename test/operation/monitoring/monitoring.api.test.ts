/** Statistics, slow statements and metrics of a real server. Its threshold is 0 ms, so that every statement is slow. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from '../../../src/app/server.ts';
import { openDatabase } from '../../../src/platform/postgres/database.ts';
import { NO_THRESHOLDS, startMonitor } from '../../../src/platform/process/monitoring/monitor.ts';
import { emptyNotes, statementSource } from '../../../src/platform/request/notes.ts';
import type { Log } from '../../../src/platform/process/log.ts';
import { PASSWORD, startApi, type Api } from '../../support/api.ts';
import { sent, posted } from '../../security/wire.ts';

const METRICS_TOKEN = 'scrape-token-of-the-tests-0123456789';
const SECRET = 'Hunter2-is-a-secret';
const VALUE = 'value-that-nobody-may-see';

let api: Api;
const lines: object[] = [];
beforeAll(async () => {
  api = await startApi({ thresholds: { ...NO_THRESHOLDS, slowStatementMilliseconds: 0 }, metricsToken: METRICS_TOKEN });
});
afterAll(() => api.close());

const metricsWith = (headers: Readonly<Record<string, string>>) => sent(new URL('/metrics', api.url).href, { headers });
const metrics = async (): Promise<string> => {
  const answer = await fetch(new URL('/metrics', api.url), { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return answer.text();
};
const sample = (text: string, name: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
};

test('a slow statement is in slowStatements with its request, and in the metric (MON-1, MON-3)', async () => {
  const before = sample(await metrics(), 'lotgraph_slow_statements_total') ?? 0;
  const requestId = '0199aaaa-0000-7000-8000-000000000001';
  const answer = await posted(
    api.url,
    { query: `query Slowly { lotByNumber(number: "${VALUE}") { number } }` },
    { authorization: `Bearer ${await api.tokenOf('ADMIN')}`, 'x-request-id': requestId },
  );
  expect(answer.status).toBe(200);

  const { data } = await api.ask('{ slowStatements { statement milliseconds at operationName requestId } }');
  const own = data.slowStatements.filter((each: Record<string, unknown>) => each['requestId'] === requestId);
  expect(own.length).toBeGreaterThan(0);
  expect(own[0]).toMatchObject({ operationName: 'Slowly', milliseconds: expect.any(Number) });
  expect(own[0].statement).toMatch(/FROM .*lots/);
  expect(sample(await metrics(), 'lotgraph_slow_statements_total')).toBeGreaterThan(before);
});

test('a statement that really takes time is in the log, without its values, and with the request that waited (MON-1)', async () => {
  const log = { warn: (line: object) => void lines.push(line) } as unknown as Log;
  const monitor = startMonitor({ thresholds: { ...NO_THRESHOLDS, slowStatementMilliseconds: 20 }, log });
  const database = openDatabase({
    url: api.databaseUrl,
    poolSize: 2,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
    onStatement: (run) => monitor.statements.record(run),
  });
  try {
    const source = statementSource('r-1', {
      ...emptyNotes(),
      operation: { type: 'query', name: 'Sleeper', fields: [] },
    });
    await database.reader(source).sql`SELECT pg_sleep(${0.03}), ${VALUE}::text`;
    await database.transaction((tx) => tx.sql`SELECT pg_sleep(${0.03}) AS inside, ${VALUE}::text`, source);
    await database.transaction((tx) => tx.sql`SELECT 1 / ${0}::int`).catch(() => undefined);
    await database.reader().sql`SELECT 2 / ${0}::int`.catch(() => undefined);

    const own = lines.filter((line) => Reflect.get(line, 'operationName') === 'Sleeper');
    expect(own).toMatchObject([
      { event: 'database.slow_statement', statement: 'SELECT pg_sleep(?), ?::text', operationName: 'Sleeper' },
      { event: 'database.slow_statement', statement: 'SELECT pg_sleep(?) AS inside, ?::text', requestId: 'r-1' },
    ]);
    expect(JSON.stringify(lines)).not.toContain(VALUE);
    const errors = monitor.statements.list('COUNT', 100).filter(({ errorCount }) => errorCount > 0);
    expect(errors).toMatchObject([{ statement: 'SELECT ? / ?::int', count: 2, errorCount: 2 }]);
  } finally {
    await database.close();
  }
});

test('statements are listed by total, mean and count, up to 100 (MON-1)', async () => {
  const { data } = await api.ask(
    '{ statementStatistics(order: COUNT, first: 3) { statement count errorCount slowCount totalMilliseconds meanMilliseconds minMilliseconds maxMilliseconds p50 p75 p90 p95 p99 } }',
  );
  expect(data.statementStatistics).toHaveLength(3);
  const [first, second] = data.statementStatistics;
  expect(first.count).toBeGreaterThanOrEqual(second.count);
  expect(first.slowCount).toBe(first.count);
  for (const first_ of [0, 101]) {
    const refused = await api.ask(`{ statementStatistics(first: ${first_}) { count } }`);
    expect(refused.errors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', rule: 'MON-1' });
  }
});

test('operations are counted by name and outcome; refusals by code and rule (MON-2, MON-3)', async () => {
  await api.ask('query Good { lots { totalCount } }');
  await api.ask('query Good { lots { totalCount } }');
  await api.ask('query Forbidden { users { totalCount } }', {}, 'OPERATOR');
  const login =
    'mutation SignIn($input: LoginInput!) { login(input: $input) { session { accessToken } errors { code rule } } }';
  await api.ask(login, { input: { username: 'admin', password: SECRET } }, null);
  await api.ask(login, { input: { username: 'admin', password: PASSWORD } }, null);

  const { data } = await api.ask(
    '{ operationStatistics { operationName count refusalCount faultCount meanMilliseconds p50 statementCountMean faults { requestId code at } } }',
  );
  const byName = new Map<string, Record<string, unknown>>(
    data.operationStatistics.map((each: Record<string, unknown>) => [each['operationName'], each]),
  );
  expect(byName.get('Good')).toMatchObject({ count: 2, refusalCount: 0, faultCount: 0, statementCountMean: 1 });
  expect(byName.get('Forbidden')).toMatchObject({ count: 1, refusalCount: 1 });
  expect(byName.get('SignIn')).toMatchObject({ count: 2, refusalCount: 1, faults: [] });

  const text = await metrics();
  expect(sample(text, 'lotgraph_requests_total{operation="Good",outcome="OK"}')).toBe(2);
  expect(sample(text, 'lotgraph_requests_total{operation="Forbidden",outcome="REFUSED"}')).toBe(1);
  expect(sample(text, 'lotgraph_refusals_total{code="FORBIDDEN",rule=""}')).toBe(1);
  expect(sample(text, 'lotgraph_refusals_total{code="UNAUTHENTICATED",rule="AUT-2"}')).toBe(1);
  expect(sample(text, 'lotgraph_operation_duration_seconds{operation="Good",quantile="0.99"}')).toBeGreaterThan(0);
  expect(sample(text, 'lotgraph_operation_duration_seconds_count{operation="Good"}')).toBe(2);
});

test('an operation that meets a fault is counted with its request (MON-2)', async () => {
  const { requestId } = await faultOf('query Broken { lots { nodes { number } } }');
  const { data } = await api.ask('{ operationStatistics { operationName faultCount faults { requestId code } } }');
  const broken = data.operationStatistics.find((each: Record<string, unknown>) => each['operationName'] === 'Broken');
  expect(broken).toEqual({ operationName: 'Broken', faultCount: 1, faults: [{ requestId, code: 'INTERNAL' }] });
});

/** Asks while the table of lots has another name, which is a fault. */
async function faultOf(query: string): Promise<{ readonly requestId: unknown }> {
  await api.database.reader().sql`ALTER TABLE lots RENAME TO lots_away`;
  try {
    const answer = await api.ask(query);
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'INTERNAL' });
    return { requestId: answer.errors[0]?.extensions['requestId'] };
  } finally {
    await api.database.reader().sql`ALTER TABLE lots_away RENAME TO lots`;
  }
}

test('long names are cut, and neither values nor secrets are in any statistic or metric (MON-2, MON-3)', async () => {
  for (let index = 0; index < 5; index += 1)
    await api.ask(`query Hostile${index} { lotByNumber(number: "${VALUE}") { id } }`);
  await api.ask(`query ${'n'.repeat(90)} { lotByNumber(number: "${VALUE}") { id } }`);
  const text = await metrics();
  const names = new Set([...text.matchAll(/operation="([^"]*)"/g)].map(([, name]) => name));

  expect(names.has('Hostile4')).toBe(true);
  expect([...names].filter((name = '') => name.length > 64)).toEqual([]);
  const { data } = await api.ask(
    '{ statementStatistics(first: 100) { statement } slowStatements { statement } operationStatistics { operationName } }',
  );
  const seen = `${text}${JSON.stringify(data)}`;
  for (const secret of [VALUE, SECRET, PASSWORD, METRICS_TOKEN, api.config.tokenSecret])
    expect(seen).not.toContain(secret);
});

test('the metrics show the plant, the pool and the process (MON-3)', async () => {
  const text = await metrics();
  const present = [
    'lotgraph_database_up',
    'lotgraph_statements_total',
    'lotgraph_statement_errors_total',
    'lotgraph_pool_connections{state="used"}',
    'lotgraph_pool_connections{state="idle"}',
    'lotgraph_pool_connections{state="waiting"}',
    'lotgraph_pool_connections_max',
    'lotgraph_queue_depth{kind="inference"}',
    'lotgraph_queue_depth{kind="report"}',
    'lotgraph_queue_depth{kind="background"}',
    'lotgraph_queue_depth{kind="webhook"}',
    'lotgraph_inspection_backlog',
    'lotgraph_open_alerts{severity="HIGH"}',
    'lotgraph_audit_unsealed_entries',
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p50_seconds',
  ];
  expect(present.filter((name) => sample(text, name) === undefined)).toEqual([]);
  // No execution and no finding: nothing to divide by.
  expect(text).not.toContain('lotgraph_defect_ratio');
  expect(sample(text, 'lotgraph_pool_connections_max')).toBe(api.config.poolSize);
});

test('the metrics are for the scrape token, administrators and engineers (MON-3)', async () => {
  const bearer = async (role: 'ADMIN' | 'ENGINEER' | 'MANAGER' | 'VIEWER') => ({
    authorization: `Bearer ${await api.tokenOf(role)}`,
  });
  const statusOf = async (headers: Readonly<Record<string, string>>) =>
    (await fetch(new URL('/metrics', api.url), { headers })).status;
  expect([await statusOf(await bearer('ADMIN')), await statusOf(await bearer('ENGINEER'))]).toEqual([200, 200]);
  expect([await statusOf(await bearer('MANAGER')), await statusOf(await bearer('VIEWER'))]).toEqual([403, 403]);
  expect(await metricsWith({})).toMatchObject({ status: 401 });
  expect(await metricsWith({ authorization: `Bearer ${METRICS_TOKEN}x` })).toMatchObject({ status: 401 });
  expect((await sent(new URL('/metrics', api.url).href, { method: 'POST' })).status).toBe(405);
});

test('without a database the metrics show the process alone (MON-3)', async () => {
  const nowhere = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/nothing',
    poolSize: 2,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  const server = await startServer({ ...api.services, database: nowhere });
  try {
    const answer = await fetch(new URL('/metrics', server.url), {
      headers: { authorization: `Bearer ${METRICS_TOKEN}` },
    });
    const text = await answer.text();
    expect(sample(text, 'lotgraph_database_up')).toBe(0);
    expect(text).not.toContain('lotgraph_open_alerts');
    expect(text).toContain('lotgraph_statements_total');
  } finally {
    await server.stop();
    await nowhere.close();
  }
});

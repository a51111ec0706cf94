/** What a process notes of its own work: durations, statements, operations, and the text of metrics. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { emptyDurations, NEWEST_RUNS, percentileOf } from '../../src/platform/process/monitoring/durations.ts';
import { expositionOf } from '../../src/platform/process/monitoring/exposition.ts';
import { NO_THRESHOLDS, startMonitor } from '../../src/platform/process/monitoring/monitor.ts';
import { newestOnly } from '../../src/platform/process/monitoring/newest.ts';
import { OPERATION_LIMITS, operationStatistics } from '../../src/platform/process/monitoring/operation-statistics.ts';
import {
  MOST_SLOW,
  MOST_STATEMENTS,
  statementStatistics,
} from '../../src/platform/process/monitoring/statement-statistics.ts';
import { normalisedStatement } from '../../src/platform/process/monitoring/statement-text.ts';
import type { Log } from '../../src/platform/process/log.ts';

const TWENTY = [12, 15, 18, 20, 22, 25, 30, 35, 40, 45, 50, 55, 60, 70, 80, 95, 100, 101, 150, 200];
const run = (text: string, milliseconds: number, isFailed = false) => ({
  text,
  statementCount: 1,
  milliseconds,
  isFailed,
  source: undefined,
});

describe('durations', () => {
  test('have percentiles by the nearest rank: the example of 20 statements (MON-1)', () => {
    const statements = statementStatistics(100);
    for (const milliseconds of TWENTY.toReversed()) statements.record(run('SELECT 1', milliseconds));

    expect(statements.list('TOTAL', 10)).toEqual([
      {
        statement: 'SELECT ?',
        count: 20,
        errorCount: 0,
        slowCount: 3,
        totalMilliseconds: 1223,
        meanMilliseconds: 61.15,
        minMilliseconds: 12,
        maxMilliseconds: 200,
        p50: 45,
        p75: 80,
        p90: 101,
        p95: 150,
        p99: 200,
      },
    ]);
    expect(percentileOf([], 50)).toBe(0);
    expect(emptyDurations().summary()).toMatchObject({ count: 0, minMilliseconds: 0, meanMilliseconds: 0, p99: 0 });
  });

  test('count everything, and take percentiles of the newest 1,000 runs (MON-1)', () => {
    const durations = emptyDurations();
    for (let index = 0; index < NEWEST_RUNS; index += 1) durations.add(500);
    for (let index = 0; index < NEWEST_RUNS; index += 1) durations.add(1);

    expect(durations.summary()).toMatchObject({ count: 2 * NEWEST_RUNS, maxMilliseconds: 500, p99: 1 });
  });

  test('of the newest things are kept, the newest first', () => {
    const newest = newestOnly<number>(3);
    for (const item of [1, 2]) newest.add(item);
    expect(newest.list()).toEqual([2, 1]);
    for (const item of [3, 4, 5]) newest.add(item);
    expect(newest.list()).toEqual([5, 4, 3]);
  });
});

describe('statements', () => {
  test.each([
    ['SELECT  a\n  FROM t WHERE b = $1 AND c = $12', 'SELECT a FROM t WHERE b = ? AND c = ?'],
    ["SELECT 'it''s secret', E'a\\'b', 12, 1.5 FROM t1 LIMIT 10", 'SELECT ?, … FROM t1 LIMIT ?'],
    ['WHERE id IN ($1, $2,$3) AND x = $4', 'WHERE id IN (?, …) AND x = ?'],
    ['VALUES ($1, $2), ($3, $4), ($5, $6)', 'VALUES (?, …), …'],
    ["SELECT md5('x'), t2.col3::varchar(50)", 'SELECT md5(?), t2.col3::varchar(?)'],
  ])('are normalised, without any value: %s (MON-1)', (text, expected) => {
    expect(normalisedStatement(text)).toBe(expected);
  });

  test('are cut after 2,000 characters, never within one (MON-1)', () => {
    const long = normalisedStatement(`SELECT "${'a'.repeat(1_991)}😀"`);
    expect([long.length, long.isWellFormed()]).toEqual([2_000, true]);
  });

  test('are slow when they take strictly longer; the newest 100 are kept with the request that waited (MON-1)', () => {
    const heard: string[] = [];
    const statements = statementStatistics(100, ({ statement }) => void heard.push(statement));
    const source = { requestId: 'r-1', operationName: 'Board' };
    statements.record({ ...run('SELECT pg_sleep($1)', 100), source });
    expect(statements.slow()).toEqual([]);
    statements.record({ ...run('SELECT pg_sleep($1)', 100.004), source });
    expect(statements.slow()).toEqual([
      {
        statement: 'SELECT pg_sleep(?)',
        milliseconds: 100,
        at: expect.any(String),
        operationName: 'Board',
        requestId: 'r-1',
      },
    ]);
    for (let index = 0; index < MOST_SLOW; index += 1) statements.record(run(`SELECT c${index} FROM t`, 200, true));

    expect(statements.slow()).toHaveLength(MOST_SLOW);
    expect(statements.slow()[0]).toMatchObject({
      statement: 'SELECT c99 FROM t',
      operationName: null,
      requestId: null,
    });
    expect(heard).toHaveLength(MOST_SLOW + 1);
    expect(statements.totals).toEqual({ count: 102, errorCount: 100, slowCount: 101 });
  });

  test('stay limited however many different ones callers compose, and those that take time stay (MON-1)', () => {
    const statements = statementStatistics(100);
    for (let index = 0; index < 50; index += 1) statements.record(run('SELECT heavy FROM t', 20));
    for (let index = 0; index < 5 * MOST_STATEMENTS; index += 1) statements.record(run(`SELECT a${index}x FROM t`, 1));

    expect(statements.list('TOTAL', 10_000)).toHaveLength(MOST_STATEMENTS);
    expect(statements.list('COUNT', 1)).toMatchObject([{ statement: 'SELECT heavy FROM t', count: 50 }]);
    expect(statements.totals.count).toBe(5 * MOST_STATEMENTS + 50);
  });

  test('are ordered by total, mean or count (MON-1)', () => {
    const statements = statementStatistics(1_000);
    for (const [text, milliseconds] of [
      ['often', 1],
      ['often', 1],
      ['often', 1],
      ['long', 50],
      ['both', 30],
      ['both', 30],
    ] as const)
      statements.record(run(text, milliseconds));

    const order = (by: 'TOTAL' | 'MEAN' | 'COUNT') => statements.list(by, 3).map(({ statement }) => statement);
    expect([order('TOTAL'), order('MEAN'), order('COUNT')]).toEqual([
      ['both', 'long', 'often'],
      ['long', 'both', 'often'],
      ['often', 'both', 'long'],
    ]);
  });
});

describe('the slow log', () => {
  afterEach(() => void vi.useRealTimers());

  test('has at most ten lines a second, and the next line says how many were left out (MON-1)', () => {
    vi.useFakeTimers({ now: 0 });
    const lines: object[] = [];
    const log = { warn: (line: object) => void lines.push(line) } as unknown as Log;
    const { statements } = startMonitor({ thresholds: { ...NO_THRESHOLDS, slowStatementMilliseconds: 1 }, log });
    for (let index = 0; index < 25; index += 1) statements.record(run('SELECT 1', 2));
    expect(lines).toHaveLength(10);
    vi.setSystemTime(1_000);
    statements.record(run('SELECT 1', 2));
    statements.record(run('SELECT 1', 2));

    expect(lines.slice(10)).toEqual([
      { event: 'database.slow_statement', statement: 'SELECT ?', milliseconds: 2, leftOut: 15 },
      { event: 'database.slow_statement', statement: 'SELECT ?', milliseconds: 2 },
    ]);
  });
});

describe('operations', () => {
  const request = {
    requestId: 'r',
    milliseconds: 10,
    statements: 2,
    refusals: [],
    fault: undefined,
  };

  test('are counted by their names; one is OK, refused or at fault (MON-2)', () => {
    const operations = operationStatistics();
    operations.record({ ...request, name: 'Board' });
    operations.record({ ...request, name: 'Board', statements: 5, refusals: [{ code: 'CONFLICT', rule: 'GEN-3' }] });
    for (let index = 0; index < 12; index += 1)
      operations.record({ ...request, name: 'Board', requestId: `r-${index}`, fault: 'INTERNAL' });
    operations.record({ ...request, name: undefined, milliseconds: 1_000 });

    expect(operations.list()).toMatchObject([
      { operationName: 'unnamed', count: 1, meanMilliseconds: 1_000 },
      { operationName: 'Board', count: 14, refusalCount: 1, faultCount: 12, statementCountMean: 2.21, p50: 10 },
    ]);
    const faults = operations.list()[1]?.faults ?? [];
    expect(faults).toHaveLength(OPERATION_LIMITS.faults);
    expect(faults[0]).toMatchObject({ requestId: 'r-11', code: 'INTERNAL' });
    expect(operations.refusals()).toEqual([{ code: 'CONFLICT', rule: 'GEN-3', count: 1 }]);
  });

  test('keep 200 names of 64 characters apart, those of trusted documents first; all others are `other` (MON-2)', () => {
    const operations = operationStatistics(['Trusted', 'AlsoTrusted']);
    for (let index = 0; index < 1_000; index += 1) operations.record({ ...request, name: `Hostile${index}` });
    operations.record({ ...request, name: 'Trusted' });
    operations.record({ ...request, name: 'x'.repeat(10_000) });

    const counts = new Map(operations.list().map(({ operationName, count }) => [operationName, count]));
    // One trusted name was not used yet.
    expect(counts.size).toBe(OPERATION_LIMITS.names);
    expect([counts.get('Trusted'), counts.get('Hostile197'), counts.get('Hostile198')]).toEqual([1, 1, undefined]);
    expect(counts.get('other')).toBe(1_000 - 198 + 1);

    const one = operationStatistics();
    one.record({ ...request, name: 'y'.repeat(100) });
    expect(one.list()[0]?.operationName).toBe('y'.repeat(64));
  });

  test('keep a limited number of refusals apart (MON-3)', () => {
    const operations = operationStatistics();
    for (let index = 0; index < 2 * OPERATION_LIMITS.refusals; index += 1)
      operations.record({ ...request, name: 'A', refusals: [{ code: `C${index}`, rule: '' }] });

    expect(operations.refusals()).toHaveLength(OPERATION_LIMITS.refusals);
  });
});

test('metrics are text for Prometheus: labels are escaped, a metric without values is left out (MON-3)', () => {
  expect(
    expositionOf([
      { name: 'a_total', type: 'counter', help: 'All\nof \\ them.', samples: [{ value: 3 }] },
      { name: 'nothing', type: 'gauge', help: 'Nothing.', samples: [] },
      {
        name: 'b_seconds',
        type: 'summary',
        help: 'Times.',
        samples: [
          { labels: { operation: 'a"b\\c\nd', quantile: '0.5' }, value: 0.25 },
          { suffix: '_count', labels: { operation: 'x' }, value: 2 },
        ],
      },
    ]),
  ).toBe(
    [
      '# HELP a_total All\\nof \\\\ them.',
      '# TYPE a_total counter',
      'a_total 3',
      '# HELP b_seconds Times.',
      '# TYPE b_seconds summary',
      'b_seconds{operation="a\\"b\\\\c\\nd",quantile="0.5"} 0.25',
      'b_seconds_count{operation="x"} 2',
      '',
    ].join('\n'),
  );
});

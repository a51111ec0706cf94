import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  inferenceMetricsOf,
  type JobGroup,
  nearestRank,
} from '../../../src/quality/inference-job/inference-metrics.rules.ts';

const completed = (...latencies: readonly number[]): readonly JobGroup[] =>
  latencies.map((latencyMilliseconds) => ({ status: 'COMPLETED', latencyMilliseconds, count: 1 }));
const ended = (status: 'FAILED' | 'TIMEOUT', count: number): JobGroup => ({ status, latencyMilliseconds: null, count });

test('ten completed jobs and a failed one have the figures of the specification', () => {
  const groups = [...completed(2600, 120, 150, 180, 200, 240, 300, 350, 400, 900), ended('FAILED', 1)];

  expect(inferenceMetricsOf(groups, null)).toEqual({
    totalCount: 11,
    completedCount: 10,
    failedCount: 1,
    successRatio: 0.909091,
    meanLatencyMilliseconds: 544,
    p50: 240,
    p75: 400,
    p90: 900,
    p95: 2600,
    p99: 2600,
    anomalies: [{ kind: 'LOW_SUCCESS', severity: 'CRITICAL', value: '0.909091', threshold: '0.95' }],
    health: 'CRITICAL',
  });
});

test('without jobs that ended nothing is unusual, and the health is IDLE', () => {
  expect(inferenceMetricsOf([], null)).toEqual({
    totalCount: 0,
    completedCount: 0,
    failedCount: 0,
    successRatio: null,
    meanLatencyMilliseconds: null,
    p50: null,
    p75: null,
    p90: null,
    p95: null,
    p99: null,
    anomalies: [],
    health: 'IDLE',
  });
});

describe('an anomaly', () => {
  const kinds = (groups: readonly JobGroup[], confidence: string | null = null) =>
    inferenceMetricsOf(groups, confidence).anomalies.map(({ kind }) => kind);

  test('of latency begins above a mean of 2,000 ms, and degrades the health', () => {
    expect(kinds(completed(2000))).toEqual([]);
    expect(inferenceMetricsOf(completed(2000, 2001), null)).toMatchObject({
      anomalies: [{ kind: 'HIGH_LATENCY', severity: 'WARNING', value: '2000.5', threshold: '2000' }],
      health: 'DEGRADED',
    });
  });

  test('of success begins below 95 %; FAILED and TIMEOUT count as failed', () => {
    const jobs = (count: number): JobGroup => ({ status: 'COMPLETED', latencyMilliseconds: 1, count });
    expect(kinds([jobs(19), ended('FAILED', 1)])).toEqual([]);
    expect(kinds([jobs(18), ended('TIMEOUT', 1)])).toEqual(['LOW_SUCCESS']);
    expect(kinds([jobs(9_499_999), ended('FAILED', 500_001)])).toEqual(['LOW_SUCCESS']);
    expect(inferenceMetricsOf([ended('FAILED', 1), ended('TIMEOUT', 2)], null)).toMatchObject({
      failedCount: 3,
      successRatio: 0,
      meanLatencyMilliseconds: null,
      health: 'CRITICAL',
    });
  });

  test('of confidence begins below a mean of 0.7', () => {
    expect(kinds(completed(1), '0.7000')).toEqual([]);
    expect(inferenceMetricsOf(completed(1), '0.6999')).toMatchObject({
      anomalies: [{ kind: 'LOW_CONFIDENCE', severity: 'WARNING', value: '0.6999', threshold: '0.7' }],
      health: 'DEGRADED',
    });
  });

  test('does not hide another one; nothing unusual is HEALTHY', () => {
    expect(kinds([...completed(2001), ended('FAILED', 1)], '0.1')).toEqual([
      'HIGH_LATENCY',
      'LOW_SUCCESS',
      'LOW_CONFIDENCE',
    ]);
    expect(inferenceMetricsOf(completed(1), '0.9').health).toBe('HEALTHY');
  });
});

test('a percentile by nearest rank is the element ceil(percent · n / 100) of the sorted list', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 100 }),
      (values, percent) => {
        const counts = new Map<number, number>();
        for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
        const sorted = values.toSorted((a, b) => a - b);
        expect(
          nearestRank(
            [...counts].map(([value, count]) => ({ value, count })),
            percent,
          ),
        ).toBe(sorted[Math.ceil((percent * sorted.length) / 100) - 1]);
      },
    ),
  );
});

test('an empty list has no percentile', () => {
  expect(nearestRank([], 50)).toBeNull();
});

import { expect, test } from 'vitest';
import { defectDensityOf } from '../../../src/insight/defect-figure/density.rules.ts';
import { paretoOf } from '../../../src/insight/defect-figure/pareto.rules.ts';
import { daysOf, intervalsOf, trendOf, trendOfIntervals } from '../../../src/insight/defect-figure/trend.rules.ts';

test('a density without units is null (KPI-6)', () => {
  expect(defectDensityOf({ defectCount: 3, unitCount: 0 }, 2)).toMatchObject({ defectsPerUnit: null, dpmo: null });
  expect(defectDensityOf({ defectCount: 3, unitCount: 6 }, 2)).toMatchObject({ defectsPerUnit: 0.5, dpmo: 250_000 });
});

test('a Pareto has the greatest first, ties by key, no row beyond its limit (KPI-7)', () => {
  const counted = [
    { key: null, count: 1 },
    { key: 'B', count: 4 },
    { key: 'A', count: 4 },
    { key: 'C', count: 1 },
    { key: 'D', count: 0 },
  ];
  const { rows, totalCount, otherCount } = paretoOf(counted, 3);
  expect(rows.map(({ key, isVitalFew }) => [key, isVitalFew])).toEqual([
    ['A', true],
    ['B', true],
    ['C', false],
  ]);
  expect([totalCount, otherCount]).toEqual([10, 1]);
  expect(paretoOf([], 3)).toEqual({ rows: [], totalCount: 0, otherCount: 0 });
});

test('the intervals of a range are its days, Mondays or firsts of months (KPI-8)', () => {
  const range = { from: '2026-10-31', to: '2026-11-03' };
  expect(intervalsOf(range, 'DAY')).toEqual(['2026-10-31', '2026-11-01', '2026-11-02', '2026-11-03']);
  expect(intervalsOf(range, 'WEEK')).toEqual(['2026-10-26', '2026-11-02']);
  expect(intervalsOf(range, 'MONTH')).toEqual(['2026-10-01', '2026-11-01']);
});

test('a trend has empty intervals, and its ratio is over all executions (KPI-8)', () => {
  const executed = new Map([
    [0, { executions: 1, failCount: 1, defectQuantity: 2 }],
    [2, { executions: 9, failCount: 0, defectQuantity: 0 }],
  ]);
  const trend = trendOfIntervals(['2026-11-01', '2026-11-02', '2026-11-03'], executed);
  expect(trend.points.map(({ failRatio }) => failRatio)).toEqual([1, null, 0]);
  expect([trend.failRatio, trend.maxFailRatio]).toEqual([0.1, 1]);
  expect(trendOfIntervals(['2026-11-01'], new Map())).toMatchObject({ failRatio: null, maxFailRatio: null });
  const days = daysOf({ from: '2026-11-01T12:00:00.000Z', to: '2026-11-03T00:00:00.000Z' }, 'UTC');
  expect(
    trendOf(days, new Map([['2026-11-02', { executions: 2, failCount: 1, defectQuantity: 1 }]])).map(
      ({ failRatio }) => failRatio,
    ),
  ).toEqual([null, 0.5]);
});

import { expect, test } from 'vitest';
import { qualityMetricsOf, qualityTrendOf } from '../../../src/insight/overview/overview.rules.ts';
import { productionSummaryOf } from '../../../src/insight/overview/summary.rules.ts';
import { serialYieldOf } from '../../../src/insight/yield/yield.rules.ts';

test('metrics without data are null (KPI-5)', () => {
  const none = serialYieldOf({ terminalCount: 0, passedCount: 0, passedFirstTimeCount: 0, reworkedCount: 0 });
  const step = { processId: 'a', executions: 0, passCount: 0, failCount: 0, reworkCount: 0 };
  expect(qualityMetricsOf(none, [step])).toMatchObject({
    passRatio: null,
    defectRatio: null,
    reworkRatio: null,
    byProcess: [{ passRatio: null, failRatio: null }],
  });
});

test('the whole of a trend is not the mean of its days (KPI-12)', () => {
  const found = new Map([
    [0, { completedCount: 2, passCount: 1, scoredCount: 2, scoreSum: 1.598 }],
    [2, { completedCount: 1, passCount: 1, scoredCount: 1, scoreSum: 1 }],
  ]);
  expect(qualityTrendOf(['2026-11-02', '2026-11-03', '2026-11-04'], found)).toEqual({
    points: [
      { start: '2026-11-02', completedCount: 2, meanQualityScore: 0.799, passRatio: 0.5 },
      { start: '2026-11-03', completedCount: 0, meanQualityScore: null, passRatio: null },
      { start: '2026-11-04', completedCount: 1, meanQualityScore: 1, passRatio: 1 },
    ],
    overall: { completedCount: 3, meanQualityScore: 2.598 / 3, passRatio: 2 / 3 },
  });
});

test('a summary without data has no ratios (KPI-14)', () => {
  const lots = {
    total: 0,
    createdOnDay: 0,
    createdInWeek: 0,
    activeCount: 0,
    heldCount: 0,
    completedOnDay: 0,
    closedOnDay: 0,
  };
  const items = { createdOnDay: 0, completedOnDay: 0, convertedOnDay: 0, inProgressCount: 0, failedCount: 0 };
  const serials = { total: 0, createdOnDay: 0, createdInWeek: 0, inProgressCount: 0, passedOnDay: 0, failedOnDay: 0 };
  const sums = { ...serials, terminalCount: 0, passedCount: 0, reworkedCount: 0 };
  const none = { executions: 0, passCount: 0, failCount: 0, durationSum: 0 };
  expect(productionSummaryOf(lots, items, sums, none)).toMatchObject({
    passRatioOnDay: null,
    meanDurationSecondsOnDay: null,
    passRatioOverall: null,
    reworkRatioOverall: null,
  });
});

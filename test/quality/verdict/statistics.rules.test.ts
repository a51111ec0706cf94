import { expect, test } from 'vitest';
import {
  completedFigures,
  defectStatistics,
  inspectionStatistics,
} from '../../../src/quality/verdict/statistics.rules.ts';

const none = { completedCount: 0, passCount: 0, failCount: 0, meanQualityScore: null, meanConfidence: null };

test('figures of no inspections are zeros, without ratio and means (INS-4)', () => {
  expect(inspectionStatistics([{ ...none, facet: 'TOTAL', value: null, count: 0 }], 0)).toMatchObject({
    total: 0,
    completedCount: 0,
    passRatio: null,
    meanQualityScore: null,
    meanConfidence: null,
    backlogCount: 0,
    openReviewCount: 0,
  });
  expect(inspectionStatistics([], 0).byStatus).toEqual(
    ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED'].map((key) => ({ key, count: 0 })),
  );
});

test('the figures of inspections list all values, and take the ratio over the COMPLETED ones (INS-4)', () => {
  const means = { completedCount: 3, passCount: 2, failCount: 1, meanQualityScore: '0.8000', meanConfidence: '0.9000' };
  const statistics = inspectionStatistics(
    [
      { ...none, facet: 'STATUS', value: 'PENDING', count: 4 },
      { ...means, facet: 'STATUS', value: 'COMPLETED', count: 3 },
      { ...means, facet: 'TYPE', value: 'VISUAL', count: 7 },
      { ...means, facet: 'TOTAL', value: null, count: 7 },
    ],
    5,
  );
  expect(statistics).toMatchObject({
    total: 7,
    completedCount: 3,
    passCount: 2,
    failCount: 1,
    passRatio: 2 / 3,
    meanQualityScore: '0.8000',
    meanConfidence: '0.9000',
    backlogCount: 4,
    openReviewCount: 5,
  });
  expect(statistics.byType).toEqual([
    { key: 'VISUAL', count: 7 },
    ...['ELECTRICAL', 'THERMAL', 'DIMENSIONAL', 'FUNCTIONAL', 'OPTICAL'].map((key) => ({ key, count: 0 })),
  ]);
});

test('figures of the COMPLETED inspections of a group do not depend on the others (INS-4)', () => {
  const means = { meanQualityScore: '0.8000', meanConfidence: '0.9000' };
  const completed = { completedCount: 4, passCount: 3, failCount: 1, ...means };
  expect(completedFigures({ count: 9, ...completed })).toEqual({ ...completed, passRatio: 0.75 });
  expect(completedFigures(undefined)).toEqual({ ...none, passRatio: null });
});

test('the figures of findings list all values (DEF-3)', () => {
  const statistics = defectStatistics([
    { facet: 'SEVERITY', value: 'HIGH', count: 3, meanConfidence: null },
    { facet: 'TYPE', value: 'OPEN', count: 3, meanConfidence: null },
    { facet: 'DETECTION_METHOD', value: 'HYBRID', count: 3, meanConfidence: null },
    { facet: 'REVIEW_STATUS', value: 'CONFIRMED', count: 1, meanConfidence: null },
    { facet: 'REVIEW_STATUS', value: 'FALSE_POSITIVE', count: 2, meanConfidence: null },
    { facet: 'TOTAL', value: null, count: 3, meanConfidence: '0.8000' },
  ]);
  expect(statistics).toMatchObject({ total: 3, confirmedCount: 1, falsePositiveCount: 2, meanConfidence: '0.8000' });
  expect(statistics.bySeverity).toEqual([
    { key: 'LOW', count: 0 },
    { key: 'MEDIUM', count: 0 },
    { key: 'HIGH', count: 3 },
    { key: 'CRITICAL', count: 0 },
  ]);
  expect(statistics.byType.map(({ count }) => count).join('')).toBe('00000300000');
  expect(statistics.byDetectionMethod.map(({ count }) => count)).toEqual([0, 0, 3, 0]);
  expect(defectStatistics([])).toMatchObject({ total: 0, confirmedCount: 0, meanConfidence: null });
});

import { expect, test } from 'vitest';
import { lotDashboardRowOf, type LotSums } from '../../../src/insight/dashboard/dashboard.rules.ts';

const NONE: LotSums = {
  lotId: 'a',
  status: 'CREATED',
  targetQuantity: 8,
  CREATED: 0,
  IN_PROGRESS: 0,
  COMPLETED: 0,
  FAILED: 0,
  CONVERTED: 0,
  actualQuantity: 0,
  passedQuantity: 0,
  failedQuantity: 0,
  leadCount: 0,
  leadSum: 0,
};

test('a lot without items has no ratio of them, and all counts (KPI-14)', () => {
  expect(lotDashboardRowOf(NONE)).toEqual({
    lotId: 'a',
    status: 'CREATED',
    targetQuantity: 8,
    wipItemCount: 0,
    wipItemCounts: ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CONVERTED'].map((status) => ({
      status,
      count: 0,
    })),
    completionRatio: null,
    failureRatio: null,
    passedQuantity: 0,
    failedQuantity: 0,
    progressRatio: 0,
    meanLeadSeconds: null,
  });
});

test('converted items count as completed, and decided serials as progress (KPI-14)', () => {
  const sums = { COMPLETED: 2, CONVERTED: 1, FAILED: 1, actualQuantity: 3, passedQuantity: 1, failedQuantity: 1 };
  expect(lotDashboardRowOf({ ...NONE, ...sums, leadCount: 2, leadSum: 61 })).toMatchObject({
    wipItemCount: 4,
    completionRatio: 0.75,
    failureRatio: 0.25,
    progressRatio: 0.25,
    meanLeadSeconds: 30.5,
  });
});

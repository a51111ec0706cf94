import { expect, test } from 'vitest';
import {
  completesItself,
  defectRatio,
  lotLeadTimeSeconds,
  passRatio,
  pendingQuantity,
  progressRatio,
  remainingQuantity,
  stepProgressRatio,
  yieldRatio,
} from '../../../src/production/lot/lot-quantity.rules.ts';

const counts = { wipItemCount: 9, actualQuantity: 8, passedQuantity: 5, failedQuantity: 1 };
const none = { wipItemCount: 0, actualQuantity: 0, passedQuantity: 0, failedQuantity: 0 };

test('the quantities of a lot are counted (LOT-12)', () => {
  expect(pendingQuantity(counts)).toBe(2);
  expect(remainingQuantity({ targetQuantity: 10 }, counts)).toBe(1);
  expect(passRatio(counts)).toBe(0.625);
  expect(defectRatio(counts)).toBe(0.125);
  expect(progressRatio({ targetQuantity: 10 }, counts)).toBe(0.6);
});

test('the ratios of a lot without serials are null, its progress is 0 (LOT-12)', () => {
  expect(pendingQuantity(none)).toBe(0);
  expect(remainingQuantity({ targetQuantity: 10 }, none)).toBe(10);
  expect(passRatio(none)).toBeNull();
  expect(defectRatio(none)).toBeNull();
  expect(progressRatio({ targetQuantity: 10 }, none)).toBe(0);
});

test('the yield is of the decided serials alone, and null while none is decided (LOT-12)', () => {
  expect(yieldRatio(counts)).toBe(5 / 6);
  expect(yieldRatio({ ...counts, passedQuantity: 0 })).toBe(0);
  expect(yieldRatio({ ...counts, passedQuantity: 0, failedQuantity: 0 })).toBeNull();
  expect(yieldRatio(none)).toBeNull();
});

test('the steps of a lot count once, those of its units once for each unit of the target (LOT-12)', () => {
  const done = { passedSteps: 9, lotSteps: 2, unitSteps: 4 };
  expect(stepProgressRatio({ targetQuantity: 4 }, done)).toBe(0.5);
  expect(stepProgressRatio({ targetQuantity: 4 }, { ...done, passedSteps: 18 })).toBe(1);
  expect(stepProgressRatio({ targetQuantity: 4 }, { ...done, passedSteps: 0 })).toBe(0);
  expect(stepProgressRatio({ targetQuantity: 4 }, { passedSteps: 0, lotSteps: 0, unitSteps: 0 })).toBeNull();
});

test('the lead time is whole seconds, and null while the lot is open (LOT-12)', () => {
  const startedAt = '2026-11-20T08:00:00.000Z';

  expect(lotLeadTimeSeconds({ startedAt, completedAt: '2026-11-20T08:01:01.999Z' })).toBe(61);
  expect(lotLeadTimeSeconds({ startedAt, completedAt: startedAt })).toBe(0);
  expect(lotLeadTimeSeconds({ startedAt, completedAt: null })).toBeNull();
  expect(lotLeadTimeSeconds({ startedAt: null, completedAt: null })).toBeNull();
});

test.each([
  ['IN_PROGRESS', 6, true],
  ['IN_PROGRESS', 7, false],
  ['IN_PROGRESS', 5, false],
  ['CREATED', 6, false],
  ['COMPLETED', 6, false],
  ['CLOSED', 6, false],
] as const)(
  'a %s lot with 6 terminal serials of %i completes automatically: %s (LOT-8)',
  (status, targetQuantity, completes) => {
    expect(completesItself({ status, targetQuantity }, counts)).toBe(completes);
  },
);

import { expect, test } from 'vitest';
import { dimensionsDiffer, hasRoomForRows } from '../../../src/insight/measurement/dimension.rules.ts';
import {
  meanDifference,
  meanOf,
  standardDeviationOf,
  together,
} from '../../../src/insight/measurement/reading.rules.ts';
import { absolute, quotient } from '../../../src/insight/measurement/quotient.rules.ts';

test('a summary divides by each dimension once, and has at most 1,000 rows (KPI-16)', () => {
  expect(dimensionsDiffer(['DAY', 'LOT'])).toBeUndefined();
  expect(dimensionsDiffer(['DAY', 'DAY'])).toMatchObject({ code: 'INVALID_INPUT', path: ['by'] });
  expect(hasRoomForRows(1_000)).toBeUndefined();
  expect(hasRoomForRows(1_001)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
});

test('sums are exact (KPI-16)', () => {
  const one = { count: 1, sum: 10_000_000_001n, squares: 10_000_000_001n ** 2n };
  const two = { count: 2, sum: 40_000_000_000n, squares: 2n * 20_000_000_000n ** 2n };
  expect(together([one, two])).toEqual({ count: 3, sum: 50_000_000_001n, squares: one.squares + two.squares });
  expect([meanOf(one), meanOf({ count: 0, sum: 0n, squares: 0n })]).toEqual([1.0000000001, null]);
  expect(meanDifference(one, two)).toBe(-0.9999999999);
  expect([standardDeviationOf(two), standardDeviationOf(one)]).toEqual([0, null]);
});

test('a quotient is the number nearest to it (KPI-16)', () => {
  expect([quotient(1n, 3n), quotient(-1n, 3n), quotient(1n, -3n), quotient(-2n, -3n), quotient(0n, 5n)]).toEqual([
    1 / 3,
    -1 / 3,
    -1 / 3,
    2 / 3,
    0,
  ]);
  expect(quotient(10n ** 40n + 1n, 10n ** 20n)).toBe(1e20);
  expect(quotient(10_000_000_002n, 10n ** 10n)).toBe(1.0000000002);
  // Halfway between two numbers, and a little more.
  expect(quotient(2n ** 54n + 2n, 2n)).toBe(2 ** 53);
  expect(quotient(2n ** 70n + 2n ** 17n + 1n, 2n ** 17n)).toBe(2 ** 53 + 2);
  expect([absolute(-3n), absolute(3n)]).toEqual([3n, 3n]);
  expect(() => quotient(1n, 0n)).toThrow('A quotient has a denominator that is not 0.');
});

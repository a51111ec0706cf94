import { expect, test } from 'vitest';
import { compareKeys, ratioOf, sumOf } from '../../../src/insight/figure/ratio.rules.ts';

test('a quotient without a denominator is null', () => {
  expect([ratioOf(0, 0), ratioOf(1, 4)]).toEqual([null, 0.25]);
});

test('sums and orders', () => {
  expect(sumOf([1, 2], (each) => each * 2)).toBe(6);
  expect([null, 'b', 'a', 'B', null].toSorted(compareKeys)).toEqual(['B', 'a', 'b', null, null]);
});

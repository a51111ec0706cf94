import { describe, expect, test } from 'vitest';
import { commonCauses, factorsFit, hasRoomForUnits } from '../../../src/insight/commonality/commonality.rules.ts';
import { fisherExact } from '../../../src/insight/commonality/fisher.rules.ts';

/** Two-sided p-values of R's fisher.test, as scipy keeps them in its tests (scipy/stats, `TestFisherExact.test_precise`). */
const OF_R: readonly (readonly [table: readonly [number, number, number, number], p: number])[] = [
  [[100, 2, 1000, 5], 1.300759363430016e-1],
  [[2, 7, 8, 2], 2.301413756522114e-2],
  [[5, 1, 10, 10], 1.97324414715719e-1],
  [[5, 15, 20, 20], 9.580440012477637e-2],
  [[5, 16, 20, 25], 1.725864953812994e-1],
  [[10, 5, 10, 1], 1.97324414715719e-1],
  [[10, 5, 10, 0], 6.126482213438734e-2],
  [[5, 0, 1, 4], 4.761904761904762e-2],
  [[0, 5, 1, 4], 1],
  [[5, 1, 0, 4], 4.761904761904758e-2],
  [[0, 1, 3, 2], 1],
  [[0, 2, 6, 4], 4.545454545454545e-1],
];

function p([exposedBad, exposedGood, unexposedBad, unexposedGood]: readonly [number, number, number, number]): number {
  return fisherExact({ exposedBad, exposedGood, unexposedBad, unexposedGood });
}

describe('Fisher’s exact test (CCA-1)', () => {
  test.each(OF_R)('of %j equals that of R to 1e-9 (CCA-1)', (table, expected) => {
    expect(Math.abs(p(table) - expected)).toBeLessThan(1e-9);
  });

  test('equals the sum of whole numbers, also of 20,000 units (CCA-1)', () => {
    // Convicted twins (Fisher 1935; R's example): the tables 0, 1, 2 and 11, 12 of 12 of 30 are no more likely.
    expect(p([2, 15, 10, 3])).toBeCloseTo(exactly(2, 15, 10, 3), 14);
    expect(p([40, 160, 60, 1_740])).toBeCloseTo(exactly(40, 160, 60, 1_740), 14);
    expect(p([100, 900, 900, 18_100]) / exactly(100, 900, 900, 18_100)).toBeCloseTo(1, 9);
  });

  test('of tables without a margin is 1 (CCA-1)', () => {
    expect([p([0, 0, 3, 4]), p([3, 4, 0, 0]), p([0, 5, 0, 6]), p([0, 0, 0, 0])]).toEqual([1, 1, 1, 1]);
  });
});

/** The same p in whole numbers: products of binomial coefficients. */
function exactly(a: number, b: number, c: number, d: number): number {
  const [exposed, bad, all] = [a + b, a + c, a + b + c + d];
  const ways = (both: number) => choose(exposed, both) * choose(all - exposed, bad - both);
  const mine = ways(a);
  let sum = 0n;
  for (let both = Math.max(0, exposed + bad - all); both <= Math.min(exposed, bad); both++) {
    const each = ways(both);
    if (each * 10_000_000n <= mine * 10_000_001n) sum += each;
  }
  return Number((sum * 10n ** 40n) / choose(all, bad)) / 1e40;
}

const known = new Map<string, bigint>();

function choose(n: number, k: number): bigint {
  const least = Math.min(k, n - k);
  let [ways, from] = [1n, 0];
  const before = known.get(`${n} ${least - 1}`);
  if (before !== undefined) [ways, from] = [before, least - 1];
  for (let each = from; each < least; each++) ways = (ways * BigInt(n - each)) / BigInt(each + 1);
  known.set(`${n} ${least}`, ways);
  return ways;
}

describe('common causes (CCA-1)', () => {
  test('come by lift, without what is met by all, not more often than usual, or by chance (CCA-1)', () => {
    const rows = commonCauses(
      [
        { factor: 'LOT', key: 'ALL', bad: 10, good: 90 },
        { factor: 'EQUIPMENT', key: 'OVEN', bad: 9, good: 21 },
        { factor: 'EXTERNAL_LOT', key: 'X', bad: 8, good: 2 },
        { factor: 'COMPONENT_LOT', key: 'X', bad: 8, good: 2 },
        { factor: 'COMPONENT_LOT', key: 'W', bad: 8, good: 2 },
        { factor: 'OPERATOR', key: 'kim', bad: 1, good: 49 },
        { factor: 'STATION', key: 'ONE', bad: 1, good: 0 },
      ],
      { bad: 10, good: 90, maxPValue: 0.05 },
    );
    expect(rows.map(({ factor, key }) => `${factor} ${key}`)).toEqual([
      'COMPONENT_LOT W',
      'COMPONENT_LOT X',
      'EXTERNAL_LOT X',
      'EQUIPMENT OVEN',
    ]);
    expect(rows[0]).toEqual({
      factor: 'COMPONENT_LOT',
      key: 'W',
      exposedBad: 8,
      exposedCount: 10,
      unexposedBad: 2,
      unexposedCount: 90,
      exposedRatio: 0.8,
      unexposedRatio: 2 / 90,
      lift: 8,
      pValue: expect.closeTo(exactly(8, 2, 2, 88), 14),
    });
    // With the same lift the smaller p comes first, then more bad units.
    const ties = commonCauses(
      [
        { factor: 'LOT', key: 'SMALL', bad: 1, good: 1 },
        { factor: 'LOT', key: 'SAME', bad: 1, good: 1 },
        { factor: 'LOT', key: 'TINY', bad: 1, good: 1 },
        { factor: 'LOT', key: 'LARGE', bad: 4, good: 4 },
      ],
      { bad: 10, good: 90, maxPValue: 1 },
    );
    expect(ties.map(({ key }) => key)).toEqual(['LARGE', 'SAME', 'SMALL', 'TINY']);
  });

  test('of bad units that are named or have a failure, by at least one factor (CCA-1)', () => {
    expect(factorsFit({ units: [], failure: undefined, by: ['LOT'] })).toBeUndefined();
    expect(factorsFit({ units: undefined, failure: {}, by: ['LOT'] })).toBeUndefined();
    expect(factorsFit({ units: [], failure: {}, by: ['LOT'] })).toMatchObject({ rule: 'CCA-1', path: ['failure'] });
    expect(factorsFit({ units: [], failure: undefined, by: [] })).toMatchObject({ rule: 'CCA-1', path: ['by'] });
  });

  test('are sought among at most 20,000 units (CCA-1)', () => {
    expect(hasRoomForUnits(20_000)).toBeUndefined();
    expect(hasRoomForUnits(20_001)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});

import { expect, test } from 'vitest';
import { rateLimit } from '../../src/app/http/rate-limit.ts';

test('a bucket allows its burst at once, then its refill rate', () => {
  const limit = rateLimit({ perSecond: 2, burst: 3, remembered: 10 });

  expect([0, 0, 0, 0].map(() => limit.take('a', 1_000))).toEqual([0, 0, 0, 1]);
  expect(limit.take('a', 1_499)).toBe(1);
  expect(limit.take('a', 1_500)).toBe(0);
  expect(limit.take('b', 1_500)).toBe(0);
  expect([0, 0, 0, 0].map(() => limit.take('a', 100_000))).toEqual([0, 0, 0, 1]);
});

test('a bucket gains nothing when the clock is set back', () => {
  const limit = rateLimit({ perSecond: 1, burst: 1, remembered: 10 });
  expect([limit.take('a', 5_000), limit.take('a', 1_000), limit.take('a', 1_500), limit.take('a', 2_500)]).toEqual([
    0, 1, 1, 0,
  ]);
});

test('a rate of 0 means no limit', () => {
  const limit = rateLimit({ perSecond: 0, burst: 0, remembered: 1 });
  expect([0, 0, 0].map(() => limit.take('a', 1))).toEqual([0, 0, 0]);
});

test('the number of remembered callers is limited; the one idle for the longest time is forgotten', () => {
  const limit = rateLimit({ perSecond: 1, burst: 1, remembered: 2 });
  for (const caller of ['a', 'b', 'c']) limit.take(caller, 1);
  expect([limit.take('c', 1), limit.take('b', 1), limit.take('a', 1)]).toEqual([1, 1, 0]);
});

import { expect, test } from 'vitest';
import { dayRangeProblem, figurePeriod, periodOfDays } from '../../../src/insight/period/period.rules.ts';

test('a figure is about the 30 days before now, unless a period is given', () => {
  const given = { from: '2026-11-02T00:00:00.000Z', to: '2026-11-03T00:00:00.000Z' };
  expect(figurePeriod(given, '2026-12-01T00:00:00.000Z')).toBe(given);
  expect(figurePeriod(undefined, '2026-12-01T08:00:00.000Z')).toEqual({
    from: '2026-11-01T08:00:00.000Z',
    to: '2026-12-01T08:00:00.000Z',
  });
});

test('a range of days has 1 to 366 days', () => {
  expect(dayRangeProblem({ from: '2026-11-02', to: '2026-11-02' })).toBeUndefined();
  expect(dayRangeProblem({ from: '2026-01-01', to: '2027-01-01' })).toBeUndefined();
  expect(dayRangeProblem({ from: '2026-01-01', to: '2027-01-02' })).toMatch(/at most 366 days.*later than 2027-01-01/);
  expect(dayRangeProblem({ from: '2026-11-02', to: '2026-11-01' })).toMatch(/must not end before it begins/);
});

test('the days of a range are those of the clocks', () => {
  expect(periodOfDays({ from: '2026-10-25', to: '2026-10-25' }, 'Europe/Berlin')).toEqual({
    from: '2026-10-24T22:00:00.000Z',
    to: '2026-10-25T23:00:00.000Z',
  });
});

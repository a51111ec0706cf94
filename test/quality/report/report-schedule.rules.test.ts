import { expect, describe, test } from 'vitest';
import {
  isScheduleNameFree,
  nextRunAfter,
  periodOfRun,
  type Rhythm,
} from '../../../src/quality/report/report-schedule.rules.ts';

const rhythm = (interval: Rhythm['interval'], hour = 6, timeZone = 'UTC'): Rhythm => ({ interval, hour, timeZone });

describe('the next run', () => {
  test.each([
    ['a day, before its hour', rhythm('DAILY'), '2026-11-20T05:59:59.999Z', '2026-11-20T06:00:00.000Z'],
    ['a day, at its hour', rhythm('DAILY'), '2026-11-20T06:00:00.000Z', '2026-11-21T06:00:00.000Z'],
    ['a week, on a Friday', rhythm('WEEKLY'), '2026-11-20T08:00:00.000Z', '2026-11-23T06:00:00.000Z'],
    ['a week, on a Monday before its hour', rhythm('WEEKLY'), '2026-11-23T01:00:00.000Z', '2026-11-23T06:00:00.000Z'],
    ['a week, on a Sunday', rhythm('WEEKLY'), '2026-11-22T23:00:00.000Z', '2026-11-23T06:00:00.000Z'],
    ['a month, in its middle', rhythm('MONTHLY'), '2026-12-15T08:00:00.000Z', '2027-01-01T06:00:00.000Z'],
    ['a month, on the first', rhythm('MONTHLY'), '2026-12-01T05:00:00.000Z', '2026-12-01T06:00:00.000Z'],
    ['a zone ahead of UTC', rhythm('DAILY', 6, 'Asia/Seoul'), '2026-11-20T20:00:00.000Z', '2026-11-20T21:00:00.000Z'],
    [
      'a zone behind UTC',
      rhythm('DAILY', 22, 'America/Chicago'),
      '2026-11-20T20:00:00.000Z',
      '2026-11-21T04:00:00.000Z',
    ],
  ])('of %s (RPT-6)', (_what, schedule, now, next) => {
    expect(nextRunAfter(schedule, now)).toBe(next);
  });

  test('at an hour that the clocks skip is when they change (RPT-6)', () => {
    const berlin = rhythm('DAILY', 2, 'Europe/Berlin');
    expect(nextRunAfter(berlin, '2026-03-28T12:00:00.000Z')).toBe('2026-03-29T01:00:00.000Z');
    expect(nextRunAfter(berlin, '2026-03-29T01:00:00.000Z')).toBe('2026-03-30T00:00:00.000Z');
  });

  test('at an hour that comes twice is once, the first time (RPT-6)', () => {
    const berlin = rhythm('DAILY', 2, 'Europe/Berlin');
    expect(nextRunAfter(berlin, '2026-10-24T12:00:00.000Z')).toBe('2026-10-25T00:00:00.000Z');
    expect(nextRunAfter(berlin, '2026-10-25T00:00:00.000Z')).toBe('2026-10-26T01:00:00.000Z');
  });
});

describe('a run reports', () => {
  test.each([
    [
      'the previous day',
      rhythm('DAILY'),
      '2026-11-20T06:00:00.000Z',
      '2026-11-19T00:00:00.000Z',
      '2026-11-20T00:00:00.000Z',
    ],
    [
      'the previous week',
      rhythm('WEEKLY'),
      '2026-11-23T06:00:00.000Z',
      '2026-11-16T00:00:00.000Z',
      '2026-11-23T00:00:00.000Z',
    ],
    [
      'the previous month',
      rhythm('MONTHLY'),
      '2027-01-01T06:00:00.000Z',
      '2026-12-01T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
    ],
    [
      'a day of 23 hours',
      rhythm('DAILY', 6, 'Europe/Berlin'),
      '2026-03-30T04:00:00.000Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ],
    [
      'a day of 25 hours',
      rhythm('DAILY', 6, 'Europe/Berlin'),
      '2026-10-26T05:00:00.000Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ],
    [
      'the latest day, when runs were missed',
      rhythm('DAILY'),
      '2026-11-25T05:00:00.000Z',
      '2026-11-23T00:00:00.000Z',
      '2026-11-24T00:00:00.000Z',
    ],
  ])('%s (RPT-6)', (_what, schedule, now, from, to) => {
    expect(periodOfRun(schedule, now)).toEqual({ from, to });
  });
});

test('a name of an owner is free or taken (RPT-6)', () => {
  expect(isScheduleNameFree('Daily', null)).toBeUndefined();
  expect(isScheduleNameFree('Daily', {})).toEqual({
    code: 'CONFLICT',
    rule: 'RPT-6',
    path: ['name'],
    message: 'The owner has a schedule "Daily" already; choose another name.',
  });
});

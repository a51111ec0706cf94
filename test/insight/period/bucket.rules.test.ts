import { expect, test } from 'vitest';
import {
  bucketsOf,
  type Clocks,
  daysFrom,
  firstDayOf,
  isoWeekOf,
  type TimeDimension,
} from '../../../src/insight/period/bucket.rules.ts';
import { USUAL_SHIFTS } from '../../../src/platform/rules/shift.ts';

const BERLIN: Clocks = { timeZone: 'Europe/Berlin', shifts: USUAL_SHIFTS };

function buckets(dimension: TimeDimension, from: string, to: string, clocks = BERLIN) {
  return bucketsOf(dimension, { from, to }, clocks).map(({ start, key }) => [start.slice(5, 16), key]);
}

test('days are those of the clocks, of 23 and 25 hours, too', () => {
  expect(buckets('DAY', '2026-10-24T22:00:00.000Z', '2026-10-26T23:00:00.000Z')).toEqual([
    ['10-24T22:00', '2026-10-25'],
    ['10-25T23:00', '2026-10-26'],
  ]);
  expect(buckets('DAY', '2026-03-29T12:00:00.000Z', '2026-03-30T00:00:00.000Z')).toEqual([
    ['03-28T23:00', '2026-03-29'],
    ['03-29T22:00', '2026-03-30'],
  ]);
});

test('a day of 23 hours has 23 hours; where the clocks go back, two parts have one key', () => {
  const spring = buckets('HOUR', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z');
  expect(spring).toHaveLength(23);
  expect(spring.slice(1, 4)).toEqual([
    ['03-29T00:00', '2026-03-29T01'],
    ['03-29T01:00', '2026-03-29T03'],
    ['03-29T02:00', '2026-03-29T04'],
  ]);
  // The hour from two to three comes twice, without another one between.
  const autumn = buckets('HOUR', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z');
  expect(autumn).toHaveLength(24);
  expect(autumn.slice(2, 4)).toEqual([
    ['10-25T00:00', '2026-10-25T02'],
    ['10-25T02:00', '2026-10-25T03'],
  ]);
  // Half an hour comes twice: 01:30 to 02:00.
  const half = buckets('HOUR', '2026-04-04T14:00:00.000Z', '2026-04-04T17:00:00.000Z', {
    timeZone: 'Australia/Lord_Howe',
    shifts: [],
  });
  expect(half).toEqual([
    ['04-04T14:00', '2026-04-05T01'],
    ['04-04T15:30', '2026-04-05T02'],
    ['04-04T16:30', '2026-04-05T03'],
  ]);
});

test('an hour of a common day starts at its full hour', () => {
  expect(buckets('HOUR', '2026-11-02T13:30:00.000Z', '2026-11-02T15:00:00.000Z')).toEqual([
    ['11-02T13:00', '2026-11-02T14'],
    ['11-02T14:00', '2026-11-02T15'],
  ]);
});

test('a shift belongs to the day on which it began', () => {
  expect(buckets('SHIFT', '2026-11-03T04:59:00.000Z', '2026-11-03T21:30:00.000Z')).toEqual([
    ['11-02T21:00', '2026-11-02 NIGHT'],
    ['11-03T05:00', '2026-11-03 EARLY'],
    ['11-03T13:00', '2026-11-03 LATE'],
    ['11-03T21:00', '2026-11-03 NIGHT'],
  ]);
  // The only shift of a day lasts until it starts again, also over the change of the clocks.
  const one = { timeZone: 'Europe/Berlin', shifts: [{ name: 'ALL', start: '02:30' }] };
  expect(buckets('SHIFT', '2026-03-29T00:00:00.000Z', '2026-03-29T02:00:00.000Z', one)).toEqual([
    ['03-28T01:30', '2026-03-28 ALL'],
    ['03-29T01:00', '2026-03-29 ALL'],
  ]);
});

test('weeks are those of ISO 8601, and months those of the calendar', () => {
  expect(['2026-01-01', '2027-01-03', '2027-01-04', '2024-12-30', '2026-11-02', '2021-01-03'].map(isoWeekOf)).toEqual([
    '2026-W01',
    '2026-W53',
    '2027-W01',
    '2025-W01',
    '2026-W45',
    '2020-W53',
  ]);
  expect(buckets('WEEK', '2026-12-30T00:00:00.000Z', '2027-01-06T00:00:00.000Z')).toEqual([
    ['12-28T23:00', '2026-W53'],
    ['01-03T23:00', '2027-W01'],
  ]);
  expect(buckets('MONTH', '2026-10-31T00:00:00.000Z', '2026-11-30T23:00:00.000Z')).toEqual([
    ['10-29T23:00', '2026-10'],
    ['10-31T23:00', '2026-11'],
  ]);
  expect(['DAY', 'WEEK', 'MONTH'].map((interval) => firstDayOf(interval as 'DAY', '2026-11-08'))).toEqual([
    '2026-11-08',
    '2026-11-02',
    '2026-11-01',
  ]);
  expect(daysFrom('2026-10-31', '2026-11-01')).toEqual(['2026-10-31', '2026-11-01']);
});

test('a day that the clocks skip as a whole is not there', () => {
  const samoa = { timeZone: 'Pacific/Apia', shifts: USUAL_SHIFTS };
  expect(buckets('DAY', '2011-12-29T12:00:00.000Z', '2011-12-31T00:00:00.000Z', samoa)).toEqual([
    ['12-29T10:00', '2011-12-29'],
    ['12-30T10:00', '2011-12-31'],
  ]);
});

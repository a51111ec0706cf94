import { expect, test } from 'vitest';
import {
  clockTimeIn,
  firstOfMonth,
  instantOfHour,
  isoWeekday,
  isTimeZone,
  plusCalendarDays,
  startOfDayIn,
} from '../../src/platform/values/zoned-time.ts';

test('a time zone has a name of IANA; an offset is none', () => {
  expect(['UTC', 'Europe/Berlin', 'Asia/Kolkata'].map(isTimeZone)).toEqual([true, true, true]);
  expect(['', '+01:00', 'Mars/Olympus', 'Europe/Berlin;', ' UTC'].map(isTimeZone)).toEqual(Array(5).fill(false));
});

test.each([
  ['a common day', 'Europe/Berlin', '2026-11-20', '2026-11-19T23:00:00.000Z'],
  ['the day of 23 hours', 'Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['the day after it', 'Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
  ['the day of 25 hours', 'Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z'],
  ['the day after it', 'Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00.000Z'],
  ['a day whose midnight the clocks skip', 'America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
  ['a day whose midnight comes twice', 'America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z'],
  ['a zone with half an hour', 'Asia/Kolkata', '2026-11-20', '2026-11-19T18:30:00.000Z'],
])('%s begins at its midnight', (_what, zone, day, instant) => {
  expect(startOfDayIn(zone, day)).toBe(instant);
});

test('an hour is that of the clocks', () => {
  expect(instantOfHour('America/New_York', '2026-07-01', 6)).toBe('2026-07-01T10:00:00.000Z');
  expect(instantOfHour('America/New_York', '2026-12-01', 6)).toBe('2026-12-01T11:00:00.000Z');
  expect(instantOfHour('Europe/Berlin', '2026-11-02', 6.5)).toBe('2026-11-02T05:30:00.000Z');
  expect(clockTimeIn('America/New_York', '2026-12-01T11:59:59.999Z')).toBe('2026-12-01 06:59');
});

test('an hour that the clocks skip is the change, one that comes twice its first', () => {
  expect([2, 2.5, 3].map((hour) => instantOfHour('Europe/Berlin', '2026-03-29', hour))).toEqual(
    Array(3).fill('2026-03-29T01:00:00.000Z'),
  );
  expect(instantOfHour('Europe/Berlin', '2026-10-25', 2.5)).toBe('2026-10-25T00:30:00.000Z');
  expect(instantOfHour('Pacific/Apia', '2011-12-30', 6)).toBe('2011-12-30T10:00:00.000Z');
});

test('days, weeks and months are those of the calendar', () => {
  expect(plusCalendarDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(plusCalendarDays('2028-03-01', -1)).toBe('2028-02-29');
  expect(['2026-11-16', '2026-11-20', '2026-11-22'].map(isoWeekday)).toEqual([1, 5, 7]);
  expect(firstOfMonth('2026-11-20')).toBe('2026-11-01');
  expect([firstOfMonth('2026-12-20', 1), firstOfMonth('2026-01-31', -1)]).toEqual(['2027-01-01', '2025-12-01']);
});

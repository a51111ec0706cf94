/**
 * The hours, shifts, days, weeks and months of a period, by the clocks of a time zone. A figure per hour or per day asks
 * the database with their starts, so days of 23 and 25 hours need no rule of their own, and one table of time zones
 * decides.
 */
import type { Shift } from '../../platform/rules/shift.ts';
import { startHour } from '../../platform/rules/shift.ts';
import { dayIn, type DateText, type Instant, plusMilliseconds } from '../../platform/values/time.ts';
import {
  clockTimeIn,
  firstOfMonth,
  instantOfHour,
  isoWeekday,
  plusCalendarDays,
  startOfDayIn,
} from '../../platform/values/zoned-time.ts';
import type { Period } from '../../quality/report/report.rules.ts';

/** What time is divided into. */
export const TIME_DIMENSIONS = ['HOUR', 'SHIFT', 'DAY', 'WEEK', 'MONTH'] as const;
/** One of TIME_DIMENSIONS. */
export type TimeDimension = (typeof TIME_DIMENSIONS)[number];

/** The clocks of a site. */
export interface Clocks {
  readonly timeZone: string;
  /** In the order of their starts. */
  readonly shifts: readonly Shift[];
}

/** A part of a period: it lasts until the next one starts. Two parts have the same key where the clocks go back. */
export interface Bucket {
  readonly start: Instant;
  readonly key: string;
}

/**
 * The parts of a period, without gaps; the first one starts at the period's start or before. Keys: HOUR `2026-11-02T14`,
 * SHIFT `2026-11-02 NIGHT` (the day on which the shift began), DAY `2026-11-02`, WEEK `2026-W45` (ISO 8601), MONTH
 * `2026-11`.
 */
export function bucketsOf(dimension: TimeDimension, period: Period, clocks: Clocks): readonly Bucket[] {
  const first = plusCalendarDays(dayIn(clocks.timeZone, period.from), -1);
  const starts = STARTS[dimension](daysFrom(first, dayIn(clocks.timeZone, period.to)), clocks);
  const begun = starts.findLastIndex(({ start }) => start <= period.from);
  return starts.slice(begun).filter(({ start }, index) => index === 0 || start < period.to);
}

/** The ISO week of a day, `2026-W45`: the week belongs to the year of its Thursday. */
export function isoWeekOf(day: DateText): string {
  const thursday = plusCalendarDays(day, 4 - isoWeekday(day));
  const year = thursday.slice(0, 4);
  const dayOfYear = (Date.parse(thursday) - Date.parse(`${year}-01-01`)) / DAY;
  return `${year}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`;
}

/** The first day of the interval of a day: itself, its Monday, or the first of its month. */
export function firstDayOf(interval: 'DAY' | 'WEEK' | 'MONTH', day: DateText): DateText {
  if (interval === 'DAY') return day;
  return interval === 'WEEK' ? plusCalendarDays(day, 1 - isoWeekday(day)) : firstOfMonth(day);
}

/** The days from one to another, both included. */
export function daysFrom(from: DateText, to: DateText): readonly DateText[] {
  const days: DateText[] = [];
  for (let day = from; day <= to; day = plusCalendarDays(day, 1)) days.push(day);
  return days;
}

const DAY = 86_400_000;
const QUARTER = 15 * 60_000;

const STARTS: Readonly<Record<TimeDimension, (days: readonly DateText[], clocks: Clocks) => readonly Bucket[]>> = {
  HOUR: (days, { timeZone }) => changesOf(days.flatMap((day) => hoursOf(day, timeZone))),
  SHIFT: (days, { timeZone, shifts }) =>
    inOrder(
      days.flatMap((day) =>
        shifts.map((shift) => ({ start: instantOfHour(timeZone, day, startHour(shift)), key: `${day} ${shift.name}` })),
      ),
    ),
  DAY: (days, { timeZone }) => byDay(days, timeZone, (day) => day),
  WEEK: (days, { timeZone }) => changesOf(byDay(days, timeZone, isoWeekOf)),
  MONTH: (days, { timeZone }) => changesOf(byDay(days, timeZone, (day) => day.slice(0, 7))),
};

function byDay(days: readonly DateText[], timeZone: string, keyOf: (day: DateText) => string): readonly Bucket[] {
  return inOrder(days.map((day) => ({ start: startOfDayIn(timeZone, day), key: keyOf(day) })));
}

/** The hours of a day. On a day on which the clocks change, every quarter of an hour asks them. */
function hoursOf(day: DateText, timeZone: string): readonly Bucket[] {
  const [start, end] = [startOfDayIn(timeZone, day), startOfDayIn(timeZone, plusCalendarDays(day, 1))];
  const length = Date.parse(end) - Date.parse(start);
  if (length === DAY)
    return Array.from({ length: 24 }, (_none, hour) => ({
      start: plusMilliseconds(start, (hour * DAY) / 24),
      key: `${day}T${String(hour).padStart(2, '0')}`,
    }));
  return Array.from({ length: Math.ceil(length / QUARTER) }, (_none, quarter) => {
    const at = plusMilliseconds(start, quarter * QUARTER);
    return { start: at, key: clockTimeIn(timeZone, at).slice(0, 13).replace(' ', 'T') };
  });
}

/** The parts whose key differs from the one before. */
function changesOf(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.filter(({ key }, index) => buckets[index - 1]?.key !== key);
}

/** Without what the clocks skip as a whole: of those that start at the same instant, only the last one has any time. */
function inOrder(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.filter(({ start }, index) => buckets[index + 1]?.start !== start);
}

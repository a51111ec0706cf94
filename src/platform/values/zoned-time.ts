/**
 * Days and hours of the clocks in a time zone. Most days have 24 hours; the days on which the clocks change have 23 or
 * 25, so a day is never a number of milliseconds.
 */
import type { DateText, Instant } from './time.ts';

/** True for the name of an IANA time zone such as `Europe/Berlin`; false for an offset such as `+01:00`. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * The instant at which the clocks of the zone show the hour on the day; 6.5 is half past six. A time that comes twice is
 * its first one; one that the clocks skip is the instant of the change.
 */
export function instantOfHour(timeZone: string, day: DateText, hour: number): Instant {
  const shown = Date.parse(`${day}T00:00:00.000Z`) + hour * HOUR;
  const [before, after] = [offsetOf(timeZone, shown - DAY), offsetOf(timeZone, shown + DAY)];
  const possible = [shown - before, shown - after].filter((instant) => instant + offsetOf(timeZone, instant) === shown);
  return new Date(possible.length === 0 ? changeAfter(timeZone, shown - after) : Math.min(...possible)).toISOString();
}

/** The first whole minute after the instant at which the clocks differ from UTC by something else. They do within a day. */
function changeAfter(timeZone: string, milliseconds: number): number {
  const before = offsetOf(timeZone, milliseconds);
  let [same, changed] = [0, DAY / MINUTE];
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offsetOf(timeZone, milliseconds + middle * MINUTE) === before) same = middle;
    else changed = middle;
  }
  return milliseconds + changed * MINUTE;
}

/** The first instant of a day in the zone. */
export function startOfDayIn(timeZone: string, day: DateText): Instant {
  return instantOfHour(timeZone, day, 0);
}

/** The day so many days of the calendar later; earlier for a negative number. */
export function plusCalendarDays(day: DateText, days: number): DateText {
  return new Date(Date.parse(`${day}T00:00:00.000Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The day of the ISO week: 1 for Monday to 7 for Sunday. */
export function isoWeekday(day: DateText): number {
  return ((new Date(`${day}T00:00:00.000Z`).getUTCDay() + 6) % 7) + 1;
}

/** The first day of the month, so many months later; earlier for a negative number. */
export function firstOfMonth(day: DateText, months = 0): DateText {
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
}

/** An instant as the clocks of the zone show it, to the minute: `2026-11-20 09:00`. */
export function clockTimeIn(timeZone: string, instant: Instant): string {
  const milliseconds = Date.parse(instant);
  return new Date(milliseconds + offsetOf(timeZone, milliseconds)).toISOString().slice(0, 16).replace('T', ' ');
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How far the clocks of the zone are ahead of UTC at the instant, in milliseconds. */
function offsetOf(timeZone: string, milliseconds: number): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' });
  formats.set(timeZone, format);
  const [date = '', time = ''] = format.format(milliseconds).split(' ');
  return Date.parse(`${date}T${time}.000Z`) - Math.floor(milliseconds / 1000) * 1000;
}

/** Cached, because creating a format takes far longer than using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

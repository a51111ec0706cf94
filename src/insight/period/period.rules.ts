import type { DateText, Instant } from '../../platform/values/time.ts';
import { plusDays } from '../../platform/values/time.ts';
import { plusCalendarDays, startOfDayIn } from '../../platform/values/zoned-time.ts';
import type { Period } from '../../quality/report/report.rules.ts';

/** The most days of the period of a figure. */
export const FIGURE_DAYS = 366;
/** The days before now that a figure is about, unless a period is given. */
export const USUAL_DAYS = 30;
/** The most characters of the name of a time zone. */
export const TIME_ZONE_LENGTH = 64;

/** Days of the calendar, both ends included. */
export interface DayRange {
  readonly from: DateText;
  readonly to: DateText;
}

/** The period that a figure is about: the given one, else the 30 days before now. */
export function figurePeriod(given: Period | undefined, now: Instant): Period {
  return given ?? { from: plusDays(now, -USUAL_DAYS), to: now };
}

/** What is wrong with a range of days, which has at least one and at most 366; undefined when nothing is. */
export function dayRangeProblem({ from, to }: DayRange): string | undefined {
  if (from > to) return `must not end before it begins, but it is from ${from} to ${to}.`;
  const last = plusCalendarDays(from, FIGURE_DAYS - 1);
  return to > last ? `must have at most ${FIGURE_DAYS} days; this one ends on ${to}, later than ${last}.` : undefined;
}

/** The instants of the days of a range in a time zone, from the first midnight to the one after the last day. */
export function periodOfDays({ from, to }: DayRange, timeZone: string): Period {
  return { from: startOfDayIn(timeZone, from), to: startOfDayIn(timeZone, plusCalendarDays(to, 1)) };
}

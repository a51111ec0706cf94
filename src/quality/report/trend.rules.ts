/** KPI-8, KPI-12: Figures per day of a time zone. */
import { dayIn, type DateText, type Instant } from '../../platform/values/time.ts';
import { plusCalendarDays, startOfDayIn } from '../../platform/values/zoned-time.ts';
import type { Period } from './report.rules.ts';

/** What was executed on one day. */
export interface DayOfExecutions {
  readonly executions: number;
  readonly failCount: number;
  readonly defectQuantity: number;
}

/** KPI-8: A day of a trend. */
export interface TrendPoint extends DayOfExecutions {
  readonly start: DateText;
  /** The share of executions that failed; null on a day without executions. */
  readonly failRatio: number | null;
}

/** One day of a period, as far as it is in the period. */
export interface DayPart extends Period {
  readonly day: DateText;
}

/** The days of a period in a time zone. The first and the last one may be in it only in part. */
export function daysOf({ from, to }: Period, timeZone: string): readonly DayPart[] {
  const days: DayPart[] = [];
  for (let day = dayIn(timeZone, from), start: Instant = from; start < to; day = plusCalendarDays(day, 1)) {
    const next = startOfDayIn(timeZone, plusCalendarDays(day, 1));
    const end = next < to ? next : to;
    // A day that the clocks skip as a whole has no instant.
    if (start < end) days.push({ day, from: start, to: end });
    start = end;
  }
  return days;
}

/** A quotient; null when the denominator is 0. */
export function ratioOf(count: number, of: number): number | null {
  return of === 0 ? null : count / of;
}

/** KPI-8: The points of all days, those without executions too. */
export function trendOf(
  days: readonly DayPart[],
  executed: ReadonlyMap<DateText, DayOfExecutions>,
): readonly TrendPoint[] {
  return days.map(({ day }) => {
    const { executions, failCount, defectQuantity } = executed.get(day) ?? NOTHING;
    return { start: day, executions, failCount, failRatio: ratioOf(failCount, executions), defectQuantity };
  });
}

const NOTHING: DayOfExecutions = { executions: 0, failCount: 0, defectQuantity: 0 };

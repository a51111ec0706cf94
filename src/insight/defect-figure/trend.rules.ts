/** KPI-8, KPI-12: Figures per day of a time zone. */
import { dayIn, type DateText, type Instant } from '../../platform/values/time.ts';
import { plusCalendarDays, startOfDayIn } from '../../platform/values/zoned-time.ts';
import { ratioOf, sumOf } from '../figure/ratio.rules.ts';
import { daysFrom, firstDayOf } from '../period/bucket.rules.ts';
import type { DayRange } from '../period/period.rules.ts';
import type { Period } from '../../quality/report/report.rules.ts';

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

/** KPI-8: The points of all days, those without executions too. */
export function trendOf(
  days: readonly DayPart[],
  executed: ReadonlyMap<DateText, DayOfExecutions>,
): readonly TrendPoint[] {
  return days.map(({ day }) => pointOf(day, executed.get(day) ?? NOTHING));
}

/** The intervals of a trend. */
export const TREND_INTERVALS = ['DAY', 'WEEK', 'MONTH'] as const;
/** One of TREND_INTERVALS. */
export type TrendInterval = (typeof TREND_INTERVALS)[number];

/** A trend: its points, and the figures of all of them together. */
export interface Trend {
  readonly points: readonly TrendPoint[];
  readonly failRatio: number | null;
  readonly maxFailRatio: number | null;
}

/**
 * KPI-8: The starts of the intervals of a range of days: the days, their Mondays, or the firsts of their months, also
 * where the range cuts the interval.
 */
export function intervalsOf({ from, to }: DayRange, interval: TrendInterval): readonly DateText[] {
  return [...new Set(daysFrom(from, to).map((day) => firstDayOf(interval, day)))];
}

/** KPI-8: The points of all intervals, those without executions too. `executed` has the places of intervals, from 0. */
export function trendOfIntervals(starts: readonly DateText[], executed: ReadonlyMap<number, DayOfExecutions>): Trend {
  const points = starts.map((start, place) => pointOf(start, executed.get(place) ?? NOTHING));
  const ratios = points.flatMap(({ failRatio }) => failRatio ?? []);
  return {
    points,
    failRatio: ratioOf(
      sumOf(points, ({ failCount }) => failCount),
      sumOf(points, ({ executions }) => executions),
    ),
    maxFailRatio: ratios.length === 0 ? null : Math.max(...ratios),
  };
}

function pointOf(start: DateText, { executions, failCount, defectQuantity }: DayOfExecutions): TrendPoint {
  return { start, executions, failCount, failRatio: ratioOf(failCount, executions), defectQuantity };
}

const NOTHING: DayOfExecutions = { executions: 0, failCount: 0, defectQuantity: 0 };

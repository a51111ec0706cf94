/** When schedules run, and on which period each run reports (RPT-6). */
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { dayIn, type DateText, type Instant } from '../../platform/values/time.ts';
import {
  firstOfMonth,
  instantOfHour,
  isoWeekday,
  plusCalendarDays,
  startOfDayIn,
} from '../../platform/values/zoned-time.ts';
import type { Period } from './report.rules.ts';

/** How often a schedule may run. */
export const REPORT_INTERVALS = ['DAILY', 'WEEKLY', 'MONTHLY'] as const;
/** One of REPORT_INTERVALS. */
export type ReportInterval = (typeof REPORT_INTERVALS)[number];

/** When a schedule runs. */
export interface Rhythm {
  readonly interval: ReportInterval;
  readonly hour: number;
  readonly timeZone: string;
}

/**
 * RPT-6: The first run after the instant. A schedule runs at its hour each day, each Monday, or on the first of each
 * month. An hour that the clocks skip runs when they change; one that comes twice runs once, the first time.
 */
export function nextRunAfter(rhythm: Rhythm, instant: Instant): Instant {
  let day = dayOfRun(rhythm, dayIn(rhythm.timeZone, instant));
  while (runOn(rhythm, day) <= instant) day = following(rhythm, day);
  return runOn(rhythm, day);
}

/**
 * RPT-6: The period on which the run that is due reports: the previous day, ISO week or month of the last run at or
 * before the instant. So runs that were missed are made up once, on the latest period.
 */
export function periodOfRun(rhythm: Rhythm, instant: Instant): Period {
  const { timeZone } = rhythm;
  let day = dayOfRun(rhythm, dayIn(timeZone, instant));
  while (runOn(rhythm, day) > instant) day = preceding(rhythm, day);
  return { from: startOfDayIn(timeZone, preceding(rhythm, day)), to: startOfDayIn(timeZone, day) };
}

/** RPT-6: An owner gives a name to one schedule. */
export function isScheduleNameFree(name: string, namesake: object | null): Answer {
  if (namesake === null) return undefined;
  return rejection('RPT-6', 'name', `The owner has a schedule "${name}" already; choose another name.`, 'CONFLICT');
}

function runOn({ timeZone, hour }: Rhythm, day: DateText): Instant {
  return instantOfHour(timeZone, day, hour);
}

/** The day of the run in the interval that contains the day. */
function dayOfRun({ interval }: Rhythm, day: DateText): DateText {
  if (interval === 'DAILY') return day;
  return interval === 'WEEKLY' ? plusCalendarDays(day, 1 - isoWeekday(day)) : firstOfMonth(day);
}

function following({ interval }: Rhythm, day: DateText): DateText {
  if (interval === 'MONTHLY') return firstOfMonth(day, 1);
  return plusCalendarDays(day, interval === 'DAILY' ? 1 : 7);
}

function preceding({ interval }: Rhythm, day: DateText): DateText {
  if (interval === 'MONTHLY') return firstOfMonth(day, -1);
  return plusCalendarDays(day, interval === 'DAILY' ? -1 : -7);
}

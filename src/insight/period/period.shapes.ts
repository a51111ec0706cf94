import { z } from 'zod';
import { date, instant, line, optional, refineTo } from '../../platform/input/schemas.ts';
import { isTimeZone } from '../../platform/values/zoned-time.ts';
import { type Period, periodProblem } from '../../quality/report/report.rules.ts';
import { dayRangeProblem, type DayRange, TIME_ZONE_LENGTH } from './period.rules.ts';

/** A half-open period of at most 366 days. */
export const figurePeriodInput: z.ZodType<Period> = refineTo(
  z.strictObject({ from: instant, to: instant }),
  (value) => {
    const message = periodProblem(value);
    return message === undefined ? { value } : { message };
  },
);

/** Days of the calendar, both ends included, at most 366. */
export const dayRange: z.ZodType<DayRange> = refineTo(z.strictObject({ from: date, to: date }), (value) => {
  const message = dayRangeProblem(value);
  return message === undefined ? { value } : { message };
});

/** The name of an IANA time zone; undefined for the one of the site. */
export const timeZoneName: z.ZodType<string | undefined> = optional(
  refineTo(line(TIME_ZONE_LENGTH), (name) =>
    isTimeZone(name) ? { value: name } : { message: 'must be the name of an IANA time zone such as Europe/Berlin.' },
  ),
);

import { plantSettings } from '../../platform/request/plant-settings.ts';
import { builder } from '../../platform/graphql/builder.ts';
import type { Services } from '../../platform/request/context.ts';
import type { Clocks } from './bucket.rules.ts';
import { FIGURE_DAYS, USUAL_DAYS } from './period.rules.ts';

export const PeriodInput = builder.inputType('PeriodInput', {
  description: `A period: \`from\` is in it, \`to\` is not. At most ${FIGURE_DAYS} days.`,
  fields: (t) => ({
    from: t.field({ type: 'DateTime', required: true, description: 'Its first instant.' }),
    to: t.field({ type: 'DateTime', required: true, description: 'The first instant after it.' }),
  }),
});

export const DayRangeInput = builder.inputType('DayRangeInput', {
  description: `Days of the calendar, both ends included. At most ${FIGURE_DAYS} days.`,
  fields: (t) => ({
    from: t.field({ type: 'Date', required: true, description: 'The first day.' }),
    to: t.field({ type: 'Date', required: true, description: 'The last day.' }),
  }),
});

/** The description of an argument of type PeriodInput. */
export const PERIOD_ARGUMENT = `When. Default: the ${USUAL_DAYS} days before now.`;
/** The description of an argument with the name of a time zone. */
export const TIME_ZONE_ARGUMENT =
  'The IANA time zone whose clocks divide hours, shifts, days, weeks and months, such as `Europe/Berlin`. Default: the one of the site.';

/** The clocks of a figure: those of the time zone that was asked for, else those of the site; the shifts are the site's. */
export function clocksOf(services: Services, timeZone: string | undefined): Clocks {
  const { siteTimeZone, siteShifts } = plantSettings(services);
  return { timeZone: timeZone ?? siteTimeZone, shifts: siteShifts };
}

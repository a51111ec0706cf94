/** The period of a page, in its address: the last 1, 7, 30 or 90 days until the end of today. */
import { plusCalendarDays, startOfDayIn } from '../../src/platform/values/zoned-time.ts';
import { setParameters } from './route.ts';
import { dayAtSite, SITE_TIME_ZONE } from './site.ts';
import { texts } from './texts.ts';

const DAYS = [1, 7, 30, 90] as const;

/** The number of days of an address; 30 unless it says otherwise. */
export function daysOf(parameters: URLSearchParams): number {
  const asked = Number(parameters.get('days'));
  return DAYS.find((days) => days === asked) ?? 30;
}

/** The period of so many days of the site, until the end of the day of now; and the days by their dates. */
export function periodOf(days: number): { period: { from: string; to: string }; days: { from: string; to: string } } {
  const today = dayAtSite(new Date());
  const first = plusCalendarDays(today, 1 - days);
  return {
    period: {
      from: startOfDayIn(SITE_TIME_ZONE, first),
      to: startOfDayIn(SITE_TIME_ZONE, plusCalendarDays(today, 1)),
    },
    days: { from: first, to: today },
  };
}

/** Chooses the period. */
export function PeriodChoice({ days }: { readonly days: number }) {
  return (
    <label>
      {texts.period}{' '}
      <select value={days} onChange={({ currentTarget }) => setParameters({ days: currentTarget.value })}>
        {DAYS.map((each) => (
          <option key={each} value={each}>
            {texts.lastDays(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

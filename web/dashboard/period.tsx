/** The period of a page, in its address: the last 1, 7, 30 or 90 days until the end of today. */
import { setParameters } from './route.ts';
import { texts } from './texts.ts';

const DAYS = [1, 7, 30, 90] as const;

/** The number of days of an address; 30 unless it says otherwise. */
export function daysOf(parameters: URLSearchParams): number {
  const asked = Number(parameters.get('days'));
  return DAYS.find((days) => days === asked) ?? 30;
}

/** The period of so many days, until the end of the day of now; and the days by their dates. */
export function periodOf(days: number): { period: { from: string; to: string }; days: { from: string; to: string } } {
  const to = new Date();
  to.setHours(24, 0, 0, 0);
  const from = new Date(to);
  from.setDate(from.getDate() - days);
  const last = new Date(to.getTime() - 1);
  return {
    period: { from: from.toISOString(), to: to.toISOString() },
    days: { from: dateOf(from), to: dateOf(last) },
  };
}

function dateOf(day: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
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

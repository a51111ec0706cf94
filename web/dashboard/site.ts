/** The clocks of the site, as the server writes them into the page. */
import { dayIn } from '../../src/platform/values/time.ts';
import { instantOfHour, isTimeZone } from '../../src/platform/values/zoned-time.ts';

/** The time zone of the site; that of the browser where the page does not say. */
export const SITE_TIME_ZONE: string = stated() ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;

function stated(): string | undefined {
  const zone = document.querySelector('meta[name=time-zone]')?.getAttribute('content') ?? '';
  return isTimeZone(zone) ? zone : undefined;
}

/** The day of an instant by the clocks of the site. */
export function dayAtSite(at: Date): string {
  return dayIn(SITE_TIME_ZONE, at.toISOString());
}

/** The instant of a time that the clocks of the site show, such as `2026-11-20T09:30`. */
export function instantAtSite(shown: string): string {
  const [day = '', clock = ''] = shown.split('T');
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return instantOfHour(SITE_TIME_ZONE, day, hours + minutes / 60);
}

/** Writes an instant by the clocks of the site: of today the time only. */
export function instantsIn(language: string): (at: string) => string {
  const parts = { timeStyle: 'medium', timeZone: SITE_TIME_ZONE } as const;
  const whole = new Intl.DateTimeFormat(language, { ...parts, dateStyle: 'short' });
  const clock = new Intl.DateTimeFormat(language, parts);
  return (at) => {
    const instant = new Date(at);
    return (dayAtSite(instant) === dayAtSite(new Date()) ? clock : whole).format(instant);
  };
}

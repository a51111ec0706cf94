/**
 * Time as values. An instant is always the text `YYYY-MM-DDTHH:mm:ss.sssZ`, a date always `YYYY-MM-DD`, from the
 * database to the answer. Texts of one fixed form compare like the instants they stand for, survive JSON unchanged and
 * cost nothing to read.
 */

export type Instant = string;
export type DateText = string;

/**
 * The instant as canonical text, or undefined when the text is no ISO 8601 instant with an offset in the years
 * 1900..2200.
 */
export function instantOf(text: string): Instant | undefined {
  const match = INSTANT.exec(text);
  if (match === null || dateOf(match[1] ?? '') === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return undefined;
  const canonical = new Date(milliseconds).toISOString();
  return canonical >= '1900' && canonical < '2201' ? canonical : undefined;
}

/** The date itself, or undefined when the text names no day of the calendar (`2026-02-30`) in the years 1900..2200. */
export function dateOf(text: string): DateText | undefined {
  if (!DATE.test(text) || text < '1900' || text >= '2201') return undefined;
  const milliseconds = Date.parse(`${text}T00:00:00.000Z`);
  if (Number.isNaN(milliseconds)) return undefined;
  return new Date(milliseconds).toISOString().startsWith(text) ? text : undefined;
}

export function plusMilliseconds(instant: Instant, milliseconds: number): Instant {
  return new Date(Date.parse(instant) + milliseconds).toISOString();
}

export function plusDays(instant: Instant, days: number): Instant {
  return plusMilliseconds(instant, days * 86_400_000);
}

/** The first instant of a date in UTC: how the database's client takes a date. */
export function startOfDay(date: DateText): Instant {
  return `${date}T00:00:00.000Z`;
}

export function later(a: Instant, b: Instant): Instant {
  return a < b ? b : a;
}

/** Whole seconds from one instant to another, cut, not rounded. */
export function secondsBetween(from: Instant, to: Instant): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 1000);
}

/** The calendar day of an instant where the site is. */
export function dayIn(timeZone: string, instant: Instant): DateText {
  const format =
    dayFormats.get(timeZone) ??
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  dayFormats.set(timeZone, format);
  return format.format(Date.parse(instant));
}

/** To make a format takes far longer than to use it, and a site has one time zone. */
const dayFormats = new Map<string, Intl.DateTimeFormat>();

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * `2026-11-20 11:28:57.12+00`, as PostgreSQL writes it in UTC with a precision of milliseconds, as
 * `2026-11-20T11:28:57.120Z`; a day as it is.
 */
export function storedInstant(text: string): string {
  if (text.length < 19) return text;
  const fraction = text.length > 22 ? text.slice(20, -3).slice(0, 3).padEnd(3, '0') : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

/**
 * Time as text values. An instant is always `YYYY-MM-DDTHH:mm:ss.sssZ` and a date is always `YYYY-MM-DD`, from the
 * database to the answer. Texts of one fixed form sort like the instants that they name, survive JSON unchanged and
 * need no parsing.
 */

/** An instant in UTC: `YYYY-MM-DDTHH:mm:ss.sssZ`. */
export type Instant = string;
/** A day of the calendar: `YYYY-MM-DD`. */
export type DateText = string;

/**
 * The instant as canonical text; undefined when the text is not an ISO 8601 instant with an offset in the years 1900 to
 * 2200.
 */
export function instantOf(text: string): Instant | undefined {
  const match = INSTANT.exec(text);
  if (match === null || dateOf(match[1] ?? '') === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return undefined;
  const canonical = new Date(milliseconds).toISOString();
  return canonical >= '1900' && canonical < '2201' ? canonical : undefined;
}

/**
 * The date unchanged; undefined when the text is not a day of the calendar (`2026-02-30`) in the years 1900 to 2200.
 */
export function dateOf(text: string): DateText | undefined {
  if (!DATE.test(text) || text < '1900' || text >= '2201') return undefined;
  const milliseconds = Date.parse(`${text}T00:00:00.000Z`);
  if (Number.isNaN(milliseconds)) return undefined;
  return new Date(milliseconds).toISOString().startsWith(text) ? text : undefined;
}

/** The instant so many milliseconds later. */
export function plusMilliseconds(instant: Instant, milliseconds: number): Instant {
  return new Date(Date.parse(instant) + milliseconds).toISOString();
}

/** The instant so many days of 24 hours later. */
export function plusDays(instant: Instant, days: number): Instant {
  return plusMilliseconds(instant, days * 86_400_000);
}

/** Midnight UTC at the start of a date: the form in which the database client takes a date. */
export function startOfDay(date: DateText): Instant {
  return `${date}T00:00:00.000Z`;
}

/** The instant so many seconds after the beginning of 1970. */
export function instantOfSeconds(seconds: number): Instant {
  return new Date(seconds * 1_000).toISOString();
}

/** The later of two instants. */
export function later(a: Instant, b: Instant): Instant {
  return a < b ? b : a;
}

/** Whole seconds from one instant to another; fractions are cut, not rounded. */
export function secondsBetween(from: Instant, to: Instant): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 1000);
}

/** The calendar day of an instant in an IANA time zone. */
export function dayIn(timeZone: string, instant: Instant): DateText {
  const format =
    dayFormats.get(timeZone) ??
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  dayFormats.set(timeZone, format);
  return format.format(Date.parse(instant));
}

/** Cached, because creating a format takes far longer than using it. A site has one time zone. */
const dayFormats = new Map<string, Intl.DateTimeFormat>();

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Converts PostgreSQL's text of a timestamp in UTC with millisecond precision, `2026-11-20 11:28:57.12+00`, to an
 * Instant, `2026-11-20T11:28:57.120Z`. A date is returned unchanged.
 */
export function storedInstant(text: string): string {
  if (text.length < 19) return text;
  const fraction = text.length > 22 ? text.slice(20, -3).slice(0, 3).padEnd(3, '0') : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

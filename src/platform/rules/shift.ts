/** The shifts of a site: the parts of its day, each from its start to the start of the next one. */

/** A shift: its name, and the time of the local clock at which it starts, such as `06:00`. */
export interface Shift {
  readonly name: string;
  readonly start: string;
}

/** The most shifts of a day. */
export const MOST_SHIFTS = 24;

/** The shifts of a site that states none. */
export const USUAL_SHIFTS: readonly Shift[] = [
  { name: 'EARLY', start: '06:00' },
  { name: 'LATE', start: '14:00' },
  { name: 'NIGHT', start: '22:00' },
];

/** The shifts of a JSON text, in the order of their starts; undefined when the text is something else. */
export function shiftsIn(text: string): readonly Shift[] | undefined {
  const listed = parsed(text);
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MOST_SHIFTS || !listed.every(isShift))
    return undefined;
  const isDivided = new Set(listed.map(({ start }) => start)).size === listed.length;
  const isNamed = new Set(listed.map(({ name }) => name)).size === listed.length;
  return isDivided && isNamed ? listed.toSorted((a, b) => (a.start < b.start ? -1 : 1)) : undefined;
}

/** The time of the local clock at which a shift starts, in hours after midnight. */
export function startHour({ start }: Shift): number {
  return Number(start.slice(0, 2)) + Number(start.slice(3)) / 60;
}

function isShift(value: unknown): value is Shift {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false;
  const { name, start } = value as { readonly name?: unknown; readonly start?: unknown };
  const isNamed = typeof name === 'string' && /^[A-Z0-9_-]{1,50}$/.test(name);
  return isNamed && typeof start === 'string' && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(start);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Times in pictures. */

/** A unit of time: its seconds, and its short name. */
export interface TimeUnit {
  readonly seconds: number;
  readonly name: string;
}

const UNITS: readonly TimeUnit[] = [
  { seconds: 86_400, name: 'd' },
  { seconds: 3_600, name: 'h' },
  { seconds: 60, name: 'min' },
];
const SECOND: TimeUnit = { seconds: 1, name: 's' };

/** The unit in which a time is easy to read: the largest of which it has at least three. */
export function unitOfTime(seconds: number): TimeUnit {
  return UNITS.find((unit) => seconds >= 3 * unit.seconds) ?? SECOND;
}

/** A time in the unit that is easy to read, with at most one decimal. */
export function timeText(seconds: number): string {
  const unit = unitOfTime(seconds);
  return `${Math.round((seconds / unit.seconds) * 10) / 10} ${unit.name}`;
}

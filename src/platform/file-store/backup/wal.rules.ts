/**
 * The files of PostgreSQL's write-ahead log: segments, such as `00000001000000000000002A`, whose first eight digits are
 * the timeline; and histories of timelines, such as `00000002.history`.
 */

const SEGMENT = /^[\dA-F]{24}$/;
const HISTORY = /^[\dA-F]{8}\.history$/;
/** How many segments of 16 MiB have numbers with the same middle part. */
const SEGMENTS_OF_A_FILE = 256n;

/** Whether it is the name of a whole segment. */
export function isSegment(name: string): boolean {
  return SEGMENT.test(name);
}

/** Whether PostgreSQL needs the file to recover: a whole segment, or the history of a timeline. */
export function isArchived(name: string): boolean {
  return isSegment(name) || HISTORY.test(name);
}

/** Whether a backup whose first segment is this one needs the file. Histories are always needed. */
export function isNeededFrom(first: string, name: string): boolean {
  return !isSegment(name) || numberOf(name) >= numberOf(first);
}

/** The segments from the first to the last, or to the newest of the names, that no timeline has; named after the first's. */
export function gapsIn(first: string, last: string, names: readonly string[]): readonly string[] {
  const numbers = new Set(names.filter(isSegment).map(numberOf));
  const newest = [...numbers].reduce((most, number) => (number > most ? number : most), numberOf(last));
  const gaps: string[] = [];
  for (let number = numberOf(first); number <= newest; number += 1n)
    if (!numbers.has(number)) gaps.push(nameOf(first.slice(0, 8), number));
  return gaps;
}

function numberOf(name: string): bigint {
  return BigInt(`0x${name.slice(8, 16)}`) * SEGMENTS_OF_A_FILE + BigInt(`0x${name.slice(16)}`);
}

function nameOf(timeline: string, number: bigint): string {
  const digits = (part: bigint): string => part.toString(16).toUpperCase().padStart(8, '0');
  return `${timeline}${digits(number / SEGMENTS_OF_A_FILE)}${digits(number % SEGMENTS_OF_A_FILE)}`;
}

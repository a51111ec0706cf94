/**
 * Prints the results as tables. Figures are medians over the rounds. A ratio is computed within each round, because
 * both contenders were measured close together there.
 */
import type { ContenderName } from './contenders/contender.ts';
import type { Slice } from './load.ts';

/** The slices of a question. */
export interface Measured {
  readonly question: string;
  readonly what: string;
  /** One slice per round, by contender. */
  readonly slices: Readonly<Partial<Record<ContenderName, readonly Slice[]>>>;
}

/** The ratio of two contenders over the rounds. */
export interface Ratio {
  readonly question: string;
  readonly to: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Prints the figures of a question and the ratios to this server. */
export function printMeasured({ question, what, slices }: Measured): void {
  console.log(`\n${question}: ${what}`);
  console.table(Object.fromEntries(Object.entries(slices).map(([name, rounds]) => [name, figuresOf(rounds)])));
  for (const ratio of ratiosOf({ question, what, slices })) console.log(`  lotgraph ÷ ${textOf(ratio)}`);
}

/** Formats a ratio. */
export function textOf({ to, median, least, most }: Ratio): string {
  return `${to}: ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

/** Returns the ratio of this server's requests per second to those of each other contender. */
export function ratiosOf({ question, slices }: Measured): readonly Ratio[] {
  const { lotgraph = [], ...others } = slices;
  return Object.entries(others).map(([to, rounds]) => ratioOf(question, to, lotgraph, rounds));
}

/** Returns how much faster one is than the other, round by round. */
export function ratioOf(question: string, to: string, one: readonly Slice[], other: readonly Slice[]): Ratio {
  const ratios = one.map((slice, round) => slice.requestsPerSecond / (other[round]?.requestsPerSecond ?? Number.NaN));
  return { question, to, median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** Returns the median. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Returns the value that so many percent of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1] ?? Number.NaN;
}

function figuresOf(rounds: readonly Slice[]): Readonly<Record<string, string>> {
  const of = (figure: (slice: Slice) => number, digits: number): string => median(rounds.map(figure)).toFixed(digits);
  return {
    'requests/s': of((slice) => slice.requestsPerSecond, 1),
    'p50 ms': of((slice) => slice.p50, 0),
    'p99 ms': of((slice) => slice.p99, 0),
    'node ms': of((slice) => slice.nodeMilliseconds, 2),
    'postgres ms': of((slice) => slice.postgresMilliseconds, 2),
    statements: of((slice) => slice.statements, 1),
    bytes: of((slice) => slice.bytes, 0),
    'gc %': of((slice) => slice.collectingRatio * 100, 1),
    'MB rss': of((slice) => slice.megabytes, 0),
    'stolen %': of((slice) => slice.stolenRatio * 100, 1),
    again: String(rounds.reduce((sum, { again }) => sum + again, 0)),
  };
}

/**
 * MON-1: The statistics of the statements of a process: how often each ran, how long it took, and which were slow.
 * Parameters are never kept. The number of statements is limited: callers compose queries, and with them statements.
 */
import { lruCache } from '../../values/lru-cache.ts';
import { emptyDurations, type Durations, type DurationSummary } from './durations.ts';
import { newestOnly } from './newest.ts';
import { normalisedStatement } from './statement-text.ts';

/** The request for which a statement ran. */
export interface StatementSource {
  readonly requestId: string;
  /** The name that the client gave to the operation; undefined for none, and before it is known. */
  readonly operationName: string | undefined;
}

/** One run of a statement, or of several that a transaction sent together. */
export interface StatementRun {
  readonly text: string;
  readonly statementCount: number;
  readonly milliseconds: number;
  readonly isFailed: boolean;
  /** Undefined when it ran for several requests at once, or for none. */
  readonly source: StatementSource | undefined;
}

/** What is known of a normalised statement. */
export interface StatementFigures extends DurationSummary {
  readonly statement: string;
  readonly errorCount: number;
  readonly slowCount: number;
}

/** A run that took longer than the limit. */
export interface SlowStatement {
  readonly statement: string;
  readonly milliseconds: number;
  /** When it ended. */
  readonly at: string;
  readonly operationName: string | null;
  readonly requestId: string | null;
}

/** By what statements are ordered. */
export type StatementOrder = 'TOTAL' | 'MEAN' | 'COUNT';

/** The statistics of the statements of a process. */
export interface StatementStatistics {
  /** A run is slow when it took strictly more. */
  slowMilliseconds: number;
  /** The runs of all statements so far, and how many of them failed or were slow. */
  readonly totals: { readonly count: number; readonly errorCount: number; readonly slowCount: number };
  record(run: StatementRun): void;
  /** The statements that come first. */
  list(order: StatementOrder, first: number): readonly StatementFigures[];
  /** The newest slow runs, the newest first. */
  slow(): readonly SlowStatement[];
}

/** The most statements that are kept apart. One that took little time in total gives its place to a new one. */
export const MOST_STATEMENTS = 500;
/** Of longer texts, only the beginning is looked at. */
const MAX_CHARACTERS = 8_000;
/** MON-1: The most slow runs that are kept. */
export const MOST_SLOW = 100;

/** Statistics of no statements yet. `onSlow` hears of each slow run. */
export function statementStatistics(
  slowMilliseconds: number,
  onSlow: (slow: SlowStatement) => void = () => undefined,
): StatementStatistics {
  const texts = lruCache<string>(4 * MOST_STATEMENTS);
  const entries = new Map<string, Entry>();
  const slowRuns = newestOnly<SlowStatement>(MOST_SLOW);
  const totals = { count: 0, errorCount: 0, slowCount: 0 };

  const statementOf = (whole: string): string => {
    const text = whole.slice(0, MAX_CHARACTERS);
    const known = texts.get(text);
    if (known !== undefined) return known;
    const statement = normalisedStatement(text);
    texts.set(text, statement);
    return statement;
  };
  const entryOf = (statement: string): Entry => {
    const known = entries.get(statement);
    if (known !== undefined) return known;
    if (entries.size >= MOST_STATEMENTS) entries.delete(leastOf(entries));
    const entry = { durations: emptyDurations(), errorCount: 0, slowCount: 0 };
    entries.set(statement, entry);
    return entry;
  };

  return {
    slowMilliseconds,
    totals,
    record({ text, statementCount, milliseconds, isFailed, source }) {
      const statement = statementOf(text);
      const entry = entryOf(statement);
      entry.durations.add(milliseconds);
      totals.count += statementCount;
      if (isFailed) {
        entry.errorCount += 1;
        totals.errorCount += 1;
      }
      if (milliseconds <= this.slowMilliseconds) return;
      entry.slowCount += 1;
      totals.slowCount += 1;
      const slow: SlowStatement = {
        statement,
        milliseconds: Math.round(milliseconds * 100) / 100,
        at: new Date().toISOString(),
        operationName: source?.operationName ?? null,
        requestId: source?.requestId ?? null,
      };
      slowRuns.add(slow);
      onSlow(slow);
    },
    list(order, first) {
      const measure = MEASURES[order];
      return [...entries]
        .toSorted(([, one], [, other]) => measure(other.durations) - measure(one.durations))
        .slice(0, first)
        .map(([statement, { durations, errorCount, slowCount }]) => ({
          statement,
          errorCount,
          slowCount,
          ...durations.summary(),
        }));
    },
    slow: () => slowRuns.list(),
  };
}

interface Entry {
  readonly durations: Durations;
  errorCount: number;
  slowCount: number;
}

const MEASURES: Readonly<Record<StatementOrder, (durations: Durations) => number>> = {
  TOTAL: ({ totalMilliseconds }) => totalMilliseconds,
  MEAN: ({ totalMilliseconds, count }) => totalMilliseconds / count,
  COUNT: ({ count }) => count,
};

/** The statement that took least time in total. */
function leastOf(entries: ReadonlyMap<string, Entry>): string {
  let least = '';
  let milliseconds = Infinity;
  for (const [statement, { durations }] of entries)
    if (durations.totalMilliseconds < milliseconds) [least, milliseconds] = [statement, durations.totalMilliseconds];
  return least;
}

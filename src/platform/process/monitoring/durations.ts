/** How long something took: counted since the process started, with percentiles of the newest runs. */

/** MON-1: The percentiles are those of so many of the newest runs. */
export const NEWEST_RUNS = 1_000;

/** MON-1: The percentiles that are computed. */
export const PERCENTILES = [50, 75, 90, 95, 99] as const;

/** What is known of the durations of something that ran at least once. All times are in milliseconds. */
export interface DurationSummary {
  readonly count: number;
  readonly totalMilliseconds: number;
  readonly meanMilliseconds: number;
  readonly minMilliseconds: number;
  readonly maxMilliseconds: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

/** The durations of something. */
export interface Durations {
  readonly count: number;
  readonly totalMilliseconds: number;
  add(milliseconds: number): void;
  summary(): DurationSummary;
}

/** No durations yet. */
export function emptyDurations(): Durations {
  const newest: number[] = [];
  let count = 0;
  let total = 0;
  let least = Infinity;
  let most = 0;
  return {
    get count() {
      return count;
    },
    get totalMilliseconds() {
      return total;
    },
    add(milliseconds) {
      newest[count % NEWEST_RUNS] = milliseconds;
      count += 1;
      total += milliseconds;
      least = Math.min(least, milliseconds);
      most = Math.max(most, milliseconds);
    },
    summary() {
      const sorted = newest.toSorted((one, other) => one - other);
      return {
        count,
        totalMilliseconds: hundredths(total),
        meanMilliseconds: hundredths(count === 0 ? 0 : total / count),
        minMilliseconds: hundredths(count === 0 ? 0 : least),
        maxMilliseconds: hundredths(most),
        p50: hundredths(percentileOf(sorted, 50)),
        p75: hundredths(percentileOf(sorted, 75)),
        p90: hundredths(percentileOf(sorted, 90)),
        p95: hundredths(percentileOf(sorted, 95)),
        p99: hundredths(percentileOf(sorted, 99)),
      };
    },
  };
}

/** The percentile of sorted values by the nearest rank: a value that occurred. 0 for no values. */
export function percentileOf(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0;
}

function hundredths(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

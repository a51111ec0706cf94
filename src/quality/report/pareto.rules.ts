/** KPI-7: Which defects count most. */

/** How often a key was counted: a defect code, a severity, a process. */
export interface Counted {
  readonly key: string;
  readonly count: number;
}

/** A row of a Pareto. */
export interface ParetoRow extends Counted {
  /** The share of all that were counted. */
  readonly ratio: number;
  /** The share of this row and all before it. */
  readonly cumulativeRatio: number;
  /** Whether it is one of the few that make up 80 percent. */
  readonly isVitalFew: boolean;
}

/** A Pareto: its rows, how many were counted, and how many of them are in keys beyond the limit. */
export interface Pareto {
  readonly rows: readonly ParetoRow[];
  readonly totalCount: number;
  readonly otherCount: number;
}

/** KPI-7: The share that the vital few reach together. */
const VITAL_FEW = 0.8;

/**
 * KPI-7: The rows by count, the greatest first, then by key. The vital few are all rows up to and including the first
 * at which 80 percent of all are reached. Rows beyond the limit are counted, and have no row of their own.
 */
export function paretoOf(counted: readonly Counted[], limit: number): Pareto {
  const sorted = counted
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  const totalCount = sorted.reduce((sum, { count }) => sum + count, 0);
  let before = 0;
  const rows = sorted.map(({ key, count }) => {
    const isVitalFew = before / totalCount < VITAL_FEW;
    before += count;
    return { key, count, ratio: count / totalCount, cumulativeRatio: before / totalCount, isVitalFew };
  });
  const shown = rows.slice(0, limit);
  return { rows: shown, totalCount, otherCount: totalCount - shown.reduce((sum, { count }) => sum + count, 0) };
}

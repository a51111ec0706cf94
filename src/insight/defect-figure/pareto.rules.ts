/** KPI-7: Which defects count most. */
import { compareKeys, sumOf } from '../figure/ratio.rules.ts';

/** Which defects a figure counts. */
export const DEFECT_SOURCES = ['PROCESS', 'INSPECTION', 'BOTH'] as const;
/** One of DEFECT_SOURCES. */
export type DefectSource = (typeof DEFECT_SOURCES)[number];

/** What the rows of a Pareto are about. */
export const PARETO_KEYS = ['CODE', 'SEVERITY', 'PROCESS', 'EQUIPMENT', 'OPERATOR'] as const;
/** One of PARETO_KEYS. */
export type ParetoKey = (typeof PARETO_KEYS)[number];

/** How many rows a Pareto has. */
export const PARETO_ROWS = { min: 1, max: 100, default: 20 } as const;

/** How often a key was counted: a defect code, a severity, a process. Null stands for no equipment. */
export interface CountedKey<Key extends string | null = string> {
  readonly key: Key;
  readonly count: number;
}

/** A row of a Pareto. */
export interface ParetoRow<Key extends string | null = string> extends CountedKey<Key> {
  /** The share of all that were counted. */
  readonly ratio: number;
  /** The share of this row and all before it. */
  readonly cumulativeRatio: number;
  /** Whether it is one of the few that make up 80 percent. */
  readonly isVitalFew: boolean;
}

/** A Pareto: its rows, how many were counted, and how many of them are in keys beyond the limit. */
export interface Pareto<Key extends string | null = string> {
  readonly rows: readonly ParetoRow<Key>[];
  readonly totalCount: number;
  readonly otherCount: number;
}

/** KPI-7: The share that the vital few reach together. */
const VITAL_FEW = 0.8;

/**
 * KPI-7: The rows by count, the greatest first, then by key. The vital few are all rows up to and including the first
 * at which 80 percent of all are reached. Rows beyond the limit are counted, and have no row of their own.
 */
export function paretoOf<Key extends string | null>(counted: readonly CountedKey<Key>[], limit: number): Pareto<Key> {
  const sorted = counted
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count || compareKeys(a.key, b.key));
  const totalCount = sumOf(sorted, ({ count }) => count);
  let before = 0;
  const rows = sorted.map(({ key, count }) => {
    const isVitalFew = before / totalCount < VITAL_FEW;
    before += count;
    return { key, count, ratio: count / totalCount, cumulativeRatio: before / totalCount, isVitalFew };
  });
  const shown = rows.slice(0, limit);
  return { rows: shown, totalCount, otherCount: totalCount - sumOf(shown, ({ count }) => count) };
}

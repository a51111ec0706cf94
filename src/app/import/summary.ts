/** The summary of an import. */
import type { ReportRow } from './report.ts';
import type { FinishedUnit } from './unit/unit.ts';

/** The figures of an import, as `lotgraph import` prints them. */
export interface Summary {
  readonly file: string;
  readonly rows: number;
  readonly imported: number;
  readonly unchanged: number;
  readonly refused: number;
  /** The number of rows with notes; the report shows the notes. */
  readonly noted: number;
  readonly lotsMade: number;
  readonly mastersMade: readonly string[];
  /** The results and the defects of the units that are in the database now. */
  readonly results: { readonly PASS: number; readonly FAIL: number };
  readonly defects: Readonly<Record<string, number>>;
  /** The first rejected rows, which are also printed without a report. */
  readonly firstRefused: readonly ReportRow[];
}

const MAX_FIRST_REJECTED = 10;

/** Counts the rows of an import. */
export interface Tally {
  /** Counts a row and returns the number of rows so far. `unit` is given if it is in the database now. */
  count(row: ReportRow, unit?: FinishedUnit): number;
  summary(lotsMade: number): Summary;
}

/** Creates the counters of an import. */
export function tallyOf(file: string, mastersMade: readonly string[]): Tally {
  const counts = { rows: 0, imported: 0, unchanged: 0, refused: 0, noted: 0 };
  const results = { PASS: 0, FAIL: 0 };
  const defects = new Map<string, number>();
  let firstRejected: ReportRow[] = [];
  return {
    count(row, unit) {
      counts.rows += 1;
      counts[row.outcome] += 1;
      if (row.notes.length > 0) counts.noted += 1;
      if (row.outcome === 'refused')
        firstRejected = [...firstRejected, row].toSorted((a, b) => a.row - b.row).slice(0, MAX_FIRST_REJECTED);
      else if (unit !== undefined) {
        results[unit.result] += 1;
        for (const code of unit.defects) defects.set(code, (defects.get(code) ?? 0) + 1);
      }
      return counts.rows;
    },
    summary: (lotsMade) => ({
      file,
      ...counts,
      lotsMade,
      mastersMade,
      results,
      defects: Object.fromEntries([...defects].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      firstRefused: firstRejected,
    }),
  };
}

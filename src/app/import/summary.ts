/** The import in numbers. */
import type { ReportRow } from './report.ts';
import type { FinishedUnit } from './unit/unit.ts';

export interface Summary {
  readonly file: string;
  readonly rows: number;
  readonly imported: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Rows of which something odd was kept; the report tells what. */
  readonly noted: number;
  readonly lotsMade: number;
  readonly mastersMade: readonly string[];
  /** Of the units that are in now: how they ended, and what was wrong with them. */
  readonly results: { readonly PASS: number; readonly FAIL: number };
  readonly defects: Readonly<Record<string, number>>;
  /** The first rows that were refused, for whoever asked for no report. */
  readonly firstRefused: readonly ReportRow[];
}

const FIRST_REFUSED = 10;

export interface Tally {
  /** Counts a row and answers how many there are so far. `unit` is given when it is in now. */
  count(row: ReportRow, unit?: FinishedUnit): number;
  summary(lotsMade: number): Summary;
}

export function tallyOf(file: string, mastersMade: readonly string[]): Tally {
  const counts = { rows: 0, imported: 0, unchanged: 0, refused: 0, noted: 0 };
  const results = { PASS: 0, FAIL: 0 };
  const defects = new Map<string, number>();
  let refused: ReportRow[] = [];
  return {
    count(row, unit) {
      counts.rows += 1;
      counts[row.outcome] += 1;
      if (row.notes.length > 0) counts.noted += 1;
      if (row.outcome === 'refused')
        refused = [...refused, row].toSorted((a, b) => a.row - b.row).slice(0, FIRST_REFUSED);
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
      firstRefused: refused,
    }),
  };
}

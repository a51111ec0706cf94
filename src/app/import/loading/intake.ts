/** Where each row goes: refused, unchanged, into a new lot, or on from where an earlier run left it. */
import { present } from '../../../platform/values/assert.ts';
import { isComplete, knownUnits, type KnownUnit } from './known-units.ts';
import { lanes } from './lanes.ts';
import { UNITS_PER_BATCH, load, type Loading } from './load.ts';
import { lotsOf, type Filled } from './lots.ts';
import type { FileRow } from '../source/reader.ts';
import type { ReportRow, RowOutcome } from '../report.ts';
import type { RowError } from '../unit/row.ts';
import { judgeRow, type FinishedUnit, type Judge } from '../unit/unit.ts';

/** Two cores are busy with this many loads: one computes while another waits for the database. */
const SIDE_BY_SIDE = 4;

/** Told what became of a row. `unit` is what the row says, when it could be read. */
export type ReportImportedRow = (row: ReportRow, unit?: FinishedUnit) => void;

export interface Intake {
  /** Takes rows in the order of the file; returns as soon as there is room for more. */
  take(rows: readonly FileRow[]): Promise<void>;
  /** Brings the rest in and waits for everything. */
  end(): Promise<void>;
  /** How many lots were made. */
  readonly lotsMade: number;
}

export function intakeOf(loading: Loading, judge: Judge, tell: ReportImportedRow): Intake {
  const { map, steps, context } = loading;
  const lots = lotsOf(map, context);
  const busy = lanes(SIDE_BY_SIDE);
  const seen = new Map<string, number>();

  /** The units of rows that are sound by themselves. */
  const soundUnits = (rows: readonly FileRow[]): readonly FinishedUnit[] =>
    rows.flatMap((row) => {
      const judged = judgeRow(judge, row);
      const errors = 'unit' in judged ? repeated(judged.unit, seen) : judged.errors;
      if ('unit' in judged && errors.length === 0) return [judged.unit];
      const unit = 'unit' in judged ? judged.unit.number : judged.number;
      tell({ row: row.row, line: row.line, unit, lot: null, serial: null, outcome: 'refused', errors, notes: [] });
      return [];
    });
  const loadNow = async (units: readonly FinishedUnit[], lot?: string): Promise<void> => {
    for (const { unit, known, errors } of await load(loading, units, lot))
      tell(rowOf(unit, known, errors.length > 0 ? 'refused' : 'imported', errors), unit);
  };
  const loadLot = async (filled: Filled): Promise<void> => {
    if ('errors' in filled) {
      for (const unit of filled.units) tell(rowOf(unit, undefined, 'refused', filled.errors), unit);
      return;
    }
    // Pieces of one lot follow each other, so that its items have the order of the file.
    await busy.add(async () => {
      for (const piece of pieces(filled.units)) await loadNow(piece, filled.lot);
    });
  };

  return {
    async take(rows) {
      const units = soundUnits(rows);
      const known = await knownUnits(
        context.services.database.reader(),
        units.map((unit) => unit.number),
        present(steps.at(-1), 'The last step'),
      );
      const begun = new Map<string, FinishedUnit[]>();
      for (const unit of units) {
        const there = known.get(unit.number);
        if (there === undefined) {
          const filled = await lots.add(unit);
          if (filled !== undefined) await loadLot(filled);
        } else if (there.productModel !== unit.productModel) {
          tell(rowOf(unit, there, 'refused', [isOtherModel(unit, there)]), unit);
        } else if (isComplete(there, steps)) {
          tell(rowOf(unit, there, 'unchanged', []), unit);
        } else {
          begun.set(there.lotId, [...(begun.get(there.lotId) ?? []), unit]);
        }
      }
      for (const group of begun.values()) await busy.add(() => loadNow(group));
    },
    async end() {
      for (const filled of await lots.rest()) await loadLot(filled);
      await busy.end();
    },
    get lotsMade() {
      return lots.made;
    },
  };
}

function rowOf(
  unit: FinishedUnit,
  known: KnownUnit | undefined,
  outcome: RowOutcome,
  errors: readonly RowError[],
): ReportRow {
  const { row, line, number, notes } = unit;
  const differs = outcome === 'unchanged' && known !== undefined && known.result !== unit.result;
  return {
    row,
    line,
    unit: number,
    lot: known?.lotNumber ?? null,
    serial: known?.serialNumber ?? null,
    outcome,
    errors,
    notes: differs ? [...notes, `Is here as ${known.result}, but the file says ${unit.result}.`] : notes,
  };
}

function repeated(unit: FinishedUnit, seen: Map<string, number>): readonly RowError[] {
  const before = seen.get(unit.number);
  if (before === undefined) seen.set(unit.number, unit.row);
  return before === undefined
    ? []
    : [
        {
          code: 'CONFLICT',
          message: `Unit ${unit.number} stands in row ${before} already; a unit is imported once.`,
          path: [],
        },
      ];
}

function isOtherModel(unit: FinishedUnit, there: KnownUnit): RowError {
  return {
    code: 'CONFLICT',
    message: `Unit ${unit.number} exists already in lot ${there.lotNumber}, as a ${there.productModel}, not a ${unit.productModel}.`,
    path: [],
  };
}

function pieces(units: readonly FinishedUnit[]): readonly (readonly FinishedUnit[])[] {
  return Array.from({ length: Math.ceil(units.length / UNITS_PER_BATCH) }, (_, index) =>
    units.slice(index * UNITS_PER_BATCH, (index + 1) * UNITS_PER_BATCH),
  );
}

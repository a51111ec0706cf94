/** Decides about each row: it is rejected, unchanged, loaded into a new lot, or continued from an earlier run. */
import { present } from '../../../platform/values/assert.ts';
import { isComplete, knownUnits, type KnownUnit } from './known-units.ts';
import { lanes } from './lanes.ts';
import { UNITS_PER_BATCH, load, type Loading } from './load.ts';
import { lotFiller, type FilledLot } from './lots.ts';
import type { FileRow } from '../source/reader.ts';
import type { ReportRow, RowOutcome } from '../report.ts';
import type { RowError } from '../unit/row.ts';
import { checkRow, type FinishedUnit, type RowCheck } from '../unit/unit.ts';

/** The number of parallel loads. Four keep two cores busy: one computes while another waits for the database. */
const PARALLEL_LOADS = 4;

/** Receives the outcome of a row; `unit` is given if the row could be read. */
export type ReportImportedRow = (row: ReportRow, unit?: FinishedUnit) => void;

/** Takes the rows of an import. */
export interface Intake {
  /** Takes rows in the order of the file. Returns as soon as there is room for more. */
  take(rows: readonly FileRow[]): Promise<void>;
  /** Loads the remaining units and waits for all loads. */
  end(): Promise<void>;
  /** The number of lots that were created. */
  readonly lotsCreated: number;
}

/** Creates the intake of an import. */
export function intakeOf(loading: Loading, check: RowCheck, report: ReportImportedRow): Intake {
  const { map, steps, context } = loading;
  const lots = lotFiller(map, context);
  const busy = lanes(PARALLEL_LOADS);
  const seen = new Map<string, number>();

  /** Returns the units of the rows that are valid by themselves. */
  const validUnits = (rows: readonly FileRow[]): readonly FinishedUnit[] =>
    rows.flatMap((row) => {
      const checked = checkRow(check, row);
      const errors = 'unit' in checked ? repetitionErrors(checked.unit, seen) : checked.errors;
      if ('unit' in checked && errors.length === 0) return [checked.unit];
      const unit = 'unit' in checked ? checked.unit.number : checked.number;
      report({ row: row.row, line: row.line, unit, lot: null, serial: null, outcome: 'refused', errors, notes: [] });
      return [];
    });
  const loadNow = async (units: readonly FinishedUnit[], lot?: string): Promise<void> => {
    for (const { unit, known, errors } of await load(loading, units, lot))
      report(rowOf(unit, known, errors.length > 0 ? 'refused' : 'imported', errors), unit);
  };
  const loadLot = async (filled: FilledLot): Promise<void> => {
    if ('errors' in filled) {
      for (const unit of filled.units) report(rowOf(unit, undefined, 'refused', filled.errors), unit);
      return;
    }
    // The parts of one lot are loaded one after another, so that its items have the order of the file.
    await busy.add(async () => {
      for (const batch of batchesOf(filled.units)) await loadNow(batch, filled.lot);
    });
  };

  return {
    async take(rows) {
      const units = validUnits(rows);
      const known = await knownUnits(
        context.services.database.reader(),
        units.map((unit) => unit.number),
        present(steps.at(-1), 'The last step'),
      );
      const unfinished = new Map<string, FinishedUnit[]>();
      for (const unit of units) {
        const stored = known.get(unit.number);
        if (stored === undefined) {
          const filled = await lots.add(unit);
          if (filled !== undefined) await loadLot(filled);
        } else if (stored.productModel !== unit.productModel) {
          report(rowOf(unit, stored, 'refused', [otherModelError(unit, stored)]), unit);
        } else if (isComplete(stored, steps)) {
          report(rowOf(unit, stored, 'unchanged', []), unit);
        } else {
          unfinished.set(stored.lotId, [...(unfinished.get(stored.lotId) ?? []), unit]);
        }
      }
      for (const group of unfinished.values()) await busy.add(() => loadNow(group));
    },
    async end() {
      for (const filled of await lots.rest()) await loadLot(filled);
      await busy.end();
    },
    get lotsCreated() {
      return lots.created;
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

function repetitionErrors(unit: FinishedUnit, seen: Map<string, number>): readonly RowError[] {
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

function otherModelError(unit: FinishedUnit, stored: KnownUnit): RowError {
  return {
    code: 'CONFLICT',
    message: `Unit ${unit.number} exists already in lot ${stored.lotNumber}, as a ${stored.productModel}, not a ${unit.productModel}.`,
    path: [],
  };
}

function batchesOf(units: readonly FinishedUnit[]): readonly (readonly FinishedUnit[])[] {
  return Array.from({ length: Math.ceil(units.length / UNITS_PER_BATCH) }, (_, index) =>
    units.slice(index * UNITS_PER_BATCH, (index + 1) * UNITS_PER_BATCH),
  );
}

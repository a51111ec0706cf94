/** The report of an import: the outcome of each row, in the order of the file. */
import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../../platform/values/assert.ts';
import { withoutFormula } from '../reports/format/cell-text.ts';
import { csvField } from '../reports/format/csv.ts';
import type { RowError } from './unit/row.ts';
import { errorMessageOf } from '../../platform/values/system-error.ts';

/** The outcome of a row. */
export type RowOutcome = 'imported' | 'unchanged' | 'refused';

/** A row of the report. */
export interface ReportRow {
  readonly row: number;
  readonly line: number;
  /** The number of the unit in the file; null when it could not be read. */
  readonly unit: string | null;
  readonly lot: string | null;
  readonly serial: string | null;
  readonly outcome: RowOutcome;
  readonly errors: readonly RowError[];
  readonly notes: readonly string[];
}

/** An open report. */
export interface ImportReport {
  /** Adds a row, in any order. The file holds them in the order of their numbers. */
  add(row: ReportRow): void;
  close(): Promise<void>;
}

/**
 * Opens a report. Rows that wait for an earlier one are kept in memory; the others are written to the file. Without a
 * path nothing is written.
 */
export async function openReport(path: string | undefined): Promise<ImportReport> {
  const file = path === undefined ? undefined : await openFile(path);
  const writer = file === undefined ? undefined : writerTo(file);
  const formatRow = path !== undefined && /\.csv$/i.test(path) ? csvLine : jsonLine;
  if (formatRow === csvLine) writer?.write(CSV_HEADER);
  const waiting = new Map<number, ReportRow>();
  let next = 1;
  return {
    add(row) {
      if (writer === undefined) return;
      waiting.set(row.row, row);
      for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
        writer.write(formatRow(ready));
        waiting.delete(next);
        next += 1;
      }
    },
    async close() {
      // After an internal error some rows may be missing; the known ones are still written.
      for (const [, row] of [...waiting].toSorted(([a], [b]) => a - b)) writer?.write(formatRow(row));
      await writer?.close();
    },
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (error) {
    throw new AppError(`The report cannot be written: ${errorMessageOf(error)}`);
  }
}

const PIECE_LENGTH = 65_536;

/** Writes one piece after another. A failure is reported when the report is closed. */
function writerTo(file: FileHandle): { write(text: string): void; close(): Promise<void> } {
  let piece = '';
  let written: Promise<unknown> = Promise.resolve();
  const flush = (): void => {
    const text = piece;
    piece = '';
    written = written.then(() => file.write(text));
    written.catch(() => undefined);
  };
  return {
    write(text) {
      piece += text;
      if (piece.length >= PIECE_LENGTH) flush();
    },
    async close() {
      flush();
      try {
        await written;
      } finally {
        await file.close();
      }
    },
  };
}

const CSV_HEADER = 'row,line,unit,lot,serial,outcome,errors,notes\n';

function csvLine({ row, line, unit, lot, serial, outcome, errors, notes }: ReportRow): string {
  const fields = [
    String(row),
    String(line),
    unit ?? '',
    lot ?? '',
    serial ?? '',
    outcome,
    errors.map(formatRowError).join(' | '),
    notes.join(' | '),
  ];
  return `${fields.map((field) => csvField(withoutFormula(field))).join(',')}\n`;
}

function jsonLine(row: ReportRow): string {
  return `${JSON.stringify(row)}\n`;
}

/** Formats an error of a row as one sentence with its code. */
export function formatRowError({ code, rule, message }: RowError): string {
  return `${code}${rule === undefined ? '' : ` ${rule}`}: ${message}`;
}

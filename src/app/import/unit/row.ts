/** Reads one row: its cells by column, and the errors that are found in them. */
import type { Rejection } from '../../../platform/rules/rejection.ts';
import { problemInIdentifier } from '../../../platform/values/characters.ts';
import type { Source } from '../map.ts';
import type { Cell } from '../source/reader.ts';

/** A rejection, and the column of the file that it is about. */
export interface RowError extends Rejection {
  readonly column?: string;
}

/** Reads the cells of one row and collects its errors. */
export interface RowReader {
  readonly errors: RowError[];
  /** Returns the text of a cell; empty if there is none. */
  readonly text: (column: string) => string;
  /** Returns the code that a source gives, if it gives one. An unknown code is an error. */
  readonly code: (
    source: Source | undefined,
    what: string,
    known: ReadonlySet<string>,
    normalize: (text: string) => string,
  ) => string | undefined;
}

/** Creates the reader of a row. */
export function readerOf(cells: ReadonlyMap<string, Cell>): RowReader {
  const errors: RowError[] = [];
  const text = (column: string): string => {
    const cell = cells.get(column) ?? '';
    if (typeof cell === 'string') return cell;
    errors.push(invalidCell(column, `${column} is a list; it must be one value.`));
    return '';
  };
  const valueOf = (source: Source, what: string): string | undefined => {
    if ('constant' in source) return source.constant;
    const value = text(source.column);
    if (source.values === undefined || value === '') return value === '' ? undefined : value;
    if (!source.values.has(value))
      errors.push(
        invalidCell(
          source.column,
          `The ${what} ${quoted(value)} is unknown; the map knows ${[...source.values.keys()].join(', ')}.`,
        ),
      );
    return source.values.get(value);
  };
  return {
    errors,
    text,
    code(source, what, known, normalize) {
      const value = source === undefined ? undefined : valueOf(source, what);
      if (source === undefined || value === undefined) return undefined;
      const code = normalize(value);
      if (!known.has(code)) {
        const column = 'column' in source ? source.column : undefined;
        const problem = problemInIdentifier(code.normalize('NFC'));
        const hint = problem === undefined ? '' : ` It ${problem}`;
        errors.push({
          ...invalidCell(column, `The ${what} ${code} does not exist; make it, or let the map make it.${hint}`),
          code: 'NOT_FOUND',
        });
      }
      return code;
    },
  };
}

/** Creates the error of an invalid cell, or of an invalid row if no column is named. */
export function invalidCell(column: string | undefined, message: string): RowError {
  return { code: 'INVALID_INPUT', message, path: [], ...(column === undefined ? {} : { column }) };
}

/** Quotes a text for an error message. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

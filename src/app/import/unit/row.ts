/** One row under the reader's eye: its cells by column, and what is wrong with them so far. */
import type { Rejection } from '../../../platform/rules/rejection.ts';
import type { Source } from '../map.ts';
import type { Cell } from '../source/reader.ts';

/** A refusal, and the column of the file that it is about. */
export interface RowError extends Rejection {
  readonly column?: string;
}

export interface RowReader {
  readonly errors: RowError[];
  /** The text of a cell; empty where there is none. */
  readonly text: (column: string) => string;
  /** The code that a source gives, if it gives one. One that is not known is an error. */
  readonly code: (
    source: Source | undefined,
    what: string,
    known: ReadonlySet<string>,
    spelt: (text: string) => string,
  ) => string | undefined;
}

export function readerOf(cells: ReadonlyMap<string, Cell>): RowReader {
  const errors: RowError[] = [];
  const text = (column: string): string => {
    const cell = cells.get(column) ?? '';
    if (typeof cell === 'string') return cell;
    errors.push(wrong(column, `${column} is a list; it must be one value.`));
    return '';
  };
  const valueOf = (source: Source, what: string): string | undefined => {
    if ('constant' in source) return source.constant;
    const value = text(source.column);
    if (source.values === undefined || value === '') return value === '' ? undefined : value;
    if (!source.values.has(value))
      errors.push(
        wrong(
          source.column,
          `The ${what} ${quoted(value)} is unknown; the map knows ${[...source.values.keys()].join(', ')}.`,
        ),
      );
    return source.values.get(value);
  };
  return {
    errors,
    text,
    code(source, what, known, spelt) {
      const value = source === undefined ? undefined : valueOf(source, what);
      if (source === undefined || value === undefined) return undefined;
      const code = spelt(value);
      if (!known.has(code)) {
        const place = 'column' in source ? source.column : undefined;
        errors.push({
          ...wrong(place, `The ${what} ${code} does not exist; make it, or let the map make it.`),
          code: 'NOT_FOUND',
        });
      }
      return code;
    },
  };
}

export function wrong(column: string | undefined, message: string): RowError {
  return { code: 'INVALID_INPUT', message, path: [], ...(column === undefined ? {} : { column }) };
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}

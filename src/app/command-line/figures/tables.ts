/** A figure as text: tables for people, lines for programs. */
import { csvField } from '../../reports/format/csv.ts';
import { withoutFormula } from '../../reports/format/cell-text.ts';
import { formatTable } from '../output.ts';
import type { FigureColumn, FigureList, FigureShape } from './shape.ts';

/** A figure as the graph answers it. */
export interface FigureAnswer {
  readonly [name: string]: unknown;
}

/** The single values of a figure, one in a line, and each of its lists as a table. Numbers have six digits. */
export function figureText(figure: FigureAnswer, { columns, lists }: Pick<FigureShape, 'columns' | 'lists'>): string {
  const values = columns.map((column) => ({ figure: column.name, value: shown(valueAt(figure, column.path)) }));
  return [
    ...(values.length === 0 ? [] : [formatTable(values)]),
    ...lists.map((list) => {
      const rows = rowsOf(figure, list).map((row) =>
        Object.fromEntries(list.columns.map(({ name, path }) => [name, shown(valueAt(row, path))])),
      );
      return `${list.name}\n${formatTable(rows)}`;
    }),
  ].join('\n\n');
}

/** One list of a figure, or its single values, as CSV (RFC 4180) with all digits. */
export function figureCsv(figure: FigureAnswer, list: FigureList | undefined, single: readonly FigureColumn[]): string {
  const columns = list?.columns ?? single;
  const rows = list === undefined ? [figure] : rowsOf(figure, list);
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map((row) => columns.map(({ path }) => cellOf(valueAt(row, path)))),
  ];
  return lines.map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('');
}

function rowsOf(figure: FigureAnswer, { path }: FigureList): readonly FigureAnswer[] {
  return valueAt(figure, path) as readonly FigureAnswer[];
}

/** The value at a path; null where something on the way is. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as FigureAnswer | null)?.[name] ?? null, value);
}

function cellOf(value: unknown): string {
  if (Array.isArray(value)) return withoutFormula(value.map((each) => String(each ?? '')).join(' '));
  if (typeof value === 'string') return withoutFormula(value);
  return value === null ? '' : String(value);
}

function shown(value: unknown): string | number | null {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6));
  return Array.isArray(value)
    ? value.map((each) => String(each ?? '–')).join(' ')
    : value === null
      ? null
      : String(value);
}

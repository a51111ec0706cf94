/** A report as data, before it is a file of some format (RPT-3). Every format renders this object. */
import type { ReportType } from '../../../quality/report/report.rules.ts';
import type { Instant } from '../../../platform/values/time.ts';

/** The types of columns. RATIO is a quotient or a mean: a number with all its digits. DECIMAL is text, with the digits that are stored. */
export type ColumnType = 'STRING' | 'INTEGER' | 'DECIMAL' | 'RATIO' | 'INSTANT' | 'DATE';

/** A value of a cell. */
export type CellContent = string | number | null;

/** A column: its name, which is that of the field in the graph where there is one, and its type. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** One table of a report. */
export interface Section {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The cells of each row, in the order of the columns. */
  readonly rows: readonly (readonly CellContent[])[];
}

/** A report as data. */
export interface ReportContent {
  readonly title: string;
  readonly type: ReportType;
  readonly period: { readonly from: Instant; readonly to: Instant };
  readonly timeZone: string;
  /** When everything in it was read, in one snapshot. */
  readonly dataAsOf: Instant;
  readonly sections: readonly Section[];
}

/** The sections that have a chart. */
export const PARETO = 'Pareto of defects';
/** The section of failures per day. */
export const TREND = 'Failures per day';
/** The section of what a reader must know about the figures. */
export const NOTES = 'Notes';
/** The section of the figures that a reader looks for first: one row. */
export const KEY_FIGURES = 'Key figures';

/** A section whose columns are given as `name: type`, and whose rows are objects of the same names. */
export function section<const Columns extends Readonly<Record<string, ColumnType>>>(
  name: string,
  columns: Columns,
  rows: readonly { readonly [Name in keyof Columns]: CellContent }[],
): Section {
  const names = Object.keys(columns);
  return {
    name,
    columns: names.map((column) => ({ name: column, type: columns[column] ?? 'STRING' })),
    rows: rows.map((row) => names.map((column) => row[column] ?? null)),
  };
}

/** The notes as a section; none without notes. */
export function notesSection(notes: readonly string[]): readonly Section[] {
  return notes.length === 0
    ? []
    : [
        section(
          NOTES,
          { note: 'STRING' },
          notes.map((note) => ({ note })),
        ),
      ];
}

/** The cells of one column of a section, by its name. */
export function cellsOf({ columns, rows }: Section, name: string): readonly CellContent[] {
  const index = columns.findIndex((column) => column.name === name);
  return rows.map((row) => row[index] ?? null);
}

/** The items by their keys, in the order in which each key comes first. */
export function groupedBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

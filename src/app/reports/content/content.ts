/** A report as data, before it is a file of some format (RPT-3). Every format renders this object. */
import type { Pareto } from '../../../insight/defect-figure/pareto.rules.ts';
import type { TrendPoint } from '../../../insight/defect-figure/trend.rules.ts';
import type { Oee } from '../../../insight/oee/oee.rules.ts';
import type { CycleTimes } from '../../../insight/performance/performance.rules.ts';
import type { DrawnCapability } from '../../../insight/spc/histogram-picture.rules.ts';
import type { YieldReport } from '../../../insight/yield/yield.rules.ts';
import type { ReportType } from '../../../quality/report/report.rules.ts';
import type { Instant } from '../../../platform/values/time.ts';

/** The types of columns. RATIO is a quotient or a mean: a number with all its digits. DECIMAL is text, with the digits that are stored; FLOAT is text, with all digits of a number that was computed. */
export type ColumnType = 'STRING' | 'INTEGER' | 'DECIMAL' | 'FLOAT' | 'RATIO' | 'INSTANT' | 'DATE';

/** A value of a cell. */
export type CellContent = string | number | null;

/** A column: its name, which is that of the field in the graph where there is one, and its type. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A figure that formats for people draw above the table. */
export type Drawing =
  | { readonly kind: 'CAPABILITY'; readonly figure: DrawnCapability }
  | { readonly kind: 'CYCLE_TIMES'; readonly figure: CycleTimes }
  | { readonly kind: 'OEE'; readonly figure: Oee }
  | { readonly kind: 'PARETO'; readonly figure: Pareto<string | null> }
  | { readonly kind: 'TREND'; readonly figure: readonly TrendPoint[] }
  | { readonly kind: 'YIELD'; readonly figure: YieldReport };

/** The most pictures of a section. */
export const MOST_PICTURES = 12;

/** One table of a report. */
export interface Section {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The cells of each row, in the order of the columns. */
  readonly rows: readonly (readonly CellContent[])[];
  readonly drawings: readonly Drawing[];
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

/** The section of what a reader must know about the figures. */
export const NOTES = 'Notes';
/** The section of the figures that a reader looks for first: one row. */
export const KEY_FIGURES = 'Key figures';

/** A section whose columns are given as `name: type`, and whose rows are objects of the same names, with what is drawn. */
export function section<const Columns extends Readonly<Record<string, ColumnType>>>(
  name: string,
  columns: Columns,
  rows: readonly { readonly [Name in keyof Columns]: CellContent }[],
  drawings: readonly Drawing[] = [],
): Section {
  const names = Object.keys(columns);
  return {
    name,
    columns: names.map((column) => ({ name: column, type: columns[column] ?? 'STRING' })),
    rows: rows.map((row) => names.map((column) => row[column] ?? null)),
    drawings,
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

/** The lines of the file of an export. */
import type { ExportFormat } from '../../../operation/background-job/export.rules.ts';
import type { JsonRecord } from '../../../platform/values/json.ts';
import { withoutFormula } from '../../reports/format/cell-text.ts';
import { csvField } from '../../reports/format/csv.ts';
import type { ExportColumn } from './columns.ts';

/** How a kind of file is written. */
interface Lines {
  /** What the file begins with. */
  header(columns: readonly ExportColumn[]): string;
  line(columns: readonly ExportColumn[], node: JsonRecord): string;
}

/** The lines of each kind of file. */
export const EXPORT_LINES: Readonly<Record<ExportFormat, Lines>> = {
  JSON: {
    header: () => '',
    line: (columns, node) =>
      `${JSON.stringify(Object.fromEntries(columns.map(({ name, valueOf }) => [name, valueOf(node) ?? null])))}\n`,
  },
  CSV: {
    header: (columns) => `${columns.map(({ name }) => name).join(',')}\r\n`,
    line: (columns, node) => `${columns.map((column) => cellOf(column, node)).join(',')}\r\n`,
  },
};

/** RPT-7: Every text is guarded, also one that looks like a number. */
function cellOf({ isText, valueOf }: ExportColumn, node: JsonRecord): string {
  const value = valueOf(node) ?? '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return csvField(isText ? withoutFormula(text) : text);
}

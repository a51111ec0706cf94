/** Cells as text, for the formats that show text. */
import { clockTimeIn } from '../../../platform/values/zoned-time.ts';
import type { CellContent, Column, ColumnType } from '../content/content.ts';

/** The digits of a ratio after the point, in every format but JSON. */
const RATIO_DIGITS = 4;

/** The digits of a computed number for people. */
const FLOAT_DIGITS = 8;

/** A cell as text; a cell without a value is the empty text. */
export function textOfCell(cell: CellContent, type: ColumnType): string {
  if (cell === null) return '';
  return type === 'RATIO' ? Number(cell).toFixed(RATIO_DIGITS) : String(cell);
}

/** A cell as people read it: instants by the clocks of the time zone, computed numbers with eight digits. */
export function shownCell(cell: CellContent, type: ColumnType, timeZone: string): string {
  if (cell === null) return '';
  if (type === 'FLOAT') return String(Number(Number(cell).toPrecision(FLOAT_DIGITS)));
  return type === 'INSTANT' ? clockTimeIn(timeZone, String(cell)) : textOfCell(cell, type);
}

/** A column name as people read it: `meanQualityScore` is `Mean quality score`, `wipItems` is `WIP items`. */
export function columnLabel({ name }: Column): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/\bwip\b/i, 'WIP');
}

/** Whether the cells of the column are numbers, which stand on the right. */
export function isNumeric({ type }: Column): boolean {
  return type === 'INTEGER' || type === 'DECIMAL' || type === 'FLOAT' || type === 'RATIO';
}

/**
 * RPT-7: A text that a spreadsheet would take for a formula gets an apostrophe in front: one that begins with `=`, `+`,
 * `-`, `@`, a tab or a carriage return. Numbers stay numbers.
 */
export function withoutFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

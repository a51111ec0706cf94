/** Reports as comma-separated values (RFC 4180), in UTF-8. */
import type { Column, ReportContent, Section } from '../content/content.ts';
import { isNumeric, textOfCell, withoutFormula } from './cell-text.ts';

/**
 * The sections one after the other, with an empty line between them. Each begins with a line `section,<name>` and the
 * names of its columns.
 */
export function csvOf({ sections }: ReportContent): string {
  return sections.map(sectionLines).join('\r\n');
}

function sectionLines({ name, columns, rows }: Section): string {
  const lines = [
    ['section', withoutFormula(name)],
    columns.map((column) => column.name),
    ...rows.map((row) => columns.map((column, index) => cellOf(column, row[index] ?? null))),
  ];
  return lines.map((fields) => `${fields.map(csvField).join(',')}\r\n`).join('');
}

function cellOf(column: Column, cell: Parameters<typeof textOfCell>[0]): string {
  const text = textOfCell(cell, column.type);
  return isNumeric(column) ? text : withoutFormula(text);
}

/** A field of a line, in quotation marks where it needs them. */
export function csvField(text: string): string {
  return /["\r\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Reports as workbooks: one sheet for each section. */
import { type CellValue, type ColumnDef, writeXlsx } from 'hucre/xlsx';
import type { CellContent, Column, ReportContent, Section } from '../content/content.ts';
import { isNumeric, textOfCell, withoutFormula } from './cell-text.ts';

/** The workbook. Numbers are numbers, instants are ISO text; the names of the columns are in the first row. */
export async function xlsxOf({ title, dataAsOf, sections }: ReportContent): Promise<Uint8Array> {
  const names = sheetNames(sections.map(({ name }) => name));
  return writeXlsx({
    properties: {
      title: withoutFormula(title),
      creator: 'lotgraph',
      created: new Date(dataAsOf),
      modified: new Date(dataAsOf),
    },
    sheets: sections.map((section, index) => ({
      name: names[index] ?? '',
      columns: section.columns.map(columnOf(section)),
      rows: [section.columns.map(({ name }) => name), ...section.rows.map((row) => cellsOfRow(section, row))],
      freezePane: { rows: 1 },
    })),
  });
}

/** The names of sheets: at most 31 characters, without what workbooks refuse, each once. */
export function sheetNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const clean =
      name
        .replaceAll(/[[\]:*?/\\]/g, ' ')
        .replaceAll(/^'+|'+$/g, '')
        .trim() || 'Section';
    let unique = cut(clean, '');
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1) unique = cut(clean, ` (${number})`);
    taken.add(unique.toLowerCase());
    return unique;
  });
}

const SHEET_NAME = 31;

function cut(name: string, ending: string): string {
  return `${name.slice(0, SHEET_NAME - ending.length).trimEnd()}${ending}`;
}

function columnOf({ rows }: Section): (column: Column, index: number) => ColumnDef {
  return (column, index) => {
    const lengths = rows.slice(0, MEASURED_ROWS).map((row) => textOfCell(row[index] ?? null, column.type).length);
    const width = Math.min(WIDEST, Math.max(NARROWEST, column.name.length, ...lengths) + 2);
    return { key: column.name, width, ...(column.type === 'RATIO' ? { numFmt: '0.0000' } : {}) };
  };
}

const MEASURED_ROWS = 200;
const NARROWEST = 8;
const WIDEST = 60;

function cellsOfRow({ columns }: Section, row: readonly CellContent[]): CellValue[] {
  return columns.map((column, index) => {
    const cell = row[index] ?? null;
    if (cell === null) return null;
    return isNumeric(column) ? Number(textOfCell(cell, column.type)) : withoutFormula(String(cell));
  });
}

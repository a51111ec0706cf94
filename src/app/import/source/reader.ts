/**
 * Reads the rows of a file of any size, one after another.
 *
 * 1. Bytes become lines, and lines become records: a line of JSON Lines, or one or more lines of a CSV record with line
 *    feeds in quotes.
 * 2. Each record is read by itself. A record that cannot be read becomes a row with a problem, and the next line begins
 *    the next row.
 * 3. Blank lines are not rows. Rows are counted from 1, without the header.
 */
import { parse } from 'csv-parse/sync';
import { AppError } from '../../../platform/values/assert.ts';
import { isJsonRecord } from '../../../platform/values/json.ts';
import { MAX_LINE_BYTES, linesOf, decodeUtf8, type Line } from './lines.ts';
import { errorMessageOf } from '../../../platform/values/system-error.ts';

/** The format of a file. */
export type Format = 'csv' | 'jsonl';

/** The text of a cell; a list only if the JSON value is one. */
export type Cell = string | readonly string[];

/** A row of the file: its cells by column, or why it cannot be read. */
export interface FileRow {
  readonly row: number;
  /** The line of the file in which the row begins. */
  readonly line: number;
  readonly content: { readonly cells: ReadonlyMap<string, Cell> } | { readonly problem: string };
}

interface FileSource {
  readonly file: string;
  readonly format: Format;
  readonly delimiter: string;
  /** The columns that a CSV file must have. */
  readonly columns: readonly string[];
}

/** Returns the format of a file by its name. */
export function formatOf(file: string): Format {
  return /\.(?:jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv';
}

/** Reads the rows of a file, one after another. */
export function readRows(source: FileSource): AsyncGenerator<FileRow, void, undefined> {
  return source.format === 'csv' ? csvRows(source) : jsonRows(source);
}

/** Returns the approximate number of rows, for showing progress. */
export async function countLines(file: string): Promise<number> {
  let count = formatOf(file) === 'csv' ? -1 : 0;
  for await (const { bytes } of linesOf(file)) if (bytes === null || bytes.length > 0) count += 1;
  return count;
}

async function* jsonRows({ file }: FileSource): AsyncGenerator<FileRow, void, undefined> {
  let row = 0;
  for await (const line of linesOf(file)) {
    const text = textOf(line);
    if (typeof text === 'string' && text.trim() === '') continue;
    row += 1;
    yield { row, line: line.number, content: typeof text === 'string' ? jsonContent(text) : text };
  }
}

async function* csvRows({ file, delimiter, columns }: FileSource): AsyncGenerator<FileRow, void, undefined> {
  let header: readonly string[] | undefined;
  let row = 0;
  for await (const { line, content } of csvRecords(file, delimiter, () => header?.length)) {
    if (header === undefined) {
      header = headerOf(file, content, columns);
      continue;
    }
    row += 1;
    yield { row, line, content: 'problem' in content ? content : cellsOf(header, content.fields) };
  }
  if (header === undefined) throw new AppError(`${file} is empty; a CSV file begins with the names of its columns.`);
}

type CsvContent = { readonly fields: readonly string[] } | { readonly problem: string };

/** A quoted field with more lines than this counts as a quote that was never closed. */
const MAX_RECORD_LINES = 100;

/**
 * A record continues over the next lines while a quote is open. If the quote is never closed, or if the record does not
 * fit the header, only the first line is reported as invalid, and the other lines are read again.
 */
async function* csvRecords(
  file: string,
  delimiter: string,
  fieldCount: () => number | undefined,
): AsyncGenerator<{ readonly line: number; readonly content: CsvContent }, void, undefined> {
  const source = linesOf(file);
  const waiting: Line[] = [];
  const next = async (): Promise<Line | undefined> => waiting.shift() ?? ((await source.next()).value || undefined);

  for (let first = await next(); first !== undefined; first = await next()) {
    const text = textOf(first);
    if (text === '') continue;
    if (typeof text !== 'string') {
      yield { line: first.number, content: text };
      continue;
    }
    const more: Line[] = [];
    let record = text;
    while (hasOpenQuote(record) && more.length < MAX_RECORD_LINES) {
      const line = await next();
      if (line === undefined) break;
      more.push(line);
      const added = textOf(line);
      if (typeof added !== 'string') break;
      record = `${record}\n${added}`;
    }
    const content = csvContent(record, delimiter);
    const fits =
      more.length === 0 || ('fields' in content && content.fields.length === (fieldCount() ?? content.fields.length));
    if (!fits) waiting.unshift(...more);
    yield {
      line: first.number,
      content: fits ? content : { problem: 'has a quote that is not closed where its field ends.' },
    };
  }
}

function hasOpenQuote(text: string): boolean {
  return text.includes('"') && (text.split('"').length - 1) % 2 === 1;
}

function csvContent(text: string, delimiter: string): CsvContent {
  try {
    const [fields = []] = parse(text, { delimiter, relax_column_count: true });
    return { fields };
  } catch (error) {
    return { problem: `is no CSV: ${errorMessageOf(error)}` };
  }
}

function headerOf(file: string, content: CsvContent, columns: readonly string[]): readonly string[] {
  if ('problem' in content) throw new AppError(`The header of ${file} ${content.problem}`);
  const header = content.fields.map((name) => name.trim());
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw new AppError(
      `${file} does not have the columns of the map: ${missing.map(quoted).join(', ')} missing. It has ${header.map(quoted).join(', ')}.`,
    );
  }
  const twice = columns.find((column) => header.indexOf(column) !== header.lastIndexOf(column));
  if (twice !== undefined) throw new AppError(`${file} has the column ${quoted(twice)} twice; which one is meant?`);
  return header;
}

function cellsOf(header: readonly string[], fields: readonly string[]): FileRow['content'] {
  if (fields.length !== header.length)
    return { problem: `has ${fields.length} columns, but the header has ${header.length}.` };
  return { cells: new Map(header.map((name, index) => [name, (fields[index] ?? '').trim()])) };
}

function jsonContent(text: string): FileRow['content'] {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonRecord(value)) return { problem: 'is no JSON object.' };
    const cells = Object.entries(value).map(([name, each]) => [name, cellOf(each)] as const);
    const odd = cells.find(([, cell]) => cell === undefined);
    if (odd !== undefined)
      return { problem: `has under ${quoted(odd[0])} neither text, number, true, false, null nor a list of these.` };
    return { cells: new Map(cells.map(([name, cell]) => [name, cell ?? ''])) };
  } catch (error) {
    return { problem: `is no JSON: ${errorMessageOf(error)}` };
  }
}

function cellOf(value: unknown): Cell | undefined {
  if (!Array.isArray(value)) return scalarText(value);
  const texts = value.map(scalarText);
  return texts.some((text) => text === undefined) ? undefined : texts.flatMap((text) => text ?? []);
}

function scalarText(value: unknown): string | undefined {
  if (value === null) return '';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).trim()
    : undefined;
}

function textOf({ bytes }: Line): string | { readonly problem: string } {
  if (bytes === null) return { problem: `is longer than ${MAX_LINE_BYTES} bytes.` };
  return decodeUtf8(bytes) ?? { problem: 'is not UTF-8.' };
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

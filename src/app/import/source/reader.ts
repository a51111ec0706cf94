/**
 * The rows of a file, one after another, whatever its size.
 *
 * 1. Bytes become lines, lines become records: a line of JSON Lines, or the one or more lines of a CSV record with line
 *    feeds in quotes.
 * 2. Each record is read alone. What cannot be read is a row with a problem, and the next line is the next row.
 * 3. Blank lines are no rows. Rows are counted from 1, without the header.
 */
import { parse } from 'csv-parse/sync';
import { AppError } from '../../../platform/values/assert.ts';
import { isJsonRecord } from '../../../platform/values/json.ts';
import { LONGEST_LINE_BYTES, linesOf, decodeUtf8, type Line } from './lines.ts';

export type Format = 'csv' | 'jsonl';

/** A list only where JSON has one. */
export type Cell = string | readonly string[];

export interface FileRow {
  readonly row: number;
  /** The line in the file where the row begins. */
  readonly line: number;
  readonly content: { readonly cells: ReadonlyMap<string, Cell> } | { readonly problem: string };
}

interface Wanted {
  readonly file: string;
  readonly format: Format;
  readonly delimiter: string;
  /** The columns that a CSV file must have. */
  readonly columns: readonly string[];
}

export function formatOf(file: string): Format {
  return /\.(?:jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv';
}

export function readRows(wanted: Wanted): AsyncGenerator<FileRow, void, undefined> {
  return wanted.format === 'csv' ? csvRows(wanted) : jsonRows(wanted);
}

/** About how many rows the file has, for the progress only. */
export async function countLines(file: string): Promise<number> {
  let count = formatOf(file) === 'csv' ? -1 : 0;
  for await (const { bytes } of linesOf(file)) if (bytes === null || bytes.length > 0) count += 1;
  return count;
}

async function* jsonRows({ file }: Wanted): AsyncGenerator<FileRow, void, undefined> {
  let row = 0;
  for await (const line of linesOf(file)) {
    const text = readable(line);
    if (typeof text === 'string' && text.trim() === '') continue;
    row += 1;
    yield { row, line: line.number, content: typeof text === 'string' ? jsonContent(text) : text };
  }
}

async function* csvRows({ file, delimiter, columns }: Wanted): AsyncGenerator<FileRow, void, undefined> {
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

/** A quoted field with more lines than this is taken for a quote that was never closed. */
const LINES_OF_A_RECORD = 100;

/**
 * A record goes on over the next lines while a quote is open. When it stays open, or what comes of it does not fit, the
 * first line alone is at fault and the others are read anew.
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
    const text = readable(first);
    if (text === '') continue;
    if (typeof text !== 'string') {
      yield { line: first.number, content: text };
      continue;
    }
    const more: Line[] = [];
    let record = text;
    while (hasOpenQuote(record) && more.length < LINES_OF_A_RECORD) {
      const line = await next();
      if (line === undefined) break;
      more.push(line);
      const added = readable(line);
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
    return { problem: `is no CSV: ${error instanceof Error ? error.message : String(error)}` };
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
    return { problem: `is no JSON: ${error instanceof Error ? error.message : String(error)}` };
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

function readable({ bytes }: Line): string | { readonly problem: string } {
  if (bytes === null) return { problem: `is longer than ${LONGEST_LINE_BYTES} bytes.` };
  return decodeUtf8(bytes) ?? { problem: 'is not UTF-8.' };
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

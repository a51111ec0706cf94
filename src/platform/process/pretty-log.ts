/**
 * Log lines for people in development: time, level, message, then the fields. The stack of an error follows on lines of
 * its own.
 */
import { jsonRecordIn, type JsonRecord } from '../values/json.ts';
import { escapeSpecialCharacters } from './log-characters.ts';

/** Makes a line for people of a line of JSON. */
export function prettyLine(line: string, isColored: boolean): string {
  const fields = jsonRecordIn(line);
  if (fields === undefined) return line;
  const { level, time, msg, err, ...others } = fields;
  const mark = isColored ? (COLORS[String(level)] ?? ['', '']) : ['', ''];
  const parts = [
    String(time).slice('2026-01-01T'.length, -1),
    `${mark[0]}${String(level).toUpperCase().padEnd(5)}${mark[1]}`,
    clean(String(msg ?? '')),
    ...Object.entries(others).map(([name, value]) => `${name}=${valueText(value)}`),
  ];
  return `${parts.join(' ')}\n${errorLines(err)}`;
}

const RESET = '\u001B[0m';
const COLORS: Readonly<Record<string, readonly [string, string]>> = {
  warn: ['\u001B[33m', RESET],
  error: ['\u001B[31m', RESET],
  fatal: ['\u001B[31m', RESET],
};

function valueText(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/-]+$/.test(value) ? value : clean(JSON.stringify(value));
}

function errorLines(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : `    ${valueText(error)}\n`;
  const { stack, message, name: _name, ...others }: JsonRecord = { ...error };
  const lines = String(stack ?? message ?? '').split('\n');
  const more = Object.entries(others).map(([key, value]) => `${key}=${valueText(value)}`);
  return [...lines, ...more].map((each) => `    ${clean(each)}\n`).join('');
}

/** A text on one line, without characters that move the cursor of a terminal. */
function clean(text: string): string {
  return escapeSpecialCharacters(text.replaceAll('\n', '\\n'));
}

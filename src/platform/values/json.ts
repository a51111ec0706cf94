/** JSON values of unknown content, as they come from a caller or from a `jsonb` column. */

import { assert } from './assert.ts';

/** A JSON object whose values are not checked. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for an object that is not null and not an array. */
export function isJsonRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object that a text holds; undefined for another value, and for text that is not JSON. */
export function jsonRecordIn(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The object in a column that a database constraint limits to JSON objects. Throws an AppError for anything else. */
export function storedObject(value: unknown): JsonRecord {
  assert(isJsonRecord(value), 'A stored JSON object is none.');
  return value;
}

/**
 * True when both values are the same JSON; the order of keys does not matter. Only own keys count: values from the
 * parser, from a literal in a document and from the database have different prototypes, which Node's
 * `isDeepStrictEqual` would report as a difference.
 */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSameJson(item, b[index]));
  if (!isJsonRecord(a) || !isJsonRecord(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSameJson(a[key], b[key]))
  );
}

/** JSON text with the keys of every object in sorted order, so that equal inputs have equal texts. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  let text = '';
  for (const key of Object.keys(value).toSorted()) {
    const inner: unknown = Reflect.get(value, key);
    if (inner !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(inner)}`;
  }
  return `{${text}}`;
}

/**
 * True if the arrays and objects of a JSON text nest deeper than `levels`. It does not parse: deeply nested values
 * overflow the stack of everything that walks through them.
 */
export function isNestedDeeper(text: string, levels: number): boolean {
  let level = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) isInString = !isInString;
    else if (isInString) at += character === BACKSLASH ? 1 : 0;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) level += 1;
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) level -= 1;
    if (level > levels) return true;
  }
  return false;
}

const QUOTE = 34;
const BACKSLASH = 92;
const [OPEN_BRACKET, CLOSE_BRACKET] = [91, 93];
const [OPEN_BRACE, CLOSE_BRACE] = [123, 125];

/**
 * True when a JSON value surely has more than `most` characters, written as JSON. The time does not grow with the part
 * that is too much.
 */
export function isLongJson(value: unknown, most: number): boolean {
  return remainingCharacters(value, most) < 0;
}

/** How many characters are left of `most` after a value; negative when it has more. */
function remainingCharacters(value: unknown, most: number): number {
  if (typeof value === 'string') return most - value.length - 2;
  if (typeof value !== 'object' || value === null) return most - String(value).length;
  let left = most - 2;
  for (const part of Array.isArray(value) ? value : Object.keys(value)) {
    left = remainingCharacters(part, left - 1);
    if (left >= 0 && !Array.isArray(value)) left = remainingCharacters(Reflect.get(value, part), left - 1);
    if (left < 0) return left;
  }
  return left;
}

/** JSON as a value of unknown content, as it comes from a caller or from a `jsonb` column. */

import { assert } from './assert.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isJsonRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in a column of which the database makes certain that it holds one. */
export function storedObject(value: unknown): JsonRecord {
  assert(isJsonRecord(value), 'A stored JSON object is none.');
  return value;
}

/**
 * True when both are the same JSON; the order of keys does not matter. Only own keys count: values from the parser,
 * from a literal in the document and from the database differ in their prototypes, which is why Node's
 * `isDeepStrictEqual` does not do.
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

/** JSON with the keys of every object in order, so that equal inputs have equal texts. */
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

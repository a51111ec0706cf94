/** The schema of JSON objects that callers send. */
import { z } from 'zod';
import { problemInLines } from '../values/characters.ts';
import { isLongJson } from '../values/json.ts';
import { BROKEN_TEXT, type Problem, refineTo } from './schemas.ts';

/** The largest size of a JSON object, in bytes of its JSON text. */
export const JSON_BYTES = 65_536;
/** The deepest nesting of a JSON object. */
export const JSON_LEVELS = 8;

/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** A JSON value. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/**
 * A JSON object of at most 65,536 bytes and 8 levels, without keys that have a meaning in JavaScript. Its texts and keys
 * have the characters of texts that pages show.
 */
export const jsonObject: z.ZodType<JsonObject> = refineTo(z.unknown(), (value) => {
  if (!isJsonObject(value)) return { message: 'must be a JSON object.' };
  if (isLongJson(value, 2 * JSON_BYTES))
    return { message: `must have at most ${JSON_BYTES} bytes as JSON, but has more than ${2 * JSON_BYTES}.` };
  const problem = problemInJson(value, 1, []);
  if (problem !== undefined) return problem;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > JSON_BYTES
    ? { message: `must have at most ${JSON_BYTES} bytes as JSON, but has ${bytes}.` }
    : { value };
});

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The first three reach an object's prototype. An object with the key `then` is taken for a promise when it is
 * returned, which breaks the list that contains it.
 */
const RESERVED_KEYS = new Set(['__proto__', 'constructor', 'prototype', 'then']);

function problemInJson(value: unknown, level: number, path: readonly string[]): Problem | undefined {
  if (typeof value === 'string') return problemInText(value, path);
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : { message: 'must be a finite number.', path };
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value !== 'object') return { message: 'must be JSON.', path };
  if (level > JSON_LEVELS) return { message: `must have at most ${JSON_LEVELS} levels.`, path };
  for (const [key, inner] of Object.entries(value)) {
    if (RESERVED_KEYS.has(key)) return { message: `must not have the key ${JSON.stringify(key)}.`, path };
    const problemInKey = problemInText(key, path);
    if (problemInKey !== undefined) return { ...problemInKey, message: `has a key that ${problemInKey.message}` };
    const problem = problemInJson(inner, level + 1, [...path, key]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemInText(text: string, path: readonly string[]): Problem | undefined {
  const message = text.isWellFormed() ? problemInLines(text) : BROKEN_TEXT;
  return message === undefined ? undefined : { message, path };
}

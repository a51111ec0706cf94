/**
 * The bricks of which every input's shape is made.
 *
 * 1. A brick judges one value by itself and answers it in its one canonical form (trimmed, NFC, upper-cased, UTC).
 * 2. A brick that stands for a rule of the ledger says so; the refusal then carries the rule.
 * 3. GraphQL clients send `null` for what they leave out: `absent` makes null and absent the same, `clearable` keeps
 *    them apart.
 */
import { z } from 'zod';
import { assert } from '../values/assert.ts';
import { isDecimal } from '../values/decimal.ts';
import { decodeGlobalId } from '../values/global-id.ts';
import { normalizedCode, type TextForm } from '../rules/natural-key.ts';
import type { ErrorCode, Rejection, RuleId } from '../rules/rejection.ts';
import { dateOf, instantOf } from '../values/time.ts';

interface Because {
  /** The rule of the ledger that the brick enforces. */
  readonly rule?: RuleId | undefined;
}

interface Problem extends Because {
  readonly message: string;
  readonly code?: ErrorCode;
  readonly path?: readonly (string | number)[];
}

export const REASON_LENGTH = 1_000;
export const JSON_BYTES = 65_536;
export const JSON_LEVELS = 8;
export const IDEMPOTENCY_KEY_LENGTH = 100;

/** Text on one line, trimmed, NFC. Blank is refused. */
export function line(max: number, because: Because = {}): z.ZodType<string> {
  return refineTo(z.string(), (text) => cleaned(text, max, CONTROL, because));
}

/** Text that may have several lines. */
export function lines(max: number, because: Because = {}): z.ZodType<string> {
  return refineTo(z.string(), (text) => cleaned(text, max, CONTROL_BUT_LINE_FEED, because));
}

/** GEN-4: an act that overrides or undoes says why. */
export const reason = lines(REASON_LENGTH, { rule: 'GEN-4' });

/** A code: trimmed, upper-cased, of the given form. */
export function code({ pattern, form, rule }: TextForm): z.ZodType<string> {
  return matching(pattern, form, normalizedCode, { rule });
}

/** Text of a pattern, after normalising. */
export function matching(
  pattern: RegExp,
  form: string,
  normalise: (text: string) => string,
  because: Because = {},
): z.ZodType<string> {
  return refineTo(z.string(), (text) => {
    const normal = normalise(text);
    return pattern.test(normal) ? { value: normal } : { message: `must be ${form}.`, ...because };
  });
}

export function integer(min: number, max: number, because: Because = {}): z.ZodType<number> {
  return refineTo(z.number(), (value) =>
    Number.isInteger(value) && value >= min && value <= max
      ? { value }
      : { message: `must be a whole number from ${min} to ${max}.`, ...because },
  );
}

export const flag: z.ZodType<boolean> = z.boolean();

/** The largest whole number of the graph's Int and of a column of type integer. */
export const MAX_INT = 2_147_483_647;

/** GEN-2: the version that the caller has seen, if he cares. */
export const expectedVersion: z.ZodType<number | undefined> = z
  .int()
  .nullish()
  .transform((value) => value ?? undefined);

/** A decimal number as text, without exponent, at most 15 digits before and 10 after the point. */
export function decimal(because: Because = {}): z.ZodType<string> {
  return refineTo(z.string(), (text) =>
    isDecimal(text)
      ? { value: text }
      : {
          message: 'must be a decimal number such as "12.50": at most 15 digits before and 10 after the point.',
          ...because,
        },
  );
}

export const instant: z.ZodType<string> = refineTo(z.string(), (text) => {
  const value = instantOf(text);
  return value === undefined
    ? {
        message:
          'must be an instant in ISO 8601 with an offset, such as 2026-11-20T08:00:00Z, of the years 1900 to 2200.',
      }
    : { value };
});

export const date: z.ZodType<string> = refineTo(z.string(), (text) => {
  const value = dateOf(text);
  return value === undefined
    ? { message: 'must be a date of the calendar such as 2026-11-20, of the years 1900 to 2200.' }
    : { value };
});

export function oneOf<const Value extends string>(values: readonly Value[]): z.ZodType<Value> {
  return z.enum(values, { error: `must be one of ${values.join(', ')}.` });
}

export type JsonObject = { [key: string]: JsonValue };
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/**
 * A JSON object of at most 65,536 bytes and 8 levels, without control characters and without keys that mean something
 * to programs.
 */
export const jsonObject: z.ZodType<JsonObject> = refineTo(z.unknown(), (value) => {
  if (!isJsonObject(value)) return { message: 'must be a JSON object.' };
  const wrong = wrongInJson(value, 1, []);
  if (wrong !== undefined) return wrong;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > JSON_BYTES
    ? { message: `must have at most ${JSON_BYTES} bytes as JSON, but has ${bytes}.` }
    : { value };
});

/** An id of the graph, of one type; the answer is the uuid. */
export function globalId(...types: readonly string[]): z.ZodType<string> {
  return refineTo(z.string(), (text) => {
    const id = decodeGlobalId(text);
    if (id === undefined) return { message: `must be an id of the graph, of type ${types.join(' or ')}.` };
    return types.includes(id.type)
      ? { value: id.id }
      : { message: `must be an id of type ${types.join(' or ')}, but is one of ${id.type}.` };
  });
}

/** A reference to a record: exactly one of its id and its natural keys. */
export function recordReference<const Keys extends Readonly<Record<string, z.ZodType<string> | z.ZodType<number>>>>(
  keys: Keys,
): z.ZodType<Reference> {
  const names = Object.keys(keys);
  const shape = z.strictObject(
    Object.fromEntries(
      Object.entries(keys).map(([name, value]) => [name, (value as z.ZodType<string | number>).nullish()]),
    ),
  );
  return refineTo(shape, (given) => {
    const [[key, value] = ['', undefined], ...more] = Object.entries(given).filter(
      ([, each]) => each !== null && each !== undefined,
    );
    return value === null || value === undefined || more.length > 0
      ? { message: `must be given by exactly one of ${names.join(', ')}.` }
      : { value: { key, value } };
  });
}

/** One record, named by one of its unique fields. */
export interface Reference {
  readonly key: string;
  readonly value: string | number;
}

/** Null and absent are the same: nothing given. */
export function optional<Value>(shape: z.ZodType<Value>): z.ZodType<Value | undefined> {
  return shape.nullish().transform((value) => value ?? undefined);
}

/** Null and absent are the same: the default. */
export function withDefault<Value>(shape: z.ZodType<Value>, fallback: Value): z.ZodType<Value> {
  return shape.nullish().transform((value) => value ?? fallback);
}

/** An optional field of a change: absent leaves it, null clears it. */
export function nullableUpdate<Value>(shape: z.ZodType<Value>): z.ZodType<Value | null | undefined> {
  return shape.nullish();
}

/** A required field of a change: absent leaves it, null is refused. */
export function optionalUpdate<Value>(shape: z.ZodType<Value>): z.ZodType<Value | undefined> {
  return shape.optional();
}

/** A list; null and absent mean none, and a single value counts as a list of one. */
export function list<Value>(shape: z.ZodType<Value>, max: number, because: Because = {}): z.ZodType<Value[]> {
  return refineTo(z.unknown().optional(), (value) => {
    const items: unknown[] = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
    return items.length > max
      ? { message: `has ${items.length} entries; at most ${max} are allowed.`, code: 'LIMIT_EXCEEDED', ...because }
      : { value: items };
  }).pipe(z.array(shape));
}

/** A value judged by a function that answers its canonical form or the problem with it. */
export function refineTo<In, Out>(
  shape: z.ZodType<In>,
  judge: (value: In) => { readonly value: Out } | Problem,
): z.ZodType<Out> {
  return shape.transform((given, context) => {
    const answer = judge(given);
    if ('value' in answer) return answer.value;
    context.issues.push({
      code: 'custom',
      input: given,
      message: answer.message,
      path: [...(answer.path ?? [])],
      params: { rule: answer.rule, rejection: answer.code },
    });
    return z.NEVER;
  });
}

/**
 * A value that a rule of the ledger judges by itself, with several refusals perhaps. The rule's paths begin with the
 * name of the field, which the shape around this one adds again; its words stand as they are.
 */
export function checkRule<Value>(
  shape: z.ZodType<Value>,
  rule: (value: Value) => readonly Rejection[],
): z.ZodType<Value> {
  return shape.transform((value, context) => {
    for (const {
      code: refused,
      message,
      path: [, ...path],
      rule: id,
    } of rule(value)) {
      context.issues.push({
        code: 'custom',
        input: value,
        message,
        path,
        params: { rule: id, rejection: refused, isSentence: true },
      });
    }
    return value;
  });
}

/** What was stored in this shape, read again. That it does not fit is a fault of ours. */
export function parseStored<Value>(shape: z.ZodType<Value>, value: unknown, what: string): Value {
  const reading = shape.safeParse(value);
  assert(reading.success, `${what} are stored in a form of their own. ${reading.error?.message ?? ''}`);
  return reading.data;
}

/** The input in its canonical form, or every refusal of it at once. */
export function parseInput<Value>(
  shape: z.ZodType<Value>,
  input: unknown,
): { readonly value: Value } | { readonly rejections: readonly Rejection[] } {
  const reading = shape.safeParse(input);
  return reading.success ? { value: reading.data } : { rejections: reading.error.issues.flatMap(refusalsOfIssue) };
}

function refusalsOfIssue(issue: z.core.$ZodIssue): readonly Rejection[] {
  const path = issue.path.map(String);
  const what = path.length === 0 ? 'The input' : path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      code: 'INVALID_INPUT',
      message: `${[...path, key].join('.')} is not known here.`,
      path: [...path, key],
    }));
  }
  const params: { rule?: RuleId | undefined; rejection?: ErrorCode | undefined; isSentence?: boolean } =
    issue.code === 'custom' ? (issue.params ?? {}) : {};
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined && !issue.message.startsWith('must');
  const message =
    isMissing || issue.code === 'invalid_type'
      ? `must be given as ${issue.code === 'invalid_type' ? issue.expected : 'a value'}.`
      : issue.message;
  return [
    {
      code: params.rejection ?? 'INVALID_INPUT',
      message: params.isSentence === true ? message : `${what} ${message}`,
      path,
      ...(params.rule === undefined ? {} : { rule: params.rule }),
    },
  ];
}

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// eslint-disable-next-line no-control-regex
const CONTROL_BUT_LINE_FEED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

function cleaned(text: string, max: number, forbidden: RegExp, because: Because): { readonly value: string } | Problem {
  if (!text.isWellFormed())
    return { message: 'must be well-formed text: it has half of a surrogate pair.', ...because };
  const value = text.replaceAll('\r\n', '\n').trim().normalize('NFC');
  if (value === '') return { message: 'must not be blank.', ...because };
  if (forbidden.test(value)) return { message: 'must not contain control characters.', ...because };
  const length = [...value].length;
  return length > max ? { message: `must have at most ${max} characters, but has ${length}.`, ...because } : { value };
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The first three reach an object's prototype; an object that has the last is taken for a promise when it is answered,
 * and breaks the list it is in.
 */
const KEYS_WITH_A_MEANING = new Set(['__proto__', 'constructor', 'prototype', 'then']);

function wrongInJson(value: unknown, level: number, path: readonly string[]): Problem | undefined {
  if (typeof value === 'string')
    return isCleanText(value) ? undefined : { message: 'must not contain control characters or broken text.', path };
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : { message: 'must be a finite number.', path };
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value !== 'object') return { message: 'must be JSON.', path };
  if (level > JSON_LEVELS) return { message: `must have at most ${JSON_LEVELS} levels.`, path };
  for (const [key, inner] of Object.entries(value)) {
    if (KEYS_WITH_A_MEANING.has(key) || !isCleanText(key))
      return { message: `must not have the key ${JSON.stringify(key)}.`, path };
    const wrong = wrongInJson(inner, level + 1, [...path, key]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function isCleanText(text: string): boolean {
  return text.isWellFormed() && !CONTROL_BUT_LINE_FEED.test(text);
}

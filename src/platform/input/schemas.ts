/**
 * Schemas for single values and small structures, from which every input schema is composed.
 *
 * 1. A schema checks one value by itself and returns its canonical form (trimmed, NFC, upper-cased, UTC).
 * 2. A schema that enforces a rule of the ledger names it; the rejection then carries the rule.
 * 3. GraphQL clients send `null` for fields that they leave out: `optional` treats null and absent alike,
 *    `nullableUpdate` distinguishes them.
 */
import { z } from 'zod';
import { isBlank, problemInIdentifier, problemInLine, problemInLines, scannedText } from '../values/characters.ts';
import { isDecimal } from '../values/decimal.ts';
import { decodeGlobalId } from '../values/global-id.ts';
import { normalizedCode, type TextForm } from '../rules/natural-key.ts';
import type { ErrorCode, Rejection, RuleId } from '../rules/rejection.ts';
import { dateOf, instantOf } from '../values/time.ts';

interface RuleOption {
  /** The rule of the ledger that the schema enforces. */
  readonly rule?: RuleId | undefined;
}

/** What is wrong with a value: the message completes "<field> …"; the code is INVALID_INPUT when absent. */
export interface Problem extends RuleOption {
  readonly message: string;
  readonly code?: ErrorCode;
  readonly path?: readonly (string | number)[];
}

/** The largest number of characters of a reason. */
export const REASON_LENGTH = 1_000;
/** The largest number of characters of an idempotency key. */
export const IDEMPOTENCY_KEY_LENGTH = 100;

/**
 * Text on one line, trimmed, in NFC, with the characters of a text that pages show (values/characters.ts). Blank text
 * is rejected. `max` counts characters (code points).
 */
export function line(max: number, options: RuleOption = {}): z.ZodType<string> {
  return refineTo(z.string(), (text) => canonicalText(text, max, problemInLine, options));
}

/** Text that may have several lines; otherwise like `line`. */
export function lines(max: number, options: RuleOption = {}): z.ZodType<string> {
  return refineTo(z.string(), (text) => canonicalText(text.replaceAll('\r\n', '\n'), max, problemInLines, options));
}

/** Text on one line that identifies something, as a scanner or a person gives it. Two that look alike are refused. */
export function identifyingText(max: number, options: RuleOption = {}): z.ZodType<string> {
  return refineTo(z.string(), (text) => canonicalText(scannedText(text), max, problemInIdentifier, options));
}

/** Text on one line by which something stored is looked up. It may have any characters but control characters. */
export function anyLine(max: number): z.ZodType<string> {
  return refineTo(z.string(), (text) => canonicalText(scannedText(text), max, problemInAnyLine, {}));
}

/** GEN-4: an operation that overrides or undoes something says why. */
export const reason = lines(REASON_LENGTH, { rule: 'GEN-4' });

/** A code of the given form, trimmed and in upper case. */
export function code({ pattern, form, rule }: TextForm): z.ZodType<string> {
  return matching(pattern, form, normalizedCode, { rule });
}

/** Text that matches the pattern after normalising; `form` completes the message "must be …". */
export function matching(
  pattern: RegExp,
  form: string,
  normalise: (text: string) => string,
  options: RuleOption = {},
): z.ZodType<string> {
  return refineTo(z.string(), (text) => {
    if (text.length > LONGEST_FORM)
      return { message: `must have at most ${LONGEST_FORM} characters, but has ${text.length}.`, ...options };
    const normal = normalise(text);
    return pattern.test(normal) ? { value: normal } : { message: `must be ${form}.`, ...options };
  });
}

/** No text with a form is longer, so nothing is done with longer ones. */
const LONGEST_FORM = 1_000;

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number, options: RuleOption = {}): z.ZodType<number> {
  return refineTo(z.number(), (value) =>
    Number.isInteger(value) && value >= min && value <= max
      ? { value }
      : { message: `must be a whole number from ${min} to ${max}.`, ...options },
  );
}

/** True or false. */
export const flag: z.ZodType<boolean> = z.boolean();

/** The largest value of GraphQL's Int and of a PostgreSQL column of type integer. */
export const MAX_INT = 2_147_483_647;

/** GEN-2: the version of the record that the caller has seen; undefined when the caller does not check it. */
export const expectedVersion: z.ZodType<number | undefined> = z
  .int()
  .nullish()
  .transform((value) => value ?? undefined);

/** A decimal number as text, without exponent, with at most 15 digits before and 10 after the point. */
export function decimal(options: RuleOption = {}): z.ZodType<string> {
  return refineTo(z.string(), (text) =>
    isDecimal(text)
      ? { value: text }
      : {
          message: 'must be a decimal number such as "12.50": at most 15 digits before and 10 after the point.',
          ...options,
        },
  );
}

/** An instant in ISO 8601 with an offset; the result is its canonical text in UTC (values/time.ts). */
export const instant: z.ZodType<string> = refineTo(z.string(), (text) => {
  const value = instantOf(text);
  return value === undefined
    ? {
        message:
          'must be an instant in ISO 8601 with an offset, such as 2026-11-20T08:00:00Z, of the years 1900 to 2200.',
      }
    : { value };
});

/** A day of the calendar as `YYYY-MM-DD`. */
export const date: z.ZodType<string> = refineTo(z.string(), (text) => {
  const value = dateOf(text);
  return value === undefined
    ? { message: 'must be a date of the calendar such as 2026-11-20, of the years 1900 to 2200.' }
    : { value };
});

/** One of the values. */
export function oneOf<const Value extends string>(values: readonly Value[]): z.ZodType<Value> {
  return z.enum(values, { error: `must be one of ${values.join(', ')}.` });
}

/** A global id of one of the types; the result is the UUID. */
export function globalId(...types: readonly string[]): z.ZodType<string> {
  return refineTo(z.string(), (text) => {
    const id = decodeGlobalId(text);
    if (id === undefined) return { message: `must be an id of the graph, of type ${types.join(' or ')}.` };
    return types.includes(id.type)
      ? { value: id.id }
      : { message: `must be an id of type ${types.join(' or ')}, but is one of ${id.type}.` };
  });
}

/** A reference to a record: exactly one of the given keys, which are its id and its natural keys. */
export function recordReference<const Keys extends Readonly<Record<string, z.ZodType<string> | z.ZodType<number>>>>(
  keys: Keys,
): z.ZodType<Reference> {
  const names = Object.keys(keys);
  const schema = z.strictObject(
    Object.fromEntries(
      Object.entries(keys).map(([name, value]) => [name, (value as z.ZodType<string | number>).nullish()]),
    ),
  );
  return refineTo(schema, (given) => {
    const [[key, value] = ['', undefined], ...more] = Object.entries(given).filter(
      ([, each]) => each !== null && each !== undefined,
    );
    return value === null || value === undefined || more.length > 0
      ? { message: `must be given by exactly one of ${names.join(', ')}.` }
      : { value: { key, value } };
  });
}

/** One record, identified by the value of one of its unique fields. */
export interface Reference {
  readonly key: string;
  readonly value: string | number;
}

/** An optional field: null and absent both mean undefined. */
export function optional<Value>(schema: z.ZodType<Value>): z.ZodType<Value | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A field with a default, which null and absent both select. */
export function withDefault<Value>(schema: z.ZodType<Value>, fallback: Value): z.ZodType<Value> {
  return schema.nullish().transform((value) => value ?? fallback);
}

/** An optional field of an update: absent leaves it unchanged, null clears it. */
export function nullableUpdate<Value>(schema: z.ZodType<Value>): z.ZodType<Value | null | undefined> {
  return schema.nullish();
}

/** A required field of an update: absent leaves it unchanged, null is rejected. */
export function optionalUpdate<Value>(schema: z.ZodType<Value>): z.ZodType<Value | undefined> {
  return schema.optional();
}

/** A list; null and absent mean the empty list, and a single value counts as a list of one (as in GraphQL). */
export function list<Value>(schema: z.ZodType<Value>, max: number, options: RuleOption = {}): z.ZodType<Value[]> {
  return refineTo(z.unknown().optional(), (value) => {
    const items: unknown[] = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
    return items.length > max
      ? { message: `has ${items.length} entries; at most ${max} are allowed.`, code: 'LIMIT_EXCEEDED', ...options }
      : { value: items };
  }).pipe(z.array(schema));
}

/** A value that a function checks: `check` returns its canonical form or the problem with it. */
export function refineTo<In, Out>(
  schema: z.ZodType<In>,
  check: (value: In) => { readonly value: Out } | Problem,
): z.ZodType<Out> {
  return schema.transform((given, context) => {
    const answer = check(given);
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

/** A value that must fit the schema, and is kept as it was given, to be read with the schema later. */
export function asGiven(schema: z.ZodType<unknown>): z.ZodType<unknown> {
  return z.unknown().transform((given, context) => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return given;
    context.issues.push(...(parsed.error.issues as z.core.$ZodRawIssue[]));
    return z.NEVER;
  });
}

/**
 * A value that a rule of the ledger checks, possibly with several rejections. The rule's paths begin with the name of
 * the field, which is removed here because the enclosing schema adds it again. The rule's messages stay unchanged.
 */
export function checkRule<Value>(
  schema: z.ZodType<Value>,
  rule: (value: Value) => readonly Rejection[],
): z.ZodType<Value> {
  return schema.transform((value, context) => {
    for (const {
      code: rejectionCode,
      message,
      path: [, ...path],
      rule: id,
    } of rule(value)) {
      context.issues.push({
        code: 'custom',
        input: value,
        message,
        path,
        params: { rule: id, rejection: rejectionCode, isSentence: true },
      });
    }
    return value;
  });
}

/** The problem of a text that UTF-8 cannot express. */
export const BROKEN_TEXT = 'must be well-formed text: it has half of a surrogate pair.';

function problemInAnyLine(text: string): string | undefined {
  return /\p{Cc}/u.test(text) ? problemInLine(text) : undefined;
}

function canonicalText(
  text: string,
  max: number,
  problemIn: (text: string) => string | undefined,
  options: RuleOption,
): { readonly value: string } | Problem {
  // Blanks around a text do not count, but a text that is many times too long is not even read.
  if (text.length > 10 * max + LONGEST_FORM)
    return { message: `must have at most ${max} characters, but has ${text.length}.`, ...options };
  if (!text.isWellFormed()) return { message: BROKEN_TEXT, ...options };
  const value = text.trim().normalize('NFC');
  if (isBlank(value)) return { message: 'must not be blank.', ...options };
  const length = value.length > max ? [...value].length : value.length;
  if (length > max) return { message: `must have at most ${max} characters, but has ${length}.`, ...options };
  const problem = problemIn(value);
  return problem === undefined ? { value } : { message: problem, ...options };
}

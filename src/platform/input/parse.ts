/** Parses input and stored values with a schema. */
import type { z } from 'zod';
import type { ErrorCode, Rejection, RuleId } from '../rules/rejection.ts';
import { assert } from '../values/assert.ts';

/**
 * Reads a stored value with the schema that it was stored with. Throws an AppError when it does not match; `what` names
 * the values in the message, in the plural.
 */
export function parseStored<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Value {
  const result = schema.safeParse(value);
  assert(result.success, `${what} are stored in a form of their own. ${result.error?.message ?? ''}`);
  return result.data;
}

/** The input in its canonical form, or all rejections of it at once. */
export function parseInput<Value>(
  schema: z.ZodType<Value>,
  input: unknown,
): { readonly value: Value } | { readonly rejections: readonly Rejection[] } {
  const result = schema.safeParse(input);
  return result.success ? { value: result.data } : { rejections: result.error.issues.flatMap(rejectionsOfIssue) };
}

function rejectionsOfIssue(issue: z.core.$ZodIssue): readonly Rejection[] {
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

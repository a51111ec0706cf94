/**
 * The error codes that a caller can react to. A rejection is the answer of the factory's rules: it is data and never an
 * `Error`.
 */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'INVALID_INPUT',
  'NOT_FOUND',
  'RULE_VIOLATED',
  'CONFLICT',
  'LIMIT_EXCEEDED',
  'STALE_VERSION',
  'IDEMPOTENCY_MISMATCH',
] as const;

/** One of ERROR_CODES. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The id of a rule of the ledger, such as `PD-2`. */
export type RuleId = `${Uppercase<string>}-${number}`;

/** Why an operation is rejected: what is wrong, with which record or value, and what would be right. */
export interface Rejection {
  readonly code: ErrorCode;
  readonly message: string;
  /** The input field, outermost name first; empty for the whole input. */
  readonly path: readonly string[];
  /** The rule of the ledger that rejects; undefined when the code alone says why. */
  readonly rule?: RuleId;
  /** Ids of the current records by payload field, for a caller whose view was outdated. */
  readonly current?: Readonly<Record<string, string>>;
}

/** The answer of a rule: a rejection, or undefined when the rule is satisfied. */
export type Answer = Rejection | undefined;

/**
 * Creates a rejection by a rule of the ledger or, where no rule applies, by a code alone. `path` is dotted
 * (`defects.0.code`); the empty path is the whole input. `code` is ignored when `because` is a code.
 */
export function rejection(
  because: RuleId | ErrorCode,
  path: string,
  message: string,
  code: ErrorCode = 'RULE_VIOLATED',
): Rejection {
  if (isErrorCode(because)) return { code: because, message, path: pathOf(path) };
  return { code, message, path: pathOf(path), rule: because };
}

/**
 * The same rejection with a path that starts at an outer input: `result` in the third record of a batch becomes
 * `items.2.result`.
 */
export function withPathPrefix(prefix: string, rejected: Rejection): Rejection {
  return { ...rejected, path: [...pathOf(prefix), ...rejected.path] };
}

/** The rejections among the answers, in the order in which the rules were evaluated. */
export function rejectionsIn(answers: readonly Answer[]): readonly Rejection[] {
  return answers.filter((answer) => answer !== undefined);
}

function pathOf(dotted: string): readonly string[] {
  return dotted === '' ? [] : dotted.split('.');
}

function isErrorCode(text: string): text is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(text);
}

/** The codes a caller can react to. A refusal is an answer of the factory's rules; it is data and never an `Error`. */
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

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The id of a rule of the ledger, such as `PD-2`. */
export type RuleId = `${Uppercase<string>}-${number}`;

/** Why something may not happen: what is wrong, with which thing, and what would be right. */
export interface Rejection {
  readonly code: ErrorCode;
  readonly message: string;
  /** Names the input field, outermost first; empty for the whole input. */
  readonly path: readonly string[];
  /** The rule of the ledger behind the refusal. */
  readonly rule?: RuleId;
  /** Ids of the records as they stand now, for a caller whose view was outdated. */
  readonly current?: Readonly<Record<string, string>>;
}

/** What a rule answers: a refusal, or nothing when it has no objection. */
export type Answer = Rejection | undefined;

/**
 * A rejection because of a rule of the ledger, or, where no rule stands behind it, with a code alone. `path` is dotted
 * (`defects.0.code`); the empty path is the whole input.
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

/** The same refusal as seen from an outer input: `result` inside the third record of a batch is `items.2.result`. */
export function withPathPrefix(prefix: string, refused: Rejection): Rejection {
  return { ...refused, path: [...pathOf(prefix), ...refused.path] };
}

/** The refusals among the answers, in the order the rules were asked. */
export function rejectionsIn(answers: readonly Answer[]): readonly Rejection[] {
  return answers.filter((answer) => answer !== undefined);
}

function pathOf(dotted: string): readonly string[] {
  return dotted === '' ? [] : dotted.split('.');
}

function isErrorCode(text: string): text is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(text);
}

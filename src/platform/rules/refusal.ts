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
export interface Refusal {
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
export type Answer = Refusal | undefined;

/** A rule's refusal. `path` is dotted (`defects.0.code`); the empty path is the whole input. */
export function refusal(rule: RuleId, path: string, message: string, code: ErrorCode = 'RULE_VIOLATED'): Refusal {
  return { code, message, path: pathOf(path), rule };
}

/** A refusal behind which no rule of the ledger stands. */
export function objection(code: ErrorCode, path: string, message: string): Refusal {
  return { code, message, path: pathOf(path) };
}

/** The same refusal as seen from an outer input: `result` inside the third record of a batch is `items.2.result`. */
export function below(prefix: string, refused: Refusal): Refusal {
  return { ...refused, path: [...pathOf(prefix), ...refused.path] };
}

/** The refusals among the answers, in the order the rules were asked. */
export function refusalsIn(answers: readonly Answer[]): readonly Refusal[] {
  return answers.filter((answer) => answer !== undefined);
}

function pathOf(dotted: string): readonly string[] {
  return dotted === '' ? [] : dotted.split('.');
}

/** What a check of a plant found. */

/** One check and its outcome. */
export interface CheckFinding {
  /** Names the check: kebab-case, with what it is about after a colon. */
  readonly check: string;
  readonly status: 'OK' | 'FAILED' | 'SKIPPED';
  /** What is wrong, or what was looked at. */
  readonly message: string;
  /** How many rows, objects or queries are wrong. */
  readonly count: number;
}

/** A check that passed. */
export function passed(check: string, message: string): CheckFinding {
  return { check, status: 'OK', message, count: 0 };
}

/** A check that failed. */
export function failed(check: string, count: number, message: string): CheckFinding {
  return { check, status: 'FAILED', message, count };
}

/** A check that could not be made here, and why. */
export function skipped(check: string, message: string): CheckFinding {
  return { check, status: 'SKIPPED', message, count: 0 };
}

/** Passed without problems, else failed with the first ten of them. */
export function judged(check: string, problems: readonly string[], good: string): CheckFinding {
  if (problems.length === 0) return passed(check, good);
  const more = problems.length > MOST_SHOWN ? `, and ${problems.length - MOST_SHOWN} more` : '';
  return failed(check, problems.length, `${problems.slice(0, MOST_SHOWN).join('; ')}${more}`);
}

const MOST_SHOWN = 10;

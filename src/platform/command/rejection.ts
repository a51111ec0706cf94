import { type Answer, rejection, type Rejection, rejectionsIn, withPathPrefix } from '../rules/rejection.ts';

/**
 * Ends the command when rules are not satisfied, with all their rejections in the order of the rules. The transaction
 * is rolled back.
 */
export function enforce(...answers: readonly (Answer | readonly Answer[])[]): void {
  const rejections = rejectionsIn(answers.flat());
  if (rejections.length > 0) throw new Rejected(rejections);
}

/** Ends the command with rejections that are not the answer of a rule. The transaction is rolled back. */
export function reject(...rejections: readonly [Rejection, ...Rejection[]]): never {
  throw new Rejected(rejections);
}

/**
 * Runs a part of the command whose input is at `prefix` in the whole input: the paths of its rejections are prefixed
 * accordingly.
 */
export async function atPath<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Rejected
      ? new Rejected(error.rejections.map((each) => withPathPrefix(prefix, each)))
      : error;
  }
}

/** Returns the record, or rejects the command with NOT_FOUND when it is null or undefined. `what` names the record. */
export function found<Value>(value: Value | null | undefined, path: string, what: string): Value {
  if (value === null || value === undefined)
    throw new Rejected([rejection('NOT_FOUND', path, `${what} does not exist.`)]);
  return value;
}

/**
 * GEN-2: an update based on an outdated version is rejected, and the answer contains the ids of the current records
 * (`current`). An undefined version is not checked.
 */
export function isCurrent(
  record: { readonly version: number },
  expectedVersion: number | undefined,
  current: Readonly<Record<string, string>>,
): Answer {
  if (expectedVersion === undefined || expectedVersion === record.version) return undefined;
  const message = `The record has version ${record.version} by now, not ${expectedVersion}; look at it again before you change it.`;
  return { ...rejection('GEN-2', 'expectedVersion', message, 'STALE_VERSION'), current };
}

/**
 * Ends the transaction, which is repeated: what it has read was changed before it could lock it. It is rolled back first,
 * so that it does not lock more while it holds what it has locked.
 */
export function startAgain(): never {
  throw new Outdated('What the transaction has read was changed before it was locked.');
}

/** Carries the wish to repeat a transaction out of it. It never leaves this folder. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}

/** Carries rejections out of a transaction, so that it is rolled back. It never leaves this folder. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
  readonly rejections: readonly Rejection[];

  constructor(rejections: readonly Rejection[]) {
    super(rejections.map((each) => each.message).join(' '));
    this.rejections = rejections;
  }
}

import { type Answer, rejection, type Rejection, rejectionsIn, withPathPrefix } from '../rules/rejection.ts';

/** Stops the command when a rule objects. The first failing rule comes first; nothing is written. */
export function enforce(...answers: readonly (Answer | readonly Answer[])[]): void {
  const rejections = rejectionsIn(answers.flat());
  if (rejections.length > 0) throw new Rejected(rejections);
}

/** Stops the command with refusals that no rule needs to judge. */
export function reject(...rejections: readonly [Rejection, ...Rejection[]]): never {
  throw new Rejected(rejections);
}

/**
 * Does a part of the command whose input stands at `prefix` in the whole input: its refusals tell their paths from
 * there.
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

/** The record, or the refusal that it does not exist. */
export function found<Value>(value: Value | null | undefined, path: string, what: string): Value {
  if (value === null || value === undefined)
    throw new Rejected([rejection('NOT_FOUND', path, `${what} does not exist.`)]);
  return value;
}

/** GEN-2: a change made from an outdated view is refused, and the answer carries the record as it is now. */
export function isCurrent(
  record: { readonly version: number },
  expectedVersion: number | undefined,
  current: Readonly<Record<string, string>>,
): Answer {
  if (expectedVersion === undefined || expectedVersion === record.version) return undefined;
  const message = `The record has version ${record.version} by now, not ${expectedVersion}; look at it again before you change it.`;
  return { ...rejection('GEN-2', 'expectedVersion', message, 'STALE_VERSION'), current };
}

/** Carries refusals out of a transaction, so that it is rolled back. It never leaves this file. */
export class Rejected extends Error {
  override readonly name = 'Refused';
  readonly rejections: readonly Rejection[];

  constructor(rejections: readonly Rejection[]) {
    super(rejections.map((each) => each.message).join(' '));
    this.rejections = rejections;
  }
}

import { type Answer, below, objection, refusal, type Refusal, refusalsIn } from '../rules/refusal.ts';

/** Stops the command when a rule objects. The first failing rule comes first; nothing is written. */
export function enforce(...answers: readonly (Answer | readonly Answer[])[]): void {
  const refusals = refusalsIn(answers.flat());
  if (refusals.length > 0) throw new Refused(refusals);
}

/** Stops the command with refusals that no rule needs to judge. */
export function stop(...refusals: readonly [Refusal, ...Refusal[]]): never {
  throw new Refused(refusals);
}

/**
 * Does a part of the command whose input stands at `prefix` in the whole input: its refusals tell their paths from
 * there.
 */
export async function within<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Refused ? new Refused(error.refusals.map((each) => below(prefix, each))) : error;
  }
}

/** The record, or the refusal that it does not exist. */
export function found<Value>(value: Value | null | undefined, path: string, what: string): Value {
  if (value === null || value === undefined)
    throw new Refused([objection('NOT_FOUND', path, `${what} does not exist.`)]);
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
  return { ...refusal('GEN-2', 'expectedVersion', message, 'STALE_VERSION'), current };
}

/** Carries refusals out of a transaction, so that it is rolled back. It never leaves this file. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly Refusal[]) {
    super(refusals.map((each) => each.message).join(' '));
    this.refusals = refusals;
  }
}

import { rejection, type Rejection } from '../../platform/rules/rejection.ts';
import { plusMilliseconds, secondsBetween, type Instant } from '../../platform/values/time.ts';

/** AUT-3: The time window in which login attempts are counted. */
export const LOGIN_WINDOW_SECONDS = 60;
/** AUT-3: The most login attempts in one time window per address and username. */
export const LOGINS_PER_USERNAME = 10;
/** AUT-3: The most login attempts in one time window per address. */
export const LOGINS_PER_ADDRESS = 100;

/** A rejected attempt, and how long to wait before the next one. */
export interface RejectedAttempt {
  readonly rejection: Rejection;
  readonly retryAfterSeconds: number;
}

/** AUT-3: The rejection of an attempt while too many others are under way. It is not counted. */
export const TOO_MANY_AT_ONCE: RejectedAttempt = {
  rejection: rejection('AUT-3', '', 'Too many others are signing in; try again in 2 s.', 'LIMIT_EXCEEDED'),
  retryAfterSeconds: 2,
};

/** The start of the time window. Attempts at this instant or earlier no longer count. */
export function startOfLoginWindow(now: Instant): Instant {
  return plusMilliseconds(now, -LOGIN_WINDOW_SECONDS * 1_000);
}

/**
 * AUT-3: Rejects one more attempt when the address or the username has reached its limit. Both lists hold the attempts
 * of the current time window, oldest first.
 */
export function tooManyAttempts(
  byAddress: readonly Instant[],
  byUsername: readonly Instant[],
  now: Instant,
): RejectedAttempt | undefined {
  const waits = [nextFreeAt(byAddress, LOGINS_PER_ADDRESS), nextFreeAt(byUsername, LOGINS_PER_USERNAME)].filter(
    (instant) => instant !== undefined,
  );
  const [last] = waits.toSorted().toReversed();
  if (last === undefined) return undefined;
  const retryAfterSeconds = secondsBetween(now, plusMilliseconds(last, 999));
  return {
    rejection: rejection(
      'AUT-3',
      '',
      `There were too many attempts to sign in; try again in ${retryAfterSeconds} s.`,
      'LIMIT_EXCEEDED',
    ),
    retryAfterSeconds,
  };
}

/** When the oldest of the attempts that fill the limit no longer counts; undefined while the limit is not reached. */
function nextFreeAt(attempts: readonly Instant[], limit: number): Instant | undefined {
  const oldest = attempts.at(-limit);
  return attempts.length < limit || oldest === undefined
    ? undefined
    : plusMilliseconds(oldest, LOGIN_WINDOW_SECONDS * 1_000);
}

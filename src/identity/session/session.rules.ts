import { rejection, type Rejection } from '../../platform/rules/rejection.ts';
import { plusMilliseconds, secondsBetween, type Instant } from '../../platform/values/time.ts';

/** AUT-3: At most 10 login attempts a minute per address and username, 100 per address. */
export const LOGIN_WINDOW_SECONDS = 60;
export const LOGINS_PER_USERNAME = 10;
export const LOGINS_PER_ADDRESS = 100;

/** A refused attempt, and when the next one may be made. */
export interface TooMany {
  readonly rejection: Rejection;
  readonly retryAfterSeconds: number;
}

/** Attempts at this instant or earlier count no longer. */
export function startOfLoginWindow(now: Instant): Instant {
  return plusMilliseconds(now, -LOGIN_WINDOW_SECONDS * 1_000);
}

/**
 * AUT-3: Whether one more attempt may be made; `ofAddress` and `ofUsername` are those of the last minute, the oldest
 * first.
 */
export function tooManyAttempts(
  ofAddress: readonly Instant[],
  ofUsername: readonly Instant[],
  now: Instant,
): TooMany | undefined {
  const waits = [freeAgainAt(ofAddress, LOGINS_PER_ADDRESS), freeAgainAt(ofUsername, LOGINS_PER_USERNAME)].filter(
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

/** When the oldest of the attempts that fill the limit counts no longer; undefined while the limit is not filled. */
function freeAgainAt(attempts: readonly Instant[], limit: number): Instant | undefined {
  const oldest = attempts.at(-limit);
  return attempts.length < limit || oldest === undefined
    ? undefined
    : plusMilliseconds(oldest, LOGIN_WINDOW_SECONDS * 1_000);
}

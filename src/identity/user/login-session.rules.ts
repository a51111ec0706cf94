import { rejection, type Rejection } from '../../platform/rules/rejection.ts';
import { plusDays, plusMilliseconds, type Instant } from '../../platform/values/time.ts';
import { FAILED_LOGINS_ALLOWED, LOCKED_FOR_MINUTES } from './user.rules.ts';

/** AUT-4: A refresh token is valid for 7 days and can be used once. */
export const REFRESH_TOKEN_DAYS = 7;

/** The part of a session that decides whether its refresh token is valid. */
export interface SessionState {
  readonly expiresAt: Instant;
  readonly rotatedAt: Instant | null;
  readonly revokedAt: Instant | null;
}

/** AUT-4: When a session that is opened now expires. */
export function expiryOfSession(now: Instant): Instant {
  return plusDays(now, REFRESH_TOKEN_DAYS);
}

/**
 * AUT-4: A refresh token is valid until it is used, its session is ended, or it expires. At the instant of its expiry
 * it is not valid any more.
 */
export function isRefreshable(session: SessionState, now: Instant): boolean {
  return session.rotatedAt === null && session.revokedAt === null && now < session.expiresAt;
}

/**
 * AUT-4: A refresh token that is used a second time was copied, and the server cannot know which of the two callers is
 * the thief. The whole family ends. The second of two simultaneous refreshes counts as such a copy, and both callers
 * sign in again.
 */
export function isReuse(session: SessionState): boolean {
  return session.rotatedAt !== null && session.revokedAt === null;
}

/** AUT-4: The one answer for a token that is unknown, used, expired or revoked, or whose user is inactive. */
export const REFRESH_REJECTED: Rejection = rejection(
  'AUT-4',
  'refreshToken',
  'The refresh token is not good; sign in again.',
  'UNAUTHENTICATED',
);

/** AUT-2: The one answer for an unknown user, a wrong password, an inactive user and a locked user. */
export const LOGIN_REJECTED: Rejection = rejection(
  'AUT-2',
  '',
  'Username or password is wrong, or the user may not sign in.',
  'UNAUTHENTICATED',
);

/** How the last logins of a user went. */
export interface LoginRecord {
  readonly failedLogins: number;
  readonly lockedUntil: Instant | null;
}

/** AUT-2: A locked user may not sign in until the 15 minutes are over, not even with the right password. */
export function isLocked({ lockedUntil }: Pick<LoginRecord, 'lockedUntil'>, now: Instant): boolean {
  return lockedUntil !== null && now < lockedUntil;
}

/**
 * AUT-2: 5 failures in a row lock the user for 15 minutes. An attempt on a locked user does not count as a failure and
 * does not extend the lock. After the lock the count starts again.
 */
export function afterFailedLogin(record: LoginRecord, now: Instant): LoginRecord {
  if (isLocked(record, now)) return record;
  const failedLogins = record.lockedUntil === null ? record.failedLogins + 1 : 1;
  const lockedUntil = failedLogins >= FAILED_LOGINS_ALLOWED ? plusMilliseconds(now, LOCKED_FOR_MINUTES * 60_000) : null;
  return { failedLogins, lockedUntil };
}

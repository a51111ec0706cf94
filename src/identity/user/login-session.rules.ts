import { rejection, type Rejection } from '../../platform/rules/rejection.ts';
import { plusDays, plusMilliseconds, type Instant } from '../../platform/values/time.ts';
import { FAILED_LOGINS_ALLOWED, LOCKED_FOR_MINUTES } from './user.rules.ts';

/** AUT-4: A refresh token lives 7 days and is used once. */
export const REFRESH_TOKEN_DAYS = 7;

/** What of a session decides whether its refresh token is good. */
export interface SessionState {
  readonly expiresAt: Instant;
  readonly rotatedAt: Instant | null;
  readonly revokedAt: Instant | null;
}

export function expiryOfSession(now: Instant): Instant {
  return plusDays(now, REFRESH_TOKEN_DAYS);
}

/**
 * AUT-4: A refresh token is good until it was used, its session was ended, or it expired; at the very instant of its
 * expiry it is not.
 */
export function isRefreshable(session: SessionState, now: Instant): boolean {
  return session.rotatedAt === null && session.revokedAt === null && now < session.expiresAt;
}

/**
 * AUT-4: A token that was used comes again: it was copied, and nobody can tell which of the two callers is the thief.
 * So the whole family ends; of two refreshes at once the second counts as such a copy, and both callers sign in again.
 */
export function isReuse(session: SessionState): boolean {
  return session.rotatedAt !== null && session.revokedAt === null;
}

/** AUT-4: One answer for a token that is unknown, used, expired or revoked, or whose user is inactive. */
export const NOT_REFRESHED: Rejection = rejection(
  'AUT-4',
  'refreshToken',
  'The refresh token is not good; sign in again.',
  'UNAUTHENTICATED',
);

/** AUT-2: One answer for an unknown user, a wrong password, an inactive and a locked user. */
export const NOT_SIGNED_IN: Rejection = rejection(
  'AUT-2',
  '',
  'Username or password is wrong, or the user may not sign in.',
  'UNAUTHENTICATED',
);

/** How a user's last sign-ins went. */
export interface LoginRecord {
  readonly failedLogins: number;
  readonly lockedUntil: Instant | null;
}

/** AUT-2: A locked user may not sign in, not even with the right password, until the 15 minutes are over. */
export function isLocked({ lockedUntil }: Pick<LoginRecord, 'lockedUntil'>, now: Instant): boolean {
  return lockedUntil !== null && now < lockedUntil;
}

/**
 * AUT-2: 5 failures in a row lock for 15 minutes. An attempt on a locked user is no failure of his: it neither counts
 * nor makes the lock longer. After the lock the count begins anew.
 */
export function afterFailure(record: LoginRecord, now: Instant): LoginRecord {
  if (isLocked(record, now)) return record;
  const failedLogins = record.lockedUntil === null ? record.failedLogins + 1 : 1;
  const lockedUntil = failedLogins >= FAILED_LOGINS_ALLOWED ? plusMilliseconds(now, LOCKED_FOR_MINUTES * 60_000) : null;
  return { failedLogins, lockedUntil };
}

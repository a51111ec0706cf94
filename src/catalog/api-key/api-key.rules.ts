import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { plusDays, type Instant } from '../../platform/values/time.ts';

export const API_KEY_NAME_LENGTH = 100;

/** AUT-5: So long is a key good, unless its maker says otherwise. */
export const API_KEY_DAYS = 365;

/** AUT-5: A use is noted at most once in this time. */
export const USE_NOTED_EVERY_SECONDS = 60;

/** The words of a key: `lgk_`, the 8 characters by which it is known, `_`, and the 43 that are its secret. */
const FORM = /^lgk_([A-Za-z0-9_-]{8})_[A-Za-z0-9_-]{43}$/;

export function apiKeyOf(prefix: string, secret: string): string {
  return `lgk_${prefix}_${secret}`;
}

/** The prefix of a key; undefined when the text is no key. */
export function prefixOf(key: string): string | undefined {
  return FORM.exec(key)?.[1];
}

export function expiryOfKey(now: Instant): Instant {
  return plusDays(now, API_KEY_DAYS);
}

/** AUT-5: A key ends after it begins. */
export function expiryFits(expiresAt: Instant, now: Instant): Answer {
  if (expiresAt > now) return undefined;
  return rejection(
    'AUT-5',
    'expiresAt',
    `The key would have expired at ${expiresAt}; it is ${now} now. Choose a later instant.`,
  );
}

/**
 * AUT-5: A station key acts as its station while key and station are active; at the very instant of its expiry it does
 * not.
 */
export function isUsable(
  key: { readonly expiresAt: Instant; readonly revokedAt: Instant | null },
  station: { readonly isActive: boolean },
  now: Instant,
): boolean {
  return station.isActive && key.revokedAt === null && now < key.expiresAt;
}

/** AUT-5: A key is revoked once. */
export function mayRevoke(key: { readonly prefix: string; readonly revokedAt: Instant | null }): Answer {
  return key.revokedAt === null
    ? undefined
    : rejection('AUT-5', 'id', `The key ${key.prefix} was revoked at ${key.revokedAt} already.`);
}

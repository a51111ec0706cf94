import type { Role, Viewer } from '../../platform/rules/access.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { plusDays, type Instant } from '../../platform/values/time.ts';

/** The most characters of the name of a key. */
export const API_KEY_NAME_LENGTH = 100;

/** AUT-5: How long a key is valid unless another expiry is given. */
export const API_KEY_DAYS = 365;

/** AUT-5: The use of a key is recorded at most once in this time. */
export const USE_RECORDED_EVERY_SECONDS = 60;

/** The format of a key: `lgk_`, the 8 characters of its prefix, `_`, and the 43 characters of its secret. */
const KEY_FORMAT = /^lgk_([A-Za-z0-9_-]{8})_[A-Za-z0-9_-]{43}$/;

/** The key of a prefix and a secret. */
export function apiKeyOf(prefix: string, secret: string): string {
  return `lgk_${prefix}_${secret}`;
}

/** The prefix of a key; undefined when the text does not have the format of a key. */
export function prefixOf(key: string): string | undefined {
  return KEY_FORMAT.exec(key)?.[1];
}

/** AUT-5: When a key that is created now expires, unless another expiry is given. */
export function expiryOfKey(now: Instant): Instant {
  return plusDays(now, API_KEY_DAYS);
}

/** AUT-5: The expiry of a new key is in the future. */
export function expiryFits(expiresAt: Instant, now: Instant): Answer {
  if (expiresAt > now) return undefined;
  return rejection(
    'AUT-5',
    'expiresAt',
    `The key would have expired at ${expiresAt}; it is ${now} now. Choose a later instant.`,
  );
}

/** As whom a new key is to act. Exactly one of both is given. */
interface KeyHolder {
  readonly station?: object | undefined;
  readonly service?: { readonly role: Role } | undefined;
}

/** AUT-6: A key acts either as a station or as a service. */
export function hasOneHolder({ station, service }: KeyHolder): Answer {
  if ((station === undefined) !== (service === undefined)) return undefined;
  const problem =
    station === undefined ? 'Neither a station nor a service is given' : 'A station and a service are given';
  return rejection('AUT-6', 'station', `${problem}; a key acts as exactly one of them.`, 'INVALID_INPUT');
}

/**
 * AUT-6: A service has at most the rights of the person who makes its key, and never those of an ADMIN. Only an ADMIN
 * may give a role other than their own, as everybody has fewer rights. This is judged when the key is made: afterwards
 * the key belongs to the plant, like that of a station, and is revoked rather than inherited.
 */
export function serviceRoleFits(role: Role, maker: Viewer): Answer {
  if (role === 'ADMIN')
    return rejection(
      'AUT-6',
      'service.role',
      'A service never has the role ADMIN; give it the least role that it needs.',
    );
  if (maker.kind === 'STATION' || (maker.role !== 'ADMIN' && maker.role !== role))
    return rejection('AUT-6', 'service.role', `Only an ADMIN can give a service the role ${role}.`);
  return undefined;
}

/**
 * AUT-5, AUT-6: A key acts as its station while both are active, and as a service by itself: `station` is undefined
 * then. At the instant of its expiry it is not valid any more.
 */
export function isUsable(
  key: { readonly expiresAt: Instant; readonly revokedAt: Instant | null },
  station: { readonly isActive: boolean } | undefined,
  now: Instant,
): boolean {
  return station?.isActive !== false && key.revokedAt === null && now < key.expiresAt;
}

/** AUT-5: A key is revoked once. */
export function mayRevoke(key: { readonly prefix: string; readonly revokedAt: Instant | null }): Answer {
  return key.revokedAt === null
    ? undefined
    : rejection('AUT-5', 'id', `The key ${key.prefix} was revoked at ${key.revokedAt} already.`);
}

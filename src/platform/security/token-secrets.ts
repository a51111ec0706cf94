/**
 * The secrets that sign access tokens and cursors, and that key the hashes of requests with an idempotency key.
 *
 * 1. The current secret signs. What any accepted secret signed is valid, so a rotation ends nothing.
 * 2. An access token names its secret by an id in its header (`kid`), so one signature is computed, and a token of an
 *    unknown secret is not valid. Cursors and hashes name none: they are tried with each secret, the current one first.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Config } from '../process/config.ts';

/** The current secret, and the others whose signatures are accepted. */
export type TokenSecrets = Pick<Config, 'tokenSecret' | 'acceptedTokenSecrets'>;

/** All secrets whose signatures are valid, the current one first. */
export function validSecrets({ tokenSecret, acceptedTokenSecrets }: TokenSecrets): readonly string[] {
  return [tokenSecret, ...acceptedTokenSecrets];
}

/** The id of a secret: it can be computed from the secret, but not the secret from it. */
export function secretIdOf(secret: string): string {
  return createHmac('sha256', secret).update('key id').digest('base64url').slice(0, SECRET_ID_LENGTH);
}

/** Whether a given secret is the expected one. How long it takes depends on neither. */
export function isSameSecret(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((secret) => createHmac('sha256', 'compare').update(secret).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

const SECRET_ID_LENGTH = 11;

import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { SignJWT, jwtVerify, errors } from 'jose';
import { lruCache } from '../values/lru-cache.ts';

/**
 * An access token is short-lived and says only who it was given to, in which session; whether both are good still, and
 * what the person may do, is read from the database on every request.
 */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
const ISSUER = 'lotgraph';
const ALGORITHM = 'HS256';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface TokenHolder {
  readonly userId: string;
  readonly sessionId: string;
}

export async function signAccessToken(
  { userId, sessionId }: TokenHolder,
  secret: string,
  lifetimeSeconds: number = ACCESS_TOKEN_SECONDS,
): Promise<string> {
  return new SignJWT({ sid: sessionId })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(userId)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds} s`)
    .sign(await keyOf(secret));
}

/** Whom the token was given to, or undefined when it is expired, changed or none of ours. */
export async function verifyAccessToken(
  token: string,
  secret: string,
  nowMilliseconds: number,
): Promise<TokenHolder | undefined> {
  const known = verified.get(`${secret} ${token}`);
  if (known !== undefined && nowMilliseconds < known.expiresAt * 1_000) return known.holder;
  try {
    const { payload } = await jwtVerify(token, await keyOf(secret), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      requiredClaims: ['sub', 'sid', 'exp'],
    });
    const { sub: userId, sid: sessionId, exp: expiresAt = 0 } = payload;
    if (!isUuid(userId) || !isUuid(sessionId)) return undefined;
    verified.set(`${secret} ${token}`, { holder: { userId, sessionId }, expiresAt });
    return { userId, sessionId };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** What was verified stays so until it expires: a dashboard sends the same token all day. */
const verified = lruCache<{ readonly holder: TokenHolder; readonly expiresAt: number }>(1_000);

/** A secret of 256 random bits, in 43 characters that need no escape in a URL. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a random secret. Nobody can try out 256 bits, so it needs no salt and no slow hash. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Made once for a secret: each request would wait for it anew. */
function keyOf(secret: string): Promise<CryptoKey> {
  const known =
    keys.get(secret) ??
    webcrypto.subtle.importKey('raw', new TextEncoder().encode(secret), HMAC, false, ['sign', 'verify']);
  keys.set(secret, known);
  return known;
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;
const keys = new Map<string, Promise<CryptoKey>>();

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

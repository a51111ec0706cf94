import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { SignJWT, jwtVerify, errors } from 'jose';
import { lruCache } from '../values/lru-cache.ts';

/**
 * The lifetime of an access token in seconds. A token is short-lived and contains only the user and the session; on
 * every request the database decides whether both are still valid and what the user may do.
 */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
const ISSUER = 'lotgraph';
const ALGORITHM = 'HS256';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The user and the session that an access token was issued for. */
export interface TokenHolder {
  readonly userId: string;
  readonly sessionId: string;
}

/** Issues an access token (a JWT signed with HS256) for a session. */
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

/** The user and session of a token; undefined when it is expired, altered or not issued by this server. */
export async function verifyAccessToken(
  token: string,
  secret: string,
  nowMilliseconds: number,
): Promise<TokenHolder | undefined> {
  const known = verified.get(`${secret} ${token}`);
  if (known !== undefined && nowMilliseconds < known.expiresAt * 1_000) return known.holder;
  if (!isCanonical(token)) return undefined;
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

/** Verified tokens. A token stays valid until it expires, and a dashboard sends the same one all day. */
const verified = lruCache<{ readonly holder: TokenHolder; readonly expiresAt: number }>(1_000);

/** A secret of 256 random bits as 43 characters that need no escaping in a URL. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The hash that is stored instead of a random secret. 256 bits cannot be guessed, so it needs no salt and no slow hash.
 */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The key of a secret. It is imported once, because importing is asynchronous and every request would wait for it. */
function keyOf(secret: string): Promise<CryptoKey> {
  const known =
    keys.get(secret) ??
    webcrypto.subtle.importKey('raw', new TextEncoder().encode(secret), HMAC, false, ['sign', 'verify']);
  keys.set(secret, known);
  return known;
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;
const keys = new Map<string, Promise<CryptoKey>>();

/**
 * True if the signature is spelled as the server spells it. Base64url has several spellings of one signature: with `=` at
 * its end, and with other unused bits in its last character. The other parts are signed as they are spelled.
 */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  return Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

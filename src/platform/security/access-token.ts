import { randomBytes, webcrypto } from 'node:crypto';
import { SignJWT, jwtVerify, errors } from 'jose';
import { lruCache, type LruCache } from '../values/lru-cache.ts';
import { secretIdOf, type TokenSecrets, validSecrets } from './token-secrets.ts';
import { sha256Of } from '../values/sha256.ts';

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
  const { id, key } = await keyOf(secret);
  return new SignJWT({ sid: sessionId })
    .setProtectedHeader({ alg: ALGORITHM, kid: id })
    .setSubject(userId)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds} s`)
    .sign(key);
}

/** The user and session of a token; undefined when it is expired, altered or not signed with an accepted secret. */
export async function verifyAccessToken(
  token: string,
  secrets: TokenSecrets,
  nowMilliseconds: number,
): Promise<TokenHolder | undefined> {
  const verified = verifiedWith(secrets);
  const known = verified.get(token);
  if (known !== undefined && nowMilliseconds < known.expiresAt * 1_000) return known.holder;
  if (!isCanonical(token)) return undefined;
  for (const secret of validSecrets(secrets)) {
    const found = await holderIn(token, await keyOf(secret));
    if (found === undefined) continue;
    verified.set(token, found);
    return found.holder;
  }
  return undefined;
}

interface VerifiedToken {
  readonly holder: TokenHolder;
  readonly expiresAt: number;
}

/** What a token says; undefined when it was not signed with this key, or names another one. */
async function holderIn(token: string, { id, key }: SecretKey): Promise<VerifiedToken | undefined> {
  try {
    // Tokens that were issued before secrets had ids name none.
    const keyFor = ({ kid }: { readonly kid?: string }): CryptoKey => {
      if (kid !== undefined && kid !== id) throw new errors.JWKSNoMatchingKey();
      return key;
    };
    const { payload } = await jwtVerify(token, keyFor, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      requiredClaims: ['sub', 'sid', 'exp'],
    });
    const { sub: userId, sid: sessionId, exp: expiresAt = 0 } = payload;
    return isUuid(userId) && isUuid(sessionId) ? { holder: { userId, sessionId }, expiresAt } : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** The verified tokens. A token stays valid until it expires, and a dashboard sends the same one all day. */
function verifiedWith(secrets: TokenSecrets): LruCache<VerifiedToken> {
  const known = verifiedTokens.get(secrets) ?? lruCache<VerifiedToken>(1_000);
  verifiedTokens.set(secrets, known);
  return known;
}

const verifiedTokens = new WeakMap<TokenSecrets, LruCache<VerifiedToken>>();

/** A secret of 256 random bits as 43 characters that need no escaping in a URL. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The hash that is stored instead of a random secret. 256 bits cannot be guessed, so it needs no salt and no slow hash.
 */
export function hashOfSecret(secret: string): string {
  return sha256Of(secret);
}

interface SecretKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The key of a secret. It is imported once, because importing is asynchronous and every request would wait for it. */
function keyOf(secret: string): Promise<SecretKey> {
  const known = keys.get(secret) ?? importKey(secret);
  keys.set(secret, known);
  return known;
}

async function importKey(secret: string): Promise<SecretKey> {
  const bytes = new TextEncoder().encode(secret);
  const key = await webcrypto.subtle.importKey('raw', bytes, HMAC, false, ['sign', 'verify']);
  return { id: secretIdOf(secret), key };
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;
const keys = new Map<string, Promise<SecretKey>>();

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

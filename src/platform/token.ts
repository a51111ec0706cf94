import { SignJWT, jwtVerify, errors } from 'jose';

/** An access token is short-lived and says only who it was given to; what he may do is read from the database on every request. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
const ISSUER = 'lotgraph';
const ALGORITHM = 'HS256';

export async function signAccessToken(userId: string, secret: string, lifetimeSeconds: number = ACCESS_TOKEN_SECONDS): Promise<string> {
  return new SignJWT({}).setProtectedHeader({ alg: ALGORITHM }).setSubject(userId).setIssuer(ISSUER).setIssuedAt().setExpirationTime(`${lifetimeSeconds} s`).sign(keyOf(secret));
}

/** The id of the user the token was given to, or undefined when it is expired, changed or none of ours. */
export async function userOfAccessToken(token: string, secret: string): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, keyOf(secret), { algorithms: [ALGORITHM], issuer: ISSUER, requiredClaims: ['sub', 'exp'] });
    return payload.sub;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}

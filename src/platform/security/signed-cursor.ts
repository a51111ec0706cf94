/** Cursors are opaque and signed, so that only cursors of this server are accepted. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { LIMITS } from '../process/limits.ts';
import { type TokenSecrets, validSecrets } from './token-secrets.ts';

/** An opaque cursor with the content and its signature. The content is readable by anybody who decodes it. */
export function signCursor(secret: string, content: string): string {
  return Buffer.from(`${signature(secret, content)}${content}`, 'utf8').toString('base64url');
}

/** The content of a cursor; undefined when it was altered or made with a secret that is not accepted, or is too long. */
export function verifyCursor(secrets: TokenSecrets, cursor: string): string | undefined {
  if (cursor.length > LIMITS.page.cursorLength) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (Buffer.from(text, 'utf8').toString('base64url') !== cursor) return undefined;
  const content = text.slice(SIGNATURE_LENGTH);
  const actual = Buffer.from(text.slice(0, SIGNATURE_LENGTH));
  const isSignedWith = (secret: string): boolean => {
    const expected = Buffer.from(signature(secret, content));
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  };
  return validSecrets(secrets).some(isSignedWith) ? content : undefined;
}

const SIGNATURE_LENGTH = 22;

function signature(secret: string, content: string): string {
  return createHmac('sha256', secret).update('cursor').update(content).digest('base64url').slice(0, SIGNATURE_LENGTH);
}

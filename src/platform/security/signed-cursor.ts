/** Cursors are opaque and signed: what a cursor says was said by this server. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export function signCursor(secret: string, content: string): string {
  return Buffer.from(`${signature(secret, content)}${content}`, 'utf8').toString('base64url');
}

/** What the cursor says; undefined when it was changed, or made elsewhere. */
export function verifyCursor(secret: string, cursor: string): string | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const content = text.slice(SIGNATURE_LENGTH);
  const [signed, expected] = [Buffer.from(text.slice(0, SIGNATURE_LENGTH)), Buffer.from(signature(secret, content))];
  return signed.length === expected.length && timingSafeEqual(signed, expected) ? content : undefined;
}

const SIGNATURE_LENGTH = 22;

function signature(secret: string, content: string): string {
  return createHmac('sha256', secret).update('cursor').update(content).digest('base64url').slice(0, SIGNATURE_LENGTH);
}

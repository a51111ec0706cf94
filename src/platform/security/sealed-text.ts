/**
 * Secrets that the server has to read again are stored encrypted: AES-256-GCM under a key that is derived from the token
 * secret, so that a copy of the database alone shows none. What an accepted secret has sealed can be opened, too.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type TokenSecrets, validSecrets } from './token-secrets.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The text, sealed under the current secret. The same text is sealed differently each time. */
export function sealText({ tokenSecret }: TokenSecrets, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(tokenSecret), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The text that was sealed; undefined when it was altered, or sealed under a secret that is not accepted any more. */
export function openText(secrets: TokenSecrets, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  for (const secret of validSecrets(secrets)) {
    const text = opened(secret, bytes);
    if (text !== undefined) return text;
  }
  return undefined;
}

function opened(secret: string, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const text = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
    return Buffer.concat(text).toString('utf8');
  } catch {
    // The tag does not fit: another secret has sealed it.
    return undefined;
  }
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'sealed text', 32));
}

/**
 * Signed addresses of the file store: who may fetch a file, or send one, until when. They need no other credentials, so
 * a browser, a viewer of pictures or a plain program can use them.
 *
 * 1. The signature is an HMAC-SHA-256 of everything that the address says, under the secret of the access tokens; other
 *    accepted secrets are valid, too. The purpose is part of it: no signature is good for something else.
 * 2. An address is over at the very second at which it expires.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type TokenSecrets, validSecrets } from './token-secrets.ts';

/** What a download address says: the file, when it expires, and for whom it was made. */
export interface DownloadAddress {
  /** The global id of the record whose file it is. */
  readonly id: string;
  readonly expiresAtSeconds: number;
  /** The principal for whom it was made, as `principalText` writes it. */
  readonly principal: string;
}

/** A download address as a path with its query. */
export function downloadPath(secret: string, { id, expiresAtSeconds, principal }: DownloadAddress): string {
  const query = new URLSearchParams({ expires: String(expiresAtSeconds), for: principal });
  query.set('signature', signature(secret, 'download', [id, String(expiresAtSeconds), principal]));
  return `/files/${encodeURIComponent(id)}?${query.toString()}`;
}

/** Reads a download address; undefined when it is not signed so, or is over. */
export function verifiedDownload(
  secrets: TokenSecrets,
  id: string,
  query: URLSearchParams,
  nowMilliseconds: number,
): DownloadAddress | undefined {
  const [expires, principal, given] = ['expires', 'for', 'signature'].map((name) => query.get(name) ?? '');
  const parts = [id, expires ?? '', principal ?? ''];
  if (!isSigned(secrets, 'download', parts, given ?? '') || isOver(expires ?? '', nowMilliseconds)) return undefined;
  return { id, expiresAtSeconds: Number(expires), principal: principal ?? '' };
}

/** A ticket: a content that is readable by anybody who has it, with its end and its signature. */
export function signTicket(secret: string, content: string, expiresAtSeconds: number): string {
  const text = Buffer.from(content).toString('base64url');
  return `${text}.${expiresAtSeconds}.${signature(secret, 'ticket', [text, String(expiresAtSeconds)])}`;
}

/** The content of a ticket; undefined when it is not signed so, or is over. */
export function verifiedTicket(secrets: TokenSecrets, ticket: string, nowMilliseconds: number): string | undefined {
  const [text = '', expires = '', given = '', ...more] = ticket.split('.');
  if (more.length > 0 || !isSigned(secrets, 'ticket', [text, expires], given)) return undefined;
  return isOver(expires, nowMilliseconds) ? undefined : Buffer.from(text, 'base64url').toString();
}

function isOver(expiresAtSeconds: string, nowMilliseconds: number): boolean {
  return nowMilliseconds >= Number(expiresAtSeconds) * 1_000;
}

function isSigned(secrets: TokenSecrets, purpose: string, parts: readonly string[], given: string): boolean {
  const actual = Buffer.from(given);
  return validSecrets(secrets).some((secret) => {
    const expected = Buffer.from(signature(secret, purpose, parts));
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  });
}

function signature(secret: string, purpose: string, parts: readonly string[]): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([`files ${purpose}`, ...parts]))
    .digest('hex');
}

/**
 * Posts a body to a URL that somebody has configured, and never to an address that they may not reach.
 *
 * 1. The host is resolved once. All its addresses are judged, and the connection goes to one of those: what a second
 *    look-up would answer does not matter (DNS rebinding).
 * 2. Each try opens a connection of its own, follows no redirect, uses no proxy, and reads only the head of the answer.
 * 3. One deadline holds for all of it.
 */
import { type LookupAddress, lookup as lookUp } from 'node:dns';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AppError } from '../../../platform/values/assert.ts';
import { isPrivateAddress } from '../../../platform/values/ip-address.ts';

/** Finds all addresses of a host name. */
export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** What is posted, and how. */
export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether addresses inside the plant may be called. */
  readonly mayBePrivate: boolean;
  readonly milliseconds: number;
  /** Aborted when the process stops. */
  readonly stopping: AbortSignal;
  /** How host names are resolved; by the operating system unless given. */
  readonly resolve?: Resolve;
}

/** Posts the body; returns the HTTP status of the answer. Rejects when there is none. */
export function post({ url, body, headers, mayBePrivate, milliseconds, stopping, resolve }: Post): Promise<number> {
  const { protocol, hostname } = new URL(url);
  const literal = hostname.replaceAll(/[[\]]/g, '');
  // An address in the URL itself is never looked up.
  if (isIP(literal) !== 0 && !mayBePrivate && isPrivateAddress(literal))
    return Promise.reject(new AppError(NOT_ALLOWED));
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((accept, reject) => {
    const sent = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      lookup: judgedLookup(mayBePrivate, resolve ?? resolveAll),
    });
    const stop = (): void => void sent.destroy(new AppError('The worker stops.'));
    const timer = setTimeout(
      () => sent.destroy(new AppError(`There was no answer within ${milliseconds / 1000} seconds.`)),
      milliseconds,
    );
    const end = (): void => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', stop);
    };
    stopping.addEventListener('abort', stop, { once: true });
    if (stopping.aborted) stop();
    sent.on('response', (answer: IncomingMessage) => {
      end();
      accept(answer.statusCode ?? 0);
      // The body says nothing to us, whatever its size.
      answer.destroy();
    });
    sent.on('error', (error) => {
      end();
      reject(error);
    });
    sent.end(body);
  });
}

const NOT_ALLOWED =
  'The address is private or of this machine; LOTGRAPH_WEBHOOK_PRIVATE=true allows such addresses (WHK-4).';

/** WHK-4: A look-up that refuses a host when one of its addresses may not be called. */
function judgedLookup(mayBePrivate: boolean, resolve: Resolve): LookupFunction {
  return (hostname, { all }, callback) =>
    resolve(hostname, (error, addresses) => {
      const [first] = addresses;
      if (error !== null || first === undefined)
        return callback(error ?? new AppError('The host has no address.'), '', 0);
      if (!mayBePrivate && addresses.some(({ address }) => isPrivateAddress(address)))
        return callback(new AppError(NOT_ALLOWED), '', 0);
      return all === true ? callback(null, [...addresses]) : callback(null, first.address, first.family);
    });
}

const resolveAll: Resolve = (hostname, callback) =>
  lookUp(hostname, { all: true }, (error, addresses) => callback(error, error === null ? addresses : []));

/**
 * The client address of a request that came through reverse proxies. Each proxy appends the address of its caller to
 * `X-Forwarded-For`, so the header is read from the right.
 *
 * 1. The header counts only if the connection comes from a trusted proxy. Any other caller may have forged it.
 * 2. Trusted proxies are skipped; the first other address is the client. Entries to the left of it were sent by the
 *    client and are ignored.
 * 3. If an entry is not a plain address, or if the last twenty entries name no client, the address of the connection
 *    counts.
 */
import type { IncomingMessage } from 'node:http';
import { addressSet, plainAddress } from '../../platform/values/ip-address.ts';

type Request = Pick<IncomingMessage, 'headers'> & { readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'> };

/** Returns a function that finds the client address of a request; null if the connection has none. */
export function clientAddresses(trustedProxies: readonly string[]): (request: Request) => string | null {
  const proxies = addressSet(trustedProxies);
  return ({ socket, headers }) => {
    const peer = plainAddress(socket.remoteAddress);
    if (peer === null || !proxies.has(peer)) return peer;
    const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').slice(-MAX_HOPS).toReversed();
    for (const hop of hops) {
      const address = hop.includes('%') ? null : plainAddress(hop.trim());
      if (address === null) return peer;
      if (!proxies.has(address)) return address;
    }
    return peer;
  };
}

const MAX_HOPS = 20;

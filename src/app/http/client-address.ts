/**
 * Whose address a request comes from, when reverse proxies stand between. Each of them writes the address that asked it
 * at the right end of `X-Forwarded-For`; so the header is read from the right.
 *
 * 1. It is looked at only when the connection comes from a trusted proxy: any other caller may have written it himself.
 * 2. Trusted proxies are passed over; the first other address is the client. What stands left of it came from the
 *    client, and is not looked at.
 * 3. An entry that is no plain address, or none of a client among the last twenty, says nothing: the other end of the
 *    connection counts.
 */
import type { IncomingMessage } from 'node:http';
import { addressSet, plainAddress } from '../../platform/values/ip-address.ts';

type Request = Pick<IncomingMessage, 'headers'> & { readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'> };

export function clientAddresses(trustedProxies: readonly string[]): (request: Request) => string | null {
  const proxies = addressSet(trustedProxies);
  return ({ socket, headers }) => {
    const peer = plainAddress(socket.remoteAddress);
    if (peer === null || !proxies.has(peer)) return peer;
    const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').slice(-MOST_HOPS).toReversed();
    for (const hop of hops) {
      const address = hop.includes('%') ? null : plainAddress(hop.trim());
      if (address === null) return peer;
      if (!proxies.has(address)) return address;
    }
    return peer;
  };
}

const MOST_HOPS = 20;

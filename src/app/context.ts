/** From a request to its context: who asks, from where, under which id, when. */
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Viewer } from '../platform/access.ts';
import type { Client, Context, Services } from '../platform/context.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The command line, or a test behind the door. */
const NO_CLIENT: Client = { address: null, userAgent: null };

const USER_AGENT_LENGTH = 500;

/** The caller's `X-Request-Id` where it is a UUID, else a new one. */
export function requestIdOf(header: string | null): string {
  return header !== null && UUID.test(header) ? header.toLowerCase() : randomUUID();
}

/** Where a request comes from: the other end of the connection. No header is believed, for any caller can write one. */
export function clientOf(remoteAddress: string | undefined, userAgent: string | null): Client {
  const address = (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return { address: isIP(address) === 0 ? null : address, userAgent: userAgent?.slice(0, USER_AGENT_LENGTH) ?? null };
}

export function contextFor(services: Services, viewer: Viewer | null, requestId: string = randomUUID(), client: Client = NO_CLIENT): Context {
  return { services, viewer, requestId, client, now: new Date().toISOString(), db: services.database.reader(), loaders: new Map() };
}

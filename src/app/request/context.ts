/** From a request to its context: who asks, from where, under which id, when. */
import { randomUUID } from 'node:crypto';
import type { Viewer } from '../../platform/rules/access.ts';
import type { Context, Origin, Services } from '../../platform/request/context.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The command line, or a test behind the door. */
const NOWHERE: Origin = { ip: null, userAgent: null };

const USER_AGENT_LENGTH = 500;

/** The caller's `X-Request-Id` where it is a UUID, else a new one. */
export function requestIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && UUID.test(header) ? header.toLowerCase() : randomUUID();
}

/** Where a request comes from. */
export function originOf(ip: string | null, userAgent: string | null): Origin {
  return { ip, userAgent: userAgent?.slice(0, USER_AGENT_LENGTH) ?? null };
}

export function contextFor(
  services: Services,
  viewer: Viewer | null,
  requestId: string = randomUUID(),
  origin: Origin = NOWHERE,
): Context {
  return {
    services,
    viewer,
    requestId,
    origin,
    now: new Date().toISOString(),
    db: services.database.reader(),
    loaders: new Map(),
  };
}

/** Builds the context of a request: its viewer, origin, id and time. What its commands do is reacted to (reactions.ts). */
import { randomUUID } from 'node:crypto';
import type { Viewer } from '../../platform/rules/access.ts';
import './reactions.ts';
import { emptyNotes, statementSource } from '../../platform/request/notes.ts';
import type { Context, Origin, Services } from '../../platform/request/context.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The origin of a command line call, or of a test that does not use HTTP. */
const NO_ORIGIN: Origin = { ip: null, userAgent: null };

const USER_AGENT_LENGTH = 500;

/** Returns the caller's `X-Request-Id` if it is a UUID, else a new UUID. */
export function requestIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && UUID.test(header) ? header.toLowerCase() : randomUUID();
}

/** Returns the origin of a request, with a user agent of limited length. */
export function originOf(ip: string | null, userAgent: string | null): Origin {
  return { ip, userAgent: userAgent?.slice(0, USER_AGENT_LENGTH) ?? null };
}

/** Creates the context of one request, with a reader and loaders of its own. */
export function contextFor(
  services: Services,
  viewer: Viewer | null,
  requestId: string = randomUUID(),
  origin: Origin = NO_ORIGIN,
): Context {
  const notes = emptyNotes();
  return {
    services,
    viewer,
    requestId,
    origin,
    now: new Date().toISOString(),
    db: services.database.reader(statementSource(requestId, notes)),
    loaders: new Map(),
    notes,
  };
}

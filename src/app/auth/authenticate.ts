/**
 * Authenticates a request by its credentials.
 *
 * 1. The viewer is read from the database for every request. A deactivation, a logout, a revoked key or a change of
 *    role therefore takes effect at once (AUT-4, AUT-5).
 * 2. Requests that arrive in the same tick of the event loop are looked up in one batch. This earns 9 to 11 % more
 *    scans per second: `npm run bench -- --before DIR --only Q7`, compared with a build without it (docs/performance.md).
 *
 * Invariants of the batches:
 * - I1: A look-up begins after the requests that it serves, so no request is judged by an older state (micro-batcher
 *   tests "a single key is requested at once", "keys that arrive meanwhile share the next query").
 * - I2: Each request gets its own viewer (api-key.api.test.ts, "simultaneous requests of different users").
 * - I3: A look-up that fails or gets no answer does not stop the next one (micro-batcher tests "a query that fails",
 *   "a query without an answer").
 */
import type { Credentials } from '../request/request-state.ts';
import { recordKeyUse } from '../../catalog/api-key/api-key.commands.ts';
import { holdersOfKeys } from '../../catalog/api-key/api-key.loaders.ts';
import { prefixOf } from '../../catalog/api-key/api-key.rules.ts';
import { type UserOfSession, usersOfSessions } from '../../identity/user/login-session.loaders.ts';
import type { Services } from '../../platform/request/context.ts';
import type { Viewer } from '../../platform/rules/access.ts';
import { yieldToEventLoop } from '../../platform/scheduling/fair-scheduler.ts';
import { microBatcher } from '../../platform/scheduling/micro-batcher.ts';
import { type TokenHolder, verifyAccessToken } from '../../platform/security/access-token.ts';

/** The credential that was sent and is not valid. */
export interface InvalidCredentials {
  readonly invalid: 'access token' | 'API key as an access token' | 'API key' | 'API key next to an access token';
}

/** Returns the viewer of a request's credentials; null if it carries none. */
export type Authenticate = (credentials: Credentials) => Promise<Viewer | null | InvalidCredentials>;

/** Creates the authentication of a server process. */
export function authenticator({ config, database }: Services): Authenticate {
  const db = database.reader();
  const userOfSession = microBatcher(
    (holders: readonly TokenHolder[]) => usersOfSessions(db, holders),
    MAX_WAIT_MILLISECONDS,
    yieldToEventLoop,
  );
  const holderOfKey = microBatcher(
    (keys: readonly string[]) => holdersOfKeys(db, keys),
    MAX_WAIT_MILLISECONDS,
    yieldToEventLoop,
  );

  const userOf = async (authorization: string): Promise<UserOfSession | undefined> => {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const holder = token === undefined ? undefined : await verifyAccessToken(token, config, Date.now());
    return holder && userOfSession(holder);
  };
  const viewerOfKey = async (apiKey: string): Promise<KeyViewer | undefined> => {
    const found = prefixOf(apiKey) === undefined ? undefined : await holderOfKey(apiKey);
    if (found === undefined) return undefined;
    const { keyId, name, isReadOnly, isUseToBeNoted } = found;
    if (isUseToBeNoted) await recordKeyUse(db, keyId);
    return found.role === null
      ? { kind: 'STATION', id: found.stationId, code: found.stationCode }
      : { kind: 'SERVICE', id: keyId, name, role: found.role, isReadOnly };
  };

  return async ({ authorization, apiKey }) => {
    const [user, holder] = await Promise.all([
      authorization === null ? null : userOf(authorization),
      apiKey === null ? null : viewerOfKey(apiKey),
    ]);
    if (user === undefined) return { invalid: isKey(authorization) ? 'API key as an access token' : 'access token' };
    if (holder === undefined) return { invalid: 'API key' };
    if (user === null || holder === null) return user === null ? holder : { kind: 'USER', ...user };
    // A service works at no place of its own: it would be unclear whose rights count.
    if (holder.kind === 'SERVICE') return { invalid: 'API key next to an access token' };
    return { kind: 'USER', ...user, station: { id: holder.id, code: holder.code } };
  };
}

/** True if an API key, good or not, was sent where an access token belongs. */
function isKey(authorization: string | null): boolean {
  return prefixOf(authorization?.replace(/^Bearer +/i, '') ?? '') !== undefined;
}

/** The viewer of an API key: a station or a service. */
type KeyViewer = Extract<Viewer, { readonly kind: 'STATION' | 'SERVICE' }>;

/** The longest time that a batch waits for the one before it: longer than a look-up on a busy server takes. */
const MAX_WAIT_MILLISECONDS = 200;

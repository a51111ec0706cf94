/**
 * Who is asking. Read from the database for every request, so that a deactivation, a logout, a revoked key or a change
 * of role acts at once (AUT-4, AUT-5); requests that have come when node turns to the network again are looked up
 * together.
 */
import type { Credentials } from '../request/request-state.ts';
import { noteUse } from '../../catalog/api-key/api-key.commands.ts';
import { stationsOfKeys } from '../../catalog/api-key/api-key.loaders.ts';
import { prefixOf } from '../../catalog/api-key/api-key.rules.ts';
import { type PersonOfSession, personsOfSessions } from '../../identity/user/login-session.loaders.ts';
import type { Services } from '../../platform/request/context.ts';
import type { StationAtWork, Viewer } from '../../platform/rules/access.ts';
import { letOthersIn } from '../../platform/scheduling/fair-scheduler.ts';
import { gathered } from '../../platform/scheduling/micro-batcher.ts';
import { holderOfAccessToken, type TokenHolder } from '../../platform/security/access-token.ts';

/** The credential that was sent and is not good. */
export interface Invalid {
  readonly invalid: 'access token' | 'API key';
}

/** The viewer of a request's credentials; null without any. */
export type ViewerOf = (credentials: Credentials) => Promise<Viewer | null | Invalid>;

export function viewersOf({ config, database }: Services): ViewerOf {
  const db = database.reader();
  const personOfSession = gathered(
    (holders: readonly TokenHolder[]) => personsOfSessions(db, holders),
    PATIENCE,
    letOthersIn,
  );
  const stationOfKey = gathered((keys: readonly string[]) => stationsOfKeys(db, keys), PATIENCE, letOthersIn);

  const personOf = async (authorization: string): Promise<PersonOfSession | undefined> => {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const holder = token === undefined ? undefined : await holderOfAccessToken(token, config.tokenSecret, Date.now());
    return holder && personOfSession(holder);
  };
  const stationOf = async (apiKey: string): Promise<StationAtWork | undefined> => {
    const found = prefixOf(apiKey) === undefined ? undefined : await stationOfKey(apiKey);
    if (found === undefined) return undefined;
    const { id, code, keyId, isUseToBeNoted } = found;
    if (isUseToBeNoted) await noteUse(db, keyId);
    return { id, code };
  };

  return async ({ authorization, apiKey }) => {
    const [person, station] = await Promise.all([
      authorization === null ? null : personOf(authorization),
      apiKey === null ? null : stationOf(apiKey),
    ]);
    if (person === undefined) return { invalid: 'access token' };
    if (station === undefined) return { invalid: 'API key' };
    if (person === null) return station === null ? null : { kind: 'STATION', ...station };
    return { kind: 'USER', ...person, ...(station === null ? {} : { station }) };
  };
}

/** Longer than a look-up takes on a busy server, shorter than anybody notices. */
const PATIENCE = 200;

/**
 * Who is asking. Read from the database on every request, one statement for each credential that was sent, so that a deactivation, a
 * logout, a revoked key or a change of role acts at once (AUT-4, AUT-5).
 */
import { noteUse } from '../catalog/api-key/api-key.commands.ts';
import { stationOfKey } from '../catalog/api-key/api-key.loaders.ts';
import { personOfSession } from '../identity/user/login-session.loaders.ts';
import type { Role, StationAtWork, Viewer } from '../platform/access.ts';
import type { Services } from '../platform/context.ts';
import { holderOfAccessToken } from '../platform/token.ts';

/** What a request sent to say who is asking. */
export interface Credentials {
  readonly authorization: string | null;
  readonly apiKey: string | null;
}

/** The credential that was sent and is not good. */
export interface Invalid {
  readonly invalid: 'access token' | 'API key';
}

/** The viewer of a request's credentials; null without any. */
export async function viewerOf(services: Services, { authorization, apiKey }: Credentials): Promise<Viewer | null | Invalid> {
  const [person, station] = await Promise.all([
    authorization === null ? null : personOf(services, authorization),
    apiKey === null ? null : stationOf(services, apiKey),
  ]);
  if (person === undefined) return { invalid: 'access token' };
  if (station === undefined) return { invalid: 'API key' };
  if (person === null) return station === null ? null : { kind: 'STATION', ...station };
  return { kind: 'USER', ...person, ...(station === null ? {} : { station }) };
}

async function personOf({ config, database }: Services, authorization: string): Promise<Person | undefined> {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  const holder = token === undefined ? undefined : await holderOfAccessToken(token, config.tokenSecret, Date.now());
  return holder === undefined ? undefined : personOfSession(database.reader(), holder);
}

async function stationOf({ database }: Services, apiKey: string): Promise<StationAtWork | undefined> {
  const db = database.reader();
  const found = await stationOfKey(db, apiKey);
  if (found === undefined) return undefined;
  const { id, code, keyId, isUseToBeNoted } = found;
  if (isUseToBeNoted) await noteUse(db, keyId);
  return { id, code };
}

interface Person {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly sessionId: string;
}

/** A station with a key of its own, created by an administrator. */
import { attemptsOf } from '../../src/platform/request/attempts.ts';
import type { Answer, Api } from './api.ts';
import { done } from './expect.ts';

export interface StationWithKey {
  readonly id: string;
  readonly code: string;
  readonly keyId: string;
  readonly apiKey: string;
}

export async function makeStation(api: Pick<Api, 'ask'>, code: string): Promise<StationWithKey> {
  const { station } = await done(api, 'registerStation', { code, name: code, host: 'host' }, 'station { id }');
  const { apiKey, secret } = await done(
    api,
    'createApiKey',
    { station: { code }, name: 'Key' },
    'apiKey { id } secret',
  );
  return { id: station.id, code, keyId: apiKey.id, apiKey: secret };
}

/** Sends a mutation as a station, and returns its payload. */
export async function sendAs(
  api: Api,
  apiKey: string,
  mutation: string,
  input: object,
  selection = '',
): Promise<Answer['data']> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const document = `mutation($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message path rule } } }`;
  const { data, errors } = await api.askWith({ apiKey }, document, { input });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data.payload;
}

/** Resets the sign-in attempts that the server has counted, as if a minute had passed (AUT-3). */
export function aMinuteLater(api: Api, ...usernames: readonly string[]): void {
  const attempts = attemptsOf(api.services);
  for (const key of ['address 127.0.0.1', ...usernames.map((username) => `address 127.0.0.1 username ${username}`)]) {
    attempts.note(key, '1900-01-01T00:00:00.000Z', '2200-01-01T00:00:00.000Z');
  }
}

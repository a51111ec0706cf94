/**
 * Who acts in a history: people of several roles, who sign in at each server with their password and again when it does
 * not know them any more, and a station with its API key.
 */
import { ask, send, type Ending } from '../faults/client.ts';
import type { AskingApi } from '../model/floor-client.ts';
import { done } from '../support/expect.ts';
import { PERMISSIONS } from '../support/permissions.ts';
import { makeStation } from '../support/station.ts';

export interface Member {
  readonly name: string;
  readonly isStation: boolean;
  /** Whether the permission matrix lets them call the mutation. */
  mayCall(mutation: string): boolean;
  /** Whether they may withdraw executions of others (PD-14). */
  readonly mayWithdrawAll: boolean;
  /** Sends the mutation to the server with this address. */
  send(url: string, request: Request): Promise<Ending>;
}

/** A mutation. */
export interface Request {
  readonly mutation: string;
  readonly input: object;
  readonly selection: string;
  /** When the client hangs up; absent: it waits. */
  readonly maximumWaitSeconds?: number;
}

/** The people, and the role of each as the permission matrix abbreviates it. */
const PEOPLE = [
  { name: 'importer', role: 'MANAGER', code: 'MG' },
  { name: 'supervisor', role: 'MANAGER', code: 'MG' },
  { name: 'engineer', role: 'ENGINEER', code: 'EN' },
  { name: 'operator', role: 'OPERATOR', code: 'OP' },
] as const;
const STATION = 'BENCH';
const PASSWORD = 'Abcdef-1';

export interface Crew {
  /** Prepares each round: opens its line, makes its first lot, and records what is already done, in batches. */
  readonly importer: Member;
  readonly engineer: Member;
  /** Who works on a line at the same time. */
  readonly floor: readonly Member[];
}

export async function makeCrew(api: AskingApi): Promise<Crew> {
  const people = [];
  for (const { name, role, code } of PEOPLE) {
    await done(api, 'createUser', { username: name, password: PASSWORD, fullName: name, role }, '');
    people.push(personOf(name, code));
  }
  const [importer, supervisor, engineer, operator] = people;
  const station = stationOf((await makeStation(api, STATION)).apiKey);
  if (importer === undefined || supervisor === undefined || engineer === undefined || operator === undefined)
    throw new Error('Somebody is missing.');
  return { importer, engineer, floor: [supervisor, engineer, operator, station] };
}

function personOf(name: string, code: string): Member {
  const tokens = new Map<string, Promise<string | undefined>>();
  return {
    name,
    isStation: false,
    mayCall: (mutation) => mayCall(code, mutation),
    mayWithdrawAll: code !== 'OP',
    async send(url, { mutation, input, selection, ...wait }) {
      const known = tokens.get(url) ?? signIn(url, name);
      tokens.set(url, known);
      const token = await known;
      const ending: Ending =
        token === undefined
          ? { kind: 'UNKNOWN', said: 'not signed in' }
          : await send({ url, token, ...wait }, mutation, input, selection);
      if (token !== undefined && !(ending.kind === 'REFUSED' && ending.code === 'UNAUTHENTICATED')) return ending;
      if (tokens.get(url) === known) tokens.delete(url);
      return { kind: 'UNKNOWN', said: 'not signed in' };
    },
  };
}

function stationOf(apiKey: string): Member {
  return {
    name: 'station',
    isStation: true,
    mayCall: (mutation) => mayCall('ST', mutation),
    mayWithdrawAll: false,
    send: (url, { mutation, input, selection, ...wait }) =>
      send({ url, apiKey, ...wait }, mutation, namingOperator(mutation, input), selection),
  };
}

/** A conversion by hand may pass a step of the route. */
const NAMED_BY_STATIONS: ReadonlySet<string> = new Set(['startProcess', 'recordProcessData', 'convertWipItem']);

/** PD-15: a station names the operator. */
function namingOperator(mutation: string, input: object): object {
  const operator = { username: 'operator' };
  if (NAMED_BY_STATIONS.has(mutation)) return { ...input, operator };
  if (mutation !== 'recordProcessDataBatch') return input;
  const { items, ...rest } = input as { readonly items: readonly object[] };
  return { ...rest, items: items.map((item) => ({ ...item, operator })) };
}

/** The access token, or undefined when the server gave none. */
async function signIn(url: string, username: string): Promise<string | undefined> {
  const { data } = await ask(
    { url },
    `mutation { login(input: { username: "${username}", password: "${PASSWORD}" }) { session { accessToken } } }`,
  ).catch(() => ({ data: undefined }));
  return (data as { login?: { session?: { accessToken: string } | null } | null } | undefined)?.login?.session
    ?.accessToken;
}

function mayCall(code: string, mutation: string): boolean {
  return PERMISSIONS[mutation]?.split(' ').includes(code) ?? false;
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientAddresses } from '../../src/app/http/client-address.ts';
import { startApi, type Api } from '../support/api.ts';
import { posted, type Sent } from './wire.ts';

const LOGIN = 'mutation { login(input: { username: "nobody", password: "x" }) { errors { code rule } } }';
const CREATE =
  'mutation ($code: String!) { createProductionLine(input: { code: $code, name: "Line" }) { productionLine { history(first: 1) { nodes { ip } } } errors { message } } }';

async function addressWritten(api: Api, code: string, forwarded: string): Promise<string> {
  const { body } = await posted(
    api.url,
    { query: CREATE, variables: { code } },
    { authorization: `Bearer ${await api.tokenOf('ADMIN')}`, 'x-forwarded-for': forwarded },
  );
  return body.data.createProductionLine.productionLine.history.nodes[0].ip;
}

/** Signs in this many times with a username that does not exist; returns the number of AUT-3 refusals. */
async function refusedOf(api: Api, forwarded: readonly string[]): Promise<number> {
  const answers: Sent[] = [];
  for (const address of forwarded)
    answers.push(await posted(api.url, { query: LOGIN }, { 'x-forwarded-for': address }));
  return answers.filter(({ body }) => body.data.login.errors[0].code === 'LIMIT_EXCEEDED').length;
}

/** Sends a request from each address at once; returns the number of 429 answers. */
async function refusedByRate(api: Api, forwarded: readonly string[]): Promise<number> {
  const answers = await Promise.all(
    forwarded.map((address) => posted(api.url, { query: '{ __typename }' }, { 'x-forwarded-for': address })),
  );
  return answers.filter(({ status }) => status === 429).length;
}

describe('without a trusted proxy', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  test('the audit record has the address of the connection, not that of a header', async () => {
    expect(await addressWritten(api, 'L1', '203.0.113.9')).toBe('127.0.0.1');
  });

  test('a client that claims another address each time is counted by its own address (AUT-3)', async () => {
    expect(
      await refusedOf(
        api,
        Array.from({ length: 12 }, (_, index) => `203.0.113.${index}`),
      ),
    ).toBe(2);
  });

  test('a client that claims another address each time gets no more requests', async () => {
    await using slow = await startApi({ anonymousRequestsPerSecond: 1 });
    expect(
      await refusedByRate(
        slow,
        Array.from({ length: 20 }, (_, index) => `203.0.113.${index}`),
      ),
    ).toBeGreaterThan(0);
  });
});

describe('behind a trusted proxy', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi({ trustedProxies: ['127.0.0.1', '10.9.0.0/16'], anonymousRequestsPerSecond: 1 });
  });
  afterAll(() => api.close());

  test('the audit record has the client that the proxy names, not an address that the client claims', async () => {
    expect(await addressWritten(api, 'L1', '203.0.113.9')).toBe('203.0.113.9');
    expect(await addressWritten(api, 'L2', '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
    expect(await addressWritten(api, 'L3', 'forged" , 203.0.113.9, 10.9.0.4')).toBe('203.0.113.9');
  });

  test('each client has its own rate, and an IPv6 client shares it with its whole network', async () => {
    const twenty = (addressOf: (index: number) => string) =>
      refusedByRate(
        api,
        Array.from({ length: 20 }, (_, index) => addressOf(index)),
      );

    expect(await twenty((index) => `203.0.113.${index}`)).toBe(0);
    expect(await twenty((index) => `2001:db8:0:${index}::1`)).toBe(0);
    expect(await twenty((index) => `203.0.113.${index}, 198.51.100.1`)).toBeGreaterThan(0);
    expect(await twenty((index) => `2001:db8:ffff:1::${index}`)).toBeGreaterThan(0);
  });
});

describe('the client address of', () => {
  const clientOf = clientAddresses(['127.0.0.1', '10.9.0.0/16', 'fd00::/8']);
  const asked = (remoteAddress: string | undefined, forwarded?: string) =>
    clientOf({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } });

  test.each<readonly [what: string, peer: string | undefined, header: string | undefined, client: string | null]>([
    ['a connection of its own', '203.0.113.9', undefined, '203.0.113.9'],
    ['a stranger who claims another address', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a connection that is gone', undefined, '198.51.100.1', null],
    ['a proxy that says nothing', '127.0.0.1', undefined, '127.0.0.1'],
    ['a proxy in IPv6 clothes', '::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['a chain of proxies', '127.0.0.1', '203.0.113.9, 10.9.0.1, 10.9.0.2', '203.0.113.9'],
    ['an IPv6 client', 'fd00::1', '2001:db8::9', '2001:db8::9'],
    ['nobody but proxies', '127.0.0.1', '10.9.0.1, 10.9.0.2', '127.0.0.1'],
    ['an empty header', '127.0.0.1', '', '127.0.0.1'],
    ['an empty last entry', '127.0.0.1', '203.0.113.9,', '127.0.0.1'],
    ['a name', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['an address with a port', '127.0.0.1', '203.0.113.9:1234', '127.0.0.1'],
    ['an address in brackets', '127.0.0.1', '[2001:db8::9]', '127.0.0.1'],
    ['an address with a zone', '127.0.0.1', 'fe80::1%eth0', '127.0.0.1'],
    ['two words', '127.0.0.1', '203.0.113.9 203.0.113.8', '127.0.0.1'],
    ['what is malformed left of the client', '127.0.0.1', '"; DROP TABLE lots, 203.0.113.9', '203.0.113.9'],
    ['what is malformed right of the client', '127.0.0.1', '203.0.113.9, x, 10.9.0.1', '127.0.0.1'],
    ['a client behind nineteen proxies', '127.0.0.1', `203.0.113.9${', 10.9.0.1'.repeat(19)}`, '203.0.113.9'],
    ['a client behind twenty', '127.0.0.1', `203.0.113.9${', 10.9.0.1'.repeat(20)}`, '127.0.0.1'],
    ['a header of a thousand entries', '127.0.0.1', `${'198.51.100.1, '.repeat(1_000)}203.0.113.9`, '203.0.113.9'],
  ])('%s', (_what, peer, header, client) => {
    expect(asked(peer, header)).toBe(client);
  });
});

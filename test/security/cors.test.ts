import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/platform/process/config.ts';
import { startApi, type Api } from '../support/api.ts';
import { posted, sent } from './wire.ts';

const FRIEND = 'https://andon.plant.example';
const STRANGERS = [
  'https://evil.example',
  'http://andon.plant.example',
  'https://andon.plant.example:8443',
  'https://andon.plant.example.evil.example',
  'https://x.andon.plant.example',
  'HTTPS://ANDON.PLANT.EXAMPLE',
  `${FRIEND}/`,
  'null',
  '*',
  '',
];

let api: Api;
beforeAll(async () => {
  api = await startApi({ corsOrigins: [FRIEND, 'http://127.0.0.1:8080'], anonymousRequestsPerSecond: 0 });
});
afterAll(() => api.close());

const preflight = (origin: string) =>
  sent(api.url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, content-type',
    },
  });
const corsOf = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control') || name === 'vary'));

describe('a page of a configured origin', () => {
  test('gets the allowed methods and headers from a preflight, and never credentials of the browser', async () => {
    const { status, text, headers } = await preflight(FRIEND);
    expect([status, text]).toEqual([204, '']);
    expect(corsOf(headers)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': FRIEND,
      'access-control-expose-headers': 'x-request-id, retry-after',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'authorization, content-type, last-event-id, x-api-key, x-lotgraph-upload, x-request-id',
      'access-control-max-age': '600',
    });
  });

  test.each<readonly [string, string, Readonly<Record<string, string>>, number]>([
    ['an answer', '{ __typename }', {}, 200],
    ['a refused document', '{ nothing }', {}, 400],
    ['a refused token', '{ __typename }', { authorization: 'Bearer forged' }, 401],
    ['a refused body', '{ __typename }', { 'content-type': 'text/plain' }, 415],
  ])('may read %s', async (_what, query, more, expected) => {
    const { status, headers } = await posted(
      api.url,
      { query },
      { origin: FRIEND, 'sec-fetch-site': 'cross-site', ...more },
    );
    expect([status, corsOf(headers)]).toEqual([
      expected,
      {
        vary: 'Origin',
        'access-control-allow-origin': FRIEND,
        'access-control-expose-headers': 'x-request-id, retry-after',
      },
    ]);
  });

  test('may send mutations with a token, but not by GET', async () => {
    const headers = {
      origin: FRIEND,
      'sec-fetch-site': 'cross-site',
      authorization: `Bearer ${await api.tokenOf('ADMIN')}`,
    };
    const query = 'mutation { createProductionLine(input: { code: "L1", name: "Line" }) { errors { code } } }';
    expect((await posted(api.url, { query }, headers)).body.data.createProductionLine.errors).toEqual([]);
    expect((await sent(`${api.url}?${new URLSearchParams({ query })}`, { headers })).status).toBe(405);
  });
});

describe('any other page', () => {
  test.each(STRANGERS)('is refused without details: %j', async (origin) => {
    const asked = await preflight(origin);
    const answered = await posted(api.url, { query: '{ __typename }' }, { origin, 'sec-fetch-site': 'cross-site' });
    expect([asked.status, corsOf(asked.headers), answered.status, corsOf(answered.headers)]).toEqual([
      405,
      { vary: 'Origin' },
      403,
      { vary: 'Origin' },
    ]);
  });

  test('is refused without an origin too, when the browser says that it is of another site', async () => {
    expect((await posted(api.url, { query: '{ __typename }' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });
});

describe('a page of this machine', () => {
  const LOCAL = ['http://localhost:5173', 'http://localhost', 'http://127.0.0.1:8081'];
  const NOT_LOCAL = [
    'https://localhost:5173',
    'http://localhost.evil.example',
    'http://localhost:5173.evil.example',
    'http://evil.example:5173',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.2:5173',
    'http://LOCALHOST:5173',
    'http://localhost:5173/',
    'null',
  ];
  const CROSS = { 'sec-fetch-site': 'cross-site' };

  test('may ask in development, with a preflight', async () => {
    await using development = await startApi({ environment: 'development', corsOrigins: [FRIEND] });
    for (const origin of [...LOCAL, FRIEND]) {
      const asked = await sent(development.url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
      const answered = await posted(development.url, { query: '{ __typename }' }, { origin, ...CROSS });
      expect([origin, asked.status, answered.status, answered.headers.get('access-control-allow-origin')]).toEqual([
        origin,
        204,
        200,
        origin,
      ]);
      expect(answered.headers.get('access-control-allow-credentials')).toBeNull();
    }
    for (const origin of NOT_LOCAL) {
      const answered = await posted(development.url, { query: '{ __typename }' }, { origin, ...CROSS });
      expect([origin, answered.status, answered.headers.get('access-control-allow-origin')]).toEqual([
        origin,
        403,
        null,
      ]);
    }
  });

  test('may not ask in production, nor where the server is tested', async () => {
    await using production = await startApi({ environment: 'production' });
    for (const url of [production.url, api.url])
      for (const origin of LOCAL)
        expect((await posted(url, { query: '{ __typename }' }, { origin, ...CROSS })).status).toBe(403);
  });
});

describe('a refused page is named, with the setting that would allow it,', () => {
  const SETTING = 'may not ask this server. LOTGRAPH_CORS_ORIGINS lists the origins that may.';

  test('in the answer to its request and to its preflight', async () => {
    const answered = await posted(api.url, { query: '{ __typename }' }, { origin: 'https://evil.example' });
    expect(answered.body.errors[0]).toMatchObject({
      message: `Pages of https://evil.example ${SETTING}`,
      extensions: { code: 'FORBIDDEN' },
    });
    expect((await preflight('https://evil.example')).body.errors[0].message).toBe(
      `Pages of https://evil.example ${SETTING}`,
    );
  });

  test('unless its origin is not one that a browser sends', async () => {
    for (const origin of ['null', '"><script>', `https://${'x'.repeat(2_000)}/`, 'HTTPS://EVIL.EXAMPLE']) {
      const { body } = await posted(api.url, { query: '{ __typename }' }, { origin });
      expect(body.errors[0].message).toBe(`Pages of another origin ${SETTING}`);
    }
  });
});

test.each([
  '*',
  'null',
  'andon.plant.example',
  `${FRIEND}/`,
  `${FRIEND}/page`,
  'https://*.plant.example',
  'https://Andon.plant.example',
  'file://x',
  'https://a.example https://b.example',
])('the configuration refuses %s as an origin', (text) => {
  const reading = readConfig({ LOTGRAPH_CORS_ORIGINS: text });
  expect('problems' in reading && reading.problems).toEqual([
    `LOTGRAPH_CORS_ORIGINS: ${text} is no origin like ${FRIEND}`,
  ]);
});

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
      'access-control-allow-headers': 'authorization, content-type, last-event-id, x-api-key, x-request-id',
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

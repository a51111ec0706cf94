import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startServer } from '../../src/app/server.ts';
import { startApi, type Api } from '../support/api.ts';
import { posted, sent, wire } from './wire.ts';

let api: Api;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = `Bearer ${await api.tokenOf('ADMIN')}`;
});
afterAll(() => api.close());

const JSON_BODY = JSON.stringify({ query: '{ viewer { role } }' });
const CREATE = 'mutation { createProductionLine(input: { code: "EVIL", name: "x" }) { errors { code } } }';
const linesOf = async () => (await api.ask('{ productionLines { totalCount } }')).data.productionLines.totalCount;

test('a multipart form without the header of uploads, which no page can set for another site, is answered 400', async () => {
  const { status, body: answer } = await sent(api.url, {
    method: 'POST',
    headers: { authorization: token, 'content-type': 'multipart/form-data; boundary=x' },
    body: `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: CREATE })}\r\n--x--\r\n`,
  });
  expect([status, answer.errors[0].message]).toEqual([
    400,
    'A request with files needs the header "x-lotgraph-upload: 1".',
  ]);
  expect(await linesOf()).toBe(0);
});

describe('a POST takes JSON, or files, and nothing else:', () => {
  test.each([
    ['a form', 'application/x-www-form-urlencoded', new URLSearchParams({ query: CREATE }).toString()],
    ['a document', 'application/graphql', CREATE],
    ['JSON that calls itself text', 'text/plain', JSON.stringify({ query: CREATE })],
    ['JSON of another kind', 'application/graphql+json', JSON.stringify({ query: CREATE })],
    ['a type that only begins alike', 'application/jsonp', JSON.stringify({ query: CREATE })],
  ])('%s is answered 415', async (_what, type, body) => {
    const { status, body: answer } = await sent(api.url, {
      method: 'POST',
      headers: { authorization: token, 'content-type': type },
      body,
    });

    expect([status, answer.errors[0].message]).toEqual([415, 'Send the request as application/json.']);
    expect(await linesOf()).toBe(0);
  });

  test('a body without a type is answered 415', async () => {
    const { status } = await sent(api.url, {
      method: 'POST',
      headers: { authorization: token },
      body: new TextEncoder().encode(JSON_BODY),
    });
    expect(status).toBe(415);
  });

  test.each([
    '{',
    '[]',
    'null',
    '5',
    '"x"',
    '{}',
    '{"query":5}',
    '{"query":"{ __typename }","variables":[]}',
    '{"query":"{ __typename }","extra":1}',
    '\uFEFF{}',
    '',
  ])('the body %j is answered 400', async (body) => {
    const answer = await sent(api.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect([answer.status, answer.body.errors.length]).toEqual([400, 1]);
    expect(answer.text).not.toMatch(/INTERNAL|stack|node_modules/);
  });

  test('a batch of operations is answered 400 and none is executed', async () => {
    const answer = await posted(api.url, [{ query: CREATE }, { query: CREATE }], { authorization: token });
    expect([answer.status, answer.body.errors[0].message]).toEqual([400, 'Batching is not supported.']);
    expect(await linesOf()).toBe(0);
  });
});

test('a body that does not arrive in time is answered 408, and its connection is closed', async () => {
  const server = await startServer(api.services, undefined, 0.1);
  const socket = connect(server.port, '127.0.0.1');
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: ${token}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"query":`,
  );
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '').errors[0]).toMatchObject({
    message: 'The request did not arrive in time; send it again.',
    extensions: { code: 'LIMIT_EXCEEDED', limit: 'time' },
  });
  await server.stop();
});

describe('a GET', () => {
  const get = (parameters: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
    sent(`${api.url}?${new URLSearchParams(parameters)}`, {
      headers: { authorization: token, accept: 'application/json', ...headers },
    });

  test('answers a query', async () => {
    expect(
      await get({ query: 'query ($n: Int) { lots(first: $n) { totalCount } }', variables: '{"n":1}' }),
    ).toMatchObject({ status: 200, body: { data: { lots: { totalCount: 0 } } } });
  });

  test('answers 405 to a mutation, also in a document with a query', async () => {
    expect(await get({ query: CREATE })).toMatchObject({ status: 405 });
    expect(
      await get({ query: `query a { __typename } ${CREATE.replace('mutation', 'mutation b')}`, operationName: 'b' }),
    ).toMatchObject({ status: 405 });
    expect(await linesOf()).toBe(0);
  });

  test.each(['variables', 'extensions'])('answers 400 to %s that are not JSON', async (name) => {
    expect(await get({ query: '{ __typename }', [name]: '{' })).toMatchObject({
      status: 400,
      body: { errors: [{ message: `The parameter ${name} is no JSON.`, extensions: { code: 'INVALID_INPUT' } }] },
    });
  });
});

describe('a request from a page of another site is refused:', () => {
  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of a sister domain', { 'sec-fetch-site': 'same-site' }],
    ['of another origin', { origin: 'https://evil.example' }],
    ['of a sandbox', { origin: 'null' }],
    ['of another port', { origin: 'http://127.0.0.1:1' }],
  ])('%s', async (_what, headers) => {
    const body = JSON.stringify({ query: CREATE });
    for (const init of [{ method: 'POST', body }, { method: 'GET' }]) {
      const answer = await sent(`${api.url}?query={__typename}`, {
        ...init,
        headers: { 'content-type': 'application/json', authorization: token, ...headers },
      });
      expect([answer.status, answer.body.errors[0].extensions.code]).toEqual([403, 'FORBIDDEN']);
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(await linesOf()).toBe(0);
  });

  test("but the server's own page is answered", async () => {
    const { origin } = new URL(api.url);
    expect(
      (await posted(api.url, { query: '{ __typename }' }, { origin, 'sec-fetch-site': 'same-origin' })).status,
    ).toBe(200);
  });

  test('a preflight is answered 405, without CORS headers', async () => {
    const { status, headers } = await sent(api.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect([status, headers.get('allow'), headers.get('access-control-allow-origin')]).toEqual([
      405,
      'GET, POST',
      null,
    ]);
  });
});

describe('an oversized or malformed request', () => {
  const LARGE = JSON.stringify({ query: '{ __typename }', variables: { a: 'x'.repeat(1_100_000) } });
  const head = (more: string) => `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${more}\r\n`;

  test('with a body of more than 1 MiB is answered before the body is read', async () => {
    const answer = await wire(api.url, [head(`content-length: ${LARGE.length}\r\n`), LARGE.slice(0, 1_000)]);
    expect(answer).toMatch(/^HTTP\/1.1 413/);
    expect(answer).toMatch(/"code":"LIMIT_EXCEEDED".*"limit":"body"/);
  });

  test('with a body of more than 1 MiB in chunks is answered before the body is read', async () => {
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const answer = await wire(api.url, [
      head('transfer-encoding: chunked\r\n'),
      chunk(LARGE.slice(0, 600_000)),
      chunk(LARGE.slice(600_000)),
      '0\r\n\r\n',
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 413/);
    expect(answer).toMatch(/"code":"LIMIT_EXCEEDED".*"limit":"body"/);
  });

  test('with a body just below the limit is read', async () => {
    const small = JSON.stringify({ query: '{ __typename }', variables: { a: 'x'.repeat(1_000_000) } });
    expect(
      (await sent(api.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: small })).status,
    ).toBe(200);
  });

  test.each([
    ['a length that is none', 'content-length: ten\r\n'],
    ['two lengths', 'content-length: 5\r\ncontent-length: 6\r\n'],
    ['a length in addition to chunks, as smugglers send', 'content-length: 5\r\ntransfer-encoding: chunked\r\n'],
  ])('with %s is answered 400', async (_what, more) => {
    expect(await wire(api.url, head(more))).toMatch(/^HTTP\/1.1 400/);
  });

  test('with a body longer than declared is not taken for two requests', async () => {
    const answer = await wire(
      api.url,
      head('connection: close\r\ncontent-length: 26\r\n') +
        '{"query":"{ __typename }"}GET /health HTTP/1.1\r\nhost: x\r\n\r\n',
    );
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
  });

  test('with headers of more than 16 KiB is refused', async () => {
    expect(await wire(api.url, `GET /graphql HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431/,
    );
  });
});

test('a client that never ends its headers is disconnected', async () => {
  // The time limit of a whole request is longer than that of its headers.
  const { hostname, port } = new URL(api.url);
  const slow = connect(Number(port), hostname);
  slow.write('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 26\r\n\r\n');
  let isSlowAnswered = false;
  slow.on('data', () => (isSlowAnswered = true));
  expect(await wire(api.url, 'POST /graphql HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1.1 408/);
  expect(isSlowAnswered).toBe(false);
  slow.destroy();
});

describe('security headers are part of', () => {
  test.each([
    ['an answer', '', { method: 'POST', body: JSON_BODY }],
    ['a refusal', '', { method: 'PUT' }],
    ['a probe', '/../health', {}],
    ['a page that is not there', '/../nothing', {}],
  ])('%s', async (_what, path, init) => {
    const { headers } = await sent(`${api.url}${path}`, { headers: { 'content-type': 'application/json' }, ...init });
    expect(
      Object.fromEntries(
        [
          'x-content-type-options',
          'x-frame-options',
          'referrer-policy',
          'cache-control',
          'content-security-policy',
          'cross-origin-resource-policy',
        ].map((name) => [name, headers.get(name)]),
      ),
    ).toEqual({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('GraphiQL, which may run its own scripts and connect to this server only', async () => {
    const { headers, text } = await sent(api.url, { headers: { accept: 'text/html' } });
    expect(text).toMatch(/<html/);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'.*connect-src 'self'.*frame-ancestors 'none'$/,
    );
  });
});

describe('requests above the rate are answered 429', () => {
  let busy: Api;
  beforeAll(async () => {
    busy = await startApi({ requestsPerSecond: 2, anonymousRequestsPerSecond: 1 });
  });
  afterAll(() => busy.close());
  // No time goes by, so that no bucket fills: on a busy machine half a second is soon over.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  const many = (count: number, headers: Readonly<Record<string, string>>) =>
    Promise.all(Array.from({ length: count }, () => posted(busy.url, { query: '{ __typename }' }, headers)));

  test('for each principal, after a burst of twice the rate', async () => {
    const headers = { authorization: `Bearer ${await busy.tokenOf('VIEWER')}` };
    const answers = await many(6, headers);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 429, 429]);
    const [refused] = answers.filter(({ status }) => status === 429);
    expect([refused?.headers.get('retry-after'), refused?.body.errors]).toMatchObject([
      '1',
      [{ message: 'Too many requests; try again in 1 s.', extensions: { code: 'LIMIT_EXCEEDED', limit: 'requests' } }],
    ]);
    expect(
      (
        await posted(
          busy.url,
          { query: '{ __typename }' },
          { authorization: `Bearer ${await busy.tokenOf('OPERATOR')}` },
        )
      ).status,
    ).toBe(200);
  });

  test('for each address, when credentials are missing or invalid', async () => {
    const answers = [...(await many(2, {})), ...(await many(2, { authorization: 'Bearer forged' }))];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
  });
});

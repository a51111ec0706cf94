import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { makeLine, makeModel } from '../support/build.ts';
import { withConnection } from '../support/database.ts';
import { posted, sent, wire } from './wire.ts';

let api: Api;
let bearer: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  bearer = { authorization: `Bearer ${await api.tokenOf('ADMIN')}` };
});
afterAll(() => api.close());

const asked = (query: string, variables: object = {}) => posted(api.url, { query, variables }, bearer);
const MEGABYTE = 1_000_000;

describe('a long text in a query is rejected before anything is done with it', () => {
  const repeated = (count: number, part: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => part(index)).join(' ');

  test.each([
    ['a filter', '($s: String!) { equipment(filter: { or: [{ type: { contains: $s } }] }) { nodes { id } } }'],
    ['a look-up', '($s: String!) { lotByNumber(number: $s) { id } }'],
    ['a scan', '($s: String!) { scan(code: $s) { kind } }'],
    ['a cursor', '($s: String!) { lots(after: $s) { nodes { id } } }'],
  ])('in %s: one text has at most 2,000 characters', async (_place, query) => {
    const { status, body } = await asked(`query ${query}`, { s: '%'.repeat(2_001) });
    expect([status, body.data, body.errors]).toMatchObject([
      400,
      undefined,
      [
        {
          message: 'A text of this query has 2001 characters; at most 2000 are allowed.',
          extensions: { code: 'LIMIT_EXCEEDED', limit: 'textLength' },
        },
      ],
    ]);
  });

  test('in the document itself, too', async () => {
    const { body } = await asked(`{ scan(code: "${'%'.repeat(MEGABYTE)}") { kind } }`);
    expect(body.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'textLength' } }]);
  });

  test('a variable counts each time it is used: all texts together have at most 100,000 characters', async () => {
    const list = (uses: number) =>
      asked(
        `query ($s: [String!]!) { ${repeated(uses, (index) => `a${index}: lots(filter: { number: { in: $s } }) { totalCount }`)} }`,
        { s: Array.from({ length: 50 }, () => 'x'.repeat(200)) },
      );
    expect((await list(10)).body.errors).toBeUndefined();
    expect((await list(11)).body.errors).toMatchObject([
      {
        message:
          'The variables of this query have 110000 characters, each counted as often as it is used; at most 100000 are allowed.',
        extensions: { code: 'LIMIT_EXCEEDED', limit: 'texts' },
      },
    ]);
  });

  test('a text of a filter has at most 200 characters', async () => {
    const contains = (length: number) =>
      asked('query ($s: String!) { equipment(filter: { type: { contains: $s } }) { nodes { id } } }', {
        s: '%'.repeat(length),
      });
    expect((await contains(200)).body.data).toEqual({ equipment: { nodes: [] } });
    expect((await contains(201)).body.errors).toMatchObject([
      {
        message: expect.stringContaining('may have at most 200 characters.'),
        extensions: { code: 'INVALID_INPUT', path: ['filter', 'type', 'contains'] },
      },
    ]);
  });

  test('but a mutation may carry long texts, which have limits of their own', async () => {
    const { body } = await asked(
      'mutation ($s: String!) { createLot(input: { productModel: { code: "PSA" }, productionLine: { code: "KR01" }, productionDate: "2026-11-20", supplierCode: $s }) { errors { code path } } }',
      { s: 'x'.repeat(5_000) },
    );
    expect(body.data.createLot.errors).toEqual([{ code: 'INVALID_INPUT', path: ['supplierCode'] }]);
  });
});

describe('what nests too deep is rejected instead of overflowing the stack', () => {
  const REJECTED = { extensions: { code: 'LIMIT_EXCEEDED', limit: 'nesting' } };

  test.each([
    ['opening braces', '{'.repeat(3_950)],
    ['fields', '{a'.repeat(5_000)],
    ['lists', `{ lots(filter: ${'['.repeat(3_900)}`],
    ['input objects', `{ lots(filter: ${'{not:'.repeat(1_900)}`],
    ['list types', `query ($v: ${'['.repeat(3_900)}`],
  ])('a document of %s', async (_what, query) => {
    const { status, body } = await asked(query);
    expect([status, body.errors]).toMatchObject([400, [REJECTED]]);
  });

  test('brackets in the texts and comments of a document do not count', async () => {
    const { body } = await asked(`# ${'{'.repeat(200)}\n{ scan(code: "${'['.repeat(150)}") { kind } }`);
    expect(body.data).toEqual({ scan: { kind: 'UNKNOWN' } });
  });

  test.each([
    ['objects', '{"not":', '}'],
    ['lists', '[', ']'],
  ])('variables of %s, in a body and in a URL', async (_what, open, close) => {
    const query = 'query ($f: LotFilter) { lots(filter: $f) { totalCount } }';
    const variables = (levels: number): string => `{"f":${open.repeat(levels)}1${close.repeat(levels)}}`;
    const inBody = await sent(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer },
      body: `{"query":${JSON.stringify(query)},"variables":${variables(20_000)}}`,
    });
    const inUrl = await sent(`${api.url}?${new URLSearchParams({ query, variables: variables(200) })}`, {
      headers: bearer,
    });
    for (const { status, body } of [inBody, inUrl]) expect([status, body.errors]).toMatchObject([400, [REJECTED]]);
  });
});

describe('the Host header', () => {
  const answerTo = (host: string): Promise<string> =>
    wire(
      api.url,
      `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 26\r\n\r\n{"query":"{ __typename }"}`,
    );

  test.each(['a b', '[', '%', 'a:99999', 'a:b', 'a/b', 'a?b', 'a#b', 'user@a', '[::1', 'a:'])(
    '%s is refused, because it is not a host name',
    async (host) => {
      expect(await answerTo(host)).toMatch(/^HTTP\/1.1 400[^]*The Host header must be a host name/);
    },
  );

  test.each(['localhost', 'localhost:4000', 'plant-7.example', '127.0.0.1:80', '[::1]:4000', 'line_3'])(
    '%s is accepted',
    async (host) => {
      expect(await answerTo(host)).toMatch(/^HTTP\/1.1 200/);
    },
  );
});

test('a page that a proxy requests carries no ready token', async () => {
  const page = (headers: object) => sent(api.url, { headers: { accept: 'text/html', ...headers } });
  expect((await page({})).text).toContain('Bearer');
  for (const header of ['via', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'])
    expect((await page({ [header]: '1.1 proxy' })).text).not.toContain('Bearer');
});

test('a token is accepted in one spelling only', async () => {
  const token = bearer['authorization'] ?? '';
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1) ?? '');
  const others = [1, 2, 3].map((bits) => `${token.slice(0, -1)}${alphabet[last ^ bits]}`);
  const signature = (text: string) => Buffer.from(text.slice(text.lastIndexOf('.') + 1), 'base64url').toString('hex');
  const spellings = [`${token}=`, ...others.filter((each) => signature(each) === signature(token))];
  expect(spellings.length).toBeGreaterThan(1);
  for (const authorization of spellings)
    expect((await posted(api.url, { query: '{ __typename }' }, { authorization })).status).toBe(401);
  expect((await posted(api.url, { query: '{ __typename }' }, bearer)).status).toBe(200);
});

test('nodes takes 1 to 100 ids', async () => {
  expect((await asked('{ nodes(ids: []) { id } }')).body.errors).toMatchObject([
    { message: 'No id was given; 1 to 100 are answered.', extensions: { code: 'INVALID_INPUT', path: ['ids'] } },
  ]);
});

test('null for a Boolean variable of @include or @skip is answered with data, path and the reason', async () => {
  for (const directive of ['include', 'skip']) {
    const { body } = await asked(
      `query ($b: Boolean = true) { productModels { nodes { code @${directive}(if: $b) } } __typename }`,
      { b: null },
    );
    expect(body).toMatchObject({
      data: { productModels: null, __typename: 'Query' },
      errors: [{ path: ['productModels', 'nodes', 0], message: expect.stringContaining('must not be null') }],
    });
  }
});

test.each(['multipart/mixed', 'multipart/*'])('an answer to Accept: %s is valid HTTP', async (accept) => {
  const answer = await wire(
    api.url,
    `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: ${accept}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 26\r\n\r\n{"query":"{ __typename }"}`,
  );
  expect(answer).toMatch(/content-length: \d+\r\n/i);
  expect(answer).not.toMatch(/transfer-encoding/i);
});

test('an idle connection is kept longer than proxies use it', async () => {
  const answer = await wire(
    api.url,
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 26\r\n\r\n{"query":"{ __typename }"}POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 26\r\n\r\n{"query":"{ __typename }"}`,
  );
  const [, seconds] = /^keep-alive: timeout=(\d+)/im.exec(answer) ?? [];
  expect(Number(seconds)).toBeGreaterThan(60);
});

test('node gives a viewer without the right the same null for an audit or error entry that exists and for one that does not', async () => {
  await withConnection(api.databaseUrl, (client) =>
    client.query(`INSERT INTO error_entries (request_id, code, message) VALUES (uuid7(), 'INTERNAL', 'planted')`),
  );
  const entries = await asked('{ auditEntries(first: 1) { nodes { id } } errorEntries(first: 1) { nodes { id } } }');
  const known = [entries.body.data.auditEntries.nodes[0].id, entries.body.data.errorEntries.nodes[0].id];
  const unknown = known.map((id: string) => {
    const [type] = Buffer.from(id, 'base64url').toString().split(':');
    return Buffer.from(`${type}:00000000-0000-7000-8000-000000000000`).toString('base64url');
  });
  const authorization = `Bearer ${await api.tokenOf('OPERATOR')}`;
  for (const id of [...known, ...unknown]) {
    const { body } = await posted(
      api.url,
      { query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id } },
      { authorization },
    );
    expect([body.data, body.errors]).toEqual([{ node: null }, undefined]);
  }
  expect((await asked('query ($id: ID!) { node(id: $id) { id } }', { id: known[0] })).body.data.node).toEqual({
    id: known[0],
  });
});

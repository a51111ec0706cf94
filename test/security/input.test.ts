import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { makeLine, makeLot, makeModel } from '../support/build.ts';
import { posted, sent } from './wire.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
});
afterAll(() => api.close());

describe('no key of a caller’s JSON reaches the prototype of an object', () => {
  const CREATE =
    'mutation ($m: JSONObject) { createLot(input: { productModel: { code: "PSA" }, productionLine: { code: "KR01" }, productionDate: "2026-11-20", metadata: $m }) { lot { id metadata } errors { code message } } }';
  const LOTS = 'query ($m: JSONObject) { lots(filter: { metadata: { contains: $m } }) { nodes { id metadata } } }';
  const evil = (key: string): string => `{"${key}":{"isAdmin":true,"toString":"x"}}`;
  const polluted = (): unknown[] =>
    [{}, [], () => undefined, '', new Map()].map((each) => Reflect.get(Object(each), 'isAdmin'));
  const CLEAN = [undefined, undefined, undefined, undefined, undefined];

  const post = async (body: string) =>
    sent(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
      body,
    });
  const get = async (parameters: Readonly<Record<string, string>>) =>
    sent(`${api.url}?${new URLSearchParams(parameters)}`, {
      headers: { authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
    });

  const create = (metadata: string, variables: string, extensions: string) =>
    post(
      `{"query":${JSON.stringify(CREATE)},"variables":{"m":${metadata},${variables.slice(1, -1)}},"extensions":${extensions}}`,
    );

  test.each(['__proto__', 'constructor', 'prototype', 'then'])(
    '%s is refused in metadata at any depth, and in a filter, also in a URL',
    async (key) => {
      for (const metadata of [evil(key), `{"deep":[{"er":${evil(key)}}]}`, `{"${key}":1}`]) {
        const { status, body } = await create(metadata, evil(key), evil(key));
        expect([status, body.errors, body.data.createLot]).toMatchObject([
          200,
          undefined,
          {
            lot: null,
            errors: [{ code: 'INVALID_INPUT', message: expect.stringContaining(`must not have the key "${key}"`) }],
          },
        ]);
        const { body: found } = await get({
          query: LOTS,
          variables: `{"m":${metadata},"${key}":{"isAdmin":true}}`,
          extensions: evil(key),
        });
        expect(found.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
      }
      expect(polluted()).toEqual(CLEAN);
    },
  );

  test.each(['toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'length', 'toJSON'])(
    '%s is data: it is stored, returned and found unchanged',
    async (key) => {
      const metadata = `{"${key}":1,"deep":[${evil(key)}]}`;
      const { status, text, body } = await create(metadata, evil(key), evil(key));
      expect([status, body.errors, body.data.createLot.errors]).toEqual([200, undefined, []]);
      const [, stored = ''] = /"metadata":(\{.*\})\},"errors"/.exec(text) ?? [];
      expect(entriesOf(stored)).toEqual(entriesOf(metadata));

      const found = await get({
        query: LOTS,
        variables: `{"m":{"deep":[${evil(key)}]},"${key}":{"isAdmin":true}}`,
        extensions: evil(key),
      });
      expect(found.body.data.lots.nodes.map(({ id }: { id: string }) => id)).toContain(body.data.createLot.lot.id);
      expect(polluted()).toEqual(CLEAN);
    },
  );

  describe.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])('%s', (key) => {
    const value = evil(key);

    test('is refused next to the query in a body, and ignored in a URL', async () => {
      const { status, body } = await post(`{"query":"{ __typename }","${key}":{"isAdmin":true}}`);
      expect([status, body.data]).toEqual([400, undefined]);
      expect(
        await get({
          query: '{ __typename }',
          [key]: 'x',
          [`variables[${key}][isAdmin]`]: 'true',
          [`${key}.isAdmin`]: 'true',
        }),
      ).toMatchObject({ body: { data: { __typename: 'Query' } } });
      expect(polluted()).toEqual(CLEAN);
    });

    test('names no variable, no field, no operation and no trusted document', async () => {
      expect(
        (
          await post(
            `{"query":"query ($${key}: JSONObject) { lots(filter: { metadata: { contains: $${key} } }) { totalCount } }","variables":${value}}`,
          )
        ).text,
      ).not.toMatch(/INTERNAL/);
      expect((await post(`{"query":"query a { ${key} } ","operationName":"${key}"}`)).status).toBe(400);
      expect((await get({ query: '{ __typename }', extensions: `{"persistedQuery":${value}}` })).text).not.toMatch(
        /INTERNAL/,
      );
      expect(polluted()).toEqual(CLEAN);
    });
  });

  test('a body of 100,000 nested lists is refused, without an internal error', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const answer = await sent(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
      body: `{"query":"query ($c: JSONObject) { lots(filter: { metadata: { contains: $c } }) { totalCount } }","variables":{"c":{"a":${deep}}}}`,
    });
    expect(answer.text).not.toMatch(/INTERNAL/);
  });
});

test('an invalid request id is replaced', async () => {
  for (const forged of [
    '1',
    'x'.repeat(200),
    '0190a8e0-0000-7000-8000-00000000abcd; x',
    '0190a8e0-0000-7000-8000-00000000abcg',
  ]) {
    const { headers } = await posted(api.url, { query: '{ __typename }' }, { 'x-request-id': forged });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-request-id')).not.toBe(forged);
  }
});

describe('a forged token is refused', () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = (more: object = {}) => ({
    sub: api.userIdOf('ADMIN'),
    iss: 'lotgraph',
    iat: 1_700_000_000,
    exp: 4_000_000_000,
    ...more,
  });
  const signed = (header: object, payload: object, secret: string, hash = 'sha256'): string => {
    const text = `${part(header)}.${part(payload)}`;
    return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
  };
  const HS256 = { alg: 'HS256' };

  test.each<readonly [string, () => string | Promise<string>]>([
    ['without an algorithm', () => `${part({ alg: 'none' })}.${part(claims())}.`],
    ['without an algorithm, in capitals', () => `${part({ alg: 'NONE' })}.${part(claims())}.`],
    ['of another secret', () => signed(HS256, claims(), 'another secret of sufficient length..')],
    ['of an empty secret', () => signed(HS256, claims(), '')],
    [
      'of another hash with the true secret',
      () => signed({ alg: 'HS512' }, claims(), api.config.tokenSecret, 'sha512'),
    ],
    ['of another issuer', () => signed(HS256, claims({ iss: 'other' }), api.config.tokenSecret)],
    ['that has expired', () => signed(HS256, claims({ exp: 1_700_000_001 }), api.config.tokenSecret)],
    [
      'that never expires',
      () => signed(HS256, { sub: api.userIdOf('ADMIN'), iss: 'lotgraph' }, api.config.tokenSecret),
    ],
    ['of nobody', () => signed(HS256, { ...claims(), sub: undefined }, api.config.tokenSecret)],
    [
      'of a user who does not exist',
      () => signed(HS256, claims({ sub: '0190a8e0-0000-7000-8000-00000000abcd' }), api.config.tokenSecret),
    ],
    [
      'that brings its key',
      () =>
        signed(
          { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } },
          claims(),
          Buffer.from('AAAA', 'base64url').toString('latin1'),
        ),
    ],
    [
      'that says where its key is',
      () => signed({ alg: 'HS256', jku: 'http://127.0.0.1:1/', kid: '../../dev/null' }, claims(), ''),
    ],
    [
      'whose claims were changed',
      async () => (await api.tokenOf('VIEWER')).replace(/\.[^.]+\./, `.${part(claims())}.`),
    ],
    ['that was cut', async () => (await api.tokenOf('ADMIN')).slice(0, -2)],
    ['that is none', () => 'a.b.c'],
  ])('%s', async (_what, forge) => {
    const { status, body } = await posted(
      api.url,
      { query: '{ viewer { role } }' },
      { authorization: `Bearer ${await forge()}` },
    );
    expect([status, body.errors[0].extensions.code, body.data]).toEqual([401, 'UNAUTHENTICATED', undefined]);
  });
});

describe('a guessed or changed id finds nothing', () => {
  test('and a missing record gets the same answer as a malformed id', async () => {
    const lot = await makeLot(api);
    const [, uuid = ''] = Buffer.from(lot.id, 'base64url').toString().split(':');
    const another = `${uuid.slice(0, -1)}${uuid.endsWith('0') ? '1' : '0'}`;
    const encoded = (text: string): string => Buffer.from(text).toString('base64url');
    const ids = [
      '',
      'x',
      uuid,
      encoded(`Lot:${another}`),
      encoded(`lot:${uuid}`),
      encoded(`User:${uuid}`),
      encoded(`__proto__:${uuid}`),
      encoded('Lot:'),
      encoded(`Lot:${uuid}' OR '1'='1`),
      encoded(`Lot:${uuid}:x`),
    ];
    const { data, errors } = await api.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });

    expect([errors, data.nodes]).toEqual([[], ids.map(() => null)]);
  });
});

/** Keys and values of all objects of a JSON text, including those that an assignment to an object would lose. */
function entriesOf(text: string): unknown {
  const flat = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(flat)
      : typeof value === 'object' && value !== null
        ? Object.entries(value)
            .map(([key, inner]) => [key, flat(inner)])
            .toSorted()
        : value;
  return flat(JSON.parse(text));
}

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../src/platform/log.ts';
import { startServer } from '../../src/app/server.ts';
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
  test.each(['__proto__', 'constructor', 'prototype'])('%s is data, or is not there', async (key) => {
    const value = `{"${key}":{"isAdmin":true,"prototype":{"isAdmin":true}}}`;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await api.tokenOf('ADMIN')}` };
    const body = `{"query":"mutation ($m: JSONObject) { createLot(input: { productModel: { code: \\"PSA\\" }, productionLine: { code: \\"KR01\\" }, productionDate: \\"2026-11-20\\", metadata: $m }) { lot { metadata } errors { code } } }","variables":{"m":${value},"${key}":{"isAdmin":true}},"extensions":${value}}`;
    const answer = await sent(api.url, { method: 'POST', headers, body });

    expect([answer.status, answer.body.errors]).toEqual([200, undefined]);
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
    expect(Reflect.get(() => undefined, 'isAdmin')).toBeUndefined();
  });

  test('a body of 100,000 nested lists is refused, not a fault', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const answer = await sent(api.url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await api.tokenOf('ADMIN')}` }, body: `{"query":"query ($c: JSONObject) { lots(filter: { metadata: { contains: $c } }) { totalCount } }","variables":{"c":{"a":${deep}}}}` });
    expect(answer.text).not.toMatch(/INTERNAL/);
  });
});

test('a text of a caller begins no line of the log, and no secret of his stands in it', async () => {
  const lines: string[] = [];
  const log = createLog('trace');
  const written = Object.assign(Object.create(log), { error: (...line: unknown[]) => void lines.push(JSON.stringify(line)), warn: (...line: unknown[]) => void lines.push(JSON.stringify(line)) });
  const server = await startServer({ ...api.services, log: written });
  const forged = 'x\r\n{"level":50,"msg":"forged"}';
  await posted(server.url, { query: 'query ($u: String!, $p: String!) { __typename } mutation a ($u: String!, $p: String!) { login(input: { username: $u, password: $p }) { errors { code } } }', operationName: 'a', variables: { u: forged, p: 'My-Secret-1' } });
  await posted(server.url, { query: `{ userByUsername(username: ${JSON.stringify(forged)}) { id } }`, operationName: forged });
  await server.stop();

  expect(lines.filter((line) => /My-Secret-1/.test(line) || line.includes('\n'))).toEqual([]);
});

test('a request id that is none is not taken over', async () => {
  for (const forged of ['1', 'x'.repeat(200), '0190a8e0-0000-7000-8000-00000000abcd; x', '0190a8e0-0000-7000-8000-00000000abcg']) {
    const { headers } = await posted(api.url, { query: '{ __typename }' }, { 'x-request-id': forged });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-request-id')).not.toBe(forged);
  }
});

describe('a forged token opens nothing', () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = (more: object = {}) => ({ sub: api.userIdOf('ADMIN'), iss: 'lotgraph', iat: 1_700_000_000, exp: 4_000_000_000, ...more });
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
    ['of another hash with the true secret', () => signed({ alg: 'HS512' }, claims(), api.config.tokenSecret, 'sha512')],
    ['of another issuer', () => signed(HS256, claims({ iss: 'other' }), api.config.tokenSecret)],
    ['that has expired', () => signed(HS256, claims({ exp: 1_700_000_001 }), api.config.tokenSecret)],
    ['that never expires', () => signed(HS256, { sub: api.userIdOf('ADMIN'), iss: 'lotgraph' }, api.config.tokenSecret)],
    ['of nobody', () => signed(HS256, { ...claims(), sub: undefined }, api.config.tokenSecret)],
    ['of a user who does not exist', () => signed(HS256, claims({ sub: '0190a8e0-0000-7000-8000-00000000abcd' }), api.config.tokenSecret)],
    ['that brings its key', () => signed({ alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }, claims(), Buffer.from('AAAA', 'base64url').toString('latin1'))],
    ['that says where its key is', () => signed({ alg: 'HS256', jku: 'http://127.0.0.1:1/', kid: '../../dev/null' }, claims(), '')],
    ['whose claims were changed', async () => (await api.tokenOf('VIEWER')).replace(/\.[^.]+\./, `.${part(claims())}.`)],
    ['that was cut', async () => (await api.tokenOf('ADMIN')).slice(0, -2)],
    ['that is none', () => 'a.b.c'],
  ])('%s', async (_what, forge) => {
    const { status, body } = await posted(api.url, { query: '{ viewer { role } }' }, { authorization: `Bearer ${await forge()}` });
    expect([status, body.errors[0].extensions.code, body.data]).toEqual([401, 'UNAUTHENTICATED', undefined]);
  });
});

describe('an id that was guessed or changed finds nothing', () => {
  test('what is missing and what is malformed are answered alike', async () => {
    const lot = await makeLot(api);
    const [, uuid = ''] = Buffer.from(lot.id, 'base64url').toString().split(':');
    const another = `${uuid.slice(0, -1)}${uuid.endsWith('0') ? '1' : '0'}`;
    const encoded = (text: string): string => Buffer.from(text).toString('base64url');
    const ids = ['', 'x', uuid, encoded(`Lot:${another}`), encoded(`lot:${uuid}`), encoded(`User:${uuid}`), encoded(`__proto__:${uuid}`), encoded('Lot:'), encoded(`Lot:${uuid}' OR '1'='1`), encoded(`Lot:${uuid}:x`)];
    const { data, errors } = await api.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });

    expect([errors, data.nodes]).toEqual([[], ids.map(() => null)]);
  });
});

/** Long answers are compressed as the client prefers, and an answer with a secret never is. */
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isObjectType } from 'graphql';
import { schema } from '../../src/app/schema.ts';
import { PASSWORD, startApi, type Api } from '../support/api.ts';
import { makeStation } from '../support/station.ts';
import { listen } from '../support/stream.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Raw {
  readonly status: number | undefined;
  readonly coding: string | undefined;
  readonly vary: string | undefined;
  readonly body: Buffer;
}

/** A request whose answer is not decompressed. */
async function raw(
  query: string,
  acceptEncoding: string | undefined,
  { url, role = 'ADMIN' } = { url: api.url, role: 'ADMIN' as const },
): Promise<Raw> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: `Bearer ${await api.tokenOf(role)}`,
    ...(acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding }),
  };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { 'content-encoding': coding, vary, 'content-length': length } = response.headers;
        const body = Buffer.concat(chunks);
        expect(Number(length)).toBe(body.length);
        resolve({ status: response.statusCode, coding, vary, body });
      });
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ query }));
  });
}

const LONG = '{ __schema { types { name description } } }';
const SHORT = '{ __typename }';

function decompressed({ coding, body }: Raw): string {
  if (coding === 'gzip') return gunzipSync(body).toString();
  return coding === 'br' ? brotliDecompressSync(body).toString() : body.toString();
}

describe('a long answer', () => {
  test.each<readonly [acceptEncoding: string | undefined, coding: string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['deflate, zstd', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['br, gzip', 'gzip'],
    ['gzip;q=0.5, br;q=0.8', 'br'],
    ['gzip; q=0.8 , br; q=0.5', 'gzip'],
    ['gzip;q=0, br', 'br'],
    ['gzip;q=0, br;q=0.0', undefined],
    ['*', 'gzip'],
    ['gzip;q=0, *', 'br'],
    ['*;q=0', undefined],
    ['gzip;q=0.2, identity;q=0.9', undefined],
    ['gzip;q=0.9, identity;q=0.2', 'gzip'],
    ['gzip;q=many', undefined],
    ['gzip;q=2', undefined],
    ['identity;q=0', undefined],
  ])('for "Accept-Encoding: %s" has the coding %s', async (acceptEncoding, coding) => {
    const plain = await raw(LONG, undefined);
    const answer = await raw(LONG, acceptEncoding);
    expect([answer.status, answer.coding, answer.vary]).toEqual([200, coding, 'Accept-Encoding']);
    expect(decompressed(answer)).toBe(plain.body.toString());
    if (coding !== undefined) expect(answer.body.length).toBeLessThan(plain.body.length / 2);
  });

  test.each(['gzip', 'br'])('has the same text when a document is sent again (%s)', async (coding) => {
    const query = `# ${coding}\n{ __schema { types { name } } viewer { role } }`;
    const answers = [await raw(query, coding), await raw(query, coding), await raw(query, coding)];
    expect(answers.map((answer) => answer.coding)).toEqual([coding, coding, coding]);
    expect(new Set(answers.map(decompressed)).size).toBe(1);
  });

  test('of many requests at once is compressed for each', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => raw(LONG, 'br')));
    expect(new Set(answers.map(decompressed)).size).toBe(1);
  });

  test('is not compressed, and does not vary, when the setting is off', async () => {
    await using off = await startApi({ compression: false });
    const body = JSON.stringify({
      query: `{ ${Array.from({ length: 20 }, (_, n) => `alias${n}OfTheTypeNameOfTheQueryForLength: __typename`).join(' ')} }`,
    });
    const answer = await fetch(off.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
      body,
    });
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(1_024);
    expect([answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual([null, null]);
  });
});

test('a short answer is not compressed', async () => {
  expect(await raw(SHORT, 'gzip, br')).toMatchObject({ status: 200, coding: undefined, vary: undefined });
});

test('a stream of events is not compressed', async () => {
  using stream = await listen(api, { token: await api.tokenOf('ADMIN') }, 'subscription { changes { cursor } }');
  expect([stream.headers['content-type'], stream.headers['content-encoding']]).toEqual([
    'text/event-stream; charset=utf-8',
    undefined,
  ]);
});

describe('an answer with a secret that was just issued is not compressed, however long it is:', () => {
  const NAMES = Array.from({ length: 25 }, (_, n) => `nameOfTheTypeForTheLength${n}: __typename`).join(' ');
  const FILLER = `user { ${Array.from({ length: 25 }, (_, n) => `nameOfTheUserForTheLength${n}: fullName`).join(' ')} }`;

  test.each(['accessToken', 'refreshToken'])(
    'the %s of a sign-in, also when the document is sent again',
    async (token) => {
      const query = `mutation { login(input: { username: "admin", password: "${PASSWORD}" }) { session { ${token} ${FILLER} } errors { code } } }`;
      const filler = query.replace(` ${token} `, ' ');
      for (const _time of ['first', 'again']) {
        const answer = await raw(query, 'gzip, br');
        expect([answer.coding, answer.vary, answer.body.length > 1_024]).toEqual([undefined, undefined, true]);
        expect(JSON.parse(answer.body.toString()).data.login.session[token]).toMatch(/^[\w.-]{30,}$/);
      }
      expect(await raw(filler, 'gzip, br')).toMatchObject({ coding: 'gzip' });
    },
  );

  test('an API key', async () => {
    const station = await makeStation(api, 'RIG');
    const ask = (secret: string): Promise<Raw> =>
      raw(
        `mutation { createApiKey(input: { station: { code: "${station.code}" }, name: "Key" }) { ${secret} apiKey { ${NAMES} } errors { code } } }`,
        'gzip, br',
      );
    const answer = await ask('secret');
    expect([answer.coding, answer.body.length > 1_024]).toEqual([undefined, true]);
    expect(await ask('')).toMatchObject({ coding: 'gzip' });
  });

  test('there is no other field whose description calls it a secret or says that it is shown only once', () => {
    const secrets = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .filter(({ name }) => name !== 'Mutation')
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter(({ description }) => /\bA secret\b|shown only now/i.test(description ?? ''))
          .map((field) => `${type.name}.${field.name}`),
      );
    expect(secrets.toSorted()).toEqual(['CreateApiKeyPayload.secret', 'Session.accessToken', 'Session.refreshToken']);
  });
});

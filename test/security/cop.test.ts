/**
 * The twelve checks of graphql-cop, implemented again, against a server in production, from a client without
 * credentials.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { posted, sent } from './wire.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ environment: 'production' });
});
afterAll(() => api.close());

const ask = (query: string) => posted(api.url, { query });
const times = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join(' ');

test('1 aliases: a query with 101 of them is refused', async () => {
  expect((await ask(`query cop { ${times(101, (index) => `alias${index}: __typename`)} }`)).body.data).toBeUndefined();
});

test('2 batches: ten operations in one array are refused', async () => {
  const { status, body } = await posted(
    api.url,
    Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' })),
  );
  expect([status, Array.isArray(body), body.data]).toEqual([400, false, undefined]);
});

test('3 directives: of ten unknown ones at most five are reported', async () => {
  expect((await ask(`query cop { __typename ${'@aa'.repeat(10)} }`)).body.errors.length).toBeLessThanOrEqual(5);
});

test('4 fields: 500 times the same field is refused', async () => {
  expect((await ask(`query cop { ${'__typename '.repeat(500)} }`)).body.data).toBeUndefined();
});

test('5 circular introspection is refused', async () => {
  expect(
    (
      await ask(
        'query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }',
      )
    ).body.data,
  ).toBeUndefined();
});

test('6 introspection is refused', async () => {
  expect((await ask('query cop { __schema { types { name fields { name } } } }')).body.data).toBeUndefined();
});

test('7 a misspelt field gets no suggestion', async () => {
  expect((await ask('query cop { __schema { directive } }')).text).not.toMatch(/did you mean/i);
});

test('8 GraphiQL, Playground and similar pages do not exist', async () => {
  const textAt = async (path: string): Promise<string> =>
    (await sent(new URL(path, api.url).href, { headers: { accept: 'text/html' } })).text;
  for (const path of ['/graphql', '/graphiql', '/playground', '/console', '/v1/graphql/explorer'])
    expect(await textAt(path)).not.toMatch(/<html|graphiql|playground/i);
  // The dashboard sends the operations of its pages only.
  expect(await textAt('/')).not.toMatch(/graphiql|playground/i);
});

test('9 a query by GET is answered, as GraphQL over HTTP requires, but not to a page of another site', async () => {
  const url = `${api.url}?query=query cop {__typename}`;
  expect([
    (await sent(url, { headers: { accept: 'application/json' } })).status,
    (await sent(url, { headers: { 'sec-fetch-site': 'cross-site' } })).status,
  ]).toEqual([200, 403]);
});

test('10 a mutation by GET is not executed', async () => {
  expect(
    (await sent(`${api.url}?query=mutation cop {__typename}`, { headers: { accept: 'application/json' } })).status,
  ).toBe(405);
});

test('11 a form is not read', async () => {
  expect(
    (await sent(api.url, { method: 'POST', body: new URLSearchParams({ query: 'query cop { __typename }' }) })).status,
  ).toBe(415);
});

test('12 no answer contains a trace or an exception', async () => {
  for (const query of ['query cop { __typename }', 'qwerty cop { abc }', '{ lots { totalCount } }']) {
    const { text, body } = await ask(query);
    expect(text).not.toMatch(/"(?:tracing|exception|stacktrace|stack|originalError)"|node_modules/i);
    expect(body.extensions?.tracing).toBeUndefined();
  }
});

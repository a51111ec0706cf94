import { serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { startApi } from '../support/api.ts';

/** The results of the audits of GraphQL over HTTP, sent with the given headers. */
async function audited(url: string, headers: Readonly<Record<string, string>> = {}) {
  const fetchFn = (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const all = new Headers(init.headers);
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    return fetch(input, { ...init, headers: all });
  };
  return Promise.all(serverAudits({ url, fetchFn }).map((audit) => audit.fn()));
}

test('all 61 audits of GraphQL over HTTP pass', async () => {
  await using api = await startApi();
  const results = await audited(api.url);

  expect(results).toHaveLength(61);
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
});

test('in production all 61 pass for a client that is signed in', async () => {
  await using api = await startApi({ environment: 'production' });
  const results = await audited(api.url, { authorization: `Bearer ${await api.tokenOf('VIEWER')}` });

  expect(results).toHaveLength(61);
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
});

test('in production an anonymous client fails the five audits that ask for the schema, which it is refused (docs/SECURITY.md)', async () => {
  await using api = await startApi({ environment: 'production' });
  const results = await audited(api.url);
  const failed = results.filter(({ status }) => status !== 'ok');

  expect(results).toHaveLength(61);
  // BF61 asks for __type, the others send variables to a query of __type.
  expect(failed.map(({ id }) => id).toSorted()).toEqual(['28B9', '2EA1', '6A70', 'BF61', 'D6D5']);
});

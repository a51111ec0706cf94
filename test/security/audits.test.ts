import { serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { startApi } from '../support/api.ts';

test('all 61 audits of GraphQL over HTTP pass', async () => {
  await using api = await startApi();
  const results = await Promise.all(serverAudits({ url: api.url, fetchFn: fetch }).map((audit) => audit.fn()));

  expect(results).toHaveLength(61);
  expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
});

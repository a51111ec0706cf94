/** A server process as the helpers of the tests know a server: it is asked by its administrator. */
import type { Endpoint } from '../faults/client.ts';
import type { AskingApi } from '../model/floor-client.ts';

export function apiOf({ url, token }: Endpoint): AskingApi {
  return {
    async ask(query, variables = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors = [] } = (await response.json()) as Awaited<ReturnType<AskingApi['ask']>>;
      return { status: response.status, data, errors, statements: 0 };
    },
  };
}

/** The access of questions to the plant before anything is measured. */
import type { Contender } from '../contenders/contender.ts';
import { withClient, type Plant } from '../plant.ts';
import type { World } from './question.ts';

/** Creates the access of questions to the plant and its contenders. */
export function worldOf(plant: Plant, contenders: readonly Contender[]): World {
  return {
    plant,
    servers: contenders.filter(({ name }) => name === 'lotgraph' || name === 'before').length,
    query: (sql, values = []) =>
      withClient(plant.adminUrl, async (client) => (await client.query(sql, [...values])).rows),
    async graph(name, query, variables = {}) {
      const contender = contenders.find((each) => each.name === name);
      if (contender === undefined) throw new Error(`${name} takes no part.`);
      const response = await fetch(contender.url, {
        method: 'POST',
        headers: await contender.headers(),
        body: JSON.stringify({ query, variables }),
      });
      const answer = (await response.json()) as { readonly data?: unknown; readonly errors?: unknown };
      if (answer.errors !== undefined || answer.data === undefined)
        throw new Error(`${name}: ${JSON.stringify(answer)}`);
      return answer.data;
    },
  };
}

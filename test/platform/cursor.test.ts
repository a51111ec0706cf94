/** What a cursor is bound to: its list and order, and neither the filter nor the parent. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { askBothWays } from '../support/both-ways.ts';
import { makeItems, makeLine, makeLot, makeModel, makeStep, type Named } from '../support/build.ts';

let api: Api;
let lots: readonly [Named, Named];
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  await makeStep(api, 10, 'MOUNT');
  lots = [await makeLot(api), await makeLot(api)];
  for (const lot of lots) await makeItems(api, lot, 3);
});
afterAll(() => api.close());

async function cursorOf(list: string): Promise<string> {
  const { data, errors } = await askBothWays(
    api,
    `{ ${list} { edges { cursor } pageInfo { startCursor endCursor } } }`,
  );
  expect(errors).toEqual([]);
  const [connection] = Object.values(data) as { edges: { cursor: string }[]; pageInfo: { endCursor: string } }[];
  expect(connection?.edges.at(-1)?.cursor).toBe(connection?.pageInfo.endCursor);
  return connection?.pageInfo.endCursor ?? '';
}

const BY_CREATION = 'orderBy: [{ field: CREATED_AT }]';

describe('a cursor', () => {
  test.each([
    ['serials', 'serials', `(first: 2, ${BY_CREATION})`],
    ['wipItems', 'wipItems', `(first: 2, ${BY_CREATION})`],
    ['productionLines', 'productionLines', `(first: 2, ${BY_CREATION})`],
  ])('of lots is refused by %s, in the same order', async (_name, list, page) => {
    const after = await cursorOf(`lots(first: 1, ${BY_CREATION})`);
    const { errors } = await askBothWays(
      api,
      `query ($after: String) { ${list}${page.replace(')', ', after: $after)')} { nodes { id } } }`,
      { after },
    );
    expect(errors).toMatchObject([
      {
        message: 'This cursor belongs to another list; use endCursor or startCursor of a page of this list as it is.',
        extensions: { code: 'INVALID_INPUT', path: ['after'] },
      },
    ]);
  });

  test('of lots is refused by the lists of a parent, too', async () => {
    const before = await cursorOf(`lots(first: 1, ${BY_CREATION})`);
    const { errors } = await askBothWays(
      api,
      `query ($before: String) { lots(first: 1) { nodes { wipItems(last: 1, before: $before, ${BY_CREATION}) { nodes { id } } } } }`,
      { before },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['before'] } }]);
  });

  test('of changes is refused by lists, and one of a list by changes', async () => {
    await expect
      .poll(async () => (await api.ask('{ changes(first: 1) { endCursor } }')).data.changes.endCursor)
      .toEqual(expect.any(String));
    const { data } = await api.ask('{ changes(first: 1) { endCursor } }');
    const ofChanges: string = data.changes.endCursor;
    const ofLots = await cursorOf('lots(first: 1)');
    for (const [query, after] of [
      ['query ($after: String) { lots(after: $after) { nodes { id } } }', ofChanges],
      ['query ($after: String) { changes(after: $after) { endCursor } }', ofLots],
    ] as const) {
      const { errors } = await api.ask(query, { after });
      expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['after'] } }]);
    }
  });

  test('is accepted under another filter, which restricts the page as ever', async () => {
    const after = await cursorOf(`wipItems(first: 2, ${BY_CREATION})`);
    const { data, errors } = await askBothWays(
      api,
      `query ($after: String, $lot: ID!) {
        wipItems(after: $after, ${BY_CREATION}, filter: { lot: { eq: $lot } }) { totalCount nodes { number } } }`,
      { after, lot: lots[0].id },
    );
    expect(errors).toEqual([]);
    expect(data.wipItems).toEqual({ totalCount: 3, nodes: [{ number: `WIP-${lots[0].number}-003` }] });
  });

  test('is accepted under another parent, and the page has the records of that parent only', async () => {
    const { data: first } = await askBothWays(
      api,
      `query ($number: String!) { lotByNumber(number: $number) { wipItems(first: 1, ${BY_CREATION}) { pageInfo { endCursor } } } }`,
      { number: lots[0].number },
    );
    const { data, errors } = await askBothWays(
      api,
      `query ($after: String, $number: String!) {
        lotByNumber(number: $number) { wipItems(after: $after, ${BY_CREATION}) { totalCount nodes { number } } } }`,
      { after: first.lotByNumber.wipItems.pageInfo.endCursor, number: lots[1].number },
    );
    expect(errors).toEqual([]);
    expect(data.lotByNumber.wipItems).toEqual({
      totalCount: 3,
      nodes: ['001', '002', '003'].map((sequence) => ({ number: `WIP-${lots[1].number}-${sequence}` })),
    });
  });

  test('has one spelling', async () => {
    const after = await cursorOf('lots(first: 1)');
    for (const spelling of [`${after}=`, ` ${after}`, `${after.slice(0, 5)}!${after.slice(5)}`, `${after}\n`]) {
      const { errors } = await api.ask('query ($after: String) { lots(after: $after) { nodes { id } } }', {
        after: spelling,
      });
      expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['after'] } }]);
    }
  });
});

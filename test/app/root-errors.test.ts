/** An error in one root field of a query leaves the answers of the others, whichever part of the server answers them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../support/api.ts';
import { askBothWays } from '../support/both-ways.ts';
import { makeLine, makeLot, makeModel, type Named } from '../support/build.ts';

let api: Api;
let lot: Named;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  lot = await makeLot(api);
});
afterAll(() => api.close());

const summary = ({ data, errors }: Pick<Answer, 'data' | 'errors'>) => ({
  data,
  errors: errors.map(({ path, extensions }) => [path, extensions['code']]),
});

test.each([
  ['a planned field among planned ones', 'bad: lots(first: 1000) { nodes { number } }', 'LIMIT_EXCEEDED'],
  ['a planned look-up among planned ones', 'bad: lots(after: "nonsense") { totalCount }', 'INVALID_INPUT'],
  ['a field without a plan', 'bad: changes(entities: ["nothing"]) { hasMore }', 'INVALID_INPUT'],
  ['a list of records by id', 'bad: nodes(ids: []) { id }', 'INVALID_INPUT'],
  ['a scan', 'bad: unitReadiness(unit: { number: "NOTHING" }, process: { code: "NOTHING" }) { isReady }', 'NOT_FOUND'],
] as const)(
  'an error in %s leaves the others, by plans, by loaders and when the document is known',
  async (_, bad, code) => {
    const query = `{ one: lots { nodes { number } } ${bad} route(level: WIP) { code } model: productModelByCode(code: "PSA") { code } viewer { role } }`;
    const expected = {
      data: {
        one: { nodes: [{ number: lot.number }] },
        bad: null,
        route: [],
        model: { code: 'PSA' },
        viewer: { role: 'ADMIN' },
      },
      errors: [[['bad'], code]],
    };
    expect(summary(await askBothWays(api, query))).toEqual(expected);
    expect(summary(await api.ask(query))).toEqual(expected);
  },
);

test('an internal error of a mutation ends the request: no later mutation of it is carried out', async () => {
  await api.database.reader().sql`ALTER TABLE stations RENAME TO stations_away`;
  try {
    const { errors } = await api.ask(`mutation {
      first: createProductionLine(input: { code: "ML1", name: "One" }) { errors { code } }
      fails: registerStation(input: { code: "ST_1", name: "One", host: "host" }) { errors { code } }
      later: createProductionLine(input: { code: "ML2", name: "Two" }) { errors { code } }
    }`);
    expect(errors.map(({ path, extensions }) => [path, extensions['code']])).toEqual([[['fails'], 'INTERNAL']]);
  } finally {
    await api.database.reader().sql`ALTER TABLE stations_away RENAME TO stations`;
  }
  const { data } = await api.ask(
    '{ one: productionLineByCode(code: "ML1") { name } two: productionLineByCode(code: "ML2") { name } }',
  );
  expect(data).toEqual({ one: { name: 'One' }, two: null });
});

test('a root field that is not for the viewer leaves the others', async () => {
  const query = '{ users { totalCount } lots { nodes { number } } errorEntries { totalCount } viewer { role } }';
  const expected = {
    data: { users: null, lots: { nodes: [{ number: lot.number }] }, errorEntries: null, viewer: { role: 'VIEWER' } },
    errors: [
      [['users'], 'FORBIDDEN'],
      [['errorEntries'], 'FORBIDDEN'],
    ],
  };
  for (let time = 0; time < 3; time += 1) expect(summary(await api.ask(query, {}, 'VIEWER'))).toEqual(expected);
});

test('an internal error in one root field leaves the others, and its status is 200', async () => {
  const query =
    '{ health { status } migrationHistory { totalCount } lots { nodes { number } } stations { totalCount } }';
  await api.ask(query);
  await api.database.reader().sql`ALTER TABLE stations RENAME TO stations_away`;
  try {
    const answer = await askBothWays(api, query);
    expect(summary(answer)).toEqual({
      data: {
        health: { status: expect.any(String) },
        migrationHistory: { totalCount: expect.any(Number) },
        lots: { nodes: [{ number: lot.number }] },
        stations: null,
      },
      errors: [[['stations'], 'INTERNAL']],
    });
    expect((await api.ask(query)).status).toBe(200);
  } finally {
    await api.database.reader().sql`ALTER TABLE stations_away RENAME TO stations`;
  }
});

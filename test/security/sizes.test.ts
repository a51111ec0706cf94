/** Values that are too large: each is rejected by its size, before anything is done with it. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { jsonObject } from '../../src/platform/input/json-schemas.ts';
import { parseInput } from '../../src/platform/input/parse.ts';
import * as shapes from '../../src/platform/input/schemas.ts';
import { present } from '../../src/platform/values/assert.ts';
import { wipItemList } from '../../src/production/wip-item/wip-item.loaders.ts';
import { startApi, type Api } from '../support/api.ts';
import { makeLine, makeLot, makeModel, type Named } from '../support/build.ts';
import { posted } from './wire.ts';

let api: Api;
let lot: Named;
let bearer: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  lot = await makeLot(api);
  bearer = { authorization: `Bearer ${await api.tokenOf('ADMIN')}` };
});
afterAll(() => api.close());

const asked = async (query: string, variables: object = {}) =>
  (await posted(api.url, { query, variables }, bearer)).body;
const repeated = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

const TEXTS = Array.from({ length: 50 }, () => 'x'.repeat(200));
const TOO_MANY = {
  message: expect.stringContaining('each counted as often as it is used; at most 100000 are allowed.'),
  extensions: { code: 'LIMIT_EXCEEDED', limit: 'texts' },
};

describe('the texts of a query are counted as often as they are used', () => {
  test('those of the default value, where the variable is not given', async () => {
    const query = (uses: number) =>
      `query ($s: [String!] = ${JSON.stringify(TEXTS)}) { ${repeated(uses, (index) => `a${index}: lots(filter: { number: { in: $s } }) { totalCount }`)} }`;
    expect((await asked(query(10))).errors).toBeUndefined();
    expect((await asked(query(11))).errors).toMatchObject([TOO_MANY]);
    expect((await asked(query(11), { s: ['x'] })).errors).toBeUndefined();
    expect((await asked(query(11), { s: null })).errors).toBeUndefined();
  });

  test('those in a fragment, for each spread', async () => {
    const lots = (count: number) =>
      repeated(count, (index) => `a${index}: lotByNumber(number: "${lot.number}") { ...items }`);
    const query = (count: number) =>
      `query ($s: [String!]) { ${lots(count)} } fragment items on Lot { wipItems(filter: { number: { in: $s } }) { totalCount } }`;
    expect((await asked(query(10), { s: TEXTS })).errors).toBeUndefined();
    expect((await asked(query(11), { s: TEXTS })).errors).toMatchObject([TOO_MANY]);
  });

  test.each([
    ['empty texts', '[String!]', 'lots(filter: { number: { in: $v } })', Array.from({ length: 50_001 }, () => '')],
    ['numbers', '[Int!]', 'processes(filter: { number: { in: $v } })', Array.from({ length: 50_001 }, () => 1)],
    ['empty objects', '[LotFilter!]', 'lots(filter: { or: $v })', Array.from({ length: 50_001 }, () => ({}))],
    ['names in JSON', 'JSONObject', 'lots(filter: { metadata: { contains: $v } })', keysOf(26_000)],
    [
      'numbers in JSON',
      'JSONObject',
      'lots(filter: { metadata: { contains: $v } })',
      { a: Array.from({ length: 50_001 }, () => 1) },
    ],
  ])('each value counts at least as one, also %s', async (_what, type, list, v) => {
    const query = `query ($v: ${type}) { a: ${list} { totalCount } b: ${list} { totalCount } }`;
    expect((await asked(query, { v })).errors).toMatchObject([TOO_MANY]);
  });

  test('a name in JSON is a text, which has at most 2,000 characters', async () => {
    const query = 'query ($v: JSONObject) { lots(filter: { metadata: { contains: $v } }) { totalCount } }';
    expect((await asked(query, { v: { ['x'.repeat(2_001)]: 1 } })).errors).toMatchObject([
      { extensions: { code: 'LIMIT_EXCEEDED', limit: 'textLength' } },
    ]);
  });

  test('those of a mutation together have at most 2,000,000 characters', async () => {
    const mutation = (uses: number) =>
      `mutation ($s: String!) { ${repeated(uses, (index) => `a${index}: closeLot(input: { lot: { number: $s } }) { errors { code } }`)} }`;
    const s = 'x'.repeat(900_000);
    expect((await asked(mutation(2), { s })).data).toMatchObject({ a0: { errors: [{ code: 'INVALID_INPUT' }] } });
    expect(await asked(mutation(3), { s })).toMatchObject({
      errors: [
        {
          message:
            'The variables of this mutation have 2700000 characters, each counted as often as it is used; at most 2000000 are allowed.',
          extensions: { code: 'LIMIT_EXCEEDED', limit: 'mutationTexts' },
        },
      ],
    });
  });
});

function keysOf(count: number): Readonly<Record<string, number>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index), 1]));
}

describe('a filter is rejected by its size', () => {
  test('with more than 50 objects without conditions', async () => {
    const filter = (count: number) => ({ or: Array.from({ length: count }, () => ({})) });
    const query = 'query ($f: LotFilter) { lots(filter: $f) { totalCount } }';
    expect((await asked(query, { f: filter(50) })).data).toEqual({ lots: { totalCount: 1 } });
    expect((await asked(query, { f: filter(51) })).errors).toMatchObject([
      { message: 'The filter has 51 conditions; at most 50 are allowed.', extensions: { code: 'LIMIT_EXCEEDED' } },
    ]);
  });

  test('with a JSON object of more than 2,000 characters, also in the payload of a mutation', async () => {
    const mutation = `mutation ($v: JSONObject) { updateLot(input: { lot: { id: "${lot.id}" } }) {
      lot { productModel { lots(filter: { metadata: { contains: $v } }) { totalCount } } } } }`;
    const query = `query ($v: JSONObject) { lots(filter: { metadata: { contains: $v } }) { totalCount } }`;
    const fits = { a: 'x'.repeat(1_900) };
    expect((await asked(query, { v: fits })).data).toEqual({ lots: { totalCount: 0 } });
    for (const v of [
      { a: 'x'.repeat(1_500), b: 'x'.repeat(500) },
      { a: Array.from({ length: 1_001 }, () => 1) },
      keysOf(500),
    ])
      for (const document of [query, mutation])
        expect((await asked(document, { v })).errors).toMatchObject([
          {
            message: 'contains may have at most 2000 characters, written as JSON.',
            extensions: { code: 'INVALID_INPUT', path: ['filter', 'metadata', 'contains'] },
          },
        ]);
  });
});

test('a filter of the lists of many parents is judged once, also when it is rejected', async () => {
  for (let index = 0; index < 4; index += 1) await makeLot(api);
  // An edge with two nodes is answered by graphql-js, parent by parent.
  const query = `query ($s: [String!]) { lots(first: 5) { nodes { wipItems(filter: { number: { in: $s } }) {
    edges { a: node { id } b: node { number } } } } } }`;
  const judged = vi.spyOn(present(wipItemList.filter['number'], 'The filter'), 'toSql');
  try {
    expect((await asked(query, { s: ['x'] })).data.lots.nodes).toHaveLength(5);
    expect(judged).toHaveBeenCalledTimes(1);
    expect((await asked(query, { s: ['x'.repeat(201)] })).errors).toMatchObject([
      { extensions: { code: 'INVALID_INPUT' } },
    ]);
    expect(judged).toHaveBeenCalledTimes(2);
  } finally {
    judged.mockRestore();
  }
});

describe('a look-up is rejected by its length', () => {
  test.each([
    ['lotByNumber', 'number'],
    ['wipItemByNumber', 'number'],
    ['serialByNumber', 'number'],
    ['equipmentByCode', 'code'],
    ['stationByCode', 'code'],
    ['processByCode', 'code'],
    ['productModelByCode', 'code'],
    ['productionLineByCode', 'code'],
    ['userByUsername', 'username'],
  ])('%s by a text of more than 200 characters', async (field, argument) => {
    const query = `query ($s: String!) { found: ${field}(${argument}: $s) { id } }`;
    expect(await asked(query, { s: 'x'.repeat(200) })).toMatchObject({ data: { found: null } });
    expect((await asked(query, { s: 'x'.repeat(201) })).errors).toMatchObject([
      {
        message: `${argument} may have at most 200 characters, but has 201.`,
        path: ['found'],
        extensions: { code: 'INVALID_INPUT', path: [argument] },
      },
    ]);
  });

  test('a cursor of more than 2,000 characters, also in the payload of a mutation', async () => {
    const mutation = `mutation ($after: String) {
      updateLot(input: { lot: { number: "${lot.number}" } }) { lot { wipItems(after: $after) { nodes { id } } } } }`;
    expect((await asked(mutation, { after: 'x'.repeat(900_000) })).errors).toMatchObject([
      { extensions: { code: 'INVALID_INPUT', path: ['after'] } },
    ]);
  });
});

describe('a value that is many times too long is rejected by its length, before it is read', () => {
  const MEGABYTE = 'x'.repeat(1_000_000);

  test.each<readonly [string, z.ZodType, unknown, string]>([
    ['a text', shapes.line(10), `${MEGABYTE}\ud800`, 'field must have at most 10 characters, but has 1000001.'],
    [
      'a code',
      shapes.code({ rule: 'LIN-1', pattern: /^[A-Z]+$/, form: 'letters' }),
      MEGABYTE,
      'field must have at most 1000 characters, but has 1000000.',
    ],
    [
      'a JSON object',
      jsonObject,
      { a: MEGABYTE, b: '\ud800' },
      'field must have at most 65536 bytes as JSON, but has more than 131072.',
    ],
  ])('%s', (_what, schema, field, message) => {
    expect(parseInput(z.strictObject({ field: schema }), { field })).toMatchObject({ rejections: [{ message }] });
  });

  test('but blanks around a text do not count', () => {
    expect(parseInput(shapes.line(10), `${' '.repeat(1_000)}a\n`)).toEqual({ value: 'a' });
  });
});

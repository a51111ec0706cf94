import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/platform/values/global-id.ts';
import { startApi, type Answer, type Api } from '../support/api.ts';
import { askBothWays } from '../support/both-ways.ts';
import { makeItems, makeLine, makeModel, type Named } from '../support/build.ts';
import { done } from '../support/expect.ts';
import { makeStation } from '../support/station.ts';
import { makeFloor, oneSerial, record, start, type Floor } from '../support/work.ts';

/** Two lots, one of each model and line, each with a serial; the first also has an item that no step has passed. */
let api: Api;
let floor: Floor;
let first: { readonly lot: Named; readonly serial: Named };
let second: { readonly lot: Named; readonly serial: Named };
let item: Named;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  await makeModel(api, { code: 'PSB', name: 'Pressure switch' });
  await makeLine(api, { code: 'KR02', name: 'Line 2' });
  await makeStation(api, 'ST01');
  for (const code of ['OVEN', 'PRESS'])
    await done(api, 'createEquipment', { code, name: code, type: 'MACHINE' }, 'equipment { id }');
  first = await oneSerial(api, floor);
  second = await oneSerial(api, floor, {
    productModel: { code: 'PSB' },
    productionLine: { code: 'KR02' },
    externalNumber: 'ERP-7',
  });
  [item] = (await makeItems(api, first.lot, 1)) as [Named];
  await record(api, first.serial, floor.burnIn, { result: 'FAIL', equipment: { code: 'OVEN' } });
  await start(api, item, floor.mount, { equipment: { code: 'PRESS' } });
}, 60_000);
afterAll(() => api.close());

const display = (number: string): string =>
  `${number.slice(0, 4)}-${number.slice(4, 7).toLowerCase()} ${number.slice(7, 11)}-${number.slice(11)}`;

describe('a filter takes a related record by the key that people know', () => {
  test.each<readonly [what: string, list: string, filter: () => object, expected: () => readonly string[]]>([
    ['a code, in any case', 'lots', () => ({ productModel: { code: { eq: ' psb ' } } }), () => [second.lot.number]],
    [
      'several codes',
      'lots',
      () => ({ productionLine: { code: { in: ['KR01', 'KR02'] } } }),
      () => [first.lot.number, second.lot.number],
    ],
    ['no code at all', 'lots', () => ({ productionLine: { code: { in: [] } } }), () => []],
    [
      'a code and a part of one',
      'lots',
      () => ({ productionLine: { code: { in: ['KR01', 'KR02'], startsWith: 'kr02' } } }),
      () => [second.lot.number],
    ],
    [
      'a lot number as it is stored',
      'serials',
      () => ({ lot: { number: { eq: first.lot.number } } }),
      () => [first.serial.number],
    ],
    [
      'a lot number as it is shown',
      'serials',
      () => ({ lot: { number: { eq: display(first.lot.number) } } }),
      () => [first.serial.number],
    ],
    [
      'the external number of a lot',
      'serials',
      () => ({ lot: { number: { in: ['ERP-7'] } } }),
      () => [second.serial.number],
    ],
    ['an id', 'serials', () => ({ lot: { eq: second.lot.id } }), () => [second.serial.number]],
    [
      'ids',
      'serials',
      () => ({ lot: { in: [first.lot.id, second.lot.id] } }),
      () => [first.serial.number, second.serial.number],
    ],
    [
      'an id and a code that exclude each other',
      'lots',
      () => ({ productModel: { code: { eq: 'PSA' } }, number: { eq: second.lot.number } }),
      () => [],
    ],
    [
      'a key below "not"',
      'lots',
      () => ({ not: { productModel: { code: { eq: 'PSA' } } } }),
      () => [second.lot.number],
    ],
    [
      'keys below "or"',
      'serials',
      () => ({
        or: [
          { lot: { number: { eq: first.lot.number } } },
          { wipItem: { number: { eq: `WIP-${second.serial.number.slice(0, 13)}-001` } } },
        ],
      }),
      () => [first.serial.number, second.serial.number],
    ],
    ['a step', 'wipItems', () => ({ currentProcess: { code: { eq: 'mount' } } }), () => [item.number]],
  ])('%s', async (_what, list, filter, expected) => {
    expect(await numbersOf(list, filter())).toEqual(expected().toSorted());
  });

  test.each<readonly [what: string, filter: () => object, expected: number]>([
    ['the number of a serial, of any unit', () => ({ unit: { number: { eq: display(first.serial.number) } } }), 1],
    [
      'the number of an item, of any unit',
      () => ({ unit: { number: { in: [item.number.toLowerCase(), first.lot.number] } } }),
      1,
    ],
    ['an external number that is not unique to a kind', () => ({ unit: { number: { eq: 'ERP-7' } } }), 0],
    ['the number of an item', () => ({ wipItem: { number: { eq: item.number } } }), 1],
    ['the number of a serial', () => ({ serial: { number: { eq: first.serial.number } } }), 1],
    ['a username', () => ({ operator: { username: { eq: ' ADMIN ' } } }), 8],
    ['a piece of equipment', () => ({ equipment: { code: { in: ['oven', 'PRESS'] } } }), 2],
    ['a station', () => ({ station: { code: { eq: 'ST01' } } }), 0],
    ['a line, by its lot', () => ({ productionLine: { code: { eq: 'KR02' } } }), 3],
    ['a model, by its lot', () => ({ productModel: { code: { eq: 'PSA' } } }), 5],
    [
      'a line of another kind than that of the model',
      () => ({ productModel: { code: { eq: 'PSA' } }, productionLine: { code: { eq: 'KR02' } } }),
      0,
    ],
  ])('executions by %s', async (_what, filter, expected) => {
    expect(await countOf('processData', filter())).toBe(expected);
  });

  test('the audit trail by user, station and unit', async () => {
    expect(
      await countOf('auditEntries', { actor: { username: { eq: 'admin' } }, record: { number: { eq: item.number } } }),
    ).toBe(2);
    expect(await countOf('auditEntries', { actor: { code: { eq: 'ST01' } } })).toBe(0);
  });
});

describe('a key that does not exist is rejected, because an empty answer would hide a typing error', () => {
  test.each<readonly [what: string, list: string, filter: () => object, path: readonly string[], message: string]>([
    [
      'a code',
      'processData',
      () => ({ process: { code: { eq: 'AIO' } } }),
      ['process', 'code', 'eq'],
      'Process "AIO" does not exist; `processes` lists those that do.',
    ],
    [
      'one code of several',
      'lots',
      () => ({ productModel: { code: { in: ['PSA', 'psx'] } } }),
      ['productModel', 'code', 'in', '1'],
      'Product model "PSX" does not exist; `productModels` lists those that do.',
    ],
    [
      'a code below "not"',
      'lots',
      () => ({ or: [{ not: { productionLine: { code: { eq: '' } } } }] }),
      ['or', '0', 'not', 'productionLine', 'code', 'eq'],
      'Production line "" does not exist; `productionLines` lists those that do.',
    ],
    [
      'a key inside of a relation',
      'processData',
      () => ({ lot: { productModel: { code: { eq: 'X' } } } }),
      ['lot', 'productModel', 'code', 'eq'],
      'Product model "X" does not exist; `productModels` lists those that do.',
    ],
    [
      'a username',
      'processData',
      () => ({ operator: { username: { eq: 'Nobody' } } }),
      ['operator', 'username', 'eq'],
      'User "nobody" does not exist.',
    ],
    [
      'a lot number',
      'serials',
      () => ({ lot: { number: { eq: 'kr01-psa-2611-99' } } }),
      ['lot', 'number', 'eq'],
      'Lot KR01PSA261199 does not exist.',
    ],
    [
      'the number of another kind',
      'serials',
      () => ({ lot: { number: { eq: first.serial.number } } }),
      ['lot', 'number', 'eq'],
      'is the number of a serial, not of a lot; one looks like KR01PSA261101.',
    ],
    [
      'a text that is no number',
      'processData',
      () => ({ unit: { number: { eq: 'x' } } }),
      ['unit', 'number', 'eq'],
      'No lot, WIP item or serial has the number "x"',
    ],
    [
      'many at once',
      'processData',
      () => ({ process: { code: { in: ['A', 'B', 'C', 'D', 'E', 'F', 'G'] } } }),
      ['process', 'code', 'in', '0'],
      'Process "E" does not exist; `processes` lists those that do. 2 more of these do not exist.',
    ],
  ])('%s', async (_what, list, filter, path, message) => {
    const { data, errors } = await askBothWays(api, listQuery(list, 'totalCount'), { filter: filter() });
    expect(data).toEqual({ [list]: null });
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining(message),
        path: [list],
        extensions: {
          code: message.includes('is the number of') ? 'INVALID_INPUT' : 'NOT_FOUND',
          path: ['filter', ...path],
        },
      },
    ]);
  });

  test('but an id that does not exist finds nothing, and neither does a part of a code', async () => {
    expect(
      await numbersOf('lots', {
        productModel: { eq: encodeGlobalId('ProductModel', '00000000-0000-7000-8000-000000000000') },
      }),
    ).toEqual([]);
    expect(await numbersOf('lots', { productModel: { code: { startsWith: 'X' } } })).toEqual([]);
  });
});

describe('conditions on related records, one level deep', () => {
  test.each<readonly [what: string, list: string, filter: () => object, expected: () => readonly string[]]>([
    [
      'the lot of a serial',
      'serials',
      () => ({ lot: { status: { eq: 'IN_PROGRESS' }, productModel: { code: { in: ['PSA', 'PSB'] } } } }),
      () => [first.serial.number, second.serial.number],
    ],
    [
      'the model of the lot of a serial',
      'serials',
      () => ({ lot: { productModel: { code: { eq: 'PSB' } } } }),
      () => [second.serial.number],
    ],
    [
      'the name of a model',
      'lots',
      () => ({ productModel: { name: { contains: 'SWITCH' } } }),
      () => [second.lot.number],
    ],
    [
      'a value that the related record lacks',
      'lots',
      () => ({ productModel: { category: { isNull: true } } }),
      () => [first.lot.number, second.lot.number],
    ],
    [
      'below "not"',
      'lots',
      () => ({ not: { productModel: { name: { contains: 'switch' } } } }),
      () => [first.lot.number],
    ],
    [
      'below two "not"',
      'lots',
      () => ({ not: { not: { productModel: { name: { contains: 'switch' } } } } }),
      () => [second.lot.number],
    ],
    [
      'a negated condition on a value that the related record lacks (unknown is not "other")',
      'lots',
      () => ({ not: { productModel: { category: { eq: 'X' } } } }),
      () => [],
    ],
    [
      'a negated condition on a record that is not there',
      'wipItems',
      () => ({ not: { currentProcess: { type: { eq: 'SERIAL_CONVERSION' } } } }),
      () => [item.number],
    ],
    [
      'the empty object, which is no condition',
      'lots',
      () => ({ productModel: {} }),
      () => [first.lot.number, second.lot.number],
    ],
  ])('%s', async (_what, list, filter, expected) => {
    expect(await numbersOf(list, filter())).toEqual(expected().toSorted());
  });

  test.each<readonly [what: string, list: string, filter: () => object, expected: () => readonly string[]]>([
    ['some', 'lots', () => ({ serials: { some: { status: { eq: 'FAILED' } } } }), () => [first.lot.number]],
    [
      'some by key',
      'lots',
      () => ({ processData: { some: { equipment: { code: { eq: 'OVEN' } } } } }),
      () => [first.lot.number],
    ],
    [
      'some by id and value',
      'lots',
      () => ({ serials: { some: { eq: second.serial.id, status: { eq: 'CREATED' } } } }),
      () => [second.lot.number],
    ],
    [
      'some by number',
      'lots',
      () => ({ serials: { some: { number: { eq: display(second.serial.number) } } } }),
      () => [second.lot.number],
    ],
    ['some, of any kind', 'serials', () => ({ processData: { some: {} } }), () => [first.serial.number]],
    ['none', 'lots', () => ({ wipItems: { none: { status: { eq: 'IN_PROGRESS' } } } }), () => [second.lot.number]],
    ['none at all', 'serials', () => ({ processData: { none: {} } }), () => [second.serial.number]],
    [
      'some and none',
      'lots',
      () => ({ processData: { some: { result: { eq: 'FAIL' } }, none: { isOpen: true } } }),
      () => [],
    ],
    ['not some', 'lots', () => ({ not: { processData: { some: { isOpen: true } } } }), () => [second.lot.number]],
    [
      'an unknown value of some of them, negated',
      'lots',
      () => ({ not: { processData: { some: { completedAt: { lt: '2000-01-01T00:00:00Z' } } } } }),
      () => [first.lot.number, second.lot.number],
    ],
  ])('of a list: %s', async (_what, list, filter, expected) => {
    expect(await numbersOf(list, filter())).toEqual(expected().toSorted());
  });

  test('in the lists of parents, with their pages and cursors', async () => {
    const query = `query ($filter: SerialFilter, $after: String) {
      lots(first: 10, orderBy: [{ field: NUMBER }]) { nodes { serials(first: 1, after: $after, filter: $filter) { totalCount pageInfo { hasNextPage endCursor } nodes { number } } } } }`;
    const filter = {
      lot: { productModel: { code: { eq: 'PSA' } } },
      processData: { some: { process: { code: { eq: 'BURN_IN' } } } },
    };
    const { data } = await askBothWays(api, query, { filter });
    expect(data.lots.nodes.map(({ serials }: Answer['data']) => [serials.totalCount, serials.nodes])).toEqual([
      [1, [{ number: first.serial.number }]],
      [0, []],
    ]);
    const after = data.lots.nodes[0].serials.pageInfo.endCursor;
    const beyond = await askBothWays(api, query, { filter, after });
    expect(beyond.data.lots.nodes[0].serials.nodes).toEqual([]);
  });

  test('page by page, with a cursor, no row is missing', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const { data }: { data: Answer['data'] } = await askBothWays(
        api,
        'query ($after: String) { processData(first: 2, after: $after, filter: { productModel: { code: { eq: "PSA" } }, lot: { number: { startsWith: "KR01" } } }) { pageInfo { hasNextPage endCursor } nodes { id } } }',
        { after },
      );
      seen.push(...data.processData.nodes.map(({ id }: { id: string }) => id));
      if (!data.processData.pageInfo.hasNextPage) break;
      after = data.processData.pageInfo.endCursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
  });
});

describe('the limits of a filter count what is inside of relations', () => {
  const some = (count: number): object => ({
    or: Array.from({ length: count }, () => ({ processData: { some: { isOpen: true } } })),
  });

  test('ten conditions on related records are allowed', async () => {
    expect(await numbersOf('lots', some(10))).toEqual([first.lot.number]);
  });

  test.each([
    ['eleven conditions on related records', some(11)],
    [
      '51 conditions',
      { or: Array.from({ length: 26 }, () => ({ productModel: { eq: null, code: { eq: 'PSA' }, in: [] } })) },
    ],
    ['201 keys', { productModel: { code: { in: Array.from({ length: 201 }, () => 'PSA') } } }],
    [
      '201 values inside of a list',
      { serials: { some: { status: { in: Array.from({ length: 201 }, () => 'PASSED') } } } },
    ],
  ])('refuse %s before any statement', async (_what, filter) => {
    const answer = await ask('lots', filter, 'totalCount');
    expect(answer.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', path: ['filter'] } }]);
    expect(answer.statements).toBe(0);
  });
});

test('another kind of key takes one more statement, however many keys there are', async () => {
  const statements = async (filter: object): Promise<object> =>
    (await askBothWays(api, listQuery('processData', 'nodes { id }'), { filter })).statements;
  expect(await statements({ process: { eq: floor.mount.id } })).toEqual({ plans: 1, loaders: 1 });
  expect(await statements({ process: { code: { eq: 'MOUNT' } } })).toEqual({ plans: 2, loaders: 2 });
  expect(await statements({ process: { code: { in: ['MOUNT', 'TEST', 'MARK', 'FINAL'] } } })).toEqual({
    plans: 2,
    loaders: 2,
  });
  expect(
    await statements({
      process: { code: { eq: 'MOUNT' } },
      lot: { number: { eq: first.lot.number }, productModel: { code: { eq: 'PSA' } } },
    }),
  ).toEqual({ plans: 4, loaders: 4 });
});

// This test runs last: it adds a unit.
test('an external number that an item shares with its serial means both', async () => {
  const { wipItems } = await done(
    api,
    'generateWipItems',
    { lot: { id: second.lot.id }, quantity: 1, externalNumbers: ['SHARED-1'] },
    'wipItems { id number }',
  );
  for (const step of [floor.mount, floor.test]) await record(api, wipItems[0], step);
  const { serial } = await done(api, 'convertWipItem', { wipItem: { id: wipItems[0].id } }, 'serial { id }');
  await record(api, serial, floor.burnIn);
  expect(await countOf('processData', { unit: { number: { eq: 'SHARED-1' } } })).toBe(4);
});

function listQuery(list: string, selection: string): string {
  return `query ($filter: ${FILTERS[list]}) { ${list}(first: 100, filter: $filter) { ${selection} } }`;
}

function ask(list: string, filter: object, selection: string): Promise<Answer> {
  return api.ask(listQuery(list, selection), { filter });
}

const FILTERS: Readonly<Record<string, string>> = {
  auditEntries: 'AuditEntryFilter',
  lots: 'LotFilter',
  processData: 'ProcessDataFilter',
  serials: 'SerialFilter',
  wipItems: 'WipItemFilter',
};

/** The numbers of the matching units, by plan and by loaders. */
async function numbersOf(list: string, filter: object): Promise<readonly string[]> {
  const { data, errors } = await askBothWays(api, listQuery(list, 'nodes { number }'), { filter });
  expect(errors).toEqual([]);
  return data[list].nodes.map(({ number }: { number: string }) => number).toSorted();
}

async function countOf(list: string, filter: object): Promise<number> {
  const { data, errors } = await askBothWays(api, listQuery(list, 'totalCount'), { filter });
  expect(errors).toEqual([]);
  return data[list].totalCount;
}

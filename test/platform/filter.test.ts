import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/platform/values/global-id.ts';
import { startApi, type Answer, type Api } from '../support/api.ts';

const LINE_1 = uuid7();
const LINE_2 = uuid7();

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await api.database.transaction(async (tx) => {
    await tx.productionLine.createMany({
      data: [
        {
          id: LINE_1,
          code: 'A1',
          lotSegment: 'A100',
          name: 'One',
          location: 'Hall 1',
          createdAt: '2026-11-01T08:00:00.000Z',
        },
        {
          id: LINE_2,
          code: 'A2',
          lotSegment: 'A200',
          name: 'Two',
          location: 'hall_2 100%',
          isActive: false,
          createdAt: '2026-11-02T08:00:00.000Z',
        },
        { id: uuid7(), code: 'B1', lotSegment: 'B100', name: 'Three', createdAt: '2026-11-03T08:00:00.000Z' },
        {
          id: uuid7(),
          code: 'B2',
          lotSegment: 'B200',
          name: 'Four',
          location: String.raw`hall\3`,
          createdAt: '2026-11-04T08:00:00.000Z',
        },
      ],
    });
    await tx.productModel.createMany({
      data: [
        { id: uuid7(), code: 'M1', lotSegment: 'M10', name: 'M', partType: 'PCB', category: 'x' },
        { id: uuid7(), code: 'M2', lotSegment: 'M20', name: 'M', partType: 'WAFER', status: 'INACTIVE' },
        {
          id: uuid7(),
          code: 'M3',
          lotSegment: 'M30',
          name: 'M',
          partType: 'PCB',
          status: 'DISCONTINUED',
          category: 'y',
        },
      ],
    });
    await tx.station.createMany({
      data: [
        { id: uuid7(), code: 'S1', name: 'S', host: 'h', productionLineId: LINE_1 },
        { id: uuid7(), code: 'S2', name: 'S', host: 'h', productionLineId: LINE_2 },
        { id: uuid7(), code: 'S3', name: 'S', host: 'h' },
      ],
    });
  });
});
afterAll(() => api.close());

const lines = (filter: unknown): Promise<readonly string[]> =>
  codesOf('productionLines', 'ProductionLineFilter', filter);
const models = (filter: unknown): Promise<readonly string[]> => codesOf('productModels', 'ProductModelFilter', filter);
const stations = (filter: unknown): Promise<readonly string[]> => codesOf('stations', 'StationFilter', filter);

const ALL = ['A1', 'A2', 'B1', 'B2'];

describe('a filter on text', () => {
  test.each([
    [{ location: { eq: 'Hall 1' } }, ['A1']],
    [{ location: { eq: 'hall 1' } }, []],
    [{ location: { in: ['Hall 1', 'hall_2 100%', 'nowhere'] } }, ['A1', 'A2']],
    [{ location: { contains: 'HALL' } }, ['A1', 'A2', 'B2']],
    [{ location: { startsWith: 'hALL' } }, ['A1', 'A2', 'B2']],
    [{ location: { startsWith: 'all' } }, []],
    [{ location: { contains: '' } }, ['A1', 'A2', 'B2']],
    [{ location: { isNull: true } }, ['B1']],
    [{ location: { isNull: false } }, ['A1', 'A2', 'B2']],
    [{ location: { contains: 'hall', isNull: true } }, []],
  ])('finds %j with %j', async (filter, expected) => {
    expect(await lines(filter)).toEqual(expected);
  });

  test.each([
    [{ location: { contains: '%' } }, ['A2']],
    [{ location: { contains: '_' } }, ['A2']],
    [{ location: { contains: 'l_1' } }, []],
    [{ location: { startsWith: '%' } }, []],
    [{ location: { contains: '\\' } }, ['B2']],
    [{ location: { contains: "'; DROP TABLE users; --" } }, []],
    [{ code: { contains: '%' } }, []],
    [{ code: { startsWith: '_' } }, []],
  ])('takes percent, underscore, backslash and quotes literally: %j finds %j', async (filter, expected) => {
    expect(await lines(filter)).toEqual(expected);
  });

  test.each([
    [{ code: { eq: ' a1 ' } }, ['A1']],
    [{ code: { in: ['b1', 'A2'] } }, ['A2', 'B1']],
    [{ code: { startsWith: 'b' } }, ['B1', 'B2']],
    [{ code: { contains: '1' } }, ['A1', 'B1']],
  ])('normalises a natural key before it compares: %j finds %j (GEN-3)', async (filter, expected) => {
    expect(await lines(filter)).toEqual(expected);
  });
});

describe('a filter on other values', () => {
  test.each([
    [{ createdAt: { eq: '2026-11-02T08:00:00.000Z' } }, ['A2']],
    [{ createdAt: { eq: '2026-11-02T09:00:00+01:00' } }, ['A2']],
    [{ createdAt: { in: ['2026-11-02T08:00:00Z', '2026-11-03T08:00:00Z'] } }, ['A2', 'B1']],
    [{ createdAt: { lt: '2026-11-02T08:00:00Z' } }, ['A1']],
    [{ createdAt: { lte: '2026-11-02T08:00:00Z' } }, ['A1', 'A2']],
    [{ createdAt: { gt: '2026-11-03T08:00:00Z' } }, ['B2']],
    [{ createdAt: { gte: '2026-11-02T08:00:00Z', lt: '2026-11-04T08:00:00Z' } }, ['A2', 'B1']],
    [{ isActive: true }, ['A1', 'B1', 'B2']],
    [{ isActive: false }, ['A2']],
  ])('finds %j with %j', async (filter, expected) => {
    expect(await lines(filter)).toEqual(expected);
  });

  test.each([
    [{ partType: { eq: 'PCB' } }, ['M1', 'M3']],
    [{ partType: { in: ['PCB', 'WAFER'] } }, ['M1', 'M2', 'M3']],
    [{ status: { notIn: ['ACTIVE'] } }, ['M2', 'M3']],
    [{ status: { notIn: [] } }, ['M1', 'M2', 'M3']],
    [{ partType: { eq: 'PCB' }, status: { notIn: ['DISCONTINUED'] } }, ['M1']],
    [{ status: { isNull: true } }, []],
    [{ category: { isNull: true } }, ['M2']],
  ])('compares enumerations: %j finds %j', async (filter, expected) => {
    expect(await models(filter)).toEqual(expected);
  });

  test('compares relations by global id', async () => {
    const [one, two] = [encodeGlobalId('ProductionLine', LINE_1), encodeGlobalId('ProductionLine', LINE_2)];
    expect(await stations({ productionLine: { eq: one } })).toEqual(['S1']);
    expect(await stations({ productionLine: { in: [one, two] } })).toEqual(['S1', 'S2']);
    expect(await stations({ productionLine: { isNull: true } })).toEqual(['S3']);
    expect(await stations({ not: { productionLine: { eq: one } } })).toEqual(['S2']);
    expect(await stations({ not: { productionLine: { in: [] } } })).toEqual(['S1', 'S2']);
    expect(await stations({ productionLine: { in: [] } })).toEqual([]);
  });
});

describe('combined conditions', () => {
  test.each([
    ['null is no condition', null, ALL],
    ['the empty object is no condition', {}, ALL],
    ['a condition of null is none', { code: null }, ALL],
    ['a condition without operators is none', { code: {} }, ALL],
    ['an operator of null is none', { code: { eq: null, in: null, isNull: null } }, ALL],
    ['`in` of the empty list finds nothing', { code: { in: [] } }, []],
    ['all conditions of an object hold', { code: { startsWith: 'a' }, isActive: true }, ['A1']],
    [
      '`and` adds conditions',
      { code: { startsWith: 'a' }, and: [{ isActive: true }, { location: { isNull: false } }] },
      ['A1'],
    ],
    ['`and` of the empty list is no condition', { and: [] }, ALL],
    ['`or` needs one of them', { or: [{ code: { eq: 'a1' } }, { isActive: false }] }, ['A1', 'A2']],
    [
      '`or` stands next to other conditions',
      { isActive: true, or: [{ code: { eq: 'a1' } }, { code: { eq: 'a2' } }] },
      ['A1'],
    ],
    ['`or` of the empty list finds nothing', { or: [] }, []],
    ['`not` negates a condition', { not: { code: { startsWith: 'a' } } }, ['B1', 'B2']],
    ['`not` negates the whole object', { not: { code: { startsWith: 'a' }, isActive: true } }, ['A2', 'B1', 'B2']],
    ['`not` of null is no condition', { not: null }, ALL],
    ['unknown is not "other"', { not: { location: { eq: 'Hall 1' } } }, ['A2', 'B2']],
    [
      'three levels',
      { or: [{ and: [{ code: { eq: 'a1' } }, { isActive: true }] }, { not: { code: { startsWith: 'a' } } }] },
      ['A1', 'B1', 'B2'],
    ],
  ])('%s', async (_name, filter, expected) => {
    expect(await lines(filter)).toEqual(expected);
  });
});

describe('the limits of a filter', () => {
  const conditions = (count: number): object => ({ or: Array.from({ length: count }, () => ({ code: { eq: 'a1' } })) });

  test('allow three levels, 50 conditions and 200 values', async () => {
    expect(await lines({ and: [{ or: [{ code: { eq: 'a1' } }] }] })).toEqual(['A1']);
    expect(await lines(conditions(50))).toEqual(['A1']);
    expect(await lines({ code: { in: Array.from({ length: 200 }, () => 'a1') } })).toEqual(['A1']);
  });

  test.each([
    ['four levels', { and: [{ or: [{ not: { code: { eq: 'a1' } } }] }] }],
    ['51 conditions', conditions(51)],
    ['201 values', { code: { in: Array.from({ length: 201 }, () => 'a1') } }],
    [
      '201 values in several conditions',
      {
        or: [
          { code: { in: Array.from({ length: 101 }, () => 'a1') } },
          { code: { in: Array.from({ length: 100 }, () => 'a1') } },
        ],
      },
    ],
  ])('refuse %s before any statement', async (_name, filter) => {
    const answer = await ask('productionLines', 'ProductionLineFilter', filter);
    expect(answer.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', path: ['filter'] } }]);
    expect(answer.statements).toBe(0);
  });
});

describe('refuse a wrong value with its path, before any statement', () => {
  test.each([
    [
      'an id of another type',
      { productionLine: { eq: encodeGlobalId('Station', LINE_1) } },
      ['filter', 'productionLine', 'eq'],
    ],
    ['no id at all', { productionLine: { eq: 'KR01' } }, ['filter', 'productionLine', 'eq']],
    ['a bare uuid', { productionLine: { eq: LINE_1 } }, ['filter', 'productionLine', 'eq']],
    [
      'a foreign id in a list',
      { productionLine: { in: [encodeGlobalId('ProductionLine', LINE_1), encodeGlobalId('Lot', LINE_1)] } },
      ['filter', 'productionLine', 'in', '1'],
    ],
    [
      'a foreign id deep inside',
      { or: [{ not: { productionLine: { eq: 'x' } } }] },
      ['filter', 'or', '0', 'not', 'productionLine', 'eq'],
    ],
    ['the year 275760', { createdAt: { gt: '+275760-09-13T00:00:00.000Z' } }, ['filter', 'createdAt', 'gt']],
    ['the year 2201', { createdAt: { gt: '2201-01-01T00:00:00.000Z' } }, ['filter', 'createdAt', 'gt']],
    [
      'a day that does not exist',
      { createdAt: { in: ['2026-02-30T00:00:00.000Z'] } },
      ['filter', 'createdAt', 'in', '0'],
    ],
    ['an instant without offset', { createdAt: { eq: '2026-11-20T08:00:00' } }, ['filter', 'createdAt', 'eq']],
    ['a NUL byte', { code: { contains: 'a\u0000' } }, ['filter', 'code', 'contains']],
    ['half a surrogate pair', { code: { eq: '\ud800' } }, ['filter', 'code', 'eq']],
  ])('%s', async (_name, filter, path) => {
    const answer = await ask('stations', 'StationFilter', filter);
    expect(answer.data).toEqual({ stations: null });
    expect(answer.errors).toMatchObject([{ path: ['stations'], extensions: { code: 'INVALID_INPUT', path } }]);
    expect(answer.statements).toBe(0);
  });
});

function ask(field: string, type: string, filter: unknown): Promise<Answer> {
  return api.ask(
    `query($filter: ${type}) { ${field}(first: 100, filter: $filter, orderBy: [{ field: CODE }]) { nodes { code } } }`,
    { filter },
  );
}

async function codesOf(field: string, type: string, filter: unknown): Promise<readonly string[]> {
  const { data, errors } = await ask(field, type, filter);
  expect(errors).toEqual([]);
  return data[field].nodes.map((node: { code: string }) => node.code);
}

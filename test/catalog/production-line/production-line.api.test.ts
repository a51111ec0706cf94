import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { startApi, type Api, type Answer } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { call, expectRefused, type Refusal } from '../../support/expect.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const LINE =
  'productionLine { id code lotSegment name localName description location cycleTimeSeconds sortOrder config isActive version }';

const create = (input: object): Promise<Answer['data']> => call(api, 'createProductionLine', input, LINE);
const update = (code: string, changes: object): Promise<Answer['data']> =>
  call(api, 'updateProductionLine', { productionLine: { code }, ...changes }, LINE);

describe('createProductionLine', () => {
  test('stores the given values, and the code in upper case (LIN-1)', async () => {
    const given = {
      name: 'Line 1',
      localName: '라인 1',
      lotSegment: 'kr0x',
      description: 'First\nline',
      location: 'Hall 1',
      cycleTimeSeconds: 0,
      sortOrder: 7,
      config: { a: [1, { b: null }] },
      isActive: false,
    };
    expect(await create({ ...given, code: ' kr01 ' })).toEqual({
      productionLine: { ...given, id: expect.any(String), code: 'KR01', lotSegment: 'KR0X', version: 1 },
      errors: [],
    });
  });

  test.each([
    ['absent', {}],
    [
      'null',
      {
        localName: null,
        lotSegment: null,
        description: null,
        location: null,
        cycleTimeSeconds: null,
        sortOrder: null,
        config: null,
        isActive: null,
      },
    ],
  ])(
    'uses the defaults where a field is %s, and derives the segment from the code (LIN-1, LOT-1)',
    async (what, fields) => {
      const code = what === 'null' ? 'D1' : 'D2';
      expect(await create({ code, name: 'Line', ...fields })).toEqual({
        productionLine: {
          id: expect.any(String),
          code,
          lotSegment: `${code}00`,
          name: 'Line',
          localName: null,
          description: null,
          location: null,
          cycleTimeSeconds: null,
          sortOrder: 1,
          config: {},
          isActive: true,
          version: 1,
        },
        errors: [],
      });
    },
  );

  test.each<readonly [what: string, input: object, refusal: Refusal]>([
    ['a hyphen in the code (LIN-1)', { code: 'KR-01' }, ['INVALID_INPUT', 'code', 'LIN-1']],
    ['an underscore in the code (LIN-1)', { code: 'KR_01' }, ['INVALID_INPUT', 'code', 'LIN-1']],
    ['51 characters in the code (LIN-1)', { code: 'K'.repeat(51) }, ['INVALID_INPUT', 'code', 'LIN-1']],
    [
      'a code that is taken, in any case (GEN-3)',
      { code: 'taken' },
      ['CONFLICT', 'code', 'GEN-3', 'Production line TAKEN exists already; choose another code.'],
    ],
    ['a segment of 3 characters (LOT-1)', { lotSegment: 'ABC' }, ['INVALID_INPUT', 'lotSegment', 'LOT-1']],
    ['a name of 256 characters', { name: 'x'.repeat(256) }, ['INVALID_INPUT', 'name', null]],
    ['a blank location', { location: ' ' }, ['INVALID_INPUT', 'location', null]],
    ['a negative cycle time', { cycleTimeSeconds: -1 }, ['INVALID_INPUT', 'cycleTimeSeconds', null]],
    ['the place 0 in lists', { sortOrder: 0 }, ['INVALID_INPUT', 'sortOrder', null]],
    ['settings that are no object', { config: [1] }, ['INVALID_INPUT', 'config', null]],
  ])('refuses a line with %s', async (_what, fields, error) => {
    await create({ code: 'TAKEN', name: 'Line' });
    await expectRefused(api, 'createProductionLine', { code: 'R1', name: 'Line', ...fields }, [error]);
  });

  test('accepts a code of 50 characters (LIN-1)', async () => {
    expect(await create({ code: 'k'.repeat(50), name: 'Line' })).toMatchObject({
      productionLine: { code: 'K'.repeat(50), lotSegment: 'KKKK' },
    });
  });
});

describe('updateProductionLine', () => {
  test('changes the given fields, and clears optional fields that are null', async () => {
    await create({
      code: 'U1',
      name: 'Line',
      localName: 'L',
      description: 'D',
      location: 'H',
      cycleTimeSeconds: 5,
      config: { a: 1 },
    });

    const changed = await update('u1', {
      name: 'New',
      location: 'Hall 2',
      config: { b: 2 },
      sortOrder: 3,
      isActive: false,
      expectedVersion: 1,
    });
    expect(changed).toMatchObject({
      productionLine: {
        code: 'U1',
        lotSegment: 'U100',
        name: 'New',
        localName: 'L',
        description: 'D',
        location: 'Hall 2',
        cycleTimeSeconds: 5,
        sortOrder: 3,
        config: { b: 2 },
        isActive: false,
        version: 2,
      },
      errors: [],
    });

    const cleared = await update('u1', { localName: null, description: null, location: null, cycleTimeSeconds: null });
    expect(cleared).toMatchObject({
      productionLine: {
        name: 'New',
        localName: null,
        description: null,
        location: null,
        cycleTimeSeconds: null,
        version: 3,
      },
      errors: [],
    });
  });

  test.each([
    [{ name: null }, 'name'],
    [{ sortOrder: null }, 'sortOrder'],
    [{ config: null }, 'config'],
    [{ isActive: null }, 'isActive'],
    [{ name: ' ' }, 'name'],
  ])('refuses a change with %j', async (changes, path) => {
    await create({ code: 'U2', name: 'Line' });
    await expectRefused(api, 'updateProductionLine', { productionLine: { code: 'U2' }, ...changes }, [
      ['INVALID_INPUT', path, null],
    ]);
  });

  test('and deleteProductionLine refuse a line that does not exist, and an invalid id', async () => {
    const missing = encodeGlobalId('ProductionLine', uuid7());
    for (const [productionLine, ...refusal] of [
      [{ code: 'NONE' }, 'NOT_FOUND', 'productionLine', null],
      [{ id: missing }, 'NOT_FOUND', 'productionLine', null],
      [{ id: encodeGlobalId('Lot', uuid7()) }, 'INVALID_INPUT', 'productionLine.id', null],
      [{ id: 'x' }, 'INVALID_INPUT', 'productionLine.id', null],
      [{ code: '-' }, 'INVALID_INPUT', 'productionLine.code', 'LIN-1'],
    ] as const) {
      await expectRefused(api, 'updateProductionLine', { productionLine, name: 'X' }, [refusal]);
      await expectRefused(api, 'deleteProductionLine', { productionLine }, [refusal]);
    }
  });

  test('and deleteProductionLine refuse an outdated version (GEN-2)', async () => {
    await create({ code: 'U3', name: 'Line' });
    await expectRefused(
      api,
      'updateProductionLine',
      { productionLine: { code: 'U3' }, name: 'X', expectedVersion: 2 },
      [['STALE_VERSION', 'expectedVersion', 'GEN-2']],
    );
    await expectRefused(api, 'deleteProductionLine', { productionLine: { code: 'U3' }, expectedVersion: 2 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
  });
});

describe('deleteProductionLine', () => {
  test('deletes a line without references, whose id is then unknown (GEN-1)', async () => {
    const { productionLine } = await create({ code: 'X1', name: 'Line' });
    expect(
      await call(
        api,
        'deleteProductionLine',
        { productionLine: { id: productionLine.id }, expectedVersion: 1 },
        'deletedId',
      ),
    ).toEqual({ deletedId: productionLine.id, errors: [] });
    const { data } = await api.ask('query($id: ID!) { node(id: $id) { id } productionLineByCode(code: "X1") { id } }', {
      id: productionLine.id,
    });
    expect(data).toEqual({ node: null, productionLineByCode: null });
  });

  test('refuses a line with lots, equipment or stations, which can be deactivated (GEN-1)', async () => {
    await create({ code: 'X2', name: 'Line' });
    await api.database.transaction(async (tx) => {
      const { id: productionLineId } = await tx.productionLine.findUniqueOrThrow({ where: { code: 'X2' } });
      const { id: productModelId } = await tx.productModel.create({
        data: { id: uuid7(), code: 'M1', lotSegment: 'M10', name: 'M' },
      });
      await tx.lot.create({
        data: {
          id: uuid7(),
          number: 'X200M10261101',
          productModelId,
          productionLineId,
          productionDate: new Date('2026-11-20'),
        },
      });
      await tx.station.createMany({
        data: ['A', 'B'].map((code) => ({ id: uuid7(), code, name: 'S', host: 'h', productionLineId })),
      });
      await tx.equipment.create({ data: { id: uuid7(), code: 'E', name: 'E', type: 'T', productionLineId } });
    });
    await expectRefused(api, 'deleteProductionLine', { productionLine: { code: 'X2' } }, [
      [
        'RULE_VIOLATED',
        'productionLine',
        'GEN-1',
        'Production line X2 is in use (lots: 1, equipment: 1, stations: 2); deactivate it instead of deleting it.',
      ],
    ]);
    expect(await update('X2', { isActive: false })).toMatchObject({ productionLine: { isActive: false }, errors: [] });
  });

  test('succeeds for one of ten parallel deletions of a line', async () => {
    await create({ code: 'X3', name: 'Line' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        call(api, 'deleteProductionLine', { productionLine: { code: 'X3' } }, 'deletedId'),
      ),
    );
    expect(answers.filter((answer) => answer.deletedId !== null)).toHaveLength(1);
    expect(answers.filter((answer) => answer.errors[0]?.code === 'NOT_FOUND')).toHaveLength(9);
  });
});

test('roles that do not maintain master data cannot change a production line, and everybody reads it (AUT-1)', async () => {
  await create({ code: 'P1', name: 'Line' });
  for (const role of ['INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER'] as const) {
    await expectRefused(api, 'createProductionLine', { code: 'P2', name: 'Line' }, [['FORBIDDEN', '', null]], role);
    await expectRefused(
      api,
      'updateProductionLine',
      { productionLine: { code: 'P1' }, name: 'X' },
      [['FORBIDDEN', '', null]],
      role,
    );
    await expectRefused(
      api,
      'deleteProductionLine',
      { productionLine: { code: 'NONE' } },
      [['FORBIDDEN', '', null]],
      role,
    );
    expect((await api.ask('{ productionLineByCode(code: " p1 ") { name } }', {}, role)).data).toEqual({
      productionLineByCode: { name: 'Line' },
    });
  }
  for (const role of ['MANAGER', 'ENGINEER'] as const) {
    expect(await call(api, 'createProductionLine', { code: `P${role}`, name: 'Line' }, LINE, role)).toMatchObject({
      productionLine: { code: `P${role}` },
      errors: [],
    });
  }
});

test.each([1, 10, 100])('%i lines with their stations cost 2 statements', async (count) => {
  const first = (await api.ask('{ productionLines(filter: { code: { startsWith: "Z" } }) { totalCount } }')).data
    .productionLines.totalCount;
  await api.database.transaction(async (tx) => {
    const lines = Array.from({ length: count - first }, (_, index) => ({
      id: uuid7(),
      code: `Z${first + index}`,
      lotSegment: 'Z000',
      name: 'Z',
    }));
    await tx.productionLine.createMany({ data: lines });
    await tx.station.createMany({
      data: lines.map(({ id, code }) => ({ id: uuid7(), code, name: 'S', host: 'h', productionLineId: id })),
    });
  });
  const { data, statements } = await askBothWays(
    api,
    '{ productionLines(first: 100, filter: { code: { startsWith: "Z" } }) { nodes { code createdAt updatedAt stations { nodes { code } } } } }',
  );
  expect(data.productionLines.nodes).toHaveLength(count);
  expect(
    data.productionLines.nodes.every(
      (line: { code: string; stations: { nodes: { code: string }[] } }) => line.stations.nodes[0]?.code === line.code,
    ),
  ).toBe(true);
  expect(statements).toEqual({ plans: 2, loaders: 2 });
});

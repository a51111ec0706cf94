import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { call, expectRefused, type Refusal } from '../../support/expect.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const MODEL =
  'productModel { code lotSegment name localName category partType revision cycleDays maxLotQuantity maxReworks specifications tolerances status version }';

const create = (input: object): Promise<Answer['data']> =>
  call(api, 'createProductModel', { name: 'Model', ...input }, MODEL);
const update = (code: string, changes: object): Promise<Answer['data']> =>
  call(api, 'updateProductModel', { productModel: { code }, ...changes }, MODEL);
const move = (code: string, status: string): Promise<Answer['data']> =>
  call(api, 'changeProductModelStatus', { productModel: { code }, status }, MODEL);

describe('createProductModel', () => {
  test('stores the given values, and the code in upper case (MDL-1)', async () => {
    const given = {
      name: 'Sensor',
      localName: '센서',
      lotSegment: 'A1B',
      category: 'sensors',
      partType: 'PCB',
      cycleDays: 1,
      maxLotQuantity: 1_000_000,
      maxReworks: 0,
      specifications: { width: { mm: 12.5 } },
      tolerances: { width: '0.1' },
      status: 'INACTIVE',
    };
    expect(await create({ ...given, code: ' psa-10.b_2 ' })).toEqual({
      productModel: { ...given, code: 'PSA-10.B_2', revision: 1, version: 1 },
      errors: [],
    });
  });

  test.each([
    ['absent', 'A-1', {}],
    [
      'null',
      'A-2',
      {
        localName: null,
        lotSegment: null,
        category: null,
        partType: null,
        cycleDays: null,
        maxLotQuantity: null,
        maxReworks: null,
        specifications: null,
        tolerances: null,
        status: null,
      },
    ],
  ])(
    'uses the defaults where a field is %s, and derives the segment from the code (MDL-1, LOT-1)',
    async (_what, code, fields) => {
      expect(await create({ code, ...fields })).toEqual({
        productModel: {
          code,
          lotSegment: `A${code.at(-1)}0`,
          name: 'Model',
          localName: null,
          category: null,
          partType: 'ASSEMBLY',
          revision: 1,
          cycleDays: null,
          maxLotQuantity: 100,
          maxReworks: 3,
          specifications: {},
          tolerances: {},
          status: 'ACTIVE',
          version: 1,
        },
        errors: [],
      });
    },
  );

  test.each<readonly [what: string, input: object, refusal: Refusal]>([
    ['a code that begins with a point (MDL-1)', { code: '.A' }, ['INVALID_INPUT', 'code', 'MDL-1']],
    ['a space in the code (MDL-1)', { code: 'A B' }, ['INVALID_INPUT', 'code', 'MDL-1']],
    ['51 characters in the code (MDL-1)', { code: 'A'.repeat(51) }, ['INVALID_INPUT', 'code', 'MDL-1']],
    [
      'a code that is taken, in any case (GEN-3)',
      { code: 'taken' },
      ['CONFLICT', 'code', 'GEN-3', 'Product model TAKEN exists already; choose another code.'],
    ],
    ['a segment with a hyphen (LOT-1)', { lotSegment: 'A-1' }, ['INVALID_INPUT', 'lotSegment', 'LOT-1']],
    ['a blank name', { name: ' ' }, ['INVALID_INPUT', 'name', null]],
    ['a category of 101 characters', { category: 'x'.repeat(101) }, ['INVALID_INPUT', 'category', null]],
    ['no day for a lot', { cycleDays: 0 }, ['INVALID_INPUT', 'cycleDays', null]],
    ['lots of nothing', { maxLotQuantity: 0 }, ['INVALID_INPUT', 'maxLotQuantity', null]],
    ['lots of 1,000,001', { maxLotQuantity: 1_000_001 }, ['INVALID_INPUT', 'maxLotQuantity', null]],
    ['-1 reworks', { maxReworks: -1 }, ['INVALID_INPUT', 'maxReworks', null]],
    ['101 reworks', { maxReworks: 101 }, ['INVALID_INPUT', 'maxReworks', null]],
    ['specifications that are no object', { specifications: 'a' }, ['INVALID_INPUT', 'specifications', null]],
    ['tolerances that are no object', { tolerances: [] }, ['INVALID_INPUT', 'tolerances', null]],
  ])('refuses a model with %s', async (_what, fields, error) => {
    await create({ code: 'TAKEN' });
    await expectRefused(api, 'createProductModel', { code: 'R1', name: 'Model', ...fields }, [error]);
  });
});

describe('updateProductModel', () => {
  test('changes the given fields, and clears optional fields that are null', async () => {
    await create({ code: 'U1', localName: 'L', category: 'c', cycleDays: 5 });
    const changed = await update('u1', {
      name: 'New',
      partType: 'WAFER',
      cycleDays: 6,
      maxLotQuantity: 1,
      maxReworks: 100,
      expectedVersion: 1,
    });
    expect(changed).toMatchObject({
      productModel: {
        code: 'U1',
        lotSegment: 'U10',
        name: 'New',
        localName: 'L',
        category: 'c',
        partType: 'WAFER',
        cycleDays: 6,
        maxLotQuantity: 1,
        maxReworks: 100,
        revision: 1,
        version: 2,
      },
      errors: [],
    });
    expect(await update('u1', { localName: null, category: null, cycleDays: null })).toMatchObject({
      productModel: { localName: null, category: null, cycleDays: null, version: 3 },
      errors: [],
    });
  });

  test('creates a new revision for other specifications or tolerances, and none for the same content (MDL-3)', async () => {
    await create({ code: 'U2', specifications: { a: 1, b: { c: [1, 2], d: null } } });
    const revisions: number[] = [];
    for (const changes of [
      { specifications: { b: { d: null, c: [1, 2] }, a: 1 }, tolerances: {} },
      { name: 'Renamed' },
      { specifications: { a: 1, b: { c: [2, 1], d: null } } },
      { tolerances: { t: '0.1' } },
      { specifications: { a: 2 }, tolerances: { t: '0.2' } },
      { specifications: {}, tolerances: { t: '0.2' } },
    ]) {
      revisions.push((await update('U2', changes)).productModel.revision);
    }
    expect(revisions).toEqual([1, 1, 2, 3, 4, 5]);
  });

  test('creates one revision for each of several parallel changes (MDL-3)', async () => {
    await create({ code: 'U3' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => update('U3', { specifications: { index } })),
    );
    expect(answers.map((answer) => answer.productModel.revision)).toContain(11);
    expect((await api.ask('{ productModelByCode(code: "u3") { revision version } }')).data.productModelByCode).toEqual({
      revision: 11,
      version: 11,
    });
  });

  test.each([
    [{ name: null }, 'name'],
    [{ partType: null }, 'partType'],
    [{ maxLotQuantity: null }, 'maxLotQuantity'],
    [{ maxReworks: null }, 'maxReworks'],
    [{ specifications: null }, 'specifications'],
    [{ tolerances: null }, 'tolerances'],
    [{ status: null }, 'status'],
    [{ cycleDays: 0 }, 'cycleDays'],
  ])('refuses a change with %j', async (changes, path) => {
    await create({ code: 'U4' });
    await expectRefused(api, 'updateProductModel', { productModel: { code: 'U4' }, ...changes }, [
      ['INVALID_INPUT', path, null],
    ]);
  });

  test('and deleteProductModel refuse a model that does not exist, an invalid id, and an outdated version (GEN-2)', async () => {
    await create({ code: 'U5' });
    for (const mutation of ['updateProductModel', 'deleteProductModel', 'changeProductModelStatus']) {
      const more = mutation === 'changeProductModelStatus' ? { status: 'INACTIVE' } : {};
      await expectRefused(api, mutation, { productModel: { code: 'NONE' }, ...more }, [
        ['NOT_FOUND', 'productModel', null, 'Product model NONE does not exist.'],
      ]);
      await expectRefused(api, mutation, { productModel: { id: encodeGlobalId('ProductModel', uuid7()) }, ...more }, [
        ['NOT_FOUND', 'productModel', null],
      ]);
      await expectRefused(api, mutation, { productModel: { id: encodeGlobalId('Lot', uuid7()) }, ...more }, [
        ['INVALID_INPUT', 'productModel.id', null],
      ]);
      await expectRefused(api, mutation, { productModel: { code: 'U5' }, ...more, expectedVersion: 9 }, [
        ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
      ]);
    }
  });
});

describe('the status of a product model', () => {
  const STATUSES = ['ACTIVE', 'INACTIVE', 'DISCONTINUED'] as const;
  const ALLOWED = ['ACTIVE INACTIVE', 'ACTIVE DISCONTINUED', 'INACTIVE ACTIVE', 'INACTIVE DISCONTINUED'];
  const MOVES = STATUSES.flatMap((from) =>
    STATUSES.map((to) => [from, to, ALLOWED.includes(`${from} ${to}`)] as const),
  );

  test.each(MOVES)('changes from %s to %s: %s (MDL-2)', async (from, to, isAllowed) => {
    const code = `S-${from}-${to}`;
    await create({ code, status: from });
    if (isAllowed) {
      expect(await move(code, to)).toMatchObject({ productModel: { status: to, version: 2 }, errors: [] });
      return;
    }
    await expectRefused(api, 'changeProductModelStatus', { productModel: { code }, status: to }, [
      ['RULE_VIOLATED', 'status', 'MDL-2'],
    ]);
  });

  test.each(MOVES.filter(([from, to]) => from !== to))(
    'may be changed together with other fields from %s to %s: %s (MDL-2)',
    async (from, to, isAllowed) => {
      const code = `T-${from}-${to}`;
      await create({ code, status: from });
      if (isAllowed) {
        expect(await update(code, { status: to, name: 'New' })).toMatchObject({
          productModel: { status: to, name: 'New', version: 2 },
          errors: [],
        });
        return;
      }
      await expectRefused(api, 'updateProductModel', { productModel: { code }, status: to, name: 'New' }, [
        ['RULE_VIOLATED', 'status', 'MDL-2'],
      ]);
    },
  );

  test('stays as it is when a change repeats it (MDL-2)', async () => {
    await create({ code: 'S1', status: 'DISCONTINUED' });
    expect(await update('S1', { status: 'DISCONTINUED', name: 'New' })).toMatchObject({
      productModel: { status: 'DISCONTINUED', name: 'New' },
      errors: [],
    });
  });

  test('is changed by one of two parallel changes to the same status (MDL-2)', async () => {
    await create({ code: 'S2' });
    const answers = await Promise.all([move('S2', 'DISCONTINUED'), move('S2', 'DISCONTINUED')]);
    expect(answers.map((answer) => answer.errors.map((error: { rule: string }) => error.rule)).toSorted()).toEqual([
      [],
      ['MDL-2'],
    ]);
  });
});

describe('deleteProductModel', () => {
  test('deletes a model without lots (GEN-1)', async () => {
    await create({ code: 'X1' });
    expect(
      await call(api, 'deleteProductModel', { productModel: { code: 'x1' }, expectedVersion: 1 }, 'deletedId'),
    ).toEqual({ deletedId: expect.any(String), errors: [] });
    expect((await api.ask('{ productModelByCode(code: "X1") { code } }')).data).toEqual({ productModelByCode: null });
  });

  test('refuses a model with lots (GEN-1)', async () => {
    await create({ code: 'X2' });
    await api.database.transaction(async (tx) => {
      const { id: productModelId } = await tx.productModel.findUniqueOrThrow({ where: { code: 'X2' } });
      const { id: productionLineId } = await tx.productionLine.create({
        data: { id: uuid7(), code: 'L1', lotSegment: 'L100', name: 'L' },
      });
      await tx.lot.create({
        data: {
          id: uuid7(),
          number: 'L100X20261101',
          productModelId,
          productionLineId,
          productionDate: new Date('2026-11-20'),
        },
      });
    });
    await expectRefused(api, 'deleteProductModel', { productModel: { code: 'X2' } }, [
      [
        'RULE_VIOLATED',
        'productModel',
        'GEN-1',
        'Product model X2 is in use (lots: 1); deactivate it instead of deleting it.',
      ],
    ]);
  });
});

test('roles that do not maintain master data cannot change a product model, and everybody reads it (AUT-1)', async () => {
  await create({ code: 'P1' });
  for (const role of ['INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER'] as const) {
    await expectRefused(api, 'createProductModel', { code: 'P2', name: 'Model' }, [['FORBIDDEN', '', null]], role);
    await expectRefused(
      api,
      'updateProductModel',
      { productModel: { code: 'P1' }, name: 'X' },
      [['FORBIDDEN', '', null]],
      role,
    );
    await expectRefused(
      api,
      'changeProductModelStatus',
      { productModel: { code: 'P1' }, status: 'INACTIVE' },
      [['FORBIDDEN', '', null]],
      role,
    );
    await expectRefused(api, 'deleteProductModel', { productModel: { code: 'NONE' } }, [['FORBIDDEN', '', null]], role);
    expect((await api.ask('{ productModelByCode(code: " p1 ") { name } }', {}, role)).data).toEqual({
      productModelByCode: { name: 'Model' },
    });
  }
  for (const role of ['MANAGER', 'ENGINEER'] as const) {
    expect(await call(api, 'createProductModel', { code: `P${role}`, name: 'Model' }, MODEL, role)).toMatchObject({
      productModel: { code: `P${role}` },
      errors: [],
    });
  }
});

test.each([1, 10, 100])('%i models cost 1 statement', async (count) => {
  await api.database.transaction(async (tx) => {
    await tx.productModel.deleteMany({ where: { code: { startsWith: 'Z' } } });
    await tx.productModel.createMany({
      data: Array.from({ length: count }, (_, index) => ({
        id: uuid7(),
        code: `Z${index}`,
        lotSegment: 'Z00',
        name: 'Z',
      })),
    });
  });
  const { data, statements } = await askBothWays(
    api,
    `{ productModels(first: 100, filter: { code: { startsWith: "Z" } }, orderBy: [{ field: STATUS }, { field: PART_TYPE }]) { nodes { id ${MODEL.slice('productModel { '.length, -1)} createdAt updatedAt } } }`,
  );
  expect(data.productModels.nodes).toHaveLength(count);
  expect(statements).toEqual({ plans: 1, loaders: 1 });
});

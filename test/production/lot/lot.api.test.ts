import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROLES } from '../../../src/platform/rules/access.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeLine, makeLot, makeModel } from '../../support/build.ts';
import { call, done, expectRefused, fingerprint } from '../../support/expect.ts';

let api: Api;

beforeEach(async () => {
  api = await startApi();
  await makeModel(api, { maxLotQuantity: 1_000 });
  await makeLine(api);
});
afterEach(() => api.close());

const PLACES = { productModel: { code: 'psa' }, productionLine: { code: ' kr01 ' }, productionDate: '2026-11-20' };
const UNKNOWN = 'TG90OjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA';

describe('createLot', () => {
  const FIELDS = `lot { number externalNumber displayNumber productModel { code } productionLine { code } productionDate targetQuantity status disposition
    dispositionReason dispositionAt dispositionBy { username } startedAt completedAt closedAt completionReason supplierCode qualityRequirements metadata
    wipItemCount actualQuantity passedQuantity failedQuantity pendingQuantity remainingQuantity passRatio defectRatio progressRatio leadTimeSeconds isActive isHeld version }`;

  test('derives the number from line, model and month, and starts with zero counts (LOT-1, LOT-12)', async () => {
    const { lot } = await done(
      api,
      'createLot',
      {
        ...PLACES,
        externalNumber: ' ERP 7 ',
        supplierCode: 'S-1',
        qualityRequirements: { aql: '0.65' },
        metadata: { order: 7 },
      },
      FIELDS,
    );

    expect(lot).toEqual({
      number: 'KR01PSA261101',
      externalNumber: 'ERP 7',
      displayNumber: 'KR01-PSA-2611-01',
      productModel: { code: 'PSA' },
      productionLine: { code: 'KR01' },
      productionDate: '2026-11-20',
      targetQuantity: 100,
      status: 'CREATED',
      disposition: 'UNDECIDED',
      dispositionReason: null,
      dispositionAt: null,
      dispositionBy: null,
      startedAt: null,
      completedAt: null,
      closedAt: null,
      completionReason: null,
      supplierCode: 'S-1',
      qualityRequirements: { aql: '0.65' },
      metadata: { order: 7 },
      wipItemCount: 0,
      actualQuantity: 0,
      passedQuantity: 0,
      failedQuantity: 0,
      pendingQuantity: 0,
      remainingQuantity: 100,
      passRatio: null,
      defectRatio: null,
      progressRatio: 0,
      leadTimeSeconds: null,
      isActive: true,
      isHeld: false,
      version: 1,
    });
  });

  test('treats null like absent, and limits the default target to the maximum of the model (LOT-3)', async () => {
    await makeModel(api, { code: 'TINY', maxLotQuantity: 7 });

    const { lot } = await done(
      api,
      'createLot',
      {
        ...PLACES,
        productModel: { code: 'TINY' },
        targetQuantity: null,
        externalNumber: null,
        supplierCode: null,
        qualityRequirements: null,
        metadata: null,
      },
      FIELDS,
    );

    expect(lot).toMatchObject({
      number: 'KR01TIN261101',
      targetQuantity: 7,
      externalNumber: null,
      supplierCode: null,
      qualityRequirements: {},
      metadata: {},
    });
  });

  test('counts each month and each pair of segments separately; models with the same segment share the numbers (LOT-2)', async () => {
    await makeModel(api, { code: 'PSA-2' });

    const numbers = [
      await makeLot(api),
      await makeLot(api, { productModel: { code: 'PSA-2' }, productionDate: '2026-11-01' }),
      await makeLot(api, { productionDate: '2026-12-01' }),
    ].map((lot) => lot.number);

    expect(numbers).toEqual(['KR01PSA261101', 'KR01PSA261102', 'KR01PSA261201']);
  });

  test('gives 20 parallel requests 20 consecutive numbers (LOT-2)', async () => {
    const lots = await Promise.all(Array.from({ length: 20 }, () => makeLot(api)));

    expect(lots.map((lot) => lot.number).toSorted()).toEqual(
      Array.from({ length: 20 }, (_, index) => `KR01PSA2611${String(index + 1).padStart(2, '0')}`),
    );
  });

  test('goes on with a letter after the 99th lot of a month; its units are found by their numbers in every spelling (LOT-1, LOT-2)', async () => {
    await makeLot(api);
    await api.database.reader().sql`UPDATE number_counters SET last_value = 98`;
    expect([(await makeLot(api)).number, (await makeLot(api)).number]).toEqual(['KR01PSA261199', 'KR01PSA2611A0']);

    const { lot } = await done(
      api,
      'generateWipItems',
      { lot: { number: 'kr01-psa-2611-a0' }, quantity: 1 },
      'lot { number } wipItems { number }',
    );
    expect(lot).toEqual({ number: 'KR01PSA2611A0' });
    const { data } = await api.ask(
      '{ lotByNumber(number: "kr01 psa 2611 a0") { displayNumber wipItems { nodes { number } } } }',
    );
    expect(data.lotByNumber).toEqual({
      displayNumber: 'KR01-PSA-2611-A0',
      wipItems: { nodes: [{ number: 'WIP-KR01PSA2611A0-001' }] },
    });
  });

  test('refuses the 340th lot of a month, and uses no number for a refused request (LOT-2)', async () => {
    await makeLot(api);
    await api.database.reader().sql`UPDATE number_counters SET last_value = 338`;
    expect((await makeLot(api)).number).toBe('KR01PSA2611Z9');

    const [message] = await expectRefused(api, 'createLot', PLACES, [['LIMIT_EXCEEDED', 'productionDate', 'LOT-2']]);

    expect(message).toBe(
      'All 339 lot numbers KR01PSA261101 to KR01PSA2611Z9 are used; choose a production date in another month.',
    );
  });

  test('does not use the number of a deleted lot again (LOT-2, LOT-11)', async () => {
    const lot = await makeLot(api);
    await done(api, 'deleteLot', { lot: { id: lot.id } }, 'deletedId');

    expect((await makeLot(api)).number).toBe('KR01PSA261102');
  });

  test('refuses a target outside 1 to 1,000,000 as invalid, and one above the maximum of the model by a rule (LOT-3)', async () => {
    for (const targetQuantity of [0, -1, 1_000_001]) {
      await expectRefused(api, 'createLot', { ...PLACES, targetQuantity }, [
        ['INVALID_INPUT', 'targetQuantity', 'LOT-3'],
      ]);
    }
    await expectRefused(api, 'createLot', { ...PLACES, targetQuantity: 1_001 }, [
      ['RULE_VIOLATED', 'targetQuantity', 'LOT-3'],
    ]);
    await makeLot(api, { targetQuantity: 1_000 });
  });

  test('requires an ACTIVE model and an active line, and reports both at once (LOT-13)', async () => {
    await done(
      api,
      'changeProductModelStatus',
      { productModel: { code: 'PSA' }, status: 'INACTIVE' },
      'productModel { id }',
    );
    await done(
      api,
      'updateProductionLine',
      { productionLine: { code: 'KR01' }, isActive: false },
      'productionLine { id }',
    );

    await expectRefused(api, 'createLot', PLACES, [
      ['RULE_VIOLATED', 'productModel', 'LOT-13'],
      ['RULE_VIOLATED', 'productionLine', 'LOT-13'],
    ]);
  });

  test('reports every invalid value at once', async () => {
    const input = {
      ...PLACES,
      productionDate: '1999-12-31',
      externalNumber: ' ',
      supplierCode: 'x'.repeat(101),
      metadata: { text: 'a\u0000b' },
    };

    await expectRefused(api, 'createLot', input, [
      ['INVALID_INPUT', 'productionDate', null],
      ['INVALID_INPUT', 'externalNumber', null],
      ['INVALID_INPUT', 'supplierCode', null],
      ['INVALID_INPUT', 'metadata.text', null],
    ]);
    for (const productionDate of ['2100-01-01', '2026-02-30', '+275760-01-01', 'today']) {
      await expectRefused(api, 'createLot', { ...PLACES, productionDate }, [['INVALID_INPUT', 'productionDate', null]]);
    }
  });

  test('reports an unknown model or line as not found', async () => {
    await expectRefused(api, 'createLot', { ...PLACES, productModel: { code: 'NONE' } }, [
      ['NOT_FOUND', 'productModel', null],
    ]);
    await expectRefused(api, 'createLot', { ...PLACES, productionLine: { code: 'NONE' } }, [
      ['NOT_FOUND', 'productionLine', null],
    ]);
  });

  test('accepts an external number once, also in parallel requests for different months (GEN-3)', async () => {
    await makeLot(api, { externalNumber: 'ERP-7' });
    await expectRefused(api, 'createLot', { ...PLACES, externalNumber: ' ERP-7' }, [
      ['CONFLICT', 'externalNumber', 'GEN-3'],
    ]);

    const duplicates = await Promise.all(
      ['2026-09-01', '2026-10-01'].map((productionDate) =>
        call(api, 'createLot', { ...PLACES, productionDate, externalNumber: 'ERP-8' }),
      ),
    );

    expect(duplicates.flatMap(({ errors }) => errors.map(({ code, rule }) => [code, rule]))).toEqual([
      ['CONFLICT', 'GEN-3'],
    ]);
  });

  test('creates one lot for the same request with the same key (IDK-1)', async () => {
    const duplicates = await Promise.all(
      Array.from({ length: 10 }, () => done(api, 'createLot', { ...PLACES, idempotencyKey: 'k' }, 'lot { number }')),
    );

    expect(new Set(duplicates.map(({ lot }) => lot.number))).toEqual(new Set(['KR01PSA261101']));
    await expectRefused(api, 'createLot', { ...PLACES, targetQuantity: 3, idempotencyKey: 'k' }, [
      ['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1'],
    ]);
  });
});

describe('a lot is found', () => {
  test('by its id, by its number in any spelling, or else by its exact external number (LOT-1)', async () => {
    const { id, number } = await makeLot(api, { externalNumber: 'Erp-7' });

    for (const lot of [
      { id },
      { number },
      { number: ' kr01-psa-2611-01 ' },
      { number: 'KR01 PSA 2611 01' },
      { number: 'Erp-7' },
      { number: ' Erp-7' },
    ]) {
      expect(await done(api, 'updateLot', { lot, supplierCode: 'S' }, 'lot { number }')).toMatchObject({
        lot: { number },
      });
    }
    const { data } = await api.ask(
      '{ a: lotByNumber(number: "kr01-psa-2611-01") { id } b: lotByNumber(number: "Erp-7") { id } c: lotByNumber(number: "ERP-7") { id } }',
    );
    expect(data).toEqual({ a: { id }, b: { id }, c: null });
  });

  test('by its own number rather than by the same external number of another lot', async () => {
    const first = await makeLot(api);
    const second = await makeLot(api, { externalNumber: first.number });

    const { data } = await api.ask(`{ lotByNumber(number: "${first.number}") { id } }`);

    expect(data.lotByNumber.id).toBe(first.id);
    expect(second.id).not.toBe(first.id);
  });

  test('not by an unknown number, and not by a number of another kind, whose kind the refusal names (LOT-1)', async () => {
    const messages = [
      ...(await expectRefused(api, 'closeLot', { lot: { number: 'kr01-psa-2611-77' } }, [['NOT_FOUND', 'lot', null]])),
      ...(await expectRefused(api, 'closeLot', { lot: { number: 'M14860' } }, [['NOT_FOUND', 'lot', null]])),
      ...(await expectRefused(api, 'closeLot', { lot: { number: 'kr01-psa-2611-01-001' } }, [
        ['INVALID_INPUT', 'lot.number', 'LOT-1'],
      ])),
      ...(await expectRefused(api, 'closeLot', { lot: { number: 'WIP-KR01PSA261101-001' } }, [
        ['INVALID_INPUT', 'lot.number', 'LOT-1'],
      ])),
    ];

    expect(messages).toEqual([
      'Lot KR01PSA261177 does not exist.',
      'Lot "M14860" does not exist: no lot has this external number, and a lot number looks like KR01PSA261101.',
      'KR01PSA261101001 is the number of a serial, not of a lot; one looks like KR01PSA261101.',
      'WIP-KR01PSA261101-001 is the number of a WIP item, not of a lot; one looks like KR01PSA261101.',
    ]);
  });

  test('not by a text that cannot be a number, which the refusal repeats unchanged', async () => {
    for (const number of ['', '  ', 'a\u0000b', '\ud800', 'x'.repeat(101), 'x'.repeat(500_000), 'line\nfeed']) {
      await expectRefused(api, 'closeLot', { lot: { number } }, [['INVALID_INPUT', 'lot.number', null]]);
      if (number.length > 2_000) continue;
      const { data, errors } = await api.ask('query ($number: String!) { lotByNumber(number: $number) { id } }', {
        number,
      });
      expect({ data, errors }).toEqual({ data: { lotByNumber: null }, errors: [] });
    }
    await expectRefused(api, 'closeLot', { lot: { number: "'; DROP TABLE lots; --" } }, [['NOT_FOUND', 'lot', null]]);
  });

  test('not by an id of another type, by an unknown id, or by two keys at once', async () => {
    const model = await makeModel(api, { code: 'M2' });

    await expectRefused(api, 'closeLot', { lot: { id: model.id } }, [['INVALID_INPUT', 'lot.id', null]]);
    await expectRefused(api, 'closeLot', { lot: { id: 'nonsense' } }, [['INVALID_INPUT', 'lot.id', null]]);
    await expectRefused(api, 'closeLot', { lot: { id: UNKNOWN } }, [['NOT_FOUND', 'lot', null]]);
    const answer = await api.ask('mutation { closeLot(input: { lot: { id: "x", number: "y" } }) { lot { id } } }');
    expect(answer.errors).toHaveLength(1);
  });
});

test('the role is checked for every lot mutation before anything is read', async () => {
  const { id } = await makeLot(api);
  const before = await fingerprint(api);
  const reason = { lot: { id: UNKNOWN }, reason: 'x' };
  const inputs = {
    createLot: { ...PLACES, productModel: { code: 'NONE' } },
    updateLot: { lot: { id: UNKNOWN } },
    deleteLot: { lot: { id: UNKNOWN } },
    closeLot: { lot: { id: UNKNOWN } },
    completeLot: reason,
    releaseLot: reason,
    rejectLot: reason,
    quarantineLot: reason,
  };

  for (const [mutation, input] of Object.entries(inputs)) {
    const may = mutation === 'quarantineLot' ? ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR'] : ['ADMIN', 'MANAGER'];
    for (const role of ROLES) {
      const { errors } = await call(api, mutation, input, '', role);
      expect([mutation, role, errors[0]?.code]).toEqual([
        mutation,
        role,
        may.includes(role) ? 'NOT_FOUND' : 'FORBIDDEN',
      ]);
    }
    expect((await call(api, mutation, input, '', null)).errors.map(({ code, path }) => [code, path])).toEqual([
      ['UNAUTHENTICATED', []],
    ]);
  }
  expect(await fingerprint(api)).toEqual(before);
  for (const role of ROLES)
    expect((await api.ask(`{ node(id: "${id}") { id } lots { nodes { id } } }`, {}, role)).data).toEqual({
      node: { id },
      lots: { nodes: [{ id }] },
    });
});

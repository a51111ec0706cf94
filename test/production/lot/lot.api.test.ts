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

  test('a lot gets its number from line, model and month, and counts what it has (LOT-1, LOT-12)', async () => {
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

  test('null is the same as absent, and the default target is never above what the model allows (LOT-3)', async () => {
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

  test('lots of a month are numbered on, each month and each pair of segments by itself; models with one segment share the numbers (LOT-2)', async () => {
    await makeModel(api, { code: 'PSA-2' });

    const numbers = [
      await makeLot(api),
      await makeLot(api, { productModel: { code: 'PSA-2' }, productionDate: '2026-11-01' }),
      await makeLot(api, { productionDate: '2026-12-01' }),
    ].map((lot) => lot.number);

    expect(numbers).toEqual(['KR01PSA261101', 'KR01PSA261102', 'KR01PSA261201']);
  });

  test('20 parallel creations give 20 consecutive numbers (LOT-2)', async () => {
    const lots = await Promise.all(Array.from({ length: 20 }, () => makeLot(api)));

    expect(lots.map((lot) => lot.number).toSorted()).toEqual(
      Array.from({ length: 20 }, (_, index) => `KR01PSA2611${String(index + 1).padStart(2, '0')}`),
    );
  });

  test('the 100th lot of a month is refused, and a refused creation uses no number (LOT-2)', async () => {
    await makeLot(api);
    await api.database.reader().sql`UPDATE number_counters SET last_value = 98`;
    expect((await makeLot(api)).number).toBe('KR01PSA261199');

    const [message] = await expectRefused(api, 'createLot', PLACES, [['LIMIT_EXCEEDED', 'productionDate', 'LOT-2']]);

    expect(message).toBe(
      'All 99 lot numbers KR01PSA261101 to KR01PSA261199 are used; choose a production date in another month.',
    );
  });

  test('the number of a deleted lot is not used again (LOT-2, LOT-11)', async () => {
    const lot = await makeLot(api);
    await done(api, 'deleteLot', { lot: { id: lot.id } }, 'deletedId');

    expect((await makeLot(api)).number).toBe('KR01PSA261102');
  });

  test('a target outside 1 to 1,000,000 is no target; one above the limit of the model breaks a rule (LOT-3)', async () => {
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

  test('a lot is made for an ACTIVE model on an active line; both are told at once (LOT-13)', async () => {
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

  test('every wrong value is named at once', async () => {
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

  test('an unknown model or line is not found', async () => {
    await expectRefused(api, 'createLot', { ...PLACES, productModel: { code: 'NONE' } }, [
      ['NOT_FOUND', 'productModel', null],
    ]);
    await expectRefused(api, 'createLot', { ...PLACES, productionLine: { code: 'NONE' } }, [
      ['NOT_FOUND', 'productionLine', null],
    ]);
  });

  test('an external number is given once, also by parallel creations in different months (GEN-3)', async () => {
    await makeLot(api, { externalNumber: 'ERP-7' });
    await expectRefused(api, 'createLot', { ...PLACES, externalNumber: ' ERP-7' }, [
      ['CONFLICT', 'externalNumber', 'GEN-3'],
    ]);

    const twins = await Promise.all(
      ['2026-09-01', '2026-10-01'].map((productionDate) =>
        call(api, 'createLot', { ...PLACES, productionDate, externalNumber: 'ERP-8' }),
      ),
    );

    expect(twins.flatMap(({ errors }) => errors.map(({ code, rule }) => [code, rule]))).toEqual([
      ['CONFLICT', 'GEN-3'],
    ]);
  });

  test('the same request with the same key makes one lot (IDK-1)', async () => {
    const twins = await Promise.all(
      Array.from({ length: 10 }, () => done(api, 'createLot', { ...PLACES, idempotencyKey: 'k' }, 'lot { number }')),
    );

    expect(new Set(twins.map(({ lot }) => lot.number))).toEqual(new Set(['KR01PSA261101']));
    await expectRefused(api, 'createLot', { ...PLACES, targetQuantity: 3, idempotencyKey: 'k' }, [
      ['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1'],
    ]);
  });
});

describe('a lot is named', () => {
  test('by id, by its number in any spelling, or else by its external number, exact (LOT-1)', async () => {
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

  test('by its own number before another has it as external number', async () => {
    const first = await makeLot(api);
    const second = await makeLot(api, { externalNumber: first.number });

    const { data } = await api.ask(`{ lotByNumber(number: "${first.number}") { id } }`);

    expect(data.lotByNumber.id).toBe(first.id);
    expect(second.id).not.toBe(first.id);
  });

  test('an unknown number is not found, one of another kind is no lot number, and the refusal says what it is (LOT-1)', async () => {
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

  test('a text that no number can have is refused as it is written', async () => {
    for (const number of ['', '  ', 'a\u0000b', '\ud800', 'x'.repeat(101), 'x'.repeat(500_000), 'line\nfeed']) {
      await expectRefused(api, 'closeLot', { lot: { number } }, [['INVALID_INPUT', 'lot.number', null]]);
      const { data, errors } = await api.ask('query ($number: String!) { lotByNumber(number: $number) { id } }', {
        number,
      });
      expect({ data, errors }).toEqual({ data: { lotByNumber: null }, errors: [] });
    }
    await expectRefused(api, 'closeLot', { lot: { number: "'; DROP TABLE lots; --" } }, [['NOT_FOUND', 'lot', null]]);
  });

  test('an id of another type is no id of a lot, an unknown one is not found, and two keys are one too many', async () => {
    const model = await makeModel(api, { code: 'M2' });

    await expectRefused(api, 'closeLot', { lot: { id: model.id } }, [['INVALID_INPUT', 'lot.id', null]]);
    await expectRefused(api, 'closeLot', { lot: { id: 'nonsense' } }, [['INVALID_INPUT', 'lot.id', null]]);
    await expectRefused(api, 'closeLot', { lot: { id: UNKNOWN } }, [['NOT_FOUND', 'lot', null]]);
    const answer = await api.ask('mutation { closeLot(input: { lot: { id: "x", number: "y" } }) { lot { id } } }');
    expect(answer.errors).toHaveLength(1);
  });
});

test('lots are planned and decided about by those who may, before anything is read', async () => {
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

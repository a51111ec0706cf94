import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeLine, makeModel, makeStep } from '../../support/build.ts';
import { oneItem } from '../../support/work.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.database.reader().sql`TRUNCATE processes, product_models, production_lines CASCADE`;
});

const STEP = 'process { qualityCriteria characteristics { code unit lowerLimit upperLimit target required } }';
const VOLTAGE = { code: 'voltage', unit: 'V', lowerLimit: '4.75', upperLimit: 5.25, target: '5', required: true };
const NOISE = { code: 'NOISE' };
const BLANK = { unit: null, lowerLimit: null, upperLimit: null, target: null, required: false };

test('a step is created with typed characteristics, and shows them by code, typed and as JSON (PRC-6)', async () => {
  const { process } = await done(
    api,
    'createProcess',
    {
      number: 10,
      code: 'TEST',
      name: 'Test',
      qualityCriteria: { drawing: 'A-17' },
      characteristics: [VOLTAGE, NOISE],
    },
    STEP,
  );
  expect(process.characteristics).toEqual([
    { code: 'NOISE', ...BLANK },
    { code: 'VOLTAGE', unit: 'V', lowerLimit: '4.75', upperLimit: '5.25', target: '5', required: true },
  ]);
  expect(process.qualityCriteria).toEqual({
    drawing: 'A-17',
    characteristics: {
      NOISE: {},
      VOLTAGE: { unit: 'V', lowerLimit: '4.75', upperLimit: '5.25', target: '5', required: true },
    },
  });
});

test('an update with typed characteristics replaces them all and nothing else; null and [] remove them (PRC-6)', async () => {
  await makeStep(api, 10, 'TEST', { qualityCriteria: { drawing: 'A-17', characteristics: { OLD: { unit: 'mm' } } } });
  const update = async (input: object) =>
    (await done(api, 'updateProcess', { process: { code: 'TEST' }, ...input }, STEP))['process'];

  expect(await update({ characteristics: [NOISE] })).toEqual({
    qualityCriteria: { drawing: 'A-17', characteristics: { NOISE: {} } },
    characteristics: [{ code: 'NOISE', ...BLANK }],
  });
  expect((await update({ name: 'Test 2' })).characteristics).toHaveLength(1);
  expect(
    (await update({ qualityCriteria: { drawing: 'B' }, characteristics: [VOLTAGE] })).qualityCriteria,
  ).toMatchObject({ drawing: 'B', characteristics: { VOLTAGE: { unit: 'V' } } });
  for (const characteristics of [null, []]) {
    await update({ characteristics: [NOISE] });
    expect(await update({ characteristics })).toEqual({
      qualityCriteria: { drawing: 'B', characteristics: {} },
      characteristics: [],
    });
  }
});

test('typed characteristics are refused each at its place, with the rule, and nothing changes (PRC-6)', async () => {
  await makeStep(api, 10, 'TEST');
  const input = (...characteristics: readonly object[]) => ({ process: { code: 'TEST' }, characteristics });
  await expectRefused(
    api,
    'updateProcess',
    input({ code: 'A', lowerLimit: '5', upperLimit: '4' }, { code: 'B', target: '9', upperLimit: '4' }, { code: 'a' }),
    [
      ['INVALID_INPUT', 'characteristics.0', 'PRC-6'],
      ['INVALID_INPUT', 'characteristics.1', 'PRC-6'],
      ['INVALID_INPUT', 'characteristics.2', 'PRC-6'],
    ],
  );
  await expectRefused(api, 'updateProcess', input({ code: 'not a code' }, { code: 'C', lowerLimit: '1e5' }), [
    ['INVALID_INPUT', 'characteristics.0.code', 'PRC-6'],
    ['INVALID_INPUT', 'characteristics.1.lowerLimit', 'PRC-6'],
  ]);
  await expectRefused(api, 'updateProcess', input(...Array.from({ length: 201 }, (_, n) => ({ code: `C${n}` }))), [
    ['LIMIT_EXCEEDED', 'characteristics', 'PRC-6'],
  ]);
  await expectRefused(
    api,
    'updateProcess',
    { ...input(NOISE), qualityCriteria: { characteristics: { NOISE: { unit: 'dB' } } } },
    [['INVALID_INPUT', 'characteristics', 'PRC-6']],
  );
});

test('typed characteristics and the other criteria together are as small as quality criteria must be', async () => {
  await makeStep(api, 10, 'TEST', { qualityCriteria: { text: 'x'.repeat(65_000) } });
  const characteristics = Array.from({ length: 200 }, (_, n) => ({ code: `C${n}`, unit: 'mm' }));
  const { errors } = await call(
    api,
    'updateProcess',
    { process: { code: 'TEST' }, characteristics },
    'process { version }',
  );
  expect(errors).toMatchObject([{ code: 'INVALID_INPUT', path: ['qualityCriteria'] }]);
  expect(errors[0]?.message).toMatch(/^qualityCriteria must have at most 65536 bytes as JSON, but has \d+\.$/);
});

test('a reading is judged by a typed characteristic, and a PASS needs a required one (PD-10)', async () => {
  await makeModel(api);
  await makeLine(api);
  await makeStep(api, 10, 'TEST', { characteristics: [VOLTAGE] });
  const { item } = await oneItem(api);
  const input = { unit: { id: item.id }, process: { code: 'TEST' }, result: 'PASS' };
  await expectRefused(api, 'recordProcessData', input, [['RULE_VIOLATED', 'measurements', 'PD-10']]);
  const { processData } = await done(
    api,
    'recordProcessData',
    { ...input, measurements: [{ code: 'VOLTAGE', value: '5.1' }] },
    'processData { verdict measurements { lowerLimit upperLimit } }',
  );
  expect(processData).toEqual({
    verdict: 'IN_SPEC',
    measurements: [{ lowerLimit: '4.75', upperLimit: '5.25' }],
  });
});

test('the characteristics of 1, 10 and 100 steps take the same statements, by plans and by loaders', async () => {
  for (let number = 1; number <= 100; number += 1)
    await makeStep(api, number, `S${number}`, { characteristics: [VOLTAGE] });
  for (const first of [1, 10, 100]) {
    const { data, statements } = await askBothWays(
      api,
      'query ($first: Int) { processes(first: $first) { nodes { characteristics { code required } } } }',
      { first },
    );
    expect(statements).toEqual({ plans: 1, loaders: 1 });
    expect(data.processes.nodes).toHaveLength(first);
    expect(data.processes.nodes[0].characteristics).toEqual([{ code: 'VOLTAGE', required: true }]);
  }
});

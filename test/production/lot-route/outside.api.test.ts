/** Steps outside the route of a lot, by every path; and the largest and the smallest routes, on the floor. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLot, makeModel, makeStep, type Named } from '../../support/build.ts';
import { call, done, expectRefused, type Payload } from '../../support/expect.ts';
import { makeDraft, makePlant, makeReleased, stepsOf, type StepOfRoute, WHOLE } from '../../support/routes.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  await makePlant(api);
});
afterEach(() => api.close());

const refusalsOf = ({ errors }: Payload): readonly string[] =>
  errors.map(({ rule, path }) => `${rule} ${path.join('.')}`);
const work = (unit: { readonly id: string }, code: string, more: object = {}): object => ({
  unit: { id: unit.id },
  process: { code },
  result: 'PASS',
  ...more,
});
const record = (unit: { readonly id: string }, code: string, more: object = {}): Promise<Payload> =>
  call(api, 'recordProcessData', work(unit, code, more), 'processData { id } serial { id number }');

async function itemOf(lot: Named): Promise<Named> {
  const [item] = await makeItems(api, lot, 1);
  if (item === undefined) throw new Error('No item.');
  return item;
}

async function statusOf(item: Named): Promise<Readonly<Record<string, unknown>>> {
  const { data } = await api.ask(
    'query ($id: ID!) { node(id: $id) { ... on WipItem { status nextProcess { code } } } }',
    {
      id: item.id,
    },
  );
  return data.node;
}

describe('a step outside the route', () => {
  test('is refused by every path, also one of the route of another product, and the factory route (RTE-6)', async () => {
    await makeStep(api, 7, 'INCOMING');
    await makeModel(api, { code: 'XYZ', name: 'Another' });
    await makeReleased(api, [[10, 'CHECK']], { productModel: { code: 'XYZ' } });
    await makeReleased(api, WHOLE);
    const lot = await makeLot(api);
    const item = await itemOf(lot);

    for (const code of ['INCOMING', 'CHECK']) {
      const readings = code === 'CHECK' ? { measurements: [{ code: 'GAP', value: '0.1' }] } : {};
      const outside = work(item, code, readings);
      await expectRefused(api, 'startProcess', { unit: { id: item.id }, process: { code } }, [
        ['RULE_VIOLATED', 'process', 'RTE-6'],
      ]);
      await expectRefused(api, 'recordProcessData', outside, [['RULE_VIOLATED', 'process', 'RTE-6']]);
      await expectRefused(
        api,
        'recordProcessDataBatch',
        { items: [work(item, 'PRINT'), outside], policy: 'REJECT_EVERYTHING' },
        [['RULE_VIOLATED', 'items.1.process', 'RTE-6']],
      );
      const { results } = await done(
        api,
        'recordProcessDataBatch',
        { items: [outside], policy: 'IGNORE_FAILED', idempotencyKey: `each ${code}` },
        'results { processData { id } errors { rule path } }',
      );
      expect(results).toEqual([{ processData: null, errors: [{ rule: 'RTE-6', path: ['items', '0', 'process'] }] }]);
    }
    await expectRefused(api, 'startProcess', { unit: { id: lot.id }, process: { code: 'KIT' } }, [
      ['RULE_VIOLATED', 'process', 'RTE-6'],
    ]);
  });

  test('is completed before its lot is moved to a route without it, and not run again after that (RTE-5, RTE-6)', async () => {
    await makeReleased(api, WHOLE);
    const lot = await makeLot(api);
    const item = await itemOf(lot);
    const { id: route } = await makeReleased(api, [[10, 'PLACE']]);
    const move = { lot: { id: lot.id }, route, reason: 'Simpler.' };
    const { processData } = await done(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { code: 'PRINT' } },
      'processData { id }',
    );

    await expectRefused(api, 'changeLotRoute', move, [['RULE_VIOLATED', 'lot', 'RTE-5']]);
    await done(
      api,
      'completeProcess',
      { processData: processData.id, result: 'REWORK', defects: [{ code: 'CRACK' }] },
      'processData { id }',
    );
    await done(api, 'changeLotRoute', move, 'lot { id }');

    expect(refusalsOf(await record(item, 'PRINT'))).toEqual(['RTE-6 process']);
    await expectRefused(api, 'completeProcess', work(item, 'PRINT'), [['NOT_FOUND', 'unit', null]]);
    expect(await statusOf(item)).toEqual({ status: 'IN_PROGRESS', nextProcess: { code: 'PLACE' } });
    expect(refusalsOf(await record(item, 'PLACE'))).toEqual([]);
    expect(await statusOf(item)).toEqual({ status: 'COMPLETED', nextProcess: null });
  });

  test('is the conversion of another route: it converts nothing, and so does the hand (RTE-6, WIP-7)', async () => {
    await makeReleased(api, [[10, 'PRINT']]);
    const item = await itemOf(await makeLot(api));
    expect(refusalsOf(await record(item, 'PRINT'))).toEqual([]);

    expect(refusalsOf(await record(item, 'MARK'))).toEqual(['RTE-6 process']);
    expect(refusalsOf(await call(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { id }'))).toEqual([
      'WIP-7 wipItem',
    ]);
    expect(await statusOf(item)).toEqual({ status: 'COMPLETED', nextProcess: null });
  });
});

describe('equipment that a step demands', () => {
  test('is refused when it is of another type, absent, or no longer in use (RTE-8, EQP-4)', async () => {
    for (const [code, type, isActive] of [
      ['OVEN-1', 'OVEN', true],
      ['OVEN-2', 'OVEN', false],
      ['PRESS-1', 'PRESS', true],
    ])
      await done(api, 'createEquipment', { code, name: code, type, isActive }, 'equipment { id }');
    await makeReleased(api, [
      [10, 'PRINT', { equipmentTypes: ['OVEN'] }],
      [20, 'MARK', { equipmentTypes: ['OVEN'] }],
    ]);
    const item = await itemOf(await makeLot(api));
    const by = (code: string): object => ({ equipment: { code } });

    expect(refusalsOf(await record(item, 'PRINT'))).toEqual(['RTE-8 equipment']);
    expect(refusalsOf(await record(item, 'PRINT', by('PRESS-1')))).toEqual(['RTE-8 equipment']);
    expect(refusalsOf(await record(item, 'PRINT', by('OVEN-2')))).toEqual(['EQP-4 equipment']);
    const batch = { items: [work(item, 'PRINT', by('OVEN-1')), work(item, 'MARK')], policy: 'REJECT_EVERYTHING' };
    await expectRefused(api, 'recordProcessDataBatch', batch, [['RULE_VIOLATED', 'items.1.equipment', 'RTE-8']]);
    expect(refusalsOf(await record(item, 'PRINT', by('OVEN-1')))).toEqual([]);
    // Nobody names an oven by hand.
    await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [['RULE_VIOLATED', 'wipItem', 'RTE-8']]);
    expect((await record(item, 'MARK', by('OVEN-1')))['serial']).not.toBeNull();
  });
});

describe('optional steps', () => {
  test('before and behind the conversion may be left out; one that is open keeps the item from its conversion (WIP-7)', async () => {
    await makeReleased(api, WHOLE);
    const [left, open] = await makeItems(api, await makeLot(api), 2);
    if (left === undefined || open === undefined) throw new Error('No items.');
    for (const item of [left, open])
      for (const code of ['PRINT', 'PLACE']) expect(refusalsOf(await record(item, code))).toEqual([]);

    const { serial } = await record(left, 'MARK');
    expect(refusalsOf(await record(serial, 'FINAL'))).toEqual([]);
    expect((await api.ask('{ serials { nodes { status } } }')).data.serials.nodes).toEqual([{ status: 'PASSED' }]);

    await done(api, 'startProcess', { unit: { id: open.id }, process: { code: 'POLISH' } }, 'processData { id }');
    expect(refusalsOf(await record(open, 'MARK'))).toEqual(['WIP-7 wipItem', 'WIP-7 wipItem']);
  });

  test('that are open keep a serial from passing by itself, so that their FAIL does not come too late (SER-6, RTE-6)', async () => {
    await makeReleased(api, WHOLE);
    const item = await itemOf(await makeLot(api));
    for (const code of ['PRINT', 'PLACE']) await record(item, code);
    const { serial } = await record(item, 'MARK');
    const { processData } = await done(
      api,
      'startProcess',
      { unit: { id: serial.id }, process: { code: 'BURN_IN' } },
      'processData { id }',
    );

    expect(refusalsOf(await record(serial, 'FINAL'))).toEqual([]);
    expect(refusalsOf(await call(api, 'passSerial', { serial: { id: serial.id } }))).toEqual(['SER-7 serial']);
    await done(
      api,
      'completeProcess',
      { processData: processData.id, result: 'FAIL', defects: [{ code: 'CRACK' }] },
      'processData { id }',
    );

    expect((await api.ask('{ serials { nodes { status failureReason } } }')).data.serials.nodes).toEqual([
      { status: 'FAILED', failureReason: 'BURN_IN: CRACK' },
    ]);
  });

  test('are all that a route has: lots run them, items have nothing to do (RTE-1, RTE-6)', async () => {
    await makeReleased(api, [[1, 'KIT', { isOptional: true }]]);
    const lot = await makeLot(api);
    const item = await itemOf(lot);

    expect(refusalsOf(await record(lot, 'KIT'))).toEqual([]);
    expect(refusalsOf(await record(item, 'PRINT'))).toEqual(['RTE-6 process']);
    expect(await statusOf(item)).toEqual({ status: 'CREATED', nextProcess: null });
    expect(refusalsOf(await call(api, 'convertWipItem', { wipItem: { id: item.id } })).at(0)).toBe('WIP-7 wipItem');
  });
});

test('an item passes the largest route, of 100 steps from 1 to 999; one step more, or a number outside, is refused (RTE-1)', async () => {
  const codes = Array.from({ length: 101 }, (_, index) => `S${index}`);
  for (const [index, code] of codes.entries()) await makeStep(api, 1_000 + index, code, { isInFactoryRoute: false });
  const steps = codes.map((code, index): StepOfRoute => [index === 99 ? 999 : index + 1, code]);
  const input = (given: readonly StepOfRoute[]): object => ({ productModel: { code: 'PSA' }, steps: stepsOf(given) });
  await expectRefused(api, 'createRoute', input(steps), [['INVALID_INPUT', 'steps', 'RTE-1']]);
  for (const number of [0, 1_000])
    await expectRefused(api, 'createRoute', input([[number, 'S0']]), [['INVALID_INPUT', 'steps.0.number', 'RTE-1']]);
  const { id } = await makeDraft(api, steps.slice(0, 100));
  await done(api, 'releaseRoute', { id, reason: 'Long.' }, 'route { id }');
  const item = await itemOf(await makeLot(api));

  await done(
    api,
    'recordProcessDataBatch',
    { items: codes.slice(0, 99).map((code) => work(item, code)), policy: 'REJECT_EVERYTHING' },
    'results { processData { id } }',
  );
  expect(await statusOf(item)).toEqual({ status: 'IN_PROGRESS', nextProcess: { code: 'S99' } });
  expect(refusalsOf(await record(item, 'S99'))).toEqual([]);

  expect(await statusOf(item)).toEqual({ status: 'COMPLETED', nextProcess: null });
});

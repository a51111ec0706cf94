/** What a lot keeps, and what is judged again, when it is moved to another route; and what the factory route leaves alone. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { makeItems, makeLot, makeModel, type Named } from '../../support/build.ts';
import { call, done, expectRefused, type Payload } from '../../support/expect.ts';
import { makePlant, makeReleased } from '../../support/routes.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  await makePlant(api);
});
afterEach(() => api.close());

const record = (unit: Named, process: string, more: object = {}): Promise<Payload> =>
  call(
    api,
    'recordProcessData',
    { unit: { id: unit.id }, process: { code: process }, result: 'PASS', ...more },
    'processData { id } serial { id }',
  );
const FAILED_ONCE = { result: 'REWORK', defects: [{ code: 'CRACK' }] };
const refusalsOf = ({ errors }: Payload): readonly string[] =>
  errors.map(({ rule, path, message }) => `${rule} ${path.join('.')} ${message}`);
const move = (lot: Named, route: { readonly id: string }, more: object = {}): Promise<Payload> =>
  call(
    api,
    'changeLotRoute',
    { lot: { id: lot.id }, route: route.id, reason: 'Better.', ...more },
    'lot { route { id } }',
  );

async function lotWithItem(): Promise<readonly [lot: Named, item: Named]> {
  const lot = await makeLot(api, { targetQuantity: 1 });
  const [item] = await makeItems(api, lot, 1);
  if (item === undefined) throw new Error('No item.');
  return [lot, item];
}

describe('changeLotRoute', () => {
  test('refuses the route of another model, and one with an inactive process (RTE-5)', async () => {
    const former = await makeReleased(api, [[10, 'POLISH']]);
    await makeReleased(api, [[10, 'PRINT']]);
    const [lot] = await lotWithItem();
    await makeModel(api, { code: 'HMI', name: 'Panel' });
    const other = await makeReleased(api, [[10, 'PLACE']], { productModel: { code: 'HMI' } });
    await done(api, 'updateProcess', { process: { code: 'POLISH' }, isActive: false }, 'process { id }');

    expect(refusalsOf(await move(lot, other))).toEqual([
      `RTE-5 route The route HMI rev 1 is for another product model than lot ${lot.number}; give it a route of its own model.`,
    ]);
    expect(refusalsOf(await move(lot, former))).toEqual([
      'RTE-5 route The route PSA rev 1 has inactive processes: 10 POLISH. Activate them first.',
    ]);
    await done(api, 'updateProcess', { process: { code: 'POLISH' }, isActive: true }, 'process { id }');
    expect(refusalsOf(await move(lot, former))).toEqual([]);
  });

  test('moves a held lot and one on the factory route, but no closed one (RTE-5)', async () => {
    const [held] = await lotWithItem();
    const closed = await makeLot(api, { targetQuantity: 1 });
    const route = await makeReleased(api, [[10, 'PRINT']]);
    await done(api, 'quarantineLot', { lot: { id: held.id }, reason: 'Smell.' }, 'lot { id }');
    await api.database.transaction(
      (tx) => tx.sql`UPDATE lots SET status = 'IN_PROGRESS', started_at = now() WHERE number = ${closed.number}`,
    );
    await done(api, 'completeLot', { lot: { id: closed.id }, reason: 'None needed.' }, 'lot { id }');
    await done(api, 'closeLot', { lot: { id: closed.id } }, 'lot { id }');

    expect((await move(held, route))['lot']).toEqual({ route: { id: route.id } });
    expect(refusalsOf(await move(closed, route))).toEqual([
      `RTE-5 lot Lot ${closed.number} is CLOSED; it keeps its route.`,
    ]);
  });

  test('demands role, reason and version of a dry run as of the move (RTE-5, GEN-2, GEN-4)', async () => {
    await makeReleased(api, [[10, 'PRINT']]);
    const [lot] = await lotWithItem();
    const second = await makeReleased(api, [[10, 'PLACE']]);
    const dryRun = { lot: { id: lot.id }, route: second.id, dryRun: true, reason: 'Better.' };

    await expectRefused(api, 'changeLotRoute', { ...dryRun, expectedVersion: 99 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    await expectRefused(api, 'changeLotRoute', { ...dryRun, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
    await expectRefused(api, 'changeLotRoute', dryRun, [['FORBIDDEN', '', null]], 'OPERATOR');
  });

  test('keeps attempts and passes, which count over all revisions (RTE-5, PD-6, PD-9)', async () => {
    await makeReleased(api, [
      [10, 'PRINT'],
      [20, 'POLISH'],
    ]);
    const [lot, item] = await lotWithItem();
    for (const _ of [1, 2]) expect(refusalsOf(await record(item, 'PRINT', FAILED_ONCE))).toEqual([]);
    const second = await makeReleased(api, [[5, 'PRINT', { maxAttempts: 2 }]]);
    const third = await makeReleased(api, [
      [7, 'PRINT', { maxAttempts: 3 }],
      [9, 'POLISH'],
    ]);

    await move(lot, second);
    expect(refusalsOf(await record(item, 'PRINT'))).toEqual([
      `PD-9 process WIP item ${item.number} finished 2 attempts of 5 PRINT; at most 2 are allowed.`,
    ]);
    await move(lot, third);
    expect(refusalsOf(await record(item, 'PRINT'))).toEqual([]);
    expect(refusalsOf(await record(item, 'PRINT'))).toContain(
      `PD-6 result WIP item ${item.number} has passed 7 PRINT already; a unit passes a step once.`,
    );
  });

  test('leaves a PASS that its route allowed out of specification open to notes (PD-13, RTE-7)', async () => {
    const GAP = { code: 'GAP', upperLimit: '0.5' };
    await makeReleased(api, [
      [10, 'PRINT', { characteristics: [GAP], allowOutOfSpecPass: true }],
      [20, 'PLACE', { characteristics: [GAP] }],
      [30, 'POLISH'],
    ]);
    const [lot, item] = await lotWithItem();
    const out = (await record(item, 'PRINT', { measurements: [{ code: 'GAP', value: '0.9' }] }))['processData'];
    const within = (await record(item, 'PLACE', { measurements: [{ code: 'GAP', value: '0.4' }] }))['processData'];
    await move(lot, await makeReleased(api, [[10, 'POLISH']]));
    const correct = (id: string, more: object): Promise<Payload> =>
      call(api, 'correctProcessData', { id, reason: 'Remark.', ...more }, 'processData { notes verdict }');

    expect((await correct(out.id, { notes: 'Released by quality.' }))['processData']).toEqual({
      notes: 'Released by quality.',
      verdict: 'OUT_OF_SPEC',
    });
    // The limit that is stored with the reading still judges it.
    expect(refusalsOf(await correct(within.id, { measurements: [{ code: 'GAP', value: '0.6' }] }))).toEqual([
      'PD-10 measurements.0.value Reading GAP is 0.6, not at most 0.5; step 12 PLACE allows no PASS out of specification.',
    ]);
    expect((await correct(within.id, { measurements: [{ code: 'GAP', value: '0.3' }] })).errors).toEqual([]);
  });
});

test('the rules of the factory route judge no process and no lot outside of it (PRC-3, PRC-4, RTE-4)', async () => {
  for (const code of ['PRINT', 'MARK'])
    await done(api, 'updateProcess', { process: { code }, isInFactoryRoute: true }, 'process { id }');
  const waiting = await lotWithItem();
  await record(waiting[1], 'PRINT');
  await makeReleased(api, [
    [10, 'PLACE'],
    [20, 'MARK'],
  ]);
  const [, own] = await lotWithItem();
  await record(own, 'PLACE');
  const leave = (): Promise<Payload> =>
    call(api, 'updateProcess', { process: { code: 'MARK' }, isInFactoryRoute: false }, 'process { id }');

  // A second conversion, and a WIP-level process with a higher number, are outside of it.
  for (const [number, code, type] of [
    [9_998, 'MARK_2', 'SERIAL_CONVERSION'],
    [9_999, 'LATE', 'MANUFACTURING'],
  ])
    await done(
      api,
      'createProcess',
      { number, code, name: 'x', type, level: 'WIP', isInFactoryRoute: false },
      'process { id }',
    );
  expect(refusalsOf(await leave())).toEqual([
    'PRC-4 isInFactoryRoute Conversion step 19 MARK is needed by COMPLETED WIP items (1); convert them first.',
  ]);
  await done(api, 'convertWipItem', { wipItem: { id: waiting[1].id } }, 'serial { id }');
  expect(refusalsOf(await leave())).toEqual([]);
  expect((await record(own, 'MARK'))['serial']).not.toBeNull();
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLot, makeSerials, makeStep } from '../../support/build.ts';
import { call, done, expectRefused, type Payload } from '../../support/expect.ts';
import {
  PAYLOAD,
  fromNow,
  makeFloor,
  oneCompletedItem,
  oneItem,
  oneSerial,
  record,
  start,
  statusOf,
  type Floor,
} from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterAll(() => api.close());

async function idOf(recorded: Promise<Payload>): Promise<string> {
  return (await recorded)['processData'].id;
}

async function correct(id: string, input: object, selection = 'processData { version }'): Promise<Payload> {
  return done(api, 'correctProcessData', { id, reason: 'Misread', ...input }, selection);
}

describe('correctProcessData', () => {
  test('changes the given fields, keeps the others, and is signed (PD-13)', async () => {
    const { item } = await oneItem(api);
    await done(api, 'createEquipment', { code: 'PRESS', name: 'Press', type: 'PRESS' }, 'equipment { id }');
    const id = await idOf(
      record(api, item, floor.mount, {
        result: 'FAIL',
        notes: 'first',
        measurements: { code: 'A', value: '1' },
        startedAt: '2026-11-20T08:00:00Z',
        completedAt: '2026-11-20T08:01:00Z',
      }),
    );

    const { processData } = await correct(
      id,
      { notes: null, completedAt: '2026-11-20T08:02:00Z', equipment: { code: 'press' } },
      `${PAYLOAD} processData { startedAt completedAt equipment { code } correctedAt correctedBy { username } correctionReason operator { username } }`,
    );

    expect(processData).toMatchObject({
      result: 'FAIL',
      notes: null,
      defects: [{ code: 'BENT' }],
      measurements: [{ code: 'A', value: '1' }],
      startedAt: '2026-11-20T08:00:00.000Z',
      completedAt: '2026-11-20T08:02:00.000Z',
      durationSeconds: 120,
      equipment: { code: 'PRESS' },
      correctedAt: expect.stringMatching(/Z$/),
      correctedBy: { username: 'admin' },
      correctionReason: 'Misread',
      version: 2,
    });
    const cleared = await correct(
      id,
      { equipment: null, measurements: [] },
      'processData { equipment { code } measurements { code } version }',
    );
    expect(cleared['processData']).toEqual({ equipment: null, measurements: [], version: 3 });
    expect(await statusOf(api, item)).toBe('FAILED');
  });

  test('to PASS removes the defects and moves the item, through IN_PROGRESS, at the time of the execution (PD-13, WIP-5, WIP-6)', async () => {
    const { item } = await oneItem(api);
    await record(api, item, floor.mount);
    const completedAt = '2026-11-20T08:00:00.000Z';
    const id = await idOf(record(api, item, floor.test, { result: 'FAIL', completedAt }));
    expect(await statusOf(api, item)).toBe('FAILED');

    const { processData } = await correct(
      id,
      { result: 'PASS' },
      'processData { result defects { code } wipItem { status completedAt } }',
    );

    expect(processData).toEqual({
      result: 'PASS',
      defects: [],
      wipItem: { status: 'COMPLETED', completedAt },
    });
  });

  test.each([
    ['PASS', 'FAIL', 'FAILED'],
    ['PASS', 'REWORK', 'IN_PROGRESS'],
    ['FAIL', 'REWORK', 'IN_PROGRESS'],
    ['REWORK', 'FAIL', 'FAILED'],
    ['REWORK', 'PASS', 'COMPLETED'],
    ['FAIL', 'PASS', 'COMPLETED'],
  ])('of the last step from %s to %s leaves the item %s (PD-13)', async (from, to, status) => {
    const { item } = await oneItem(api);
    await record(api, item, floor.mount);
    const id = await idOf(record(api, item, floor.test, { result: from }));

    await correct(id, { result: to, ...(to === 'FAIL' ? { defects: [{ code: 'BENT' }] } : {}) });

    expect(await statusOf(api, item)).toBe(status);
  });

  test('moves a serial without counting a rework, and completes its lot (PD-13, SER-6, LOT-8)', async () => {
    const lot = await makeLot(api, { targetQuantity: 1 });
    const [serial] = await makeSerials(api, lot, 1, [floor.mount, floor.test]);
    if (serial === undefined) return;
    await record(api, serial, floor.burnIn);
    const id = await idOf(record(api, serial, floor.final, { result: 'FAIL' }));
    expect(await statusOf(api, serial)).toBe('FAILED');

    const { processData } = await correct(
      id,
      { result: 'PASS' },
      'processData { serial { status failureReason reworkCount completedAt } lot { status } }',
    );

    expect(processData).toEqual({
      serial: { status: 'PASSED', failureReason: null, reworkCount: 0, completedAt: expect.stringMatching(/Z$/) },
      lot: { status: 'COMPLETED' },
    });
  });

  test('stores the reason of a serial that it fails (PD-13, SER-4)', async () => {
    const { serial } = await oneSerial(api, floor);
    const id = await idOf(record(api, serial, floor.burnIn));

    const { processData } = await correct(
      id,
      { result: 'FAIL', defects: [{ code: 'hot' }] },
      'processData { serial { status failureReason } }',
    );

    expect(processData.serial).toEqual({ status: 'FAILED', failureReason: 'BURN_IN: HOT' });
  });

  test('to PASS on the conversion step creates the serial (PD-13, WIP-7)', async () => {
    const { item } = await oneCompletedItem(api, floor);
    const id = await idOf(record(api, item, floor.mark, { result: 'FAIL' }));

    const { processData } = await correct(
      id,
      { result: 'PASS' },
      'processData { wipItem { status serial { number } } }',
    );

    expect(processData.wipItem).toEqual({
      status: 'CONVERTED',
      serial: { number: item.number.replace(/^WIP-(.*)-/, '$1') },
    });
  });

  test('of a LOT-level result does not change the lot (PD-13)', async () => {
    const lot = await makeLot(api);
    const id = await idOf(record(api, lot, floor.kit));

    await correct(id, { result: 'REWORK' });

    expect(await statusOf(api, lot)).toBe('IN_PROGRESS');
  });
});

describe('correctProcessData is refused', () => {
  test('without a reason, and with a blank one (GEN-4)', async () => {
    const { item } = await oneItem(api);
    const id = await idOf(record(api, item, floor.mount));

    await expectRefused(api, 'correctProcessData', { id, reason: ' ', notes: 'x' }, [
      ['INVALID_INPUT', 'reason', 'GEN-4'],
    ]);
    await expectRefused(api, 'correctProcessData', { id, reason: 'x'.repeat(1_001) }, [
      ['INVALID_INPUT', 'reason', 'GEN-4'],
    ]);
    await expectRefused(api, 'correctProcessData', { id, reason: 'x', result: null }, [
      ['INVALID_INPUT', 'result', null],
    ]);
  });

  test.each(['INSPECTOR', 'OPERATOR', 'VIEWER', 'AUDITOR'] as const)('to an %s', async (role) => {
    const { item } = await oneItem(api);
    const id = await idOf(record(api, item, floor.mount));

    await expectRefused(api, 'correctProcessData', { id, reason: 'x', notes: 'x' }, [['FORBIDDEN', '', null]], role);
  });

  test('while the execution is open, and when it does not exist (PD-13)', async () => {
    const { item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount);

    await expectRefused(api, 'correctProcessData', { id, reason: 'x', notes: 'x' }, [['RULE_VIOLATED', 'id', 'PD-13']]);
    await expectRefused(api, 'correctProcessData', { id: item.id, reason: 'x' }, [['INVALID_INPUT', 'id', null]]);
    const gone = Buffer.from('ProcessData:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectRefused(api, 'correctProcessData', { id: gone, reason: 'x' }, [['NOT_FOUND', 'id', null]]);
  });

  test('with an outdated version, with the current execution (GEN-2)', async () => {
    const { item } = await oneItem(api);
    const id = await idOf(record(api, item, floor.mount));

    const stale = await call(
      api,
      'correctProcessData',
      { id, reason: 'x', notes: 'x', expectedVersion: 2 },
      'processData { id version notes }',
    );

    expect(stale).toMatchObject({
      processData: { id, version: 1, notes: null },
      errors: [{ code: 'STALE_VERSION', path: ['expectedVersion'], rule: 'GEN-2' }],
    });
  });

  test('when the whole new record violates a rule (PD-2, PD-3, PD-7, PD-10, PD-11)', async () => {
    const strict = await makeStep(api, 2, 'STRICT', {
      level: 'LOT',
      qualityCriteria: { characteristics: { T: { upperLimit: '5', unit: 'C' } } },
    });
    const lot = await makeLot(api);
    const id = await idOf(
      record(api, lot, strict, {
        measurements: { code: 'T', value: '4' },
        startedAt: '2026-11-20T08:00:00Z',
        completedAt: '2026-11-20T09:00:00Z',
      }),
    );
    const wrong = async (input: object, ...rejection: [string, string, string]): Promise<unknown> =>
      expectRefused(api, 'correctProcessData', { id, reason: 'x', ...input }, [rejection]);

    await wrong({ defects: [{ code: 'A' }] }, 'RULE_VIOLATED', 'defects', 'PD-2');
    await wrong({ result: 'FAIL' }, 'RULE_VIOLATED', 'defects', 'PD-2');
    await wrong({ result: 'FAIL', defects: [] }, 'RULE_VIOLATED', 'defects', 'PD-2');
    await wrong({ completedAt: '2026-11-20T07:59:59Z' }, 'RULE_VIOLATED', 'completedAt', 'PD-3');
    await wrong({ completedAt: fromNow(70_000) }, 'RULE_VIOLATED', 'completedAt', 'PD-7');
    await wrong({ measurements: [{ code: 'T', value: '5.1' }] }, 'RULE_VIOLATED', 'measurements.0.value', 'PD-10');
    await wrong({ measurements: [{ code: 'T', value: '4', unit: 'K' }] }, 'INVALID_INPUT', 'measurements.0', 'PD-11');
    await expectRefused(api, 'correctProcessData', { id, reason: 'x', equipment: { code: 'NOPE' } }, [
      ['NOT_FOUND', 'equipment', null],
    ]);
    await done(api, 'updateProcess', { process: { id: strict.id }, isActive: false }, 'process { id }');
  });

  test('with a new result of an earlier attempt, whose notes may change (PD-13)', async () => {
    const { item } = await oneItem(api);
    const id = await idOf(record(api, item, floor.mount, { result: 'FAIL' }));
    await record(api, item, floor.mount);

    await expectRefused(api, 'correctProcessData', { id, reason: 'x', result: 'REWORK' }, [
      ['RULE_VIOLATED', 'result', 'PD-13'],
    ]);
    await expectRefused(api, 'correctProcessData', { id, reason: 'x', result: 'PASS' }, [
      ['RULE_VIOLATED', 'result', 'PD-13'],
      ['RULE_VIOLATED', 'result', 'PD-6'],
    ]);
    await correct(id, { notes: 'Was bent' });
  });

  test('with a new result in a finished lot (PD-13)', async () => {
    const lot = await makeLot(api);
    const [item] = await makeItems(api, lot, 1);
    if (item === undefined) return;
    const id = await idOf(record(api, item, floor.mount, { result: 'FAIL' }));
    await done(api, 'completeLot', { lot: { id: lot.id }, reason: 'Short' }, 'lot { id }');

    await expectRefused(api, 'correctProcessData', { id, reason: 'x', result: 'PASS' }, [
      ['RULE_VIOLATED', 'result', 'PD-13'],
    ]);
    await correct(id, { notes: 'Was bent' });
  });

  test('to PASS in a held lot; from PASS to another result is allowed (LOT-7)', async () => {
    const { lot, item } = await oneItem(api);
    const id = await idOf(record(api, item, floor.mount, { result: 'FAIL' }));
    await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Suspect' }, 'lot { id }');

    await expectRefused(api, 'correctProcessData', { id, reason: 'x', result: 'PASS' }, [
      ['RULE_VIOLATED', 'lot', 'LOT-7'],
    ]);
    await correct(id, { result: 'REWORK' });
  });

  test('when it removes a PASS that later work depends on (PD-13)', async () => {
    const { item } = await oneItem(api);
    const first = await idOf(record(api, item, floor.mount));
    await start(api, item, floor.test);
    const { item: converted } = await oneCompletedItem(api, floor);
    const mark = await idOf(record(api, converted, floor.mark));
    const { serial } = await oneSerial(api, floor);
    await record(api, serial, floor.burnIn);
    const last = await idOf(record(api, serial, floor.final));

    for (const id of [first, mark, last]) {
      await expectRefused(api, 'correctProcessData', { id, reason: 'x', result: 'REWORK' }, [
        ['RULE_VIOLATED', 'result', 'PD-13'],
      ]);
    }
  });
});

test('one of 20 corrections with the same version succeeds (GEN-2)', async () => {
  const { item } = await oneItem(api);
  const id = await idOf(record(api, item, floor.mount));

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      call(
        api,
        'correctProcessData',
        { id, reason: 'x', notes: `note ${index}`, expectedVersion: 1 },
        'processData { version }',
      ),
    ),
  );

  expect(answers.flatMap(({ errors }) => errors.map(({ code }) => code))).toEqual(Array(19).fill('STALE_VERSION'));
  expect(answers.map(({ processData }) => processData.version)).toEqual(Array(20).fill(2));
});

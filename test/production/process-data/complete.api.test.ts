import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeLot, makeSerials, putExecution, uuidOf } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import {
  PAYLOAD,
  askAsStation,
  committedFirst,
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

describe('completeProcess', () => {
  test('with FAIL stores all given values, and fails the item (PD-2, PD-11, PD-12, WIP-6)', async () => {
    const { item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount, { startedAt: '2026-11-20T08:00:00.000Z' });

    const answer = await done(
      api,
      'completeProcess',
      {
        processData: id,
        result: 'FAIL',
        measurements: [
          { code: ' torque ', value: '1.50', unit: 'Nm', lowerLimit: '1.5', upperLimit: '2', target: null },
          { code: 'TORQUE', value: '2.1', upperLimit: '2' },
          { code: 'firmware', text: 'v1' },
        ],
        defects: [
          { code: 'bent', description: ' pin 3 ', severity: 'HIGH', location: 'J1', quantity: 3 },
          { code: 'SCRATCH' },
        ],
        notes: 'line 1\nline 2 ',
        completedAt: '2026-11-20T08:00:59.999Z',
      },
      `${PAYLOAD} warnings`,
    );

    expect(answer['processData']).toEqual({
      level: 'WIP',
      result: 'FAIL',
      isOpen: false,
      attempt: 1,
      notes: 'line 1\nline 2',
      verdict: 'OUT_OF_SPEC',
      defectCount: 2,
      defectQuantity: 4,
      durationSeconds: 59,
      version: 2,
      measurements: [
        {
          code: 'TORQUE',
          value: '1.50',
          text: null,
          unit: 'Nm',
          lowerLimit: '1.5',
          upperLimit: '2',
          target: null,
          verdict: 'IN_SPEC',
        },
        {
          code: 'TORQUE',
          value: '2.1',
          text: null,
          unit: null,
          lowerLimit: null,
          upperLimit: '2',
          target: null,
          verdict: 'OUT_OF_SPEC',
        },
        {
          code: 'FIRMWARE',
          value: null,
          text: 'v1',
          unit: null,
          lowerLimit: null,
          upperLimit: null,
          target: null,
          verdict: 'NOT_JUDGED',
        },
      ],
      defects: [
        { code: 'BENT', description: 'pin 3', severity: 'HIGH', location: 'J1', quantity: 3 },
        { code: 'SCRATCH', description: null, severity: 'MEDIUM', location: null, quantity: 1 },
      ],
    });
    expect(answer['warnings']).toEqual([]);
    expect(await statusOf(api, item)).toBe('FAILED');
  });

  test('finds the open execution by unit and step as well (PD-4)', async () => {
    const { item } = await oneItem(api);
    await start(api, item, floor.mount);

    const { processData } = await done(
      api,
      'completeProcess',
      { unit: { number: item.number }, process: { code: 'mount' }, result: 'PASS' },
      'processData { result wipItem { status currentProcess { code } openExecution { id } } }',
    );

    expect(processData).toEqual({
      result: 'PASS',
      wipItem: { status: 'IN_PROGRESS', currentProcess: null, openExecution: null },
    });
    const [message] = await expectRefused(
      api,
      'completeProcess',
      { unit: { id: item.id }, process: { code: 'MOUNT' }, result: 'PASS' },
      [['NOT_FOUND', 'unit', null]],
    );
    expect(message).toBe(`An open execution of 10 MOUNT on WIP item ${item.number} does not exist.`);
  });

  test.each([
    ['nothing', {}],
    ['only the unit', { unit: { number: 'KR01PSA261101' } }],
    ['only the step', { process: { number: 10 } }],
    ['both ways', { processData: 'x', unit: { number: 'KR01PSA261101' }, process: { number: 10 } }],
  ])('is refused when it names its execution by %s', async (what, input) => {
    const { item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount);
    const named = what === 'both ways' ? { ...input, processData: id } : input;

    await expectRefused(api, 'completeProcess', { ...named, result: 'PASS' }, [['INVALID_INPUT', '', null]]);
  });

  test('with the PASS on the last missing step completes the item, with REWORK keeps it IN_PROGRESS (WIP-6)', async () => {
    const { item } = await oneItem(api);
    await record(api, item, floor.mount);
    const { id } = await start(api, item, floor.test);
    await done(
      api,
      'completeProcess',
      { processData: id, result: 'REWORK', defects: [{ code: 'BENT' }], notes: 'again' },
      'processData { id }',
    );
    expect(await statusOf(api, item)).toBe('IN_PROGRESS');

    const again = await start(api, item, floor.test);
    const { processData } = await done(
      api,
      'completeProcess',
      { processData: again.id, result: 'PASS' },
      'processData { attempt wipItem { status completedAt } }',
    );

    expect(processData).toEqual({
      attempt: 2,
      wipItem: { status: 'COMPLETED', completedAt: expect.stringMatching(/Z$/) },
    });
  });

  test('with PASS on the conversion step creates the serial and returns it (WIP-7, SER-5)', async () => {
    const { item } = await oneCompletedItem(api, floor);
    const { id } = await start(api, item, floor.mark);

    const { processData, serial } = await done(
      api,
      'completeProcess',
      { processData: id, result: 'PASS' },
      'processData { wipItem { status convertedAt currentProcess { code } } } serial { number status wipItem { number } }',
    );

    expect(processData.wipItem).toEqual({
      status: 'CONVERTED',
      convertedAt: expect.stringMatching(/Z$/),
      currentProcess: null,
    });
    expect(serial).toEqual({
      number: item.number.replace(/^WIP-(.*)-/, '$1'),
      status: 'CREATED',
      wipItem: { number: item.number },
    });
  });

  test('with FAIL or REWORK on the conversion step leaves the item COMPLETED (WIP-6)', async () => {
    const { item } = await oneCompletedItem(api, floor);

    const { serial } = await record(api, item, floor.mark, { result: 'FAIL' }, 'serial { id }');

    expect(serial).toBeNull();
    expect(await statusOf(api, item)).toBe('COMPLETED');
  });

  test('moves the serial by its results, and the last one completes the lot (SER-6, LOT-8)', async () => {
    const lot = await makeLot(api, { targetQuantity: 2 });
    const [first, second] = await makeSerials(api, lot, 2, [floor.mount, floor.test]);
    if (first === undefined || second === undefined) return;
    await record(api, first, floor.burnIn);
    await record(api, first, floor.final);
    await record(api, second, floor.burnIn, { result: 'REWORK' });
    expect([await statusOf(api, first), await statusOf(api, second), await statusOf(api, lot)]).toEqual([
      'PASSED',
      'IN_PROGRESS',
      'IN_PROGRESS',
    ]);
    const { id } = await start(api, second, floor.burnIn);

    const { processData } = await done(
      api,
      'completeProcess',
      { processData: id, result: 'FAIL', defects: [{ code: 'hot' }, { code: 'SMOKE' }] },
      'processData { serial { status failureReason completedAt } lot { status } }',
    );
    expect(processData).toEqual({
      serial: { status: 'FAILED', failureReason: 'BURN_IN: HOT', completedAt: expect.stringMatching(/Z$/) },
      lot: { status: 'IN_PROGRESS' },
    });
    await done(api, 'reworkSerial', { serial: { id: second.id }, reason: 'Cooled' }, 'serial { id }');
    await record(api, second, floor.burnIn);
    await record(api, second, floor.final);

    expect([await statusOf(api, second), await statusOf(api, lot)]).toEqual(['PASSED', 'COMPLETED']);
  });

  test('ends the execution now unless a time is given, and never before its start (PD-7)', async () => {
    const { item } = await oneItem(api);
    const ahead = fromNow(50_000);
    const { id } = await start(api, item, floor.mount, { startedAt: ahead });

    const { processData } = await done(
      api,
      'completeProcess',
      { processData: id, result: 'PASS' },
      'processData { completedAt durationSeconds }',
    );

    expect(processData).toEqual({ completedAt: ahead, durationSeconds: 0 });
  });

  test.each(['OPERATOR', 'INSPECTOR'] as const)(
    'is allowed for an %s who did not start the execution',
    async (role) => {
      const { item } = await oneItem(api);
      const { id } = await start(api, item, floor.mount);

      await done(api, 'completeProcess', { processData: id, result: 'PASS' }, 'processData { id }', role);
    },
  );

  test('is allowed for a station, and not for a VIEWER', async () => {
    const { station } = await done(
      api,
      'registerStation',
      { code: 'ST-2', name: 'Station', host: 'st2' },
      'station { id code }',
    );
    const { item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount);

    await expectRefused(
      api,
      'completeProcess',
      { processData: id, result: 'PASS' },
      [['FORBIDDEN', '', null]],
      'VIEWER',
    );
    const answer = await askAsStation(
      api,
      station,
      'mutation ($id: ID!) { completeProcess(input: { processData: $id, result: PASS }) { processData { operator { username } } errors { code } } }',
      { id },
    );

    expect(answer.data.completeProcess).toEqual({ processData: { operator: { username: 'admin' } }, errors: [] });
  });
});

describe('completeProcess is refused', () => {
  test('when the execution has a result already (PD-4)', async () => {
    const { item } = await oneItem(api);
    const { processData } = await record(api, item, floor.mount);

    await expectRefused(api, 'completeProcess', { processData: processData.id, result: 'PASS' }, [
      ['RULE_VIOLATED', 'processData', 'PD-4'],
    ]);
  });

  test('when the execution does not exist, or the id is of another type', async () => {
    const { item } = await oneItem(api);

    await expectRefused(api, 'completeProcess', { processData: item.id, result: 'PASS' }, [
      ['INVALID_INPUT', 'processData', null],
    ]);
    const gone = Buffer.from('ProcessData:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectRefused(api, 'completeProcess', { processData: gone, result: 'PASS' }, [
      ['NOT_FOUND', 'processData', null],
    ]);
  });

  test('with an outdated version, with the current execution (GEN-2)', async () => {
    const { item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount);

    const stale = await call(
      api,
      'completeProcess',
      { processData: id, result: 'PASS', expectedVersion: 7 },
      'processData { id isOpen version }',
    );
    const fresh = await call(
      api,
      'completeProcess',
      { processData: id, result: 'PASS', expectedVersion: 1 },
      'processData { id version }',
    );

    expect(stale).toMatchObject({
      processData: { id, isOpen: true, version: 1 },
      errors: [{ code: 'STALE_VERSION', path: ['expectedVersion'], rule: 'GEN-2' }],
    });
    expect(fresh).toEqual({ processData: { id, version: 2 }, errors: [] });
  });

  test('with an end before the start or in the future; equal times are allowed (PD-3, PD-7)', async () => {
    const { item } = await oneItem(api);
    const { id, startedAt } = await start(api, item, floor.mount, { startedAt: '2026-11-20T08:00:00Z' });

    await expectRefused(
      api,
      'completeProcess',
      { processData: id, result: 'PASS', completedAt: '2026-11-20T07:59:59.999Z' },
      [['RULE_VIOLATED', 'completedAt', 'PD-3']],
    );
    await expectRefused(api, 'completeProcess', { processData: id, result: 'PASS', completedAt: fromNow(70_000) }, [
      ['RULE_VIOLATED', 'completedAt', 'PD-7'],
    ]);
    const { processData } = await done(
      api,
      'completeProcess',
      { processData: id, result: 'PASS', completedAt: startedAt },
      'processData { durationSeconds }',
    );

    expect(processData.durationSeconds).toBe(0);
  });

  test.each([
    ['a FAIL without defects', { result: 'FAIL' }],
    ['a FAIL with an empty list', { result: 'FAIL', defects: [] }],
    ['a FAIL with null', { result: 'FAIL', defects: null }],
    ['a PASS with defects', { result: 'PASS', defects: [{ code: 'BENT' }] }],
    ['a PASS with a single defect', { result: 'PASS', defects: { code: 'BENT' } }],
  ])('when it is %s (PD-2)', async (_what, work) => {
    const { item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount);

    await expectRefused(api, 'completeProcess', { processData: id, ...work }, [['RULE_VIOLATED', 'defects', 'PD-2']]);
  });

  test('with PASS in a held lot, which accepts FAIL and REWORK (LOT-7)', async () => {
    const { lot, item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount);
    await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Suspect' }, 'lot { id }');

    await expectRefused(api, 'completeProcess', { processData: id, result: 'PASS' }, [
      ['RULE_VIOLATED', 'lot', 'LOT-7'],
    ]);
    await done(api, 'completeProcess', { processData: id, result: 'REWORK' }, 'processData { id }');
  });

  test('with a second PASS of the step (PD-6)', async () => {
    const { item } = await oneItem(api);
    await record(api, item, floor.mount);
    await putExecution(api, { wipItem: item }, floor.mount, null);

    await expectRefused(api, 'completeProcess', { unit: { id: item.id }, process: { number: 10 }, result: 'PASS' }, [
      ['RULE_VIOLATED', 'result', 'PD-6'],
    ]);
    await done(
      api,
      'completeProcess',
      { unit: { id: item.id }, process: { number: 10 }, result: 'FAIL', defects: { code: 'BENT' } },
      'processData { id }',
    );
    expect(await statusOf(api, item)).toBe('FAILED');
  });

  test('with PASS on the conversion step of an item that cannot be converted (WIP-7)', async () => {
    const { item } = await oneItem(api);
    await putExecution(api, { wipItem: item }, floor.mark, null);

    const messages = await expectRefused(
      api,
      'completeProcess',
      { unit: { id: item.id }, process: { code: 'MARK' }, result: 'PASS' },
      [
        ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
        ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
      ],
    );

    expect(messages[1]).toContain('10 MOUNT, 20 TEST');
  });
});

test('a quarantine that commits first refuses a PASS (LOT-7)', async () => {
  const { lot, serial } = await oneSerial(api, floor);
  const { id } = await start(api, serial, floor.burnIn);
  const sql = `UPDATE lots SET disposition = 'QUARANTINED', disposition_reason = 'Suspect', disposition_at = now() WHERE id = $1`;

  const answer = await committedFirst(api, sql, [uuidOf(lot)], () =>
    call(api, 'completeProcess', { processData: id, result: 'PASS' }, 'processData { id }'),
  );

  expect(answer).toMatchObject({ processData: null, errors: [{ rule: 'LOT-7' }] });
});

test('one of 30 completions of an execution succeeds (PD-4)', async () => {
  const { item } = await oneItem(api);
  const { id } = await start(api, item, floor.mount);

  const answers = await Promise.all(
    Array.from({ length: 30 }, () =>
      call(api, 'completeProcess', { processData: id, result: 'PASS' }, 'processData { id }'),
    ),
  );

  expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(Array(29).fill('PD-4'));
});

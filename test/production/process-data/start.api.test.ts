import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeLot } from '../../support/build.ts';
import { done, expectRefused } from '../../support/expect.ts';
import {
  askAsStation,
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

describe('startProcess', () => {
  test('opens an execution with the viewer as operator, and sets the item IN_PROGRESS (WIP-6, PD-4, PD-15)', async () => {
    const { lot, item } = await oneItem(api);

    const { processData, warnings } = await done(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { code: 'mount' } },
      `processData {
        level attempt isOpen result completedAt durationSeconds measurements { code } defects { code } verdict version equipment { code } station { code }
        lot { number } wipItem { number status currentProcess { code } openExecution { attempt process { code } } } serial { number }
        unit { __typename ... on WipItem { number } } process { code } operator { username }
      } warnings`,
      'OPERATOR',
    );

    expect(processData).toEqual({
      level: 'WIP',
      attempt: 1,
      isOpen: true,
      result: null,
      completedAt: null,
      durationSeconds: null,
      measurements: [],
      defects: [],
      verdict: 'NOT_JUDGED',
      version: 1,
      equipment: null,
      station: null,
      lot: { number: lot.number },
      wipItem: {
        number: item.number,
        status: 'IN_PROGRESS',
        currentProcess: { code: 'MOUNT' },
        openExecution: { attempt: 1, process: { code: 'MOUNT' } },
      },
      serial: null,
      unit: { __typename: 'WipItem', number: item.number },
      process: { code: 'MOUNT' },
      operator: { username: 'operator' },
    });
    expect(warnings).toEqual([]);
  });

  test('on a LOT-level step starts a CREATED lot (PD-16, LOT-5)', async () => {
    const lot = await makeLot(api);

    const { processData } = await done(
      api,
      'startProcess',
      { unit: { id: lot.id }, process: { number: 5 } },
      'processData { level wipItem { id } lot { status startedAt } unit { __typename } }',
    );

    expect(processData).toEqual({
      level: 'LOT',
      wipItem: null,
      lot: { status: 'IN_PROGRESS', startedAt: expect.stringMatching(/Z$/) },
      unit: { __typename: 'Lot' },
    });
  });

  test('on a SERIAL-level step sets a CREATED serial IN_PROGRESS, and refers to its item too (SER-6, PD-1)', async () => {
    const { lot, serial } = await oneSerial(api, floor);

    const { processData } = await done(
      api,
      'startProcess',
      { unit: { id: serial.id }, process: { id: floor.burnIn.id } },
      'processData { level lot { number } wipItem { status } serial { status } unit { __typename } }',
    );

    expect(processData).toEqual({
      level: 'SERIAL',
      lot: { number: lot.number },
      wipItem: { status: 'CONVERTED' },
      serial: { status: 'IN_PROGRESS' },
      unit: { __typename: 'Serial' },
    });
  });

  test('on the conversion step leaves the item COMPLETED, and sets its current step (WIP-6)', async () => {
    const { item } = await oneCompletedItem(api, floor);

    const { processData } = await done(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { id: floor.mark.id } },
      'processData { wipItem { status currentProcess { code } } }',
    );

    expect(processData.wipItem).toEqual({ status: 'COMPLETED', currentProcess: { code: 'MARK' } });
  });

  test('on a FAILED item sets it IN_PROGRESS again, with the next attempt (WIP-6, PD-9)', async () => {
    const { item } = await oneItem(api);
    await record(api, item, floor.mount, { result: 'FAIL' });
    expect(await statusOf(api, item)).toBe('FAILED');

    const { processData } = await done(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { id: floor.mount.id } },
      'processData { attempt wipItem { status completedAt } }',
    );

    expect(processData).toEqual({ attempt: 2, wipItem: { status: 'IN_PROGRESS', completedAt: null } });
  });

  test('starts now unless a time is given, in any offset, up to 60 seconds in the future (PD-7)', async () => {
    const { item } = await oneItem(api);
    const before = fromNow(-2_000);

    const now = await start(api, item, floor.mount);
    const { item: second } = await oneItem(api);
    const given = await start(api, second, floor.mount, { startedAt: '2026-01-02T03:04:05.678+02:00' });
    const { item: third } = await oneItem(api);
    const ahead = fromNow(59_000);

    expect(now.startedAt > before && now.startedAt < fromNow(2_000)).toBe(true);
    expect(given.startedAt).toBe('2026-01-02T01:04:05.678Z');
    expect((await start(api, third, floor.mount, { startedAt: ahead })).startedAt).toBe(ahead);
    const { item: fourth } = await oneItem(api);
    await expectRefused(
      api,
      'startProcess',
      { unit: { id: fourth.id }, process: { id: floor.mount.id }, startedAt: fromNow(70_000) },
      [['RULE_VIOLATED', 'startedAt', 'PD-7']],
    );
  });
});

describe('the unit of startProcess', () => {
  test('is found by its number in any spelling, and by its external number', async () => {
    const lot = await makeLot(api, { externalNumber: 'erp 4711/a' });
    const { wipItems } = await done(
      api,
      'generateWipItems',
      { lot: { id: lot.id }, quantity: 2, externalNumbers: ['Unit-1', 'unit-1'] },
      'wipItems { id number }',
    );
    const spelled =
      `${lot.number.slice(0, 4)}-${lot.number.slice(4, 7)} ${lot.number.slice(7, 11)}-${lot.number.slice(11)}`.toLowerCase();
    const unitOf = async (number: string, step: { readonly id: string }): Promise<unknown> =>
      (
        await done(
          api,
          'recordProcessData',
          { unit: { number }, process: { id: step.id }, result: 'REWORK' },
          'processData { unit { ... on Lot { lot: number } ... on WipItem { item: number } } }',
        )
      )['processData'].unit;

    expect(await unitOf(` ${spelled} `, floor.kit)).toEqual({ lot: lot.number });
    expect(await unitOf('erp 4711/a', floor.kit)).toEqual({ lot: lot.number });
    expect(await unitOf(` ${wipItems[0].number.toLowerCase()} `, floor.mount)).toEqual({ item: wipItems[0].number });
    expect(await unitOf('Unit-1', floor.mount)).toEqual({ item: wipItems[0].number });
    expect(await unitOf('unit-1', floor.mount)).toEqual({ item: wipItems[1].number });
  });

  test('is the item or the serial with the external number, as the level of the step requires', async () => {
    const lot = await makeLot(api);
    const { wipItems } = await done(
      api,
      'generateWipItems',
      { lot: { id: lot.id }, quantity: 1, externalNumbers: ['M14860'] },
      'wipItems { id number }',
    );
    for (const step of [floor.mount, floor.test, floor.mark])
      await done(
        api,
        'recordProcessData',
        { unit: { number: 'M14860' }, process: { id: step.id }, result: 'PASS' },
        'processData { id }',
      );

    const { processData } = await done(
      api,
      'startProcess',
      { unit: { number: 'M14860' }, process: { id: floor.burnIn.id } },
      'processData { unit { ... on Serial { number } } }',
    );

    expect(processData.unit).toEqual({ number: wipItems[0].number.replace(/^WIP-(.*)-/, '$1') });
    await expectRefused(api, 'startProcess', { unit: { number: 'M14860' }, process: { id: floor.mount.id } }, [
      ['RULE_VIOLATED', 'unit', 'WIP-8'],
      ['RULE_VIOLATED', 'unit', 'PD-6'],
      ['RULE_VIOLATED', 'unit', 'PD-16'],
    ]);
  });

  test('is found by an external number that has the form of an internal one', async () => {
    const lot = await makeLot(api, { externalNumber: 'ERP0000000123' });

    const { processData } = await done(
      api,
      'startProcess',
      { unit: { number: 'ERP0000000123' }, process: { id: floor.kit.id } },
      'processData { lot { number } }',
    );

    expect(processData.lot.number).toBe(lot.number);
  });

  test.each([
    ['an unknown lot', { number: 'KR01PSA991199' }, 'NOT_FOUND', 'unit', null],
    ['an unknown item', { number: 'wip-KR01PSA991199-001' }, 'NOT_FOUND', 'unit', null],
    ['an unknown serial', { number: 'KR01-PSA-9911-99-001' }, 'NOT_FOUND', 'unit', null],
    ['a text that is not a number', { number: "x'; DROP TABLE lots; --" }, 'NOT_FOUND', 'unit', null],
    ['a blank number', { number: '  ' }, 'INVALID_INPUT', 'unit.number', null],
    ['a number with a NUL', { number: 'KR01\u0000' }, 'INVALID_INPUT', 'unit.number', null],
    ['half a surrogate', { number: 'KR01\ud800' }, 'INVALID_INPUT', 'unit.number', null],
    ['a number of 101 characters', { number: 'x'.repeat(101) }, 'INVALID_INPUT', 'unit.number', null],
    ['an invalid id', { id: 'garbage' }, 'INVALID_INPUT', 'unit.id', null],
    [
      'an id of no record',
      { id: Buffer.from('Lot:00000000-0000-7000-8000-000000000000').toString('base64url') },
      'NOT_FOUND',
      'unit',
      null,
    ],
  ] as const)('is refused when it is %s', async (_what, unit, code, path, rule) => {
    await expectRefused(api, 'startProcess', { unit, process: { id: floor.mount.id } }, [[code, path, rule]]);
  });

  test('is refused when its id is of another type', async () => {
    await expectRefused(api, 'startProcess', { unit: { id: floor.mount.id }, process: { id: floor.mount.id } }, [
      ['INVALID_INPUT', 'unit.id', null],
    ]);
    const { item } = await oneItem(api);
    await expectRefused(api, 'startProcess', { unit: { id: item.id }, process: { id: item.id } }, [
      ['INVALID_INPUT', 'process.id', null],
    ]);
  });

  test('is reported together with all other records that do not exist, the step first', async () => {
    const { item } = await oneItem(api);

    await expectRefused(api, 'startProcess', { unit: { id: item.id }, process: { code: 'NOPE' } }, [
      ['NOT_FOUND', 'process', null],
    ]);
    await expectRefused(
      api,
      'startProcess',
      { unit: { number: 'x' }, process: { number: 10 }, equipment: { code: 'NOPE' }, operator: { username: 'nobody' } },
      [
        ['NOT_FOUND', 'unit', null],
        ['NOT_FOUND', 'equipment', null],
        ['NOT_FOUND', 'operator', null],
      ],
    );
  });
});

describe('the operator of startProcess (PD-15)', () => {
  test.each(['ENGINEER', 'MANAGER', 'ADMIN'] as const)('is the given user when the viewer is %s', async (role) => {
    const { item } = await oneItem(api);

    const { processData } = await done(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { id: floor.mount.id }, operator: { username: 'OPERATOR' } },
      'processData { operator { username } }',
      role,
    );

    expect(processData.operator.username).toBe('operator');
  });

  test.each(['INSPECTOR', 'OPERATOR'] as const)('may only be the viewer when the viewer is %s', async (role) => {
    const { item } = await oneItem(api);
    const input = { unit: { id: item.id }, process: { id: floor.mount.id } };

    await expectRefused(
      api,
      'startProcess',
      { ...input, operator: { username: 'admin' } },
      [['FORBIDDEN', 'operator', 'PD-15']],
      role,
    );
    const { processData } = await done(
      api,
      'startProcess',
      { ...input, operator: { username: role.toLowerCase() } },
      'processData { operator { username } }',
      role,
    );

    expect(processData.operator.username).toBe(role.toLowerCase());
  });

  test('must be active', async () => {
    await done(
      api,
      'createUser',
      { username: 'gone', fullName: 'Gone', password: 'Passw0rd-x', isActive: false },
      'user { id }',
    );
    const { item } = await oneItem(api);

    await expectRefused(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { id: floor.mount.id }, operator: { username: 'gone' } },
      [['INVALID_INPUT', 'operator', 'PD-15']],
    );
  });

  test('must be given by a station, whose id is stored with the execution', async () => {
    const { station } = await done(
      api,
      'registerStation',
      { code: 'ST-1', name: 'Station 1', host: 'st1' },
      'station { id code }',
    );
    const { item } = await oneItem(api);
    const document =
      'mutation ($input: StartProcessInput!) { startProcess(input: $input) { processData { operator { username } station { code } } errors { code path rule } } }';
    const input = { unit: { id: item.id }, process: { id: floor.mount.id } };

    const unnamed = await askAsStation(api, station, document, { input });
    const named = await askAsStation(api, station, document, {
      input: { ...input, operator: { username: 'operator' } },
    });

    expect(unnamed.data.startProcess).toEqual({
      processData: null,
      errors: [{ code: 'INVALID_INPUT', path: ['operator'], rule: 'PD-15' }],
    });
    expect(named.data.startProcess).toEqual({
      processData: { operator: { username: 'operator' }, station: { code: 'ST-1' } },
      errors: [],
    });
  });

  test.each([
    ['VIEWER', 'FORBIDDEN', null],
    ['AUDITOR', 'FORBIDDEN', null],
    [null, 'UNAUTHENTICATED', 'AUT-1'],
  ] as const)('is refused when the viewer is %s', async (role, code, rule) => {
    const { item } = await oneItem(api);

    await expectRefused(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { id: floor.mount.id } },
      [[code, '', rule]],
      role,
    );
  });
});

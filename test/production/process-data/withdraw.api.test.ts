import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeLot, putExecution } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import {
  askAsStation,
  makeFloor,
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

test('withdrawProcess deletes the execution, keeps the status of the unit, and makes its step available again (PD-14)', async () => {
  const { item } = await oneItem(api);
  const { id } = await start(api, item, floor.mount);

  const answer = await done(
    api,
    'withdrawProcess',
    { id, reason: 'Wrong item' },
    'withdrawnId unit { __typename ... on WipItem { number status currentProcess { code } openExecution { id } } }',
  );

  expect(answer).toEqual({
    withdrawnId: id,
    unit: {
      __typename: 'WipItem',
      number: item.number,
      status: 'IN_PROGRESS',
      currentProcess: null,
      openExecution: null,
    },
    errors: [],
  });
  expect((await api.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).data.node).toBeNull();
  expect((await record(api, item, floor.mount))['processData'].attempt).toBe(1);
});

test('withdrawProcess works on lots and serials too, also in a held lot (PD-14, LOT-7)', async () => {
  const lot = await makeLot(api);
  const { lot: serialLot, serial } = await oneSerial(api, floor);
  const [onLot, onSerial] = [await start(api, lot, floor.kit), await start(api, serial, floor.burnIn)];
  await done(api, 'quarantineLot', { lot: { id: serialLot.id }, reason: 'Suspect' }, 'lot { id }');

  const first = await done(
    api,
    'withdrawProcess',
    { id: onLot.id, reason: 'x' },
    'unit { ... on Lot { number status } }',
  );
  const second = await done(
    api,
    'withdrawProcess',
    { id: onSerial.id, reason: 'x' },
    'unit { ... on Serial { number status } }',
  );

  expect(first['unit']).toEqual({ number: lot.number, status: 'IN_PROGRESS' });
  expect(second['unit']).toEqual({ number: serial.number, status: 'IN_PROGRESS' });
});

test('withdrawProcess leaves another open step as the current step of the item (PD-14)', async () => {
  const { item } = await oneItem(api);
  const { id } = await start(api, item, floor.mount);
  await putExecution(api, { wipItem: item }, floor.test, null);

  const { unit } = await done(
    api,
    'withdrawProcess',
    { id, reason: 'x' },
    'unit { ... on WipItem { currentProcess { code } openExecution { process { code } } } }',
  );

  expect(unit).toEqual({ currentProcess: { code: 'TEST' }, openExecution: { process: { code: 'TEST' } } });
});

test.each(['OPERATOR', 'INSPECTOR'] as const)(
  'withdrawProcess is allowed to an %s for their own executions only (PD-14)',
  async (role) => {
    const { item } = await oneItem(api);
    const own = await done(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { id: floor.mount.id } },
      'processData { id }',
      role,
    );
    const { item: second } = await oneItem(api);
    const { id } = await start(api, second, floor.mount);

    await expectRefused(api, 'withdrawProcess', { id, reason: 'x' }, [['FORBIDDEN', 'id', 'PD-14']], role);
    await done(api, 'withdrawProcess', { id: own['processData'].id, reason: 'x' }, 'withdrawnId', role);
  },
);

test.each(['ENGINEER', 'MANAGER'] as const)(
  'withdrawProcess is allowed to an %s for any execution (PD-14)',
  async (role) => {
    const { item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount);

    await done(api, 'withdrawProcess', { id, reason: 'x' }, 'withdrawnId', role);
  },
);

test('withdrawProcess is allowed to a station for executions that were started at it (PD-14)', async () => {
  const { station } = await done(
    api,
    'registerStation',
    { code: 'ST-1', name: 'Station', host: 'st1' },
    'station { id code }',
  );
  const [{ item }, { item: second }] = [await oneItem(api), await oneItem(api)];
  const document =
    'mutation ($input: StartProcessInput!) { startProcess(input: $input) { processData { id } errors { code } } }';
  const started = await askAsStation(api, station, document, {
    input: { unit: { id: item.id }, process: { id: floor.mount.id }, operator: { username: 'operator' } },
  });
  const other = await start(api, second, floor.mount);
  const withdraw = (id: string): ReturnType<typeof askAsStation> =>
    askAsStation(
      api,
      station,
      'mutation ($id: ID!) { withdrawProcess(input: { id: $id, reason: "x" }) { withdrawnId errors { code rule } } }',
      { id },
    );

  const own = await withdraw(started.data.startProcess.processData.id);
  const foreign = await withdraw(other.id);

  expect(own.data.withdrawProcess).toEqual({ withdrawnId: started.data.startProcess.processData.id, errors: [] });
  expect(foreign.data.withdrawProcess).toEqual({ withdrawnId: null, errors: [{ code: 'FORBIDDEN', rule: 'PD-14' }] });
});

test('withdrawProcess refuses a finished and an unknown execution, an outdated version, a missing reason, and read-only roles (PD-14, GEN-2, GEN-4)', async () => {
  const { item } = await oneItem(api);
  const { processData } = await record(api, item, floor.mount);
  const { id } = await start(api, item, floor.test);

  await expectRefused(api, 'withdrawProcess', { id: processData.id, reason: 'x' }, [['RULE_VIOLATED', 'id', 'PD-14']]);
  await expectRefused(api, 'withdrawProcess', { id: item.id, reason: 'x' }, [['INVALID_INPUT', 'id', null]]);
  const gone = Buffer.from('ProcessData:00000000-0000-7000-8000-000000000000').toString('base64url');
  await expectRefused(api, 'withdrawProcess', { id: gone, reason: 'x' }, [['NOT_FOUND', 'id', null]]);
  await expectRefused(api, 'withdrawProcess', { id, reason: '' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
  await expectRefused(api, 'withdrawProcess', { id, reason: 'x', expectedVersion: 4 }, [
    ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
  ]);
  await expectRefused(api, 'withdrawProcess', { id, reason: 'x' }, [['FORBIDDEN', '', null]], 'VIEWER');
  const stale = await call(
    api,
    'withdrawProcess',
    { id, reason: 'x', expectedVersion: 4 },
    'withdrawnId unit { ... on WipItem { number } }',
  );
  expect(stale).toMatchObject({ withdrawnId: null, unit: { number: item.number } });
});

test('withdrawProcess and completeProcess at the same time: one of the two succeeds (PD-14, PD-4)', async () => {
  const { item } = await oneItem(api);
  const { id } = await start(api, item, floor.mount);

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? call(api, 'withdrawProcess', { id, reason: 'x' })
        : call(api, 'completeProcess', { processData: id, result: 'REWORK' }),
    ),
  );

  expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  const codes = new Set(answers.flatMap(({ errors }) => errors.map(({ code }) => code)));
  expect(codes.size).toBe(1);
  expect([...codes].every((code) => code === 'NOT_FOUND' || code === 'RULE_VIOLATED')).toBe(true);
  expect(await statusOf(api, item)).toBe('IN_PROGRESS');
});

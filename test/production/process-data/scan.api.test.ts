import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeLot } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { install } from '../../support/genealogy.ts';
import { openSession } from '../../support/sessions.ts';
import { makeStation } from '../../support/station.ts';
import { makeFloor, oneItem, oneSerial, record, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterAll(() => api.close());

const SCAN = `query ($code: String!, $process: ProcessRef) { scan(code: $code, process: $process) {
  kind code lot { number } wipItem { number } serial { number } equipment { code } station { code } process { code } readiness { isReady hasPass } warnings
} }`;
const NOTHING = {
  lot: null,
  wipItem: null,
  serial: null,
  equipment: null,
  station: null,
  process: null,
  readiness: null,
  warnings: [],
};

async function scan(code: string, process?: object): Promise<Record<string, unknown>> {
  const answer = await api.ask(SCAN, { code, process });
  expect(answer.errors).toEqual([]);
  return answer.data.scan;
}

test('scan recognises a number in any spelling', async () => {
  const { lot, item } = await oneItem(api);
  const { serial } = await oneSerial(api, floor);
  const hyphens = (number: string): string =>
    `${number.slice(0, 4)}-${number.slice(4, 7)}-${number.slice(7, 11)}-${number.slice(11)} `.toLowerCase();

  expect(await scan(hyphens(lot.number))).toEqual({
    ...NOTHING,
    kind: 'LOT',
    code: lot.number,
    lot: { number: lot.number },
  });
  expect(await scan(` ${item.number.toLowerCase()}`)).toEqual({
    ...NOTHING,
    kind: 'WIP_ITEM',
    code: item.number,
    wipItem: { number: item.number },
  });
  expect(await scan(hyphens(serial.number))).toEqual({
    ...NOTHING,
    kind: 'SERIAL',
    code: serial.number,
    serial: { number: serial.number },
  });
});

test('scan compares an external number exactly, and returns the item rather than its serial, unless the step is of the serial', async () => {
  const lot = await makeLot(api, { externalNumber: 'ERP 7' });
  const { wipItems } = await done(
    api,
    'generateWipItems',
    { lot: { id: lot.id }, quantity: 1, externalNumbers: ['M14860'] },
    'wipItems { id number }',
  );
  for (const step of [floor.mount, floor.test, floor.mark]) await record(api, wipItems[0], step);

  expect(await scan('ERP 7')).toMatchObject({ kind: 'LOT', code: lot.number });
  expect(await scan('erp 7')).toMatchObject({ kind: 'UNKNOWN', code: 'erp 7' });
  expect(await scan('M14860')).toMatchObject({ kind: 'WIP_ITEM', code: wipItems[0].number });
  expect(await scan('M14860', { number: 50 })).toMatchObject({
    kind: 'SERIAL',
    readiness: { isReady: true, hasPass: false },
  });
});

test('scan compares the codes of equipment, station and step, in this order, after all numbers', async () => {
  await done(
    api,
    'createEquipment',
    { code: 'SAME', name: 'Press', type: 'PRESS', nextMaintenanceOn: '2026-01-01' },
    'equipment { id }',
  );
  await done(api, 'registerStation', { code: 'SAME', name: 'Station', host: 'st' }, 'station { id }');
  await done(api, 'registerStation', { code: 'FINAL', name: 'Station', host: 'st' }, 'station { id }');

  expect(await scan(' same ')).toEqual({
    ...NOTHING,
    kind: 'EQUIPMENT',
    code: 'SAME',
    equipment: { code: 'SAME' },
    warnings: ['MAINTENANCE_DUE'],
  });
  expect(await scan('final')).toEqual({ ...NOTHING, kind: 'STATION', code: 'FINAL', station: { code: 'FINAL' } });
  expect(await scan('burn_in')).toEqual({ ...NOTHING, kind: 'PROCESS', code: 'BURN_IN', process: { code: 'BURN_IN' } });
  expect(await scan('burn_in', { number: 10 })).toMatchObject({ kind: 'PROCESS', readiness: null });
});

test.each(['', '   ', 'KR01PSA991199', "'; DROP TABLE lots; --", '\u0000', 'a\ud800', 'x'.repeat(2_000)])(
  'scan answers %j with UNKNOWN, not with an error',
  async (code) => {
    expect(await scan(code)).toMatchObject({ ...NOTHING, kind: 'UNKNOWN' });
  },
);

test('scan with a step reports the readiness of a unit, with its warnings', async () => {
  const { lot, item } = await oneItem(api);
  await record(api, item, floor.mount);
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Suspect' }, 'lot { id }');

  expect(await scan(item.number)).toMatchObject({ kind: 'WIP_ITEM', readiness: null, warnings: ['LOT_QUARANTINED'] });
  expect(await scan(item.number, { code: 'mount' })).toMatchObject({
    readiness: { isReady: false, hasPass: true },
    warnings: ['ALREADY_PASSED', 'LOT_QUARANTINED'],
  });
});

test('scan refuses a step that does not exist, and a request without a signed-in user', async () => {
  const { item } = await oneItem(api);

  expect((await api.ask(SCAN, { code: item.number, process: { code: 'NOPE' } })).errors).toMatchObject([
    { extensions: { code: 'NOT_FOUND', path: ['process'] } },
  ]);
  expect((await api.ask(SCAN, { code: item.number, process: { id: item.id } })).errors).toMatchObject([
    { extensions: { code: 'INVALID_INPUT', path: ['process', 'id'] } },
  ]);
  expect((await api.ask(SCAN, { code: item.number }, null)).errors).toMatchObject([
    { extensions: { code: 'UNAUTHENTICATED' } },
  ]);
  expect((await api.ask(SCAN, { code: item.number }, 'VIEWER')).errors).toEqual([]);
});

test('scan and readiness take as many statements for a unit with components and a session as for a bare one', async () => {
  const ask = (unit: { readonly number: string }) =>
    Promise.all([
      askBothWays(api, SCAN, { code: unit.number, process: { code: 'TEST' } }),
      askBothWays(
        api,
        'query ($unit: UnitRef!, $process: ProcessRef!) { unitReadiness(unit: $unit, process: $process) { isReady checks { rule isPassed } } }',
        { unit: { number: unit.number }, process: { code: 'TEST' } },
      ),
    ]);
  const { serial } = await oneSerial(api, floor);
  const { serial: full } = await oneSerial(api, floor);
  await makeStation(api, 'ST-SCAN');
  await openSession(api, 'SCAN-1', { station: { code: 'ST-SCAN' } });
  for (const number of ['REEL-1', 'REEL-2', 'REEL-3']) await install(api, full, { externalLotNumber: number });

  const [bare, loaded] = [await ask(serial), await ask(full)];

  expect([...bare, ...loaded].flatMap(({ errors }) => errors)).toEqual([]);
  expect(loaded.map(({ statements }) => statements)).toEqual(bare.map(({ statements }) => statements));
  expect(loaded.map(({ statements }) => statements)).toEqual([
    { plans: 4, loaders: 4 },
    { plans: 3, loaders: 3 },
  ]);
});

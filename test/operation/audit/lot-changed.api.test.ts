import { afterEach, beforeEach, expect, test } from 'vitest';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLot } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { withConnection } from '../../support/database.ts';
import { makeStation } from '../../support/station.ts';
import { listen } from '../../support/stream.ts';
import { makeFloor, oneSerial, record, type Floor } from '../../support/work.ts';

const LOT_CHANGED = `subscription($lot: LotRef!, $after: String) { lotChanged(lot: $lot, after: $after) {
  cursor action lot { number disposition } unit { __typename ... on Lot { number } ... on WipItem { number } ... on Serial { number } } } }`;

let api: Api;
let floor: Floor;
beforeEach(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterEach(() => api.close());

const seal = () => sealNow(api.database);

test('lotChanged reports the changes of a lot, its items, serials and executions, and of no other lot; a station may subscribe', async () => {
  const { apiKey } = await makeStation(api, 'ST01');
  const { lot, serial } = await oneSerial(api, floor);
  const other = await oneSerial(api, floor);
  await seal();
  using stream = await listen(api, { apiKey }, LOT_CHANGED, { variables: { lot: { number: lot.number } } });
  await record(api, other.serial, floor.burnIn);
  await record(api, serial, floor.burnIn);
  const [item] = await makeItems(api, lot, 1);
  await done(api, 'quarantineLot', { lot: { id: other.lot.id }, reason: 'Another one.' }, '');
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'To be looked at.' }, '');
  await seal();

  const events = await stream.until(4);
  expect(events.map(({ data: { lotChanged } }) => [lotChanged.action, lotChanged.unit])).toEqual([
    ['processData.recorded', { __typename: 'Serial', number: serial.number }],
    ['processData.recorded', { __typename: 'Serial', number: serial.number }],
    ['wipItem.generated', { __typename: 'WipItem', number: item?.number }],
    ['lot.quarantined', { __typename: 'Lot', number: lot.number }],
  ]);
  expect(events.map(({ data: { lotChanged } }) => lotChanged.lot)).toEqual(
    events.map(() => ({ number: lot.number, disposition: 'QUARANTINED' })),
  );
  expect(events.map(({ id }) => id)).toEqual(events.map(({ data: { lotChanged } }) => lotChanged.cursor));

  using rest = await listen(api, { token: await api.tokenOf('VIEWER') }, LOT_CHANGED, {
    variables: { lot: { id: lot.id }, after: events[2]?.id },
  });
  expect((await rest.until(1)).map(({ data: { lotChanged } }) => lotChanged.action)).toEqual(['lot.quarantined']);
});

test('lotChanged reports the deletion of a lot and its items too, without the deleted records', async () => {
  const lot = await makeLot(api);
  await seal();
  using stream = await listen(api, { token: await api.tokenOf('VIEWER') }, LOT_CHANGED, {
    variables: { lot: { id: lot.id } },
  });
  await makeItems(api, lot, 1);
  await withConnection(api.databaseUrl, (client) => client.query('DELETE FROM wip_items; DELETE FROM lots'));
  await seal();

  expect((await stream.until(4)).map(({ data, errors }) => [data.lotChanged, errors])).toEqual(
    ['wipItem.generated', 'wipItem.generated', 'sql.delete', 'sql.delete'].map((action) => [
      { cursor: expect.any(String), action, lot: null, unit: null },
      [],
    ]),
  );
});

test.each([
  ['an unknown number', { number: 'KR01PSA261199' }, { code: 'NOT_FOUND', path: ['lot'] }],
  [
    'the number of another kind',
    { number: 'WIP-KR01PSA261101-001' },
    { code: 'INVALID_INPUT', path: ['lot', 'number'], rule: 'LOT-1' },
  ],
  [
    'an id of another type',
    { id: Buffer.from('Serial:0190a8e0-0000-7000-8000-000000000000').toString('base64url') },
    { code: 'INVALID_INPUT', path: ['lot', 'id'] },
  ],
  [
    'an id of no lot',
    { id: Buffer.from('Lot:0190a8e0-0000-7000-8000-000000000000').toString('base64url') },
    { code: 'NOT_FOUND', path: ['lot'] },
  ],
])('lotChanged refuses %s', async (_, lot, extensions) => {
  using stream = await listen(api, { token: await api.tokenOf('VIEWER') }, LOT_CHANGED, { variables: { lot } });
  await expect.poll(() => stream.isComplete).toBe(true);
  expect(stream.events).toMatchObject([{ data: null, errors: [{ extensions }] }]);
});

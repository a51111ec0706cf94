/** The floor as a station with an API key sees it over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { makeFloor, oneItem, type Floor } from '../../support/work.ts';
import { uuidOf } from '../../support/build.ts';
import { fingerprint, call } from '../../support/expect.ts';
import { makeStation, sendAs, type StationWithKey } from '../../support/station.ts';

let api: Api;
let floor: Floor;
let station: StationWithKey;
let other: StationWithKey;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  station = await makeStation(api, 'TESTER-1');
  other = await makeStation(api, 'TESTER-2');
  // The first use of a key is recorded; further uses within a minute are not, so that fingerprints can be compared.
  for (const { apiKey } of [station, other]) await api.askWith({ apiKey }, '{ __typename }');
});
afterAll(() => api.close());

const asStation = (mutation: string, input: object, selection = ''): Promise<Answer['data']> =>
  sendAs(api, station.apiKey, mutation, input, selection);
const EXECUTION = 'processData { id result operator { username } station { code } }';

async function expectRefusedAsStation(mutation: string, input: object, error: object): Promise<void> {
  const before = await fingerprint(api);
  expect((await asStation(mutation, input)).errors).toMatchObject([error]);
  expect(await fingerprint(api)).toEqual(before);
}

describe('a station with an API key', () => {
  test('registers itself again, and reports for itself (STA-2, STA-3)', async () => {
    expect(
      await asStation(
        'registerStation',
        { code: 'tester-1', name: 'X', host: '10.0.0.9' },
        'station { code host status }',
      ),
    ).toEqual({ station: { code: 'TESTER-1', host: '10.0.0.9', status: 'ONLINE' }, errors: [] });
    expect(
      await asStation('stationHeartbeat', { code: 'TESTER-1', health: { status: 'degraded' } }, 'station { status }'),
    ).toEqual({ station: { status: 'DEGRADED' }, errors: [] });
  });

  test('is refused when it registers another station, known or new, or reports for one (STA-2, STA-3)', async () => {
    for (const code of ['TESTER-2', 'NEW-1'])
      await expectRefusedAsStation(
        'registerStation',
        { code, name: 'X', host: 'h' },
        { code: 'FORBIDDEN', path: ['code'], rule: 'STA-2' },
      );
    await expectRefusedAsStation(
      'stationHeartbeat',
      { code: 'TESTER-2' },
      { code: 'FORBIDDEN', path: ['code'], rule: 'STA-3' },
    );
  });

  test('must name the operator of its starts and records, which refer to the station (PD-15)', async () => {
    const { item } = await oneItem(api);
    const where = { unit: { id: item.id }, process: { id: floor.mount.id } };
    await expectRefusedAsStation('startProcess', where, { code: 'INVALID_INPUT', path: ['operator'], rule: 'PD-15' });
    await expectRefusedAsStation(
      'recordProcessData',
      { ...where, result: 'PASS' },
      { code: 'INVALID_INPUT', path: ['operator'], rule: 'PD-15' },
    );

    const started = await asStation('startProcess', { ...where, operator: { username: 'operator' } }, EXECUTION);
    expect([started.processData, started.errors]).toMatchObject([
      { operator: { username: 'operator' }, station: { code: 'TESTER-1' } },
      [],
    ]);
    const completed = await asStation(
      'completeProcess',
      { processData: started.processData.id, result: 'PASS' },
      EXECUTION,
    );
    expect([completed.processData, completed.errors]).toMatchObject([
      { result: 'PASS', station: { code: 'TESTER-1' } },
      [],
    ]);
    const recorded = await asStation(
      'recordProcessData',
      { unit: { id: item.id }, process: { id: floor.test.id }, result: 'PASS', operator: { username: 'operator' } },
      EXECUTION,
    );
    expect([recorded.processData, recorded.errors]).toMatchObject([{ station: { code: 'TESTER-1' } }, []]);
  });

  test('withdraws what was started at it, and nothing else (PD-14)', async () => {
    const { item } = await oneItem(api);
    const { processData } = await sendAs(
      api,
      other.apiKey,
      'startProcess',
      { unit: { id: item.id }, process: { id: floor.mount.id }, operator: { username: 'operator' } },
      EXECUTION,
    );
    const withdraw = { id: processData.id, reason: 'Wrong part' };
    await expectRefusedAsStation('withdrawProcess', withdraw, { code: 'FORBIDDEN', path: ['id'], rule: 'PD-14' });
    expect((await sendAs(api, other.apiKey, 'withdrawProcess', withdraw)).errors).toEqual([]);
  });

  test('cannot call operations that are for users only (AUT-5)', async () => {
    for (const [mutation, input] of [
      ['closeLot', { lot: { number: 'KR01PSA261101' } }],
      ['logout', {}],
      ['createUser', { username: 'xyz', fullName: 'X', password: 'Abcdef-1' }],
    ] as const) {
      await expectRefusedAsStation(mutation, input, { code: 'FORBIDDEN', path: [], rule: null });
    }
  });

  test('has its own idempotency keys (IDK-1)', async () => {
    const { item } = await oneItem(api);
    const input = {
      unit: { id: item.id },
      process: { id: floor.mount.id },
      operator: { username: 'operator' },
      idempotencyKey: 'one key',
    };
    const first = await asStation('startProcess', input, EXECUTION);
    expect(await asStation('startProcess', input, EXECUTION)).toEqual(first);
    expect((await sendAs(api, other.apiKey, 'startProcess', input)).errors).toMatchObject([{ rule: 'PD-5' }]);
  });
});

test('and a token of a user acts with the rights of the user, and the station is recorded (AUT-5)', async () => {
  const { item } = await oneItem(api);
  const credentials = { apiKey: station.apiKey, token: await api.tokenOf('OPERATOR') };
  const document =
    'mutation($input: StartProcessInput!) { startProcess(input: $input) { processData { id operator { username } station { code } } errors { code rule } } }';
  const input = { unit: { id: item.id }, process: { id: floor.mount.id } };

  expect(
    (await api.askWith(credentials, document, { input: { ...input, operator: { username: 'inspector' } } })).data
      .startProcess.errors,
  ).toEqual([{ code: 'FORBIDDEN', rule: 'PD-15' }]);
  const { processData, errors } = (await api.askWith(credentials, document, { input })).data.startProcess;

  expect([processData, errors]).toMatchObject([
    { operator: { username: 'operator' }, station: { code: 'TESTER-1' } },
    [],
  ]);
  const [row] = await api.database.reader()
    .sql`SELECT station_id::text AS station FROM process_data WHERE id = ${uuidOf(processData)}::uuid`;
  expect(row).toEqual({ station: uuidOf(station) });
  expect((await call(api, 'withdrawProcess', { id: processData.id, reason: 'Test' })).errors).toEqual([]);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROLES } from '../../../src/platform/rules/access.ts';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import {
  makeLine,
  makeLot,
  makeModel,
  makeRoute,
  makeSerials,
  makeStep,
  passSerials,
  putExecution,
  type Named,
  type Step,
} from '../../support/build.ts';
import { call, done, expectRefused, fingerprint } from '../../support/expect.ts';
import { putLots } from '../../support/bulk.ts';

let api: Api;
let model: { id: string };
let line: { id: string };
let steps: readonly Step[];

beforeEach(async () => {
  api = await startApi();
  model = await makeModel(api, { maxReworks: 1 });
  line = await makeLine(api);
  const { mount, test: testing } = await makeRoute(api);
  steps = [mount, testing];
});
afterEach(() => api.close());

const UNKNOWN = Buffer.from('Serial:00000000-0000-7000-8000-000000000000').toString('base64url');
const FIELDS =
  'serial { number displayNumber externalNumber status reworkCount maxReworks reworksLeft canRework isTerminal isActive failureReason completedAt version }';

test('a serial is found by each of its numbers, has its item and lot, and sums the time of both (SER-1)', async () => {
  const lot = await makeLot(api);
  const final = await makeStep(api, 90, 'FINAL', { level: 'SERIAL' });
  const [serial] = await makeSerials(api, lot, 1, steps);
  if (serial === undefined) return expect.unreachable();
  await putExecution(api, { serial }, final, 'PASS', {
    startedAt: '2026-11-20T08:00:00Z',
    completedAt: '2026-11-20T08:00:30Z',
  });
  await api.database.reader()
    .sql`UPDATE process_data SET completed_at = started_at + interval '5 seconds' WHERE serial_id IS NULL`;
  await api.database.reader().sql`UPDATE serials SET external_number = 'M14860'`;

  for (const number of ['KR01PSA261101001', ' kr01-psa-2611-01-001', 'M14860']) {
    const { data } = await api.ask(
      'query ($number: String!) { serialByNumber(number: $number) { id lot { number } wipItem { number serial { number } } sequence touchTimeSeconds } }',
      { number },
    );
    expect(data.serialByNumber).toEqual({
      id: serial.id,
      lot: { number: 'KR01PSA261101' },
      wipItem: { number: 'WIP-KR01PSA261101-001', serial: { number: 'KR01PSA261101001' } },
      sequence: 1,
      touchTimeSeconds: 45,
    });
  }
  const { data } = await api.ask(
    '{ a: serialByNumber(number: "m14860") { id } b: serialByNumber(number: "KR01PSA261101") { id } c: serialByNumber(number: "WIP-KR01PSA261101-001") { id } }',
  );
  expect(data).toEqual({ a: null, b: null, c: null });
  await expectRefused(api, 'startSerial', { serial: { number: 'KR01PSA261101999' } }, [['NOT_FOUND', 'serial', null]]);
  await expectRefused(api, 'startSerial', { serial: { number: 'KR01PSA261101' } }, [
    ['INVALID_INPUT', 'serial.number', 'SER-1'],
  ]);
  await expectRefused(api, 'startSerial', { serial: { id: lot.id } }, [['INVALID_INPUT', 'serial.id', null]]);
});

test('serials can be filtered by every field of their filter, and listed in every order', async () => {
  const [one, other] = [await makeLot(api), await makeLot(api)];
  const [passed, failed] = await makeSerials(api, one, 2, steps);
  const [created] = await makeSerials(api, other, 1, steps);
  if (passed === undefined || failed === undefined || created === undefined) return expect.unreachable();
  await passSerials(api, [passed]);
  await done(api, 'startSerial', { serial: { id: failed.id } }, FIELDS);
  for (const mutation of ['failSerial', 'reworkSerial', 'failSerial'])
    await done(api, mutation, { serial: { id: failed.id }, reason: 'x' }, FIELDS);
  const found = async (filter: object, field = 'LOT_SEQUENCE', direction = 'ASC'): Promise<readonly string[]> => {
    const { data, errors } = await api.ask(
      'query ($filter: SerialFilter, $orderBy: [SerialOrder!]) { serials(filter: $filter, orderBy: $orderBy) { nodes { number } } }',
      { filter, orderBy: [{ field, direction }] },
    );
    expect(errors).toEqual([]);
    return data.serials.nodes.map(({ number }: Named) => number.slice(-5));
  };
  const [PASSED, FAILED, CREATED] = ['01001', '01002', '02001'];
  const { data } = await api.ask(`{ serialByNumber(number: "${created.number}") { wipItem { id } } }`);

  expect(await found({})).toEqual([PASSED, FAILED, CREATED]);
  expect(await found({}, 'LOT_SEQUENCE', 'DESC')).toEqual([CREATED, FAILED, PASSED]);
  expect(await found({}, 'STATUS')).toEqual([CREATED, PASSED, FAILED]);
  expect(await found({}, 'COMPLETED_AT', 'DESC')).toEqual([FAILED, PASSED, CREATED]);
  expect(await found({}, 'REWORK_COUNT', 'DESC')).toEqual([FAILED, CREATED, PASSED]);
  expect(await found({}, 'CREATED_AT', 'DESC')).toEqual([CREATED, FAILED, PASSED]);
  expect(await found({ number: { startsWith: 'kr01-psa-2611-01' } })).toEqual([PASSED, FAILED]);
  expect(await found({ lot: { eq: one.id } })).toEqual([PASSED, FAILED]);
  expect(await found({ wipItem: { eq: data.serialByNumber.wipItem.id } })).toEqual([CREATED]);
  expect(await found({ status: { in: ['PASSED', 'FAILED'] } })).toEqual([PASSED, FAILED]);
  expect(await found({ reworkCount: { gte: 1 } })).toEqual([FAILED]);
  expect(await found({ canRework: true })).toEqual([]);
  expect(await found({ canRework: false })).toEqual([PASSED, FAILED, CREATED]);
  expect(await found({ completedAt: { isNull: true } })).toEqual([CREATED]);
  expect(await found({ createdAt: { gt: '2199-01-01T00:00:00Z' } })).toEqual([]);
  expect(await found({ externalNumber: { isNull: false } })).toEqual([]);
});

test('serial mutations are for floor roles, a rework for quality roles; the role is checked before anything is read', async () => {
  const before = await fingerprint(api);
  const inputs = {
    startSerial: {},
    passSerial: {},
    failSerial: { reason: 'x' },
    reworkSerial: { reason: 'x' },
    convertWipItem: {},
  };

  for (const [mutation, fields] of Object.entries(inputs)) {
    const refused = mutation === 'reworkSerial' ? ['OPERATOR', 'AUDITOR', 'VIEWER'] : ['AUDITOR', 'VIEWER'];
    const input = {
      ...fields,
      ...(mutation === 'convertWipItem'
        ? { wipItem: { number: 'WIP-KR01PSA261101-001' } }
        : { serial: { id: UNKNOWN } }),
    };
    for (const role of ROLES) {
      const { errors } = await call(api, mutation, input, '', role);
      expect([mutation, role, errors[0]?.code]).toEqual([
        mutation,
        role,
        refused.includes(role) ? 'FORBIDDEN' : 'NOT_FOUND',
      ]);
    }
    expect((await call(api, mutation, input, '', null)).errors[0]?.code).toBe('UNAUTHENTICATED');
  }
  expect(await fingerprint(api)).toEqual(before);
});

test('the number of statements depends on what is selected, never on the number of rows', async () => {
  for (const [more, size] of [
    [1, 1],
    [9, 10],
    [90, 100],
  ] as const) {
    await putLots(api, more, { model, line, units: 1 });
    const plain = await askBothWays(api, '{ serials(first: 100) { nodes { number lot { number } } } }');
    const rich = await askBothWays(
      api,
      '{ serials(first: 100) { nodes { number lot { number } wipItem { number } reworksLeft isTerminal touchTimeSeconds } } }',
    );
    expect([plain.data.serials.nodes.length, plain.statements, rich.statements]).toEqual([
      size,
      { plans: 2, loaders: 2 },
      { plans: 3, loaders: 4 },
    ]);
  }
});

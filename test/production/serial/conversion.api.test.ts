import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import {
  completeItems,
  makeItems,
  makeLine,
  makeLot,
  makeModel,
  makeRoute,
  makeStep,
  putExecution,
  uuidOf,
  type Named,
  type Step,
} from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';

let api: Api;
let mount: Step;
let testing: Step;
let mark: Step;
let lot: Named;

beforeEach(async () => {
  api = await startApi();
  await makeModel(api, { maxReworks: 2 });
  await makeLine(api);
  ({ mount, test: testing, mark } = await makeRoute(api));
  lot = await makeLot(api);
});
afterEach(() => api.close());

async function oneItem(externalNumber?: string): Promise<Named> {
  const externalNumbers = externalNumber === undefined ? [] : [externalNumber];
  const { wipItems } = await done(
    api,
    'generateWipItems',
    { lot: { id: lot.id }, quantity: 1, externalNumbers },
    'wipItems { id number }',
  );
  return wipItems[0];
}

test('a COMPLETED item with every PASS becomes a serial with its lot, sequence and external number (WIP-7, SER-5)', async () => {
  await makeItems(api, lot, 6);
  const item = await oneItem('M14860');
  await completeItems(api, [item], [mount, testing]);

  const answer = await done(
    api,
    'convertWipItem',
    { wipItem: { number: 'M14860' } },
    'wipItem { status convertedAt completedAt currentProcess { code } version } serial { number externalNumber sequence status lot { number } wipItem { number } reworkCount maxReworks failureReason completedAt version }',
  );

  expect(answer['wipItem']).toMatchObject({
    status: 'CONVERTED',
    currentProcess: null,
    convertedAt: expect.stringMatching(/Z$/),
    completedAt: expect.stringMatching(/Z$/),
  });
  expect(answer['serial']).toEqual({
    number: 'KR01PSA261101007',
    externalNumber: 'M14860',
    sequence: 7,
    status: 'CREATED',
    lot: { number: lot.number },
    wipItem: { number: item.number },
    reworkCount: 0,
    maxReworks: 2,
    failureReason: null,
    completedAt: null,
    version: 1,
  });
});

test('all reasons against a conversion are reported at once, the missing steps by number and code (WIP-7)', async () => {
  const item = await oneItem();
  await putExecution(api, { wipItem: item }, mount, 'FAIL');
  await putExecution(api, { wipItem: item }, testing, null);

  const messages = await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [
    ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
    ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
    ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
  ]);

  expect(messages).toEqual([
    `WIP item ${item.number} is CREATED; only a COMPLETED item can be converted.`,
    `WIP item ${item.number} has no PASS yet on 10 MOUNT, 20 TEST.`,
    `WIP item ${item.number} has an open execution of 20 TEST; complete or withdraw it first.`,
  ]);
});

test('a COMPLETED item whose route got another step must pass that step first (WIP-7)', async () => {
  const item = await oneItem();
  await completeItems(api, [item], [mount, testing]);
  const clean = await makeStep(api, 25, 'CLEAN');

  const [message] = await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [
    ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
  ]);

  expect(message).toBe(`WIP item ${item.number} has no PASS yet on 25 CLEAN.`);
  await putExecution(api, { wipItem: item }, clean, 'PASS');
  await done(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { id }');
});

test('an item is not converted while another execution of it is open, also one of the conversion step (WIP-7)', async () => {
  const item = await oneItem();
  await completeItems(api, [item], [mount, testing]);
  await putExecution(api, { wipItem: item }, mark, null);

  await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [['RULE_VIOLATED', 'wipItem', 'WIP-7']]);
});

test('an item is converted only when the route has at least one step to pass (WIP-7)', async () => {
  const item = await oneItem();
  await completeItems(api, [item], []);
  await api.database.reader().sql`UPDATE processes SET is_active = false`;

  const [message] = await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [
    ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
  ]);

  expect(message).toBe(
    `WIP item ${item.number} has nothing to pass; at least one active WIP-level MANUFACTURING step must exist.`,
  );
});

test('a held lot refuses conversions, before any other rule (LOT-7)', async () => {
  const [ready, fresh] = [await oneItem(), await oneItem()];
  await completeItems(api, [ready], [mount, testing]);
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Dust' }, 'lot { id }');

  await expectRefused(api, 'convertWipItem', { wipItem: { id: ready.id } }, [['RULE_VIOLATED', 'lot', 'LOT-7']]);
  await expectRefused(api, 'convertWipItem', { wipItem: { id: fresh.id } }, [
    ['RULE_VIOLATED', 'lot', 'LOT-7'],
    ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
    ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
  ]);
});

test('an item is converted once, also by ten parallel requests (WIP-7, SER-5)', async () => {
  const item = await oneItem();
  await completeItems(api, [item], [mount, testing]);

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => call(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { number }')),
  );

  expect(answers.filter(({ errors }) => errors.length === 0).map((answer) => answer['serial'])).toEqual([
    { number: 'KR01PSA261101001' },
  ]);
  expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(
    Array.from({ length: 9 }, () => 'WIP-7'),
  );
  const [message] = await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [
    ['RULE_VIOLATED', 'wipItem', 'WIP-7'],
  ]);
  expect(message).toBe(`WIP item ${item.number} is CONVERTED already; work on its serial.`);
});

test('items of one lot are converted in parallel, each to its own serial (SER-1)', async () => {
  const items = await makeItems(api, lot, 10);
  await completeItems(api, items, [mount, testing]);

  const answers = await Promise.all(
    items.map(({ id }) => done(api, 'convertWipItem', { wipItem: { id } }, 'serial { number }')),
  );

  expect(answers.map((answer) => answer['serial'].number)).toEqual(
    items.map((_, index) => `KR01PSA2611010${String(index + 1).padStart(2, '0')}`),
  );
});

test('a wrong version, an unknown item and a number of another kind are refused', async () => {
  const item = await oneItem();

  await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id }, expectedVersion: 9 }, [
    ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
  ]);
  await expectRefused(api, 'convertWipItem', { wipItem: { number: 'WIP-KR01PSA261101-999' } }, [
    ['NOT_FOUND', 'wipItem', null],
  ]);
  await expectRefused(api, 'convertWipItem', { wipItem: { number: lot.number } }, [
    ['INVALID_INPUT', 'wipItem.number', 'WIP-1'],
  ]);
  await expectRefused(api, 'convertWipItem', { wipItem: { id: lot.id } }, [['INVALID_INPUT', 'wipItem.id', null]]);
  const { wipItem } = await call(
    api,
    'convertWipItem',
    { wipItem: { id: item.id }, expectedVersion: 9 },
    'wipItem { version }',
  );
  expect(wipItem).toEqual({ version: 1 });
});

test('the database refuses a serial that does not match its item (SER-5)', async () => {
  const [item, other] = [await oneItem(), await oneItem()];
  const put = (sequence: number): Promise<unknown> => api.database.reader().sql`
    INSERT INTO serials (number, lot_id, wip_item_id, sequence, max_reworks) VALUES ('KR01PSA261101009', ${uuidOf(lot)}::uuid, ${uuidOf(item)}::uuid, ${sequence}, 3)`;

  await expect(put(2)).rejects.toMatchObject({ constraint: 'fk_serials_ser_5_same_unit_as_wip_item' });
  expect(other.number).toBe('WIP-KR01PSA261101-002');
});

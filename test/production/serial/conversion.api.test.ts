import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
import { makeStation, sendAs } from '../../support/station.ts';

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

describe('where the route has a conversion step, a conversion by hand', () => {
  const RECORDED =
    'wipItem { status currentProcess { code } } serial { number } warnings processData { attempt result startedAt completedAt operator { username } station { code } process { code } unit { ... on WipItem { number } } }';

  test('records the PASS on that step in the same transaction: by the viewer, at that moment (WIP-7, PD-6)', async () => {
    const item = await oneItem();
    await completeItems(api, [item], [mount, testing]);

    const answer = await done(api, 'convertWipItem', { wipItem: { id: item.id } }, RECORDED);

    const at = expect.stringMatching(/Z$/);
    expect(answer).toMatchObject({
      wipItem: { status: 'CONVERTED', currentProcess: null },
      serial: { number: 'KR01PSA261101001' },
      warnings: [],
      processData: {
        attempt: 1,
        result: 'PASS',
        startedAt: at,
        completedAt: answer['processData'].startedAt,
        operator: { username: 'admin' },
        station: null,
        process: { code: 'MARK' },
        unit: { number: item.number },
      },
    });
    const { data } = await api.ask(
      '{ auditEntries(first: 10, filter: { action: { eq: "wipItem.converted" } }) { nodes { entity operation requestId } } }',
    );
    const entries: readonly { entity: string; operation: string; requestId: string }[] = data.auditEntries.nodes;
    expect(entries.map(({ entity, operation }) => `${operation} ${entity}`).toSorted()).toEqual([
      'INSERT process_data',
      'INSERT serials',
      'UPDATE wip_items',
    ]);
    expect(new Set(entries.map(({ requestId }) => requestId)).size).toBe(1);
  });

  test('continues the attempts of the step, and is refused once none is left (PD-9)', async () => {
    const [once, twice] = [await oneItem(), await oneItem()];
    await completeItems(api, [once, twice], [mount, testing]);
    await putExecution(api, { wipItem: once }, mark, 'FAIL');
    for (const result of ['FAIL', 'REWORK'] as const) await putExecution(api, { wipItem: twice }, mark, result);
    await done(api, 'updateProcess', { process: { id: mark.id }, maxAttempts: 2 }, 'process { id }');

    const { processData } = await done(api, 'convertWipItem', { wipItem: { id: once.id } }, RECORDED);
    const [message] = await expectRefused(api, 'convertWipItem', { wipItem: { id: twice.id } }, [
      ['RULE_VIOLATED', 'wipItem', 'PD-9'],
    ]);

    expect(processData.attempt).toBe(2);
    expect(message).toBe(`WIP item ${twice.number} finished 2 attempts of 30 MARK; at most 2 are allowed.`);
  });

  test('is refused where the step needs readings, which `recordProcessData` takes (PD-10)', async () => {
    const item = await oneItem();
    await completeItems(api, [item], [mount, testing]);
    const contrast = { unit: '%', lowerLimit: '50' };
    const change = (required: boolean): Promise<unknown> =>
      done(
        api,
        'updateProcess',
        { process: { id: mark.id }, qualityCriteria: { characteristics: { CONTRAST: { ...contrast, required } } } },
        'process { id }',
      );
    await change(true);

    await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [['RULE_VIOLATED', 'wipItem', 'PD-10']]);
    await change(false);
    expect(await done(api, 'convertWipItem', { wipItem: { id: item.id } }, 'warnings')).toMatchObject({
      warnings: ['NO_MEASUREMENTS'],
    });
  });

  test('has the operator whom the input names, and a station must name one (PD-15)', async () => {
    const [one, other] = [await oneItem(), await oneItem()];
    await completeItems(api, [one, other], [mount, testing]);
    const station = await makeStation(api, 'ST01');
    const operator = { username: 'operator' };

    const byPerson = await done(api, 'convertWipItem', { wipItem: { id: one.id }, operator }, RECORDED);
    const nobody = await sendAs(api, station.apiKey, 'convertWipItem', { wipItem: { id: other.id } }, RECORDED);
    const byStation = await sendAs(
      api,
      station.apiKey,
      'convertWipItem',
      { wipItem: { id: other.id }, operator },
      RECORDED,
    );

    expect(byPerson['processData']).toMatchObject({ operator, station: null });
    expect(nobody).toMatchObject({ serial: null, errors: [{ rule: 'PD-15', path: ['operator'] }] });
    expect(byStation.processData).toMatchObject({ operator, station: { code: 'ST01' } });
    await expectRefused(api, 'convertWipItem', { wipItem: { id: one.id }, operator: { username: 'nobody' } }, [
      ['NOT_FOUND', 'operator', null],
    ]);
  });

  test('has one effect and one answer for one key (IDK-1)', async () => {
    const item = await oneItem();
    await completeItems(api, [item], [mount, testing]);
    const input = { wipItem: { id: item.id }, idempotencyKey: 'convert-1' };

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call(api, 'convertWipItem', input, `processData { id } ${RECORDED}`)),
    );

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ errors: [], processData: { attempt: 1 } });
  });

  test('records no second PASS where the item has passed the step before it became the conversion step (PD-6)', async () => {
    const item = await oneItem();
    await completeItems(api, [item], [mount, testing]);
    await putExecution(api, { wipItem: item }, mark, 'PASS');

    expect(await done(api, 'convertWipItem', { wipItem: { id: item.id } }, RECORDED)).toMatchObject({
      wipItem: { status: 'CONVERTED' },
      serial: { number: 'KR01PSA261101001' },
      processData: null,
      warnings: [],
    });
  });
});

test('where the route has no conversion step, a conversion by hand records no execution (WIP-7)', async () => {
  await done(api, 'updateProcess', { process: { id: mark.id }, isActive: false }, 'process { id }');
  const item = await oneItem();
  await completeItems(api, [item], [mount, testing]);

  expect(
    await done(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { number } processData { id } warnings'),
  ).toMatchObject({ serial: { number: 'KR01PSA261101001' }, processData: null, warnings: [] });
});

test('the database refuses a serial that does not match its item (SER-5)', async () => {
  const [item, other] = [await oneItem(), await oneItem()];
  const put = (sequence: number): Promise<unknown> => api.database.reader().sql`
    INSERT INTO serials (number, lot_id, wip_item_id, sequence, max_reworks) VALUES ('KR01PSA261101009', ${uuidOf(lot)}::uuid, ${uuidOf(item)}::uuid, ${sequence}, 3)`;

  await expect(put(2)).rejects.toMatchObject({ constraint: 'fk_serials_ser_5_same_unit_as_wip_item' });
  expect(other.number).toBe('WIP-KR01PSA261101-002');
});

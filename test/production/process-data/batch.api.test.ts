import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLot, makeManyItems, makeSerials, uuidOf, type Named, type Step } from '../../support/build.ts';
import { call, done, expectRefused, type Payload } from '../../support/expect.ts';
import { makeFloor, oneItem, record, statusOf, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterAll(() => api.close());

const pass = (unit: object, step: Step, more: object = {}): object => ({
  unit,
  process: { id: step.id },
  result: 'PASS',
  ...more,
});
const of = ({ id }: Named): object => ({ id });
const SELECTION =
  'results { index processData { id unit { ... on WipItem { number } } } errors { code path rule } } succeededCount failedCount';

async function batch(input: object): Promise<Payload> {
  return call(api, 'recordProcessDataBatch', input, SELECTION);
}

async function executionsOf(item: Named): Promise<number> {
  const [counted] = await api.database.reader().sql<{
    count: number;
  }>`SELECT count(*)::int AS count FROM process_data WHERE wip_item_id = ${uuidOf(item)}::uuid`;
  return counted?.count ?? -1;
}

describe('a batch with the policy REJECT_EVERYTHING', () => {
  test('records in order, each record seeing those before it, from the first step to the serial and its steps (PD-19)', async () => {
    const { item } = await oneItem(api);
    const serial = { number: item.number.replace(/^WIP-(.*)-/, '$1') };
    const items = [
      pass(of(item), floor.mount),
      pass(of(item), floor.test),
      pass(of(item), floor.mark),
      pass(serial, floor.burnIn),
      pass(serial, floor.final),
    ];

    const answer = await batch({ items });

    expect(answer).toMatchObject({ succeededCount: 5, failedCount: 0, errors: [] });
    expect(answer['results'].map(({ index, errors }: { index: number; errors: unknown }) => [index, errors])).toEqual([
      [0, []],
      [1, []],
      [2, []],
      [3, []],
      [4, []],
    ]);
    const found = await api.ask('query ($number: String!) { serialByNumber(number: $number) { status } }', serial);
    expect(found.data.serialByNumber.status).toBe('PASSED');
  });

  test('completes a lot with its last serial, and refuses a later record of that lot (PD-19, LOT-8)', async () => {
    const lot = await makeLot(api, { targetQuantity: 2 });
    const [first, second] = await makeSerials(api, lot, 2, [floor.mount, floor.test]);
    if (first === undefined || second === undefined) return;
    await record(api, first, floor.burnIn);
    await record(api, second, floor.burnIn);
    const last = [pass(of(first), floor.final), pass(of(second), floor.final)];

    const [ofLot] = await expectRefused(api, 'recordProcessDataBatch', { items: [...last, pass(of(lot), floor.kit)] }, [
      ['RULE_VIOLATED', 'items.2.unit', 'PD-16'],
    ]);
    const [, ofSerial] = await expectRefused(
      api,
      'recordProcessDataBatch',
      { items: [...last, pass(of(first), floor.burnIn)] },
      [
        ['RULE_VIOLATED', 'items.2.result', 'PD-6'],
        ['RULE_VIOLATED', 'items.2.unit', 'PD-16'],
      ],
    );
    await done(api, 'recordProcessDataBatch', { items: [pass(of(lot), floor.kit), ...last] }, 'succeededCount');

    expect([ofLot, ofSerial]).toEqual(
      Array(2).fill(`Lot ${lot.number} is COMPLETED; work starts only in a CREATED or IN_PROGRESS lot.`),
    );
    expect([await statusOf(api, lot), await statusOf(api, first), await statusOf(api, second)]).toEqual([
      'COMPLETED',
      'PASSED',
      'PASSED',
    ]);
  });

  test('is refused as a whole when one record is refused, which the path names (PD-19)', async () => {
    const lot = await makeLot(api);
    const [first, second] = await makeItems(api, lot, 2);
    if (first === undefined || second === undefined) return;

    const items = [pass(of(first), floor.mount), pass(of(second), floor.test), pass(of(second), floor.mount)];
    await expectRefused(api, 'recordProcessDataBatch', { items }, [['RULE_VIOLATED', 'items.1.process', 'PD-8']]);
    const answer = await batch({ items });

    expect(answer).toMatchObject({
      results: [{ index: 1, processData: null, errors: [{ path: ['items', '1', 'process'], rule: 'PD-8' }] }],
      succeededCount: 0,
      failedCount: 3,
      errors: [{ path: ['items', '1', 'process'] }],
    });
  });

  test('names every refused record: its place, its number, the rule and the message (PD-19)', async () => {
    const lot = await makeLot(api);
    const [first, second, third] = await makeItems(api, lot, 3);
    if (first === undefined || second === undefined || third === undefined) return;
    const byNumber = ({ number }: Named): object => ({ number });
    const items = [
      pass(byNumber(first), floor.mount),
      pass(byNumber(second), floor.test),
      pass({ number: 'nothing' }, floor.mount),
      pass(of(third), floor.mount, { result: 'FAIL' }),
      // Judged with the records before it that were accepted, and without those that were refused.
      pass(byNumber(first), floor.test),
      pass(byNumber(second), floor.mount),
      pass(byNumber(third), floor.test),
    ];

    const messages = await expectRefused(api, 'recordProcessDataBatch', { items }, [
      ['RULE_VIOLATED', 'items.1.process', 'PD-8'],
      ['NOT_FOUND', 'items.2.unit', null],
      ['RULE_VIOLATED', 'items.3.defects', 'PD-2'],
      ['RULE_VIOLATED', 'items.6.process', 'PD-8'],
    ]);
    const { results, failedCount } = await call(
      api,
      'recordProcessDataBatch',
      { items },
      'results { index number processData { id } errors { rule message } } failedCount',
    );

    expect(failedCount).toBe(7);
    expect(results).toEqual([
      { index: 1, number: second.number, processData: null, errors: [{ rule: 'PD-8', message: messages[0] }] },
      { index: 2, number: 'nothing', processData: null, errors: [{ rule: null, message: messages[1] }] },
      { index: 3, number: null, processData: null, errors: [{ rule: 'PD-2', message: messages[2] }] },
      { index: 6, number: third.number, processData: null, errors: [{ rule: 'PD-8', message: messages[3] }] },
    ]);
  });

  test('names every malformed record in the results, too', async () => {
    const { item } = await oneItem(api);
    const items = [
      pass(of(item), floor.mount),
      pass({ number: item.number }, floor.mount, { notes: ' ', defects: [{ code: '!' }] }),
    ];

    expect(
      await call(api, 'recordProcessDataBatch', { items }, 'results { index number errors { path } }'),
    ).toMatchObject({
      results: [
        {
          index: 1,
          number: item.number,
          errors: [{ path: ['items', '1', 'defects', '0', 'code'] }, { path: ['items', '1', 'notes'] }],
        },
      ],
    });
    expect(await call(api, 'recordProcessDataBatch', { items: [] }, 'results { index }')).toMatchObject({
      results: [],
    });
  });

  test('shows the warnings of each record, under either policy', async () => {
    const lot = await makeLot(api);
    const made = await makeItems(api, lot, 2);
    const items = made.map((item) => ({
      unit: of(item),
      process: { id: floor.mount.id },
      result: 'FAIL',
      defects: [{ code: 'BENT' }],
    }));
    const warned = async (policy: string): Promise<unknown> =>
      (await call(api, 'recordProcessDataBatch', { items, policy }, 'results { warnings }'))['results'];

    const expected = items.map(() => ({ warnings: ['FAIL_WITHOUT_NOTES'] }));
    expect([await warned('REJECT_EVERYTHING'), await warned('IGNORE_FAILED')]).toEqual([expected, expected]);
  });

  test('reports the malformed and unknown values of all records at once', async () => {
    const { item } = await oneItem(api);

    await expectRefused(
      api,
      'recordProcessDataBatch',
      {
        items: [
          pass(of(item), floor.mount, { notes: ' ' }),
          pass({ id: 'x' }, floor.mount),
          pass(of(item), floor.mount, { defects: [{ code: '!' }] }),
        ],
      },
      [
        ['INVALID_INPUT', 'items.0.notes', null],
        ['INVALID_INPUT', 'items.1.unit.id', null],
        ['INVALID_INPUT', 'items.2.defects.0.code', 'PD-12'],
      ],
    );
    await expectRefused(
      api,
      'recordProcessDataBatch',
      { items: [pass(of(item), floor.mount), pass({ number: 'nothing' }, floor.mount)] },
      [['NOT_FOUND', 'items.1.unit', null]],
    );
    await expectRefused(api, 'recordProcessDataBatch', { items: [pass(of(item), floor.mount, { result: 'FAIL' })] }, [
      ['RULE_VIOLATED', 'items.0.defects', 'PD-2'],
    ]);
  });

  test('has 1 to 1,000 records, and says so where it has more (PD-19)', async () => {
    const thousand = (await makeManyItems(api, 1_000)).map((item) => pass(of(item), floor.mount));
    const tooMany = [...thousand, thousand[0]];

    await expectRefused(api, 'recordProcessDataBatch', { items: [] }, [['INVALID_INPUT', 'items', 'PD-19']]);
    const [message] = await expectRefused(api, 'recordProcessDataBatch', { items: tooMany }, [
      ['LIMIT_EXCEEDED', 'items', 'PD-19'],
    ]);
    await expectRefused(api, 'recordProcessDataBatch', { items: tooMany, policy: 'IGNORE_FAILED' }, [
      ['LIMIT_EXCEEDED', 'items', 'PD-19'],
    ]);
    expect(message).toMatch(/ 1001 entries; at most 1000 are allowed\.$/);
    expect(await batch({ items: thousand })).toMatchObject({ succeededCount: 1_000, failedCount: 0, errors: [] });
    const again = await batch({ items: thousand });
    expect(again['results'].length).toBe(1_000);
    expect(new Set(again['results'].flatMap(({ errors }: Payload) => errors.map(({ rule }) => rule)))).toEqual(
      new Set(['PD-6']),
    );
  });

  test('has one key for all of its records, and one effect (IDK-1)', async () => {
    const { item } = await oneItem(api);
    const input = { items: [pass(of(item), floor.mount), pass(of(item), floor.test)], idempotencyKey: 'batch-1' };

    const answers = await Promise.all(Array.from({ length: 20 }, () => batch(input)));

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ succeededCount: 2, errors: [] });
    expect(await executionsOf(item)).toBe(2);
    const own = [pass(of(item), floor.mount, { idempotencyKey: 'mine' })];
    await expectRefused(api, 'recordProcessDataBatch', { items: own }, [
      ['INVALID_INPUT', 'items.0.idempotencyKey', 'IDK-1'],
    ]);
    await expectRefused(api, 'recordProcessDataBatch', { items: own, policy: 'IGNORE_FAILED' }, [
      ['INVALID_INPUT', 'items.0.idempotencyKey', 'IDK-1'],
    ]);
    await done(
      api,
      'recordProcessDataBatch',
      { items: [pass(of(item), floor.mark, { idempotencyKey: null })] },
      'succeededCount',
    );
  });

  test('is refused to a VIEWER', async () => {
    const { item } = await oneItem(api);

    await expectRefused(
      api,
      'recordProcessDataBatch',
      { items: [pass(of(item), floor.mount)] },
      [['FORBIDDEN', '', null]],
      'VIEWER',
    );
    await expectRefused(
      api,
      'recordProcessDataBatch',
      { items: [pass(of(item), floor.mount)], policy: 'IGNORE_FAILED' },
      [['FORBIDDEN', '', null]],
      'VIEWER',
    );
  });

  test('never deadlocks with another batch of the same units in another order', async () => {
    const lots = [await makeLot(api), await makeLot(api)];
    const items = (await Promise.all(lots.map((lot) => makeItems(api, lot, 10)))).flat();
    const rework = items.map((item) => ({ unit: of(item), process: { id: floor.mount.id }, result: 'REWORK' }));

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => batch({ items: index % 2 === 0 ? rework : rework.toReversed() })),
    );

    expect(answers.map(({ succeededCount }) => succeededCount)).toEqual(Array(8).fill(20));
  });
});

describe('a batch with the policy IGNORE_FAILED', () => {
  test('creates the other records, and answers in the order of the input (PD-19)', async () => {
    const lot = await makeLot(api);
    const [first, second] = await makeItems(api, lot, 2);
    if (first === undefined || second === undefined) return;
    const items = [
      pass(of(first), floor.test),
      pass(of(first), floor.mount),
      pass(of(second), floor.mount, { defects: [{ code: 'BENT' }] }),
      pass({ id: 'x' }, floor.mount),
      pass(of(first), floor.test),
    ];

    const answer = await batch({ items, policy: 'IGNORE_FAILED' });

    expect(answer).toEqual({
      results: [
        {
          index: 0,
          processData: null,
          errors: [{ code: 'RULE_VIOLATED', path: ['items', '0', 'process'], rule: 'PD-8' }],
        },
        { index: 1, processData: { id: expect.any(String), unit: { number: first.number } }, errors: [] },
        {
          index: 2,
          processData: null,
          errors: [{ code: 'RULE_VIOLATED', path: ['items', '2', 'defects'], rule: 'PD-2' }],
        },
        {
          index: 3,
          processData: null,
          errors: [{ code: 'INVALID_INPUT', path: ['items', '3', 'unit', 'id'], rule: null }],
        },
        { index: 4, processData: { id: expect.any(String), unit: { number: first.number } }, errors: [] },
      ],
      succeededCount: 2,
      failedCount: 3,
      errors: [],
    });
    expect([await statusOf(api, first), await statusOf(api, second)]).toEqual(['COMPLETED', 'CREATED']);
  });

  test('repeats nothing that was committed when it is sent again, and checks the other records again (IDK-1)', async () => {
    const { lot, item } = await oneItem(api);
    const input = {
      items: [{ ...pass(of(item), floor.mount), result: 'REWORK' }, pass(of(item), floor.test)],
      policy: 'IGNORE_FAILED',
      idempotencyKey: 'each-1',
    };

    const first = await batch(input);
    await record(api, item, floor.mount);
    const again = await batch(input);

    expect(first).toMatchObject({
      succeededCount: 1,
      failedCount: 1,
      results: [{ errors: [] }, { errors: [{ rule: 'PD-8' }] }],
    });
    expect(again).toMatchObject({ succeededCount: 2, failedCount: 0 });
    expect(again['results'][0]).toEqual(first['results'][0]);
    expect(await executionsOf(item)).toBe(3);
    await expectRefused(api, 'recordProcessDataBatch', { ...input, items: [pass(of(lot), floor.kit)] }, [
      ['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1'],
    ]);
    await expectRefused(api, 'recordProcessDataBatch', { ...input, policy: 'REJECT_EVERYTHING' }, [
      ['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1'],
    ]);
  });

  test('continues after an interruption with the records that are missing (IDK-1)', async () => {
    const { item } = await oneItem(api);
    const input = {
      items: [
        { ...pass(of(item), floor.mount), result: 'REWORK' },
        { ...pass(of(item), floor.mount), result: 'REWORK' },
      ],
      policy: 'IGNORE_FAILED',
      idempotencyKey: 'each-2',
    };
    const first = await batch(input);
    const [, lost] = first['results'];
    await api.database.reader().sql`DELETE FROM process_data WHERE id = ${uuidOf(lost.processData)}::uuid`;
    await api.database.reader()
      .sql`DELETE FROM idempotency_keys WHERE outcome ->> 'processData' = ${uuidOf(lost.processData)}`;

    const again = await batch(input);

    expect(again).toMatchObject({ succeededCount: 2, failedCount: 0 });
    expect(again['results'][0]).toEqual(first['results'][0]);
    expect(again['results'][1].processData.id).not.toBe(lost.processData.id);
    expect(await executionsOf(item)).toBe(2);
  });

  test('has one effect when it is sent twice at the same time (IDK-1)', async () => {
    const { item } = await oneItem(api);
    const input = {
      items: [pass(of(item), floor.mount), pass(of(item), floor.test)],
      policy: 'IGNORE_FAILED',
      idempotencyKey: 'each-3',
    };

    const answers = await Promise.all(Array.from({ length: 10 }, () => batch(input)));

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await executionsOf(item)).toBe(2);
  });
});

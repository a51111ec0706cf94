import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { makeItems, makeLot, makeStep, type Named } from '../../support/build.ts';
import { call, done, expectRefused, type Payload } from '../../support/expect.ts';
import { makePlant, makeReleased, type Processes, WHOLE } from '../../support/routes.ts';

let api: Api;
let processes: Processes;
beforeEach(async () => {
  api = await startApi();
  processes = await makePlant(api);
});
afterEach(() => api.close());

const record = (unit: Named, process: string, result = 'PASS', more: object = {}): Promise<Payload> =>
  call(
    api,
    'recordProcessData',
    {
      unit: { id: unit.id },
      process: { code: process },
      result,
      ...(result === 'FAIL' ? { defects: [{ code: 'CRACK' }] } : {}),
      ...more,
    },
    'processData { id stepNumber } serial { id number }',
  );

async function recorded(unit: Named, ...steps: readonly string[]): Promise<Payload> {
  let last: Payload | undefined;
  for (const step of steps) {
    last = await record(unit, step);
    expect(last.errors).toEqual([]);
  }
  if (last === undefined) throw new Error('Nothing was recorded.');
  return last;
}

const refusalsOf = ({ errors }: Payload): readonly (string | null)[] =>
  errors.map(({ rule, message }) => `${rule} ${message}`);

async function itemOf(lot: Named): Promise<Named> {
  const [item] = await makeItems(api, lot, 1);
  if (item === undefined) throw new Error('No item.');
  return item;
}

async function itemNow(item: Named): Promise<Readonly<Record<string, unknown>>> {
  const { data } = await api.ask(
    'query ($id: ID!) { node(id: $id) { ... on WipItem { status completedAt nextProcess { code } passedProcesses { code } } } }',
    { id: item.id },
  );
  return data.node;
}

describe('a lot', () => {
  test('takes the released route of its model when it is made, and keeps it (RTE-4)', async () => {
    const before = await makeLot(api);
    const first = await makeReleased(api, WHOLE);
    const lot = await makeLot(api);
    const second = await makeReleased(api, [[10, 'PLACE']]);
    const later = await makeLot(api);

    const { data } = await api.ask(
      '{ lots(orderBy: { field: NUMBER }) { nodes { number route { id revision lotCount } } } }',
    );

    expect(data.lots.nodes).toEqual([
      { number: before.number, route: null },
      { number: lot.number, route: { id: first.id, revision: 1, lotCount: 1 } },
      { number: later.number, route: { id: second.id, revision: 2, lotCount: 1 } },
    ]);
    const { data: listed } = await api.ask(
      '{ lots(filter: { route: { revision: { eq: 2 } } }) { nodes { number } } routes { nodes { revision lots { totalCount nodes { number } } } } }',
    );
    expect(listed).toEqual({
      lots: { nodes: [{ number: later.number }] },
      routes: {
        nodes: [
          { revision: 2, lots: { totalCount: 1, nodes: [{ number: later.number }] } },
          { revision: 1, lots: { totalCount: 1, nodes: [{ number: lot.number }] } },
        ],
      },
    });
    expect((await recorded(await itemOf(lot), 'PRINT', 'PLACE', 'MARK')).serial).not.toBeNull();
    expect(await itemNow(await itemOf(later))).toMatchObject({ nextProcess: { code: 'PLACE' } });
  });

  test('refuses steps that are not part of its route, with nothing else about the order (RTE-6)', async () => {
    await makeStep(api, 7, 'INCOMING');
    await makeReleased(api, WHOLE);
    const item = await itemOf(await makeLot(api));

    for (const process of ['CHECK', 'INCOMING'])
      await expectRefused(api, 'startProcess', { unit: { id: item.id }, process: { code: process } }, [
        [
          'RULE_VIOLATED',
          'process',
          'RTE-6',
          `Process ${process} is not part of route PSA rev 1, by which lot KR01PSA261101 is made.`,
        ],
      ]);
  });

  test('without a route of its own uses the factory route only (RTE-6)', async () => {
    await makeStep(api, 7, 'INCOMING');
    const item = await itemOf(await makeLot(api));

    expect(refusalsOf(await record(item, 'PRINT'))).toEqual([
      'RTE-6 Process PRINT is not part of the factory route, by which lot KR01PSA261101 is made.',
    ]);
    expect(await itemNow(item)).toMatchObject({ nextProcess: { code: 'INCOMING' } });
    await recorded(item, 'INCOMING');
    expect(await itemNow(item)).toMatchObject({ status: 'COMPLETED', passedProcesses: [{ code: 'INCOMING' }] });
  });
});

describe('work by a route', () => {
  test('follows its numbers and names steps by them (RTE-6)', async () => {
    await makeReleased(api, WHOLE);
    const item = await itemOf(await makeLot(api));

    expect(refusalsOf(await record(item, 'PLACE'))).toEqual([
      'PD-8 WIP item WIP-KR01PSA261101-001 has no PASS yet on 10 PRINT; step 30 PLACE comes after that.',
    ]);
    const { processData } = await recorded(item, 'PRINT', 'PLACE');
    expect(processData.stepNumber).toBe(30);
    expect(await itemNow(item)).toMatchObject({
      status: 'COMPLETED',
      nextProcess: { code: 'MARK' },
      passedProcesses: [{ code: 'PRINT' }, { code: 'PLACE' }],
    });
    const { serial } = await recorded(item, 'MARK');
    await recorded(serial, 'FINAL');
    const { data } = await api.ask('{ lots { nodes { passedQuantity } } }');
    expect(data.lots.nodes).toEqual([{ passedQuantity: 1 }]);
  });

  test('names open steps by the numbers of the route also where a unit is decided by hand (RTE-6, WIP-7, SER-7)', async () => {
    await makeReleased(api, WHOLE);
    const item = await itemOf(await makeLot(api));
    await recorded(item, 'PRINT', 'PLACE');
    const start = async (unit: Named, code: string): Promise<string> =>
      (await done(api, 'startProcess', { unit: { id: unit.id }, process: { code } }, 'processData { id }'))[
        'processData'
      ].id;
    const polish = await start(item, 'POLISH');
    await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [
      [
        'RULE_VIOLATED',
        'wipItem',
        'WIP-7',
        `WIP item ${item.number} is IN_PROGRESS; only a COMPLETED item can be converted.`,
      ],
      [
        'RULE_VIOLATED',
        'wipItem',
        'WIP-7',
        `WIP item ${item.number} has an open execution of 20 POLISH; complete or withdraw it first.`,
      ],
    ]);
    await done(api, 'withdrawProcess', { id: polish, reason: 'Not needed.' }, 'withdrawnId');
    const { serial } = await recorded(item, 'MARK');
    await start(serial, 'BURN_IN');

    await expectRefused(api, 'failSerial', { serial: { id: serial.id }, reason: 'Lost.' }, [
      [
        'RULE_VIOLATED',
        'serial',
        'SER-7',
        `Serial ${serial.number} has an open execution of 50 BURN_IN; complete or withdraw it first.`,
      ],
    ]);
  });

  test('takes the limits, attempts and the permission of the route, not those of the process (RTE-7)', async () => {
    await makeReleased(api, [
      [10, 'PLACE', { maxAttempts: 1 }],
      [20, 'CHECK', { characteristics: [{ code: 'GAP', upperLimit: '0.9' }], allowOutOfSpecPass: false }],
      [30, 'POLISH', { characteristics: [{ code: 'RA', upperLimit: '1' }], allowOutOfSpecPass: true }],
    ]);
    const lot = await makeLot(api);
    const [one, two] = await makeItems(api, lot, 2);
    if (one === undefined || two === undefined) throw new Error('No items.');

    expect((await record(one, 'PLACE', 'REWORK')).errors).toEqual([]);
    expect(refusalsOf(await record(one, 'PLACE'))).toEqual([
      'PD-9 WIP item WIP-KR01PSA261101-001 finished 1 attempts of 10 PLACE; at most 1 are allowed.',
    ]);
    await recorded(two, 'PLACE');
    expect(refusalsOf(await record(two, 'CHECK', 'PASS', { measurements: [{ code: 'GAP', value: '0.95' }] }))).toEqual([
      'PD-10 Reading GAP is 0.95, not at most 0.9; step 20 CHECK allows no PASS out of specification.',
    ]);
    expect((await record(two, 'CHECK', 'PASS', { measurements: [{ code: 'GAP', value: '0.7' }] })).errors).toEqual([]);
    expect((await record(two, 'POLISH', 'PASS', { measurements: [{ code: 'RA', value: '2' }] })).errors).toEqual([]);
  });

  test('needs equipment of a type that the step demands (RTE-8)', async () => {
    for (const [code, type] of [
      ['OVEN-1', 'OVEN'],
      ['PRESS-1', 'PRESS'],
    ])
      await done(api, 'createEquipment', { code, name: code, type }, 'equipment { id }');
    await makeReleased(api, [[10, 'PRINT', { equipmentTypes: ['OVEN', 'KILN'] }]]);
    const item = await itemOf(await makeLot(api));
    const start = { unit: { id: item.id }, process: { code: 'PRINT' } };
    const demand = 'Step 10 PRINT is run on equipment of type KILN or OVEN';

    await expectRefused(api, 'startProcess', start, [['RULE_VIOLATED', 'equipment', 'RTE-8', `${demand}; name one.`]]);
    await expectRefused(api, 'startProcess', { ...start, equipment: { code: 'PRESS-1' } }, [
      ['RULE_VIOLATED', 'equipment', 'RTE-8', `${demand}; PRESS-1 is of type PRESS.`],
    ]);
    const READY = `query ($code: String!, $equipment: EquipmentRef) { scan(code: $code, process: { code: "PRINT" }, equipment: $equipment) { readiness { isReady } } }`;
    const isReady = async (equipment?: object): Promise<boolean> =>
      (await api.ask(READY, { code: item.number, equipment })).data.scan.readiness.isReady;
    expect([await isReady(), await isReady({ code: 'PRESS-1' }), await isReady({ code: 'OVEN-1' })]).toEqual([
      false,
      false,
      true,
    ]);

    const { processData } = await done(
      api,
      'recordProcessData',
      { ...start, result: 'PASS', equipment: { code: 'OVEN-1' } },
      'processData { id }',
    );
    await expectRefused(
      api,
      'correctProcessData',
      { id: processData.id, equipment: { code: 'PRESS-1' }, reason: 'Wrong machine.' },
      [['RULE_VIOLATED', 'equipment', 'RTE-8']],
    );
  });
});

describe('an optional step', () => {
  test('may be left out, and runs also when the item is COMPLETED (RTE-6, WIP-9)', async () => {
    await makeReleased(api, WHOLE);
    const item = await itemOf(await makeLot(api));
    await recorded(item, 'PRINT', 'PLACE');
    const { completedAt } = await itemNow(item);

    const { processData } = await done(
      api,
      'startProcess',
      { unit: { id: item.id }, process: { code: 'POLISH' } },
      'processData { id }',
    );
    expect(await itemNow(item)).toMatchObject({ status: 'IN_PROGRESS', completedAt: null });
    await done(api, 'withdrawProcess', { id: processData.id, reason: 'Not needed.' }, 'withdrawnId');

    expect(await itemNow(item)).toMatchObject({ status: 'COMPLETED', completedAt });
    await recorded(item, 'POLISH');
    expect(await itemNow(item)).toMatchObject({ status: 'COMPLETED', nextProcess: { code: 'MARK' } });
  });

  test('has to be passed once it was finished without a PASS (RTE-6)', async () => {
    await makeReleased(api, WHOLE);
    const item = await itemOf(await makeLot(api));
    await recorded(item, 'PRINT');
    expect((await record(item, 'POLISH', 'REWORK')).errors).toEqual([]);

    expect(await itemNow(item)).toMatchObject({ nextProcess: { code: 'POLISH' } });
    expect(refusalsOf(await record(item, 'PLACE'))).toEqual([
      'PD-8 WIP item WIP-KR01PSA261101-001 has no PASS yet on 20 POLISH; step 30 PLACE comes after that.',
    ]);
    await recorded(item, 'POLISH', 'PLACE');
    expect(await itemNow(item)).toMatchObject({ status: 'COMPLETED' });
  });

  test('does not count for the progress of its lot, nor do steps of other routes (LOT-12, RTE-6)', async () => {
    await done(api, 'updateProcess', { process: { code: 'CHECK' }, isInFactoryRoute: true }, 'process { id }');
    await makeLot(api);
    await makeReleased(api, [[5, 'KIT'], ...WHOLE]);
    const own = await makeLot(api, { targetQuantity: 2 });
    const progress = async (): Promise<unknown> =>
      (await api.ask('{ lots(orderBy: [{ field: NUMBER }]) { nodes { stepProgressRatio } } }')).data.lots.nodes;
    await recorded(own, 'KIT');
    const item = await itemOf(own);
    await recorded(item, 'PRINT', 'POLISH', 'PLACE');

    // KIT once; PRINT, PLACE, MARK and FINAL for each of two units. CHECK is the only step of the factory route.
    expect(await progress()).toEqual([{ stepProgressRatio: 0 }, { stepProgressRatio: 3 / 9 }]);
  });

  test('never passes a serial by itself where all steps of serials are optional (RTE-6)', async () => {
    await makeReleased(api, [
      [10, 'PRINT'],
      [20, 'MARK'],
      [30, 'BURN_IN', { isOptional: true }],
    ]);
    const { serial } = await recorded(await itemOf(await makeLot(api)), 'PRINT', 'MARK');
    await recorded(serial, 'BURN_IN');

    const { serial: passed } = await done(api, 'passSerial', { serial: { id: serial.id } }, 'serial { status }');

    expect(passed.status).toBe('PASSED');
  });
});

test('a route without conversion converts no item, by hand neither, and its COMPLETED items are finished (WIP-7, LOT-9)', async () => {
  await makeReleased(api, [[10, 'PRINT']]);
  const item = await itemOf(await makeLot(api));
  await recorded(item, 'PRINT');

  await expectRefused(api, 'convertWipItem', { wipItem: { id: item.id } }, [
    [
      'RULE_VIOLATED',
      'wipItem',
      'WIP-7',
      'WIP item WIP-KR01PSA261101-001 is made by route PSA rev 1, which has no conversion step; the item stays a WIP item.',
    ],
  ]);
  const input = { lot: { number: 'KR01PSA261101' }, reason: 'All made.' };
  const { lot } = await done(api, 'completeLot', input, 'lot { status }');
  expect(lot.status).toBe('COMPLETED');
});

describe('changeLotRoute', () => {
  const MOVED = 'lot { route { revision } } itemsReopened itemsCompleted itemsKept serialsKept';

  async function world(): Promise<{ lot: Named; items: readonly Named[]; second: string }> {
    await makeReleased(api, [
      [10, 'PRINT'],
      [20, 'PLACE'],
      [30, 'MARK'],
      [40, 'FINAL'],
    ]);
    const lot = await makeLot(api);
    const items = await makeItems(api, lot, 5);
    const second = await makeReleased(api, [
      [10, 'PLACE', { isOptional: true }],
      [20, 'PRINT'],
      [30, 'POLISH'],
      [40, 'MARK'],
      [50, 'FINAL'],
    ]);
    return { lot, items, second: second.id };
  }

  test('moves items to where the new route has them, and answers the counts beforehand (RTE-5)', async () => {
    const { lot, items, second } = await world();
    const [done1, half, failed, converted] = items;
    if (done1 === undefined || half === undefined || failed === undefined || converted === undefined)
      throw new Error('No items.');
    await recorded(done1, 'PRINT', 'PLACE');
    await recorded(half, 'PRINT');
    await record(failed, 'PRINT', 'FAIL');
    await recorded(converted, 'PRINT', 'PLACE', 'MARK');
    const third = await makeReleased(api, [
      [10, 'PRINT'],
      [20, 'MARK'],
      [30, 'FINAL'],
    ]);
    const counts = { itemsReopened: 1, itemsCompleted: 0, itemsKept: 4, serialsKept: 1 };
    const input = { lot: { id: lot.id }, route: second, reason: 'New coating.' };

    expect(await done(api, 'changeLotRoute', { ...input, dryRun: true }, MOVED)).toMatchObject({
      ...counts,
      lot: { route: { revision: 1 } },
    });
    expect(await done(api, 'changeLotRoute', input, MOVED)).toMatchObject({
      ...counts,
      lot: { route: { revision: 2 } },
    });
    expect(await itemNow(done1)).toMatchObject({
      status: 'IN_PROGRESS',
      completedAt: null,
      nextProcess: { code: 'POLISH' },
    });
    expect(await itemNow(failed)).toMatchObject({ status: 'FAILED' });
    const back = await done(api, 'changeLotRoute', { lot: { id: lot.id }, route: third.id, reason: 'No.' }, MOVED);
    expect(back).toMatchObject({ itemsReopened: 0, itemsCompleted: 2, itemsKept: 3, serialsKept: 1 });
    expect(await itemNow(half)).toMatchObject({ status: 'COMPLETED', nextProcess: { code: 'MARK' } });
  });

  test('keeps nothing of a dry run: no entry, no version, no idempotency key (RTE-5)', async () => {
    const { lot, second } = await world();
    const input = { lot: { id: lot.id }, route: second, reason: 'Why not?', dryRun: true, idempotencyKey: 'once' };
    const entries = async (): Promise<number> =>
      (await api.ask('{ auditEntries { totalCount } }')).data.auditEntries.totalCount;
    const before = await entries();

    await done(api, 'changeLotRoute', input, MOVED);
    await done(api, 'changeLotRoute', { ...input, dryRun: false }, MOVED);

    expect(await entries()).toBe(before + 1);
  });

  test('is refused to all but leads', async () => {
    const { lot, second } = await world();
    const input = { lot: { id: lot.id }, route: second, reason: 'Why not?', dryRun: true };

    await expectRefused(api, 'changeLotRoute', input, [['FORBIDDEN', '', null]], 'ENGINEER');
  });

  test('is refused while work is open, for a closed lot, and for routes that cannot be given (RTE-5)', async () => {
    const { lot, items, second } = await world();
    const [item] = items;
    if (item === undefined) throw new Error('No item.');
    const input = { lot: { id: lot.id }, route: second, reason: 'New coating.' };
    const { lot: now } = await done(
      api,
      'updateLot',
      { lot: { id: lot.id }, supplierCode: 'S-1' },
      'lot { route { id } }',
    );
    const { route: draft } = await done(
      api,
      'createRoute',
      { productModel: { code: 'PSA' }, copyFrom: second },
      'route { id }',
    );

    await expectRefused(api, 'changeLotRoute', { ...input, route: now.route.id }, [
      ['RULE_VIOLATED', 'route', 'RTE-5', 'Lot KR01PSA261101 is made by route PSA rev 1 already.'],
    ]);
    await expectRefused(api, 'changeLotRoute', { ...input, route: draft.id }, [['RULE_VIOLATED', 'route', 'RTE-5']]);
    await expectRefused(api, 'changeLotRoute', { ...input, route: null }, [['RULE_VIOLATED', 'route', 'RTE-5']]);
    await done(api, 'startProcess', { unit: { id: item.id }, process: { code: 'PRINT' } }, 'processData { id }');
    await expectRefused(api, 'changeLotRoute', input, [
      ['RULE_VIOLATED', 'lot', 'RTE-5', 'Lot KR01PSA261101 has open executions (1); complete or withdraw them first.'],
    ]);
  });

  test('leaves executions of steps outside the new route as they are, but for notes and readings (PD-13)', async () => {
    const { lot, items } = await world();
    const [item] = items;
    if (item === undefined) throw new Error('No item.');
    const { processData } = await recorded(item, 'PRINT');
    const third = await makeReleased(api, [[10, 'PLACE']]);
    await done(api, 'changeLotRoute', { lot: { id: lot.id }, route: third.id, reason: 'Simpler.' }, MOVED);
    const id = processData.id;

    await expectRefused(api, 'correctProcessData', { id, result: 'REWORK', reason: 'Wrong.' }, [
      ['RULE_VIOLATED', 'result', 'PD-13'],
    ]);
    const corrected = await done(
      api,
      'correctProcessData',
      { id, notes: 'Fine.', reason: 'Remark.' },
      'processData { notes stepNumber }',
    );

    expect(corrected.processData).toEqual({ notes: 'Fine.', stepNumber: null });
  });
});

test('a lot with a route of its own does not wait for changes of processes (RTE-4)', async () => {
  await makeReleased(api, WHOLE);
  const item = await itemOf(await makeLot(api));

  await api.database.transaction(async (tx) => {
    await tx.sql`SELECT pg_advisory_xact_lock(hashtext('lotgraph route'))`;
    await recorded(item, 'PRINT', 'PLACE');
  });

  expect(processes.PRINT.number).toBe(11);
});

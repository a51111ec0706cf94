import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import {
  makeLine,
  completeItems,
  makeItems,
  makeLot,
  makeStep,
  putExecution,
  uuidOf,
  type Named,
  type Step,
} from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import {
  committedFirst,
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

const work = (unit: Named, step: Step): object => ({ unit: { id: unit.id }, process: { id: step.id } });

async function quarantine(lot: Named): Promise<void> {
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Suspect solder' }, 'lot { id }');
}

describe('startProcess is refused', () => {
  test('on a step of another level (PD-17)', async () => {
    const { lot, item } = await oneItem(api);
    const { serial } = await oneSerial(api, floor);

    await expectRefused(api, 'startProcess', work(lot, floor.mount), [['RULE_VIOLATED', 'process', 'PD-17']]);
    await expectRefused(api, 'startProcess', work(item, floor.kit), [['RULE_VIOLATED', 'process', 'PD-17']]);
    await expectRefused(api, 'startProcess', work(item, floor.burnIn), [['RULE_VIOLATED', 'process', 'PD-17']]);
    await expectRefused(api, 'startProcess', work(serial, floor.mount), [['RULE_VIOLATED', 'process', 'PD-17']]);
  });

  test('on an inactive step (PD-17)', async () => {
    const { item } = await oneItem(api);
    const old = await makeStep(api, 2, 'OLD', { isActive: false });

    await expectRefused(api, 'startProcess', work(item, old), [['RULE_VIOLATED', 'process', 'PD-17']]);
  });

  test('in a QUARANTINED and in a REJECTED lot, on every level (LOT-7)', async () => {
    const { lot, item } = await oneItem(api);
    const { lot: serialLot, serial } = await oneSerial(api, floor);
    await quarantine(lot);
    await done(api, 'rejectLot', { lot: { id: serialLot.id }, reason: 'Wrong alloy' }, 'lot { id }');

    await expectRefused(api, 'startProcess', work(lot, floor.kit), [['RULE_VIOLATED', 'lot', 'LOT-7']]);
    await expectRefused(api, 'startProcess', work(item, floor.mount), [['RULE_VIOLATED', 'lot', 'LOT-7']]);
    await expectRefused(api, 'startProcess', work(serial, floor.burnIn), [['RULE_VIOLATED', 'lot', 'LOT-7']]);
    await done(api, 'releaseLot', { lot: { id: lot.id }, reason: 'Fine after all' }, 'lot { id }');
    await start(api, item, floor.mount);
  });

  test('on a CONVERTED item (WIP-8)', async () => {
    const { item } = await oneCompletedItem(api, floor);
    await done(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { id }');

    await expectRefused(api, 'startProcess', work(item, floor.mark), [
      ['RULE_VIOLATED', 'unit', 'WIP-8'],
      ['RULE_VIOLATED', 'unit', 'PD-6'],
      ['RULE_VIOLATED', 'unit', 'PD-16'],
    ]);
  });

  test('on a step that the unit has passed (PD-6)', async () => {
    const { lot, item } = await oneItem(api);
    await record(api, item, floor.mount);
    await record(api, lot, floor.kit);

    await expectRefused(api, 'startProcess', work(item, floor.mount), [['RULE_VIOLATED', 'unit', 'PD-6']]);
    await expectRefused(api, 'startProcess', work(lot, floor.kit), [['RULE_VIOLATED', 'unit', 'PD-6']]);
  });

  test('in a COMPLETED and in a CLOSED lot (PD-16)', async () => {
    const lot = await makeLot(api, { targetQuantity: 2 });
    const [item] = await makeItems(api, lot, 1);
    if (item === undefined) return;
    await record(api, item, floor.mount, { result: 'FAIL' });
    await done(api, 'completeLot', { lot: { id: lot.id }, reason: 'Short' }, 'lot { id }');

    await expectRefused(api, 'startProcess', work(item, floor.mount), [['RULE_VIOLATED', 'unit', 'PD-16']]);
    await done(api, 'closeLot', { lot: { id: lot.id } }, 'lot { id }');
    await expectRefused(api, 'startProcess', work(lot, floor.kit), [['RULE_VIOLATED', 'unit', 'PD-16']]);
  });

  test('on a FAILED serial, which must be reworked first, and on a PASSED one (PD-16)', async () => {
    const { serial } = await oneSerial(api, floor);
    await record(api, serial, floor.burnIn, { result: 'FAIL' });

    const [message] = await expectRefused(api, 'startProcess', work(serial, floor.burnIn), [
      ['RULE_VIOLATED', 'unit', 'PD-16'],
    ]);
    await done(api, 'reworkSerial', { serial: { id: serial.id }, reason: 'Cleaned' }, 'serial { id }');
    await record(api, serial, floor.burnIn);
    await record(api, serial, floor.final);

    expect(message).toBe(`Serial ${serial.number} is FAILED; rework it first.`);
    expect(await statusOf(api, serial)).toBe('PASSED');
    await expectRefused(api, 'startProcess', work(serial, floor.final), [
      ['RULE_VIOLATED', 'unit', 'PD-6'],
      ['RULE_VIOLATED', 'unit', 'PD-16'],
    ]);
  });

  test('while an execution of the step is open on the unit, with its operator and start (PD-5)', async () => {
    const { item } = await oneItem(api);
    await putExecution(api, { wipItem: item }, floor.mount, null);

    const [message] = await expectRefused(api, 'startProcess', work(item, floor.mount), [
      ['RULE_VIOLATED', 'unit', 'PD-5'],
    ]);

    expect(message).toContain('started by admin at 2026-11-20T08:00:00.000Z');
  });

  test('before the previous step of the level has a PASS; a FAIL or a REWORK is not enough (PD-8)', async () => {
    const { item } = await oneItem(api);
    const { serial } = await oneSerial(api, floor);
    await record(api, item, floor.mount, { result: 'REWORK' });
    await record(api, item, floor.mount, { result: 'FAIL' });

    const [message] = await expectRefused(api, 'startProcess', work(item, floor.test), [
      ['RULE_VIOLATED', 'process', 'PD-8'],
    ]);
    await expectRefused(api, 'startProcess', work(serial, floor.final), [['RULE_VIOLATED', 'process', 'PD-8']]);
    await record(api, item, floor.mount);

    expect(message).toContain('10 MOUNT');
    await start(api, item, floor.test);
  });

  test('on the conversion step before every step of the item has a PASS, with the missing steps (PD-8)', async () => {
    const { item } = await oneItem(api);

    const [message] = await expectRefused(api, 'startProcess', work(item, floor.mark), [
      ['RULE_VIOLATED', 'process', 'PD-8'],
    ]);

    expect(message).toContain('10 MOUNT, 20 TEST');
  });

  test('beyond the attempts of the step, where a withdrawn execution is not counted (PD-9)', async () => {
    const twice = await makeStep(api, 3, 'TWICE', { level: 'LOT', maxAttempts: 2 });
    const lot = await makeLot(api);
    await record(api, lot, twice, { result: 'REWORK' });
    const open = await start(api, lot, twice);
    await done(api, 'withdrawProcess', { id: open.id, reason: 'Wrong lot' }, 'withdrawnId');

    expect((await record(api, lot, twice, { result: 'REWORK' }))['processData'].attempt).toBe(2);
    await expectRefused(api, 'startProcess', work(lot, twice), [['RULE_VIOLATED', 'process', 'PD-9']]);
    await done(api, 'updateProcess', { process: { id: twice.id }, isActive: false }, 'process { id }');
  });

  test('on equipment of another step, once the step has equipment of its own; before that it is only a warning (EQP-5)', async () => {
    const made = (code: string, input: object): Promise<unknown> =>
      done(api, 'createEquipment', { code, name: code, type: 'MACHINE', ...input }, 'equipment { id }');
    await makeLine(api, { code: 'KR02', lotSegment: 'KR02' });
    await made('OVEN-5', { process: { id: floor.test.id }, productionLine: { code: 'KR02' } });
    const oven = { equipment: { code: 'OVEN-5' } };
    const [first, second] = [(await oneItem(api)).item, (await oneItem(api)).item];
    const warnings = ['EQUIPMENT_OF_OTHER_LINE', 'EQUIPMENT_OF_OTHER_STEP'];
    const ready = async (unit: Named): Promise<unknown> =>
      (
        await api.ask(
          'query ($unit: UnitRef!, $process: ProcessRef!) { unitReadiness(unit: $unit, process: $process, equipment: { code: "OVEN-5" }) { isReady warnings } }',
          work(unit, floor.mount),
        )
      ).data.unitReadiness;

    expect(await ready(first)).toEqual({ isReady: true, warnings });
    expect(await done(api, 'startProcess', { ...work(first, floor.mount), ...oven }, 'warnings')).toMatchObject({
      warnings,
    });
    expect(await record(api, second, floor.mount, { ...oven, result: 'REWORK' }, 'warnings')).toMatchObject({
      warnings,
    });

    await made('MOUNTER-5', { process: { id: floor.mount.id } });
    const refusal = [['RULE_VIOLATED', 'equipment', 'EQP-5']] as const;
    const [message] = await expectRefused(api, 'startProcess', { ...work(second, floor.mount), ...oven }, refusal);
    expect(message).toMatch(/^Equipment OVEN-5 belongs to step 20 TEST, and step 10 MOUNT has equipment of its own/);
    await expectRefused(api, 'recordProcessData', { ...work(second, floor.mount), ...oven, result: 'PASS' }, refusal);
    const items = [{ ...work(second, floor.mount), ...oven, result: 'PASS' }];
    await expectRefused(api, 'recordProcessDataBatch', { items }, [['RULE_VIOLATED', 'items.0.equipment', 'EQP-5']]);
    expect(await ready(second)).toEqual({ isReady: false, warnings });
    await done(api, 'updateEquipment', { equipment: { code: 'MOUNTER-5' }, isActive: false }, 'equipment { id }');
    expect(await ready(second)).toEqual({ isReady: true, warnings });
    expect(await done(api, 'recordProcessDataBatch', { items }, 'results { warnings }')).toMatchObject({
      results: [{ warnings }],
    });
  });

  test('on equipment that accepts no work; due maintenance is only a warning (EQP-4)', async () => {
    const { item } = await oneItem(api);
    await done(
      api,
      'createEquipment',
      { code: 'PRESS-1', name: 'Press', type: 'PRESS', nextMaintenanceOn: '2026-01-01' },
      'equipment { id }',
    );
    await done(
      api,
      'createEquipment',
      { code: 'PRESS-2', name: 'Press', type: 'PRESS', isActive: false },
      'equipment { id }',
    );
    await done(api, 'createEquipment', { code: 'PRESS-3', name: 'Press', type: 'PRESS' }, 'equipment { id }');
    await done(
      api,
      'changeEquipmentStatus',
      { equipment: { code: 'PRESS-3' }, status: 'MAINTENANCE' },
      'equipment { id }',
    );

    await expectRefused(api, 'startProcess', { ...work(item, floor.mount), equipment: { code: 'PRESS-2' } }, [
      ['RULE_VIOLATED', 'equipment', 'EQP-4'],
    ]);
    await expectRefused(api, 'startProcess', { ...work(item, floor.mount), equipment: { code: 'press-3' } }, [
      ['RULE_VIOLATED', 'equipment', 'EQP-4'],
    ]);
    const due = await done(
      api,
      'startProcess',
      { ...work(item, floor.mount), equipment: { code: 'press-1' } },
      'processData { equipment { code } } warnings',
    );

    expect(due).toEqual({ processData: { equipment: { code: 'PRESS-1' } }, warnings: ['MAINTENANCE_DUE'], errors: [] });
  });
});

test('a COMPLETED item whose route got another step accepts that step, and no other (WIP-9)', async () => {
  const { item } = await oneCompletedItem(api, floor);
  const added = await makeStep(api, 25, 'ADDED');

  const { processData } = await done(
    api,
    'startProcess',
    work(item, added),
    'processData { wipItem { status completedAt } }',
  );
  await done(api, 'completeProcess', { ...work(item, added), result: 'PASS' }, 'processData { id }');

  expect(processData.wipItem).toEqual({ status: 'IN_PROGRESS', completedAt: null });
  expect(await statusOf(api, item)).toBe('COMPLETED');
  await expectRefused(api, 'startProcess', work(item, added), [
    ['RULE_VIOLATED', 'unit', 'PD-6'],
    ['RULE_VIOLATED', 'unit', 'PD-16'],
  ]);
  await done(api, 'updateProcess', { process: { id: added.id }, isActive: false }, 'process { id }');
});

describe('parallel requests', () => {
  test('to start one unit and step, 50 of them, open one execution; the others get its operator and start (PD-5)', async () => {
    const { item } = await oneItem(api);

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call(api, 'startProcess', work(item, floor.mount), 'processData { id }')),
    );

    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors.map(({ code, path, rule }) => [code, path, rule]))).toEqual(
      Array.from({ length: 49 }, () => ['RULE_VIOLATED', ['unit'], 'PD-5']),
    );
    const rows = await api.database.reader()
      .sql`SELECT attempt FROM process_data WHERE unit_id = ${uuidOf(item)}::uuid`;
    expect(rows).toEqual([{ attempt: 1 }]);
  });

  test('to start items of one lot run in parallel', async () => {
    const lot = await makeLot(api);
    const items = await makeItems(api, lot, 20);

    const answers = await Promise.all(
      items.map((item) => call(api, 'startProcess', work(item, floor.mount), 'processData { id }')),
    );

    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  });

  test('to start are refused after a quarantine that commits first (LOT-7)', async () => {
    const { lot, item } = await oneItem(api);
    const sql = `UPDATE lots SET disposition = 'QUARANTINED', disposition_reason = 'Suspect', disposition_at = now() WHERE id = $1`;

    const answer = await committedFirst(api, sql, [uuidOf(lot)], () =>
      call(api, 'startProcess', work(item, floor.mount), 'processData { id }'),
    );

    expect(answer).toMatchObject({
      processData: null,
      errors: [{ code: 'RULE_VIOLATED', path: ['lot'], rule: 'LOT-7' }],
    });
    expect(await statusOf(api, item)).toBe('CREATED');
  });

  test('to start are checked against a step that is added to the route first (PD-8)', async () => {
    const { item } = await oneItem(api);
    await completeItems(api, [item], [floor.mount, floor.test]);
    const sql = `WITH route AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext('lotgraph route')))
      INSERT INTO processes (number, code, name, sort_order) SELECT 27, 'LATE', 'Late', 27 FROM route`;

    const answer = await committedFirst(api, sql, [], () =>
      call(api, 'startProcess', work(item, floor.mark), 'processData { id }'),
    );

    expect(answer).toMatchObject({ errors: [{ code: 'RULE_VIOLATED', path: ['process'], rule: 'PD-8' }] });
    await done(api, 'updateProcess', { process: { code: 'LATE' }, isActive: false }, 'process { id }');
  });

  test('to start are refused after equipment is taken out of service first (EQP-4)', async () => {
    const { item } = await oneItem(api);
    await done(api, 'createEquipment', { code: 'OVEN', name: 'Oven', type: 'OVEN' }, 'equipment { id }');

    const answer = await committedFirst(
      api,
      `UPDATE equipment SET status = 'OUT_OF_SERVICE' WHERE code = $1`,
      ['OVEN'],
      () =>
        call(api, 'startProcess', { ...work(item, floor.mount), equipment: { code: 'OVEN' } }, 'processData { id }'),
    );

    expect(answer).toMatchObject({
      processData: null,
      errors: [{ code: 'RULE_VIOLATED', path: ['equipment'], rule: 'EQP-4' }],
    });
  });

  test('to start with one idempotency key, 100 of them, start once and return the same answer (IDK-1)', async () => {
    const { item } = await oneItem(api);
    const input = { ...work(item, floor.mount), idempotencyKey: 'start-1' };

    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        call(api, 'startProcess', input, 'processData { id version startedAt operator { username } } warnings'),
      ),
    );

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.errors).toEqual([]);
    await expectRefused(api, 'startProcess', { ...work(item, floor.test), idempotencyKey: 'start-1' }, [
      ['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1'],
    ]);
    await expectRefused(
      api,
      'recordProcessData',
      { ...work(item, floor.mount), result: 'PASS', idempotencyKey: 'start-1' },
      [['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1']],
    );
  });
});

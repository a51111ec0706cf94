import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { completeItems, makeItems, makeLot, makeStep, uuidOf, type Step } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import {
  PAYLOAD,
  committedFirst,
  fromNow,
  makeFloor,
  oneCompletedItem,
  oneItem,
  record,
  start,
  statusOf,
  type Floor,
} from '../../support/work.ts';

let api: Api;
let floor: Floor;
/**
 * A LOT-level step that checks readings: TORQUE from 1.5 to 2.0 Nm is required, TEMPERATURE is at most 80, NOTE has no
 * limits.
 */
let measured: Step;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  const characteristics = {
    TORQUE: { unit: 'Nm', lowerLimit: '1.5', upperLimit: '2.0', target: '1.75', required: true },
    TEMPERATURE: { upperLimit: '80' },
    NOTE: {},
  };
  measured = await makeStep(api, 4, 'MEASURE', { level: 'LOT', qualityCriteria: { characteristics } });
});
afterAll(() => api.close());

async function endOf(serial: { readonly number: string }) {
  const { data } = await api.ask(`{ serialByNumber(number: "${serial.number}") { status completedAt } }`);
  return data.serialByNumber;
}

async function measure(input: object, lot?: { readonly id: string }): Promise<object> {
  return { unit: { id: (lot ?? (await makeLot(api))).id }, process: { id: measured.id }, result: 'PASS', ...input };
}

describe('recordProcessData', () => {
  test('makes both transitions of the item in one transaction (PD-19, WIP-6)', async () => {
    const { item } = await oneItem(api);

    const { processData, serial, warnings } = await record(api, item, floor.mount, {}, 'serial { id } warnings');

    expect(processData).toMatchObject({ version: 1, attempt: 1 });
    expect([serial, warnings]).toEqual([null, []]);
    expect(await statusOf(api, item)).toBe('IN_PROGRESS');
    await record(api, item, floor.test);
    expect(await statusOf(api, item)).toBe('COMPLETED');
  });

  test('of history completes item and serial at its own time, by hand they end now (WIP-5, SER-3)', async () => {
    const { item } = await oneItem(api);
    const at = (minute: number) => ({
      startedAt: `2026-11-20T08:${minute}:00Z`,
      completedAt: `2026-11-20T08:${minute}:30Z`,
    });
    await record(api, item, floor.mount, at(10));
    await record(api, item, floor.test, at(20));
    const { serial } = await record(
      api,
      item,
      floor.mark,
      at(30),
      'serial { id number wipItem { completedAt convertedAt } }',
    );
    expect(serial.wipItem).toEqual({
      completedAt: '2026-11-20T08:20:30.000Z',
      convertedAt: '2026-11-20T08:30:30.000Z',
    });

    await record(api, serial, floor.burnIn, at(35));
    await record(api, serial, floor.final, { result: 'FAIL', ...at(40) });
    expect(await endOf(serial)).toEqual({ status: 'FAILED', completedAt: '2026-11-20T08:40:30.000Z' });
    await done(api, 'reworkSerial', { serial: { id: serial.id }, reason: 'Again' }, 'serial { id }');
    const begun = new Date().toISOString();
    await done(api, 'startProcess', { unit: { id: serial.id }, process: { id: floor.final.id } }, 'processData { id }');
    await done(
      api,
      'completeProcess',
      { unit: { id: serial.id }, process: { id: floor.final.id }, result: 'FAIL', defects: [{ code: 'LEAK' }] },
      'processData { id }',
    );
    expect((await endOf(serial)).completedAt >= begun).toBe(true);
  });

  test('on the conversion step returns the serial (WIP-7)', async () => {
    const { item } = await oneCompletedItem(api, floor);

    const { serial } = await record(api, item, floor.mark, {}, 'serial { number status }');

    expect(serial).toEqual({ number: item.number.replace(/^WIP-(.*)-/, '$1'), status: 'CREATED' });
  });

  test('without a start begins at its end; without an end it ends now (PD-7)', async () => {
    const [first, second, third] = [await oneItem(api), await oneItem(api), await oneItem(api)];
    const times = 'processData { startedAt completedAt durationSeconds }';
    const one = async (item: { readonly id: string }, input: object): Promise<Record<string, unknown>> =>
      (
        await done(
          api,
          'recordProcessData',
          { unit: { id: item.id }, process: { id: floor.mount.id }, result: 'PASS', ...input },
          times,
        )
      )['processData'];

    expect(await one(first.item, { completedAt: '2026-11-20T08:00:00Z' })).toEqual({
      startedAt: '2026-11-20T08:00:00.000Z',
      completedAt: '2026-11-20T08:00:00.000Z',
      durationSeconds: 0,
    });
    expect(
      await one(second.item, { startedAt: '2026-11-20T08:00:00Z', completedAt: '2026-11-20T08:01:01.999Z' }),
    ).toMatchObject({ durationSeconds: 61 });
    const now = await one(third.item, {});
    expect(now['startedAt']).toBe(now['completedAt']);
  });

  test.each([
    ['a FAIL without defects', { result: 'FAIL' }],
    ['a FAIL with an empty list', { result: 'FAIL', defects: [] }],
    ['a FAIL with null', { result: 'FAIL', defects: null }],
    ['a PASS with defects', { result: 'PASS', defects: [{ code: 'BENT' }] }],
  ])('is refused when it is %s (PD-2)', async (_what, work) => {
    const { item } = await oneItem(api);

    await expectRefused(api, 'recordProcessData', { unit: { id: item.id }, process: { id: floor.mount.id }, ...work }, [
      ['RULE_VIOLATED', 'defects', 'PD-2'],
    ]);
  });

  test.each([
    ['a PASS with an empty list', { result: 'PASS', defects: [] }],
    ['a PASS with null', { result: 'PASS', defects: null }],
    ['a REWORK with none', { result: 'REWORK' }],
    ['a REWORK with a single defect', { result: 'REWORK', defects: { code: 'BENT' }, notes: 'x' }],
    ['a FAIL with a single defect', { result: 'FAIL', defects: { code: 'BENT' }, notes: 'x' }],
  ])('is accepted when it is %s (PD-2)', async (_what, work) => {
    const { item } = await oneItem(api);

    const { warnings } = await done(
      api,
      'recordProcessData',
      { unit: { id: item.id }, process: { id: floor.mount.id }, ...work },
      'warnings',
    );

    expect(warnings).toEqual([]);
  });

  test('reports the violated rules of start and completion at once, the start first, each rule once (PD-6, PD-2)', async () => {
    const { item } = await oneItem(api);
    await record(api, item, floor.mount);
    const work = { unit: { id: item.id }, process: { id: floor.mount.id } };

    await expectRefused(api, 'recordProcessData', { ...work, result: 'PASS' }, [['RULE_VIOLATED', 'result', 'PD-6']]);
    await expectRefused(
      api,
      'recordProcessData',
      { ...work, result: 'FAIL', startedAt: fromNow(-1_000), completedAt: fromNow(-2_000) },
      [
        ['RULE_VIOLATED', 'result', 'PD-6'],
        ['RULE_VIOLATED', 'completedAt', 'PD-3'],
        ['RULE_VIOLATED', 'defects', 'PD-2'],
      ],
    );
  });

  test('is refused when a start is refused: wrong level, previous step, open execution, held lot, future (PD-17, PD-8, PD-5, LOT-7, PD-7)', async () => {
    const { lot, item } = await oneItem(api);
    const pass = (step: Step, more: object = {}): object => ({
      unit: { id: item.id },
      process: { id: step.id },
      result: 'PASS',
      ...more,
    });

    await expectRefused(api, 'recordProcessData', pass(floor.burnIn), [['RULE_VIOLATED', 'process', 'PD-17']]);
    await expectRefused(api, 'recordProcessData', pass(floor.test), [['RULE_VIOLATED', 'process', 'PD-8']]);
    await expectRefused(api, 'recordProcessData', pass(floor.mount, { completedAt: fromNow(70_000) }), [
      ['RULE_VIOLATED', 'startedAt', 'PD-7'],
      ['RULE_VIOLATED', 'completedAt', 'PD-7'],
    ]);
    await start(api, item, floor.mount);
    await expectRefused(api, 'recordProcessData', pass(floor.mount), [['RULE_VIOLATED', 'unit', 'PD-5']]);
    await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Suspect' }, 'lot { id }');
    await expectRefused(api, 'recordProcessData', { ...pass(floor.mount), result: 'REWORK' }, [
      ['RULE_VIOLATED', 'lot', 'LOT-7'],
      ['RULE_VIOLATED', 'unit', 'PD-5'],
    ]);
  });

  test.each([['OPERATOR'], ['INSPECTOR']] as const)(
    'for another operator is refused to an %s (PD-15)',
    async (role) => {
      const { item } = await oneItem(api);
      const input = {
        unit: { id: item.id },
        process: { id: floor.mount.id },
        result: 'PASS',
        operator: { username: 'admin' },
      };

      await expectRefused(api, 'recordProcessData', input, [['FORBIDDEN', 'operator', 'PD-15']], role);
    },
  );

  test('is refused to a VIEWER', async () => {
    await expectRefused(api, 'recordProcessData', await measure({}), [['FORBIDDEN', '', null]], 'VIEWER');
  });
});

describe('the readings of recordProcessData', () => {
  test('get the limits of the step in place of their own, and are checked by them (PD-10)', async () => {
    const measurements = [
      { code: 'torque', value: '2.0', unit: 'Nm', lowerLimit: '5', upperLimit: '6' },
      { code: 'TEMPERATURE', value: '80.0000000001' },
      { code: 'OWN', value: '3', lowerLimit: '3' },
    ];

    const { processData } = await done(
      api,
      'recordProcessData',
      await measure({ result: 'REWORK', measurements }),
      PAYLOAD,
    );

    expect(processData.measurements).toMatchObject([
      { code: 'TORQUE', lowerLimit: '1.5', upperLimit: '2.0', target: '1.75', verdict: 'IN_SPEC' },
      { code: 'TEMPERATURE', lowerLimit: null, upperLimit: '80', verdict: 'OUT_OF_SPEC' },
      { code: 'OWN', lowerLimit: '3', upperLimit: null, verdict: 'IN_SPEC' },
    ]);
    expect(processData.verdict).toBe('OUT_OF_SPEC');
  });

  test('refuse a PASS that is out of specification, and one without a required reading (PD-10)', async () => {
    const wrong = [
      { code: 'TORQUE', value: '1.4999999999' },
      { code: 'TEMPERATURE', value: '81' },
    ];

    await expectRefused(api, 'recordProcessData', await measure({ measurements: wrong }), [
      ['RULE_VIOLATED', 'measurements.0.value', 'PD-10'],
      ['RULE_VIOLATED', 'measurements.1.value', 'PD-10'],
    ]);
    await expectRefused(api, 'recordProcessData', await measure({ measurements: [{ code: 'NOTE', text: 'fine' }] }), [
      ['RULE_VIOLATED', 'measurements', 'PD-10'],
    ]);
  });

  test('may be out of specification or missing where the step allows it, with a warning (PD-10)', async () => {
    const lenient = await makeStep(api, 2, 'LENIENT', {
      level: 'LOT',
      allowOutOfSpecPass: true,
      qualityCriteria: { characteristics: { X: { upperLimit: '1' } } },
    });
    const input = async (more: object): Promise<object> => ({ ...(await measure(more)), process: { id: lenient.id } });

    expect(
      (await done(api, 'recordProcessData', await input({ measurements: { code: 'X', value: '2' } }), 'warnings'))[
        'warnings'
      ],
    ).toEqual(['OUT_OF_SPEC_ALLOWED']);
    expect((await done(api, 'recordProcessData', await input({}), 'warnings'))['warnings']).toEqual([
      'NO_MEASUREMENTS',
    ]);
    expect(
      (await done(api, 'recordProcessData', await input({ result: 'FAIL', defects: [{ code: 'B' }] }), 'warnings'))[
        'warnings'
      ],
    ).toEqual(['FAIL_WITHOUT_NOTES', 'NO_MEASUREMENTS']);
    expect(
      (
        await done(
          api,
          'recordProcessData',
          await input({ result: 'REWORK', defects: [{ code: 'B' }], measurements: { code: 'X', value: '1' } }),
          'warnings',
        )
      )['warnings'],
    ).toEqual(['REWORK_WITHOUT_NOTES']);
    await done(api, 'updateProcess', { process: { id: lenient.id }, isActive: false }, 'process { id }');
  });

  test.each([
    ['neither value nor text', [{ code: 'A' }], 'measurements.0', 'PD-11'],
    [
      'limits the wrong way round',
      [{ code: 'A', value: '1', lowerLimit: '2', upperLimit: '1' }],
      'measurements.0',
      'PD-11',
    ],
    [
      'a wrong code',
      [
        { code: 'A', value: '1' },
        { code: 'A B', value: '1' },
      ],
      'measurements.1.code',
      'PD-11',
    ],
    ['an exponent', [{ code: 'A', value: '1e3' }], 'measurements.0.value', 'PD-11'],
    ['30 digits', [{ code: 'A', value: '1'.repeat(30) }], 'measurements.0.value', 'PD-11'],
    ['a text of 501 characters', [{ code: 'A', text: 'x'.repeat(501) }], 'measurements.0.text', 'PD-11'],
    ['a text with a NUL', [{ code: 'A', text: '\u0000' }], 'measurements.0.text', 'PD-11'],
    ['a unit of 21 characters', [{ code: 'A', value: '1', unit: 'u'.repeat(21) }], 'measurements.0.unit', 'PD-11'],
    ['a unit that is not that of the step', [{ code: 'TORQUE', value: '1.6', unit: 'lbf' }], 'measurements.0', 'PD-11'],
  ])('are refused with %s (PD-11)', async (_what, measurements, path, rule) => {
    await expectRefused(api, 'recordProcessData', await measure({ result: 'REWORK', measurements }), [
      ['INVALID_INPUT', path, rule],
    ]);
  });

  test('and its defects have a maximum number (PD-11, PD-12)', async () => {
    const lot = await makeLot(api);
    const readings = (count: number): object => ({
      result: 'REWORK',
      measurements: Array.from({ length: count }, () => ({ code: 'A', value: '1' })),
    });
    const defects = (count: number): object => ({
      result: 'REWORK',
      defects: Array.from({ length: count }, () => ({ code: 'A' })),
    });

    await expectRefused(api, 'recordProcessData', await measure(readings(201), lot), [
      ['LIMIT_EXCEEDED', 'measurements', 'PD-11'],
    ]);
    await expectRefused(api, 'recordProcessData', await measure(defects(51), lot), [
      ['LIMIT_EXCEEDED', 'defects', 'PD-12'],
    ]);
    await done(api, 'recordProcessData', await measure(readings(200), lot), 'processData { id }');
    await done(api, 'recordProcessData', await measure(defects(50), lot), 'processData { id }');
  });

  test('and its defects are refused with all errors at once (PD-12)', async () => {
    const defects = [
      { code: '' },
      { code: 'A', quantity: 0 },
      { code: 'A', quantity: 1_000_001 },
      { code: 'A', description: ' ' },
      { code: 'A', location: 'x'.repeat(201) },
    ];

    await expectRefused(
      api,
      'recordProcessData',
      await measure({ result: 'FAIL', defects, notes: 'x'.repeat(1_001) }),
      [
        ['INVALID_INPUT', 'defects.0.code', 'PD-12'],
        ['INVALID_INPUT', 'defects.1.quantity', 'PD-12'],
        ['INVALID_INPUT', 'defects.2.quantity', 'PD-12'],
        ['INVALID_INPUT', 'defects.3.description', 'PD-12'],
        ['INVALID_INPUT', 'defects.4.location', 'PD-12'],
        ['INVALID_INPUT', 'notes', null],
      ],
    );
  });
});

describe('parallel requests', () => {
  test('for a PASS of one unit and step, 50 of them, create exactly one row (PD-6)', async () => {
    const { item } = await oneItem(api);
    const input = { unit: { id: item.id }, process: { id: floor.mount.id }, result: 'PASS' };

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call(api, 'recordProcessData', input, 'processData { id }')),
    );

    expect(answers.flatMap(({ errors }) => errors.map(({ code, path, rule }) => [code, path, rule]))).toEqual(
      Array.from({ length: 49 }, () => ['RULE_VIOLATED', ['result'], 'PD-6']),
    );
    expect(
      await api.database.reader().sql`SELECT result FROM process_data WHERE unit_id = ${uuidOf(item)}::uuid`,
    ).toEqual([{ result: 'PASS' }]);
  });

  test('for a REWORK of one unit and step, 50 of them, get 50 attempts (PD-9)', async () => {
    const { item } = await oneItem(api);

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => record(api, item, floor.mount, { result: 'REWORK' })),
    );

    expect(answers.map(({ processData }) => processData.attempt).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  test('with one idempotency key, 100 of them, create one row and return the same answer (IDK-1)', async () => {
    const { item } = await oneItem(api);
    const input = {
      unit: { id: item.id },
      process: { id: floor.mount.id },
      result: 'REWORK',
      idempotencyKey: 'record-1',
    };

    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        call(api, 'recordProcessData', input, 'processData { id attempt completedAt } serial { id } warnings'),
      ),
    );

    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ processData: { attempt: 1 }, errors: [] });
  });

  test('for the last two serials of a lot complete it once (LOT-8)', async () => {
    const lot = await makeLot(api, { targetQuantity: 4 });
    const items = await makeItems(api, lot, 4);
    await completeItems(api, items, [floor.mount, floor.test]);
    const serials = await Promise.all(
      items.map(async (item) => (await record(api, item, floor.mark, {}, 'serial { id number }'))['serial']),
    );
    await Promise.all(serials.map((serial) => record(api, serial, floor.burnIn)));

    await Promise.all(serials.map((serial) => record(api, serial, floor.final)));

    expect(await statusOf(api, lot)).toBe('COMPLETED');
  });

  test('on an item are refused after a conversion that commits first (WIP-8)', async () => {
    const { item } = await oneCompletedItem(api, floor);
    const sql = `UPDATE wip_items SET status = 'CONVERTED', converted_at = now() WHERE id = $1`;

    const answer = await committedFirst(api, sql, [uuidOf(item)], () =>
      call(
        api,
        'recordProcessData',
        { unit: { id: item.id }, process: { id: floor.mark.id }, result: 'PASS' },
        'processData { id }',
      ),
    );

    expect(answer).toMatchObject({
      processData: null,
      errors: [{ code: 'RULE_VIOLATED', path: ['unit'], rule: 'WIP-8' }, { rule: 'PD-16' }, { rule: 'WIP-7' }],
    });
  });
});

test('a decimal may be sent as a number: as it is written in a document, as its shortest text in JSON (PD-10)', async () => {
  const { id } = await makeLot(api);
  const query = (value: string, declared = '') =>
    `mutation ${declared} { recordProcessData(input: { unit: { id: "${id}" }, process: { id: "${measured.id}" }, result: FAIL, defects: [{ code: "LOOSE", severity: LOW }], measurements: [{ code: "TORQUE", value: ${value}, unit: "Nm" }] }) { processData { measurements { value } } errors { message path } } }`;
  const valueOf = async (document: string, variables: object = {}): Promise<unknown> => {
    const { data, errors } = await api.ask(document, variables);
    if (errors.length > 0) return errors[0]?.message;
    const { processData, errors: refused } = data.recordProcessData;
    return processData?.measurements[0].value ?? refused[0];
  };
  expect(await valueOf(query('1.50'))).toBe('1.50');
  expect(await valueOf(query('2'))).toBe('2');
  expect(await valueOf(query('"1.750"'))).toBe('1.750');
  expect(await valueOf(query('$v', '($v: Decimal!)'), { v: 0.1 })).toBe('0.1');
  expect(await valueOf(query('$v', '($v: Decimal!)'), { v: 1e-7 })).toBe('0.0000001');
  expect(await valueOf(query('$v', '($v: Decimal!)'), { v: 0.1 + 0.2 })).toMatchObject({
    path: ['measurements', '0', 'value'],
    message: expect.stringContaining('10 after the point'),
  });
  expect(await valueOf(query('true'))).toContain('Decimal is given as text, but this is another kind of value.');
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
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
import { call, done, expectRefused } from '../../support/expect.ts';

let api: Api;
let steps: readonly Step[];

beforeEach(async () => {
  api = await startApi();
  await makeModel(api, { maxReworks: 1 });
  await makeLine(api);
  const { mount, test: testing } = await makeRoute(api);
  steps = [mount, testing];
});
afterEach(() => api.close());

const FIELDS =
  'serial { number displayNumber externalNumber status reworkCount maxReworks reworksLeft canRework isTerminal isActive failureReason completedAt version }';

/** One CREATED serial in its own lot. */
async function oneSerial(targetQuantity = 100): Promise<{ lot: Named; serial: Named }> {
  const lot = await makeLot(api, { targetQuantity });
  const [serial] = await makeSerials(api, lot, 1, steps);
  return serial === undefined ? expect.unreachable() : { lot, serial };
}

async function lotOf({ number }: Named): Promise<unknown> {
  return (
    await api.ask(
      `{ lotByNumber(number: "${number}") { status completedAt completionReason passedQuantity failedQuantity pendingQuantity } }`,
    )
  ).data.lotByNumber;
}

const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('the life cycle of a serial', () => {
  test('goes from CREATED through IN_PROGRESS to PASSED, which is final (SER-3)', async () => {
    const { serial } = await oneSerial();

    const started = await done(api, 'startSerial', { serial: { id: serial.id } }, FIELDS);
    const passed = await done(api, 'passSerial', { serial: { number: 'kr01-psa-2611-01-001' } }, FIELDS);

    const same = {
      number: 'KR01PSA261101001',
      displayNumber: 'KR01-PSA-2611-01-001',
      externalNumber: null,
      reworkCount: 0,
      maxReworks: 1,
      reworksLeft: 1,
      canRework: false,
      failureReason: null,
    };
    expect(started['serial']).toEqual({
      ...same,
      status: 'IN_PROGRESS',
      isTerminal: false,
      isActive: true,
      completedAt: null,
      version: 2,
    });
    expect(passed['serial']).toEqual({
      ...same,
      status: 'PASSED',
      isTerminal: true,
      isActive: false,
      completedAt: at,
      version: 3,
    });
    for (const mutation of ['startSerial', 'passSerial'])
      await expectRefused(api, mutation, { serial: { id: serial.id } }, [['RULE_VIOLATED', 'status', 'SER-3']]);
    await expectRefused(api, 'failSerial', { serial: { id: serial.id }, reason: 'x' }, [
      ['RULE_VIOLATED', 'status', 'SER-3'],
    ]);
    await expectRefused(api, 'reworkSerial', { serial: { id: serial.id }, reason: 'x' }, [
      ['RULE_VIOLATED', 'serial', 'SER-2'],
    ]);
  });

  test('allows neither pass nor failure of a CREATED serial, which must be started first (SER-3)', async () => {
    const { serial } = await oneSerial();

    await expectRefused(api, 'passSerial', { serial: { id: serial.id } }, [['RULE_VIOLATED', 'status', 'SER-3']]);
    await expectRefused(api, 'failSerial', { serial: { id: serial.id }, reason: 'x' }, [
      ['RULE_VIOLATED', 'status', 'SER-3'],
    ]);
  });

  test('stores the reason of a failure, and clears it with a rework (SER-2, SER-4)', async () => {
    const { serial } = await oneSerial();
    await done(api, 'startSerial', { serial: { id: serial.id } }, FIELDS);
    for (const reason of ['', ' ', 'x'.repeat(1_001)])
      await expectRefused(api, 'failSerial', { serial: { id: serial.id }, reason }, [
        ['INVALID_INPUT', 'reason', 'SER-4'],
      ]);

    const failed = await done(api, 'failSerial', { serial: { id: serial.id }, reason: ' Cracked ' }, FIELDS);
    const reworked = await done(api, 'reworkSerial', { serial: { id: serial.id }, reason: 'Reflow' }, FIELDS);

    expect(failed['serial']).toMatchObject({
      status: 'FAILED',
      failureReason: 'Cracked',
      completedAt: at,
      canRework: true,
      isTerminal: false,
      isActive: false,
    });
    expect(reworked['serial']).toMatchObject({
      status: 'IN_PROGRESS',
      failureReason: null,
      completedAt: null,
      reworkCount: 1,
      reworksLeft: 0,
      canRework: false,
      isTerminal: false,
      isActive: true,
    });
  });

  test('allows a rework only when the serial FAILED, and no more often than its model allowed (SER-2)', async () => {
    const { serial } = await oneSerial();
    const { id } = serial;
    await expectRefused(api, 'reworkSerial', { serial: { id }, reason: 'x' }, [['RULE_VIOLATED', 'serial', 'SER-2']]);
    await done(api, 'startSerial', { serial: { id } }, FIELDS);
    await done(api, 'failSerial', { serial: { id }, reason: 'x' }, FIELDS);
    await done(api, 'reworkSerial', { serial: { id }, reason: 'x' }, FIELDS);
    await done(api, 'updateProductModel', { productModel: { code: 'PSA' }, maxReworks: 9 }, 'productModel { id }');
    expect((await done(api, 'failSerial', { serial: { id }, reason: 'x' }, FIELDS))['serial']).toMatchObject({
      isTerminal: true,
      canRework: false,
    });

    const [message] = await expectRefused(api, 'reworkSerial', { serial: { id }, reason: 'x' }, [
      ['RULE_VIOLATED', 'serial', 'SER-2'],
    ]);

    expect(message).toBe('Serial KR01PSA261101001 was reworked 1 of at most 1 times; no rework is left.');
    await expectRefused(api, 'startSerial', { serial: { id } }, [['RULE_VIOLATED', 'status', 'SER-3']]);
  });

  test('requires a reason for a rework (GEN-4)', async () => {
    const { serial } = await oneSerial();

    await expectRefused(api, 'reworkSerial', { serial: { id: serial.id }, reason: ' ' }, [
      ['INVALID_INPUT', 'reason', 'GEN-4'],
    ]);
  });

  test('requires passed steps and no open execution for a manual pass, and no open execution for a manual failure (SER-7)', async () => {
    const { serial } = await oneSerial();
    const [burnIn, final] = [
      await makeStep(api, 80, 'BURN_IN', { level: 'SERIAL' }),
      await makeStep(api, 90, 'FINAL', { level: 'SERIAL' }),
    ];
    await makeStep(api, 95, 'OLD', { level: 'SERIAL', isActive: false });
    await done(api, 'startSerial', { serial: { id: serial.id } }, FIELDS);
    await putExecution(api, { serial }, burnIn, 'PASS');
    await putExecution(api, { serial }, final, null);

    const messages = await expectRefused(api, 'passSerial', { serial: { id: serial.id } }, [
      ['RULE_VIOLATED', 'serial', 'SER-7'],
      ['RULE_VIOLATED', 'serial', 'SER-7'],
    ]);
    await expectRefused(api, 'failSerial', { serial: { id: serial.id }, reason: 'x' }, [
      ['RULE_VIOLATED', 'serial', 'SER-7'],
    ]);

    expect(messages).toEqual([
      'Serial KR01PSA261101001 has no PASS yet on 90 FINAL.',
      'Serial KR01PSA261101001 has an open execution of 90 FINAL; complete or withdraw it first.',
    ]);
    await api.database.reader()
      .sql`UPDATE process_data SET result = 'PASS', completed_at = started_at WHERE result IS NULL`;
    await done(api, 'passSerial', { serial: { id: serial.id } }, FIELDS);
  });

  test('is held with the lot, which refuses start, pass and rework, and allows a failure (LOT-7)', async () => {
    const { lot, serial } = await oneSerial();
    const [working] = await makeSerials(api, lot, 1, steps);
    const { id } = working ?? expect.unreachable();
    await done(api, 'startSerial', { serial: { id } }, FIELDS);
    await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Dust' }, 'lot { id }');

    await expectRefused(api, 'startSerial', { serial: { id: serial.id } }, [['RULE_VIOLATED', 'lot', 'LOT-7']]);
    await expectRefused(api, 'passSerial', { serial: { id: serial.id } }, [
      ['RULE_VIOLATED', 'lot', 'LOT-7'],
      ['RULE_VIOLATED', 'status', 'SER-3'],
    ]);
    await expectRefused(api, 'passSerial', { serial: { id } }, [['RULE_VIOLATED', 'lot', 'LOT-7']]);
    await done(api, 'failSerial', { serial: { id }, reason: 'x' }, FIELDS);
    await expectRefused(api, 'reworkSerial', { serial: { id }, reason: 'x' }, [['RULE_VIOLATED', 'lot', 'LOT-7']]);
  });

  test('carries out one of two changes with the same version; the other returns the current serial (GEN-2)', async () => {
    const { serial } = await oneSerial();

    const answers = await Promise.all(
      [0, 1].map(() =>
        call(api, 'startSerial', { serial: { id: serial.id }, expectedVersion: 1 }, 'serial { status version }'),
      ),
    );

    expect(answers.map((answer) => answer['serial'])).toEqual([
      { status: 'IN_PROGRESS', version: 2 },
      { status: 'IN_PROGRESS', version: 2 },
    ]);
    expect(answers.flatMap(({ errors }) => errors.map(({ code, rule }) => [code, rule]))).toEqual([
      ['STALE_VERSION', 'GEN-2'],
      ['RULE_VIOLATED', 'SER-3'],
    ]);
  });
});

describe('a lot', () => {
  test('completes automatically when its last serial is PASSED, or FAILED without a rework left (LOT-8)', async () => {
    const lot = await makeLot(api, { targetQuantity: 2 });
    const [first, second] = await makeSerials(api, lot, 2, steps);
    if (first === undefined || second === undefined) return expect.unreachable();
    const fail = async (): Promise<void> =>
      void (await done(api, 'failSerial', { serial: { id: second.id }, reason: 'Cracked' }, FIELDS));

    await passSerials(api, [first]);
    await done(api, 'startSerial', { serial: { id: second.id } }, FIELDS);
    await fail();
    expect(await lotOf(lot)).toEqual({
      status: 'IN_PROGRESS',
      completedAt: null,
      completionReason: null,
      passedQuantity: 1,
      failedQuantity: 0,
      pendingQuantity: 1,
    });
    await done(api, 'reworkSerial', { serial: { id: second.id }, reason: 'Reflow' }, FIELDS);
    await fail();

    expect(await lotOf(lot)).toEqual({
      status: 'COMPLETED',
      completedAt: at,
      completionReason: null,
      passedQuantity: 1,
      failedQuantity: 1,
      pendingQuantity: 0,
    });
  });

  test('completes once, whichever of its last serials is passed first (LOT-8)', async () => {
    const lot = await makeLot(api, { targetQuantity: 6 });
    const serials = await makeSerials(api, lot, 6, steps);
    for (const { id } of serials) await done(api, 'startSerial', { serial: { id } }, FIELDS);

    await Promise.all(serials.map(({ id }) => done(api, 'passSerial', { serial: { id } }, FIELDS)));

    expect(await lotOf(lot)).toMatchObject({ status: 'COMPLETED', passedQuantity: 6 });
  });

  test('completes automatically when its target is lowered to the finished quantity (LOT-8)', async () => {
    const lot = await makeLot(api, { targetQuantity: 3 });
    await passSerials(api, await makeSerials(api, lot, 2, steps));

    const { lot: lowered } = await done(
      api,
      'updateLot',
      { lot: { id: lot.id }, targetQuantity: 2 },
      'lot { status completedAt completionReason }',
    );

    expect(lowered).toEqual({ status: 'COMPLETED', completedAt: at, completionReason: null });
  });

  test('is not completed short with an unfinished serial, and is with a failed one (LOT-9)', async () => {
    const { lot, serial } = await oneSerial();
    const [message] = await expectRefused(api, 'completeLot', { lot: { id: lot.id }, reason: 'x' }, [
      ['RULE_VIOLATED', 'lot', 'LOT-9'],
    ]);
    expect(message).toBe(
      'Lot KR01PSA261101 still has 1 unfinished serial; it can be completed short when none is left.',
    );
    await done(api, 'startSerial', { serial: { id: serial.id } }, FIELDS);
    await done(api, 'failSerial', { serial: { id: serial.id }, reason: 'x' }, FIELDS);

    await done(api, 'completeLot', { lot: { id: lot.id }, reason: 'Order cancelled' }, 'lot { id }');

    expect(await lotOf(lot)).toMatchObject({
      status: 'COMPLETED',
      completionReason: 'Order cancelled',
      failedQuantity: 0,
      pendingQuantity: 1,
    });
  });
});

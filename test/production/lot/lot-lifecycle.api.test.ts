import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLine, makeLot, makeModel, makeStep, uuidOf } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';

let api: Api;

beforeEach(async () => {
  api = await startApi();
  await makeModel(api, { maxLotQuantity: 1_000 });
  await makeLine(api);
});
afterEach(() => api.close());

describe('updateLot', () => {
  test('changes the given fields, clears fields that are null, and leaves absent ones', async () => {
    const { id } = await makeLot(api, { supplierCode: 'S-1', metadata: { a: 1 } });

    const first = await done(
      api,
      'updateLot',
      { lot: { id }, targetQuantity: 5, metadata: { b: 2 } },
      'lot { targetQuantity supplierCode metadata version }',
    );
    const second = await done(
      api,
      'updateLot',
      { lot: { id }, supplierCode: null, expectedVersion: 2 },
      'lot { targetQuantity supplierCode metadata version }',
    );

    expect(first['lot']).toEqual({ targetQuantity: 5, supplierCode: 'S-1', metadata: { b: 2 }, version: 2 });
    expect(second['lot']).toEqual({ targetQuantity: 5, supplierCode: null, metadata: { b: 2 }, version: 3 });
  });

  test('refuses null for a required field', async () => {
    const { id } = await makeLot(api);

    await expectRefused(
      api,
      'updateLot',
      { lot: { id }, targetQuantity: null, metadata: null, qualityRequirements: null },
      [
        ['INVALID_INPUT', 'targetQuantity', null],
        ['INVALID_INPUT', 'qualityRequirements', null],
        ['INVALID_INPUT', 'metadata', null],
      ],
    );
  });

  test('keeps the target at or above the number of items, within the model, and within the digits of the item numbers (LOT-3)', async () => {
    const lot = await makeLot(api, { targetQuantity: 10 });
    await makeItems(api, lot, 5);

    await expectRefused(api, 'updateLot', { lot: { id: lot.id }, targetQuantity: 4 }, [
      ['RULE_VIOLATED', 'targetQuantity', 'LOT-3'],
    ]);
    await expectRefused(api, 'updateLot', { lot: { id: lot.id }, targetQuantity: 1_000 }, [
      ['RULE_VIOLATED', 'targetQuantity', 'LOT-3'],
    ]);
    await expectRefused(api, 'updateLot', { lot: { id: lot.id }, targetQuantity: 1_001 }, [
      ['RULE_VIOLATED', 'targetQuantity', 'LOT-3'],
    ]);
    await expectRefused(api, 'updateLot', { lot: { id: lot.id }, targetQuantity: 0 }, [
      ['INVALID_INPUT', 'targetQuantity', 'LOT-3'],
    ]);
    expect(
      await done(
        api,
        'updateLot',
        { lot: { id: lot.id }, targetQuantity: 5 },
        'lot { targetQuantity remainingQuantity }',
      ),
    ).toMatchObject({ lot: { targetQuantity: 5, remainingQuantity: 0 } });
    await done(api, 'updateLot', { lot: { id: lot.id }, targetQuantity: 999 }, 'lot { id }');
  });

  test('refuses another target for a COMPLETED lot (LOT-3)', async () => {
    const lot = await makeLot(api);
    await force(lot, 'COMPLETED');

    await expectRefused(api, 'updateLot', { lot: { id: lot.id }, targetQuantity: 5 }, [
      ['RULE_VIOLATED', 'targetQuantity', 'LOT-3'],
    ]);
    await done(api, 'updateLot', { lot: { id: lot.id }, targetQuantity: 100, supplierCode: 'S' }, 'lot { id }');
  });

  test('carries out one of two changes with the same version; the other returns the current lot (GEN-2)', async () => {
    const { id } = await makeLot(api);

    const answers = await Promise.all(
      ['A', 'B'].map((supplierCode) =>
        call(api, 'updateLot', { lot: { id }, supplierCode, expectedVersion: 1 }, 'lot { supplierCode version }'),
      ),
    );

    const [winner] = answers.filter(({ errors }) => errors.length === 0);
    const [loser] = answers.filter(({ errors }) => errors.length > 0);
    expect(loser?.errors.map(({ code, path, rule }) => [code, path, rule])).toEqual([
      ['STALE_VERSION', ['expectedVersion'], 'GEN-2'],
    ]);
    expect(loser?.['lot']).toEqual(winner?.['lot']);
  });
});

describe('deleteLot', () => {
  test('deletes a lot that was only planned (LOT-11)', async () => {
    const lot = await makeLot(api);

    expect(await done(api, 'deleteLot', { lot: { number: lot.number } }, 'deletedId')).toMatchObject({
      deletedId: lot.id,
    });
    const { data } = await api.ask(`{ node(id: "${lot.id}") { id } lotByNumber(number: "${lot.number}") { id } }`);
    expect(data).toEqual({ node: null, lotByNumber: null });
  });

  test('refuses a lot that was started, has a disposition or has executions (LOT-11)', async () => {
    const [started, decided, worked] = [await makeLot(api), await makeLot(api), await makeLot(api)];
    await makeItems(api, started, 1);
    await done(api, 'quarantineLot', { lot: { id: decided.id }, reason: 'Dust' }, 'lot { id }');
    const step = await makeStep(api, 1, 'KIT', { level: 'LOT' });
    await api.database.reader().sql`
      INSERT INTO process_data (id, level, lot_id, process_id, attempt, operator_id) VALUES (uuid7(), 'LOT', ${uuidOf(worked)}::uuid, ${uuidOf(step)}::uuid, 1, ${api.userIdOf('ADMIN')}::uuid)`;

    for (const lot of [started, decided, worked])
      await expectRefused(api, 'deleteLot', { lot: { id: lot.id } }, [['RULE_VIOLATED', 'lot', 'LOT-11']]);
    await expectRefused(api, 'deleteLot', { lot: { id: started.id }, expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
      ['RULE_VIOLATED', 'lot', 'LOT-11'],
    ]);
  });
});

describe('completeLot and closeLot', () => {
  test('complete a lot short with a reason, and close it afterwards (LOT-5, LOT-9, LOT-10)', async () => {
    const lot = await makeLot(api);
    await makeItems(api, lot, 1);
    await api.database.reader().sql`UPDATE wip_items SET status = 'IN_PROGRESS'`;
    await api.database.reader().sql`UPDATE wip_items SET status = 'FAILED'`;

    const completed = await done(
      api,
      'completeLot',
      { lot: { id: lot.id }, reason: ' No more wafers ' },
      'lot { status completionReason startedAt completedAt closedAt leadTimeSeconds isActive }',
    );
    const closed = await done(
      api,
      'closeLot',
      { lot: { id: lot.id } },
      'lot { status startedAt completedAt closedAt }',
    );

    expect(completed['lot']).toMatchObject({
      status: 'COMPLETED',
      completionReason: 'No more wafers',
      closedAt: null,
      leadTimeSeconds: 0,
      isActive: false,
    });
    expect(closed['lot']).toEqual({
      ...pick(completed['lot'], 'startedAt', 'completedAt'),
      status: 'CLOSED',
      closedAt: expect.stringMatching(/Z$/),
    });
  });

  test('refuse to complete a lot with unfinished work, and count that work (LOT-9)', async () => {
    const lot = await makeLot(api);
    await expectRefused(api, 'completeLot', { lot: { id: lot.id }, reason: 'x' }, [['RULE_VIOLATED', 'lot', 'LOT-9']]);
    await makeItems(api, lot, 2);

    const [message] = await expectRefused(api, 'completeLot', { lot: { id: lot.id }, reason: 'x' }, [
      ['RULE_VIOLATED', 'lot', 'LOT-9'],
    ]);

    expect(message).toBe(
      'Lot KR01PSA261101 still has 2 unfinished WIP items; it can be completed short when none is left.',
    );
  });

  test('close only a COMPLETED lot that is not QUARANTINED; a REJECTED one may be closed (LOT-10)', async () => {
    const lot = await makeLot(api);
    await expectRefused(api, 'closeLot', { lot: { id: lot.id } }, [['RULE_VIOLATED', 'lot', 'LOT-10']]);
    await force(lot, 'COMPLETED');
    await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Dust' }, 'lot { id }');
    await expectRefused(api, 'closeLot', { lot: { id: lot.id } }, [['RULE_VIOLATED', 'lot', 'LOT-10']]);
    await done(api, 'rejectLot', { lot: { id: lot.id }, reason: 'Dust' }, 'lot { id }');

    await done(api, 'closeLot', { lot: { id: lot.id } }, 'lot { id }');
    await expectRefused(api, 'closeLot', { lot: { id: lot.id } }, [['RULE_VIOLATED', 'lot', 'LOT-10']]);
  });

  test('require a reason of 1 to 1,000 characters where they override a rule (GEN-4)', async () => {
    const lot = await makeLot(api);

    for (const mutation of ['completeLot', 'quarantineLot', 'releaseLot', 'rejectLot']) {
      for (const reason of ['', ' \n ', 'x'.repeat(1_001)])
        await expectRefused(api, mutation, { lot: { id: lot.id }, reason }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
    }
  });
});

describe('the disposition of a lot', () => {
  const DECIDED = 'lot { disposition dispositionReason dispositionAt dispositionBy { username } isHeld status }';

  test('is held, released, recalled and rejected, each time signed (LOT-6)', async () => {
    const { id } = await makeLot(api);

    for (const [mutation, disposition, isHeld, role] of [
      ['quarantineLot', 'QUARANTINED', true, 'INSPECTOR'],
      ['releaseLot', 'RELEASED', false, 'MANAGER'],
      ['quarantineLot', 'QUARANTINED', true, 'ENGINEER'],
      ['rejectLot', 'REJECTED', true, 'ADMIN'],
    ] as const) {
      const { lot } = await done(api, mutation, { lot: { id }, reason: `because of ${disposition}` }, DECIDED, role);
      expect(lot).toEqual({
        disposition,
        isHeld,
        dispositionReason: `because of ${disposition}`,
        dispositionAt: expect.stringMatching(/^\d{4}-.*Z$/),
        dispositionBy: { username: role.toLowerCase() },
        status: 'CREATED',
      });
    }
  });

  test('allows only the transitions of its table: no repetition, none after a rejection, no rejection after a release (LOT-6)', async () => {
    const [held, released, rejected] = [await makeLot(api), await makeLot(api), await makeLot(api)];
    await done(api, 'quarantineLot', { lot: { id: held.id }, reason: 'x' }, 'lot { id }');
    await done(api, 'releaseLot', { lot: { id: released.id }, reason: 'x' }, 'lot { id }');
    await done(api, 'rejectLot', { lot: { id: rejected.id }, reason: 'x' }, 'lot { id }');

    for (const [mutation, lot] of [
      ['quarantineLot', held],
      ['releaseLot', released],
      ['rejectLot', released],
      ['quarantineLot', rejected],
      ['releaseLot', rejected],
      ['rejectLot', rejected],
    ] as const) {
      await expectRefused(api, mutation, { lot: { id: lot.id }, reason: 'x' }, [
        ['RULE_VIOLATED', 'disposition', 'LOT-6'],
      ]);
    }
  });
});

/** Sets the status of a lot by SQL. */
async function force(lot: { readonly id: string }, status: 'IN_PROGRESS' | 'COMPLETED'): Promise<void> {
  const db = api.database.reader();
  await db.sql`UPDATE lots SET status = 'IN_PROGRESS', started_at = now() WHERE id = ${uuidOf(lot)}::uuid`;
  if (status === 'COMPLETED')
    await db.sql`UPDATE lots SET status = 'COMPLETED', completed_at = now() WHERE id = ${uuidOf(lot)}::uuid`;
}

function pick(record: Readonly<Record<string, unknown>>, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, record[key]]));
}

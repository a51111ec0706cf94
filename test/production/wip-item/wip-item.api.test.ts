import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROLES } from '../../../src/platform/rules/access.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLine, makeLot, makeModel } from '../../support/build.ts';
import { call, done, expectRefused, fingerprint } from '../../support/expect.ts';

let api: Api;

beforeEach(async () => {
  api = await startApi();
  await makeModel(api, { maxLotQuantity: 1_000_000 });
  await makeLine(api);
});
afterEach(() => api.close());

const UNKNOWN = Buffer.from('Lot:00000000-0000-7000-8000-000000000000').toString('base64url');

describe('generateWipItems', () => {
  test('creates items that are numbered from 1, and starts the lot with the first generation (WIP-1, WIP-2, WIP-4)', async () => {
    const lot = await makeLot(api, { targetQuantity: 5 });

    const first = await done(
      api,
      'generateWipItems',
      { lot: { id: lot.id }, quantity: 2 },
      'lot { status startedAt wipItemCount remainingQuantity version } wipItems { number sequence status externalNumber version lot { number } }',
    );
    const second = await done(
      api,
      'generateWipItems',
      { lot: { number: lot.number }, quantity: 3 },
      'lot { status startedAt wipItemCount remainingQuantity } wipItems { number sequence }',
    );

    const item = { status: 'CREATED', externalNumber: null, version: 1, lot: { number: lot.number } };
    expect(first['wipItems']).toEqual([
      { ...item, number: 'WIP-KR01PSA261101-001', sequence: 1 },
      { ...item, number: 'WIP-KR01PSA261101-002', sequence: 2 },
    ]);
    expect(first['lot']).toEqual({
      status: 'IN_PROGRESS',
      startedAt: expect.stringMatching(/Z$/),
      wipItemCount: 2,
      remainingQuantity: 3,
      version: 2,
    });
    expect(second['wipItems'].map(({ sequence }: { sequence: number }) => sequence)).toEqual([3, 4, 5]);
    expect(second['lot']).toEqual({
      status: 'IN_PROGRESS',
      startedAt: first['lot'].startedAt,
      wipItemCount: 5,
      remainingQuantity: 0,
    });
  });

  test('makes numbers as wide as the target needs, at least three digits (WIP-1)', async () => {
    const numbers: string[] = [];
    for (const targetQuantity of [999, 1_000, 1_000_000]) {
      const [item] = await makeItems(api, await makeLot(api, { targetQuantity }), 1);
      numbers.push(item?.number ?? '');
    }

    expect(numbers).toEqual(['WIP-KR01PSA261101-001', 'WIP-KR01PSA261102-0001', 'WIP-KR01PSA261103-0000001']);
  });

  test('creates 1 to 100 items in one call (WIP-3)', async () => {
    const lot = await makeLot(api, { targetQuantity: 500 });

    for (const quantity of [0, -1, 101])
      await expectRefused(api, 'generateWipItems', { lot: { id: lot.id }, quantity }, [
        ['INVALID_INPUT', 'quantity', 'WIP-3'],
      ]);
    expect(await makeItems(api, lot, 100)).toHaveLength(100);
  });

  test('creates no more items than the target; too many are refused as a whole, with the remaining number (WIP-3)', async () => {
    const lot = await makeLot(api, { targetQuantity: 5 });
    await makeItems(api, lot, 3);

    const [message] = await expectRefused(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 3 }, [
      ['RULE_VIOLATED', 'quantity', 'WIP-3'],
    ]);

    expect(message).toBe('Lot KR01PSA261101 has 3 of its 5 WIP items and takes at most 2 more, not 3.');
    await makeItems(api, lot, 2);
    await expectRefused(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1 }, [
      ['RULE_VIOLATED', 'quantity', 'WIP-3'],
    ]);
  });

  test('leaves no duplicates and no gaps in parallel calls, and stops at the target (WIP-2, WIP-3)', async () => {
    const lot = await makeLot(api, { targetQuantity: 60 });

    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        call(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 4 }, 'wipItems { sequence }'),
      ),
    );

    const made = answers
      .filter(({ errors }) => errors.length === 0)
      .flatMap((answer): number[] => answer['wipItems'].map(({ sequence }: { sequence: number }) => sequence));
    expect(made.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(
      Array.from({ length: 5 }, () => 'WIP-3'),
    );
  });

  test('is refused for a COMPLETED or CLOSED lot (LOT-4)', async () => {
    const lot = await makeLot(api);
    const db = api.database.reader();
    await db.sql`UPDATE lots SET status = 'IN_PROGRESS', started_at = now()`;
    await db.sql`UPDATE lots SET status = 'COMPLETED', completed_at = now()`;
    await expectRefused(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1 }, [
      ['RULE_VIOLATED', 'lot', 'LOT-4'],
    ]);
    await done(api, 'closeLot', { lot: { id: lot.id } }, 'lot { id }');

    await expectRefused(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 100 }, [
      ['RULE_VIOLATED', 'lot', 'LOT-4'],
    ]);
  });

  test('is refused for a held lot, with every rule that forbids it (LOT-7)', async () => {
    const [held, rejected] = [await makeLot(api, { targetQuantity: 1 }), await makeLot(api)];
    await done(api, 'quarantineLot', { lot: { id: held.id }, reason: 'Dust' }, 'lot { id }');
    await done(api, 'rejectLot', { lot: { id: rejected.id }, reason: 'Dust' }, 'lot { id }');

    await expectRefused(api, 'generateWipItems', { lot: { id: rejected.id }, quantity: 1 }, [
      ['RULE_VIOLATED', 'lot', 'LOT-7'],
    ]);
    await expectRefused(api, 'generateWipItems', { lot: { id: held.id }, quantity: 2 }, [
      ['RULE_VIOLATED', 'lot', 'LOT-7'],
      ['RULE_VIOLATED', 'quantity', 'WIP-3'],
    ]);
    await done(api, 'releaseLot', { lot: { id: held.id }, reason: 'Clean' }, 'lot { id }');
    await makeItems(api, held, 1);
  });

  test('is refused after a quarantine that commits first (LOT-7)', async () => {
    const lot = await makeLot(api);

    const generation = await api.database.transaction(async (tx) => {
      await tx.sql`UPDATE lots SET disposition = 'QUARANTINED', disposition_reason = 'Dust', disposition_at = now()`;
      const waiting = call(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 3 });
      await expect.poll(waitingForLocks).toBe(1);
      return { waiting };
    });

    expect((await generation.waiting).errors.map(({ rule }) => rule)).toEqual(['LOT-7']);
    expect(await api.database.reader().sql`SELECT FROM wip_items`).toEqual([]);
  });

  test('takes one external number for each item, in order, and each number once (GEN-3)', async () => {
    const lot = await makeLot(api, { targetQuantity: 10 });

    const { wipItems } = await done(
      api,
      'generateWipItems',
      { lot: { id: lot.id }, quantity: 2, externalNumbers: [' M14860', 'l47181 '] },
      'wipItems { sequence externalNumber }',
    );

    expect(wipItems).toEqual([
      { sequence: 1, externalNumber: 'M14860' },
      { sequence: 2, externalNumber: 'l47181' },
    ]);
    await expectRefused(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 2, externalNumbers: ['a'] }, [
      ['INVALID_INPUT', 'externalNumbers', null],
    ]);
    await expectRefused(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 2, externalNumbers: ['a', ' '] }, [
      ['INVALID_INPUT', 'externalNumbers.1', null],
    ]);
    await expectRefused(
      api,
      'generateWipItems',
      { lot: { id: lot.id }, quantity: 3, externalNumbers: ['a', 'M14860', 'a'] },
      [
        ['CONFLICT', 'externalNumbers.1', 'GEN-3'],
        ['CONFLICT', 'externalNumbers.2', 'GEN-3'],
      ],
    );
    await done(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1, externalNumbers: [] }, 'wipItems { id }');
    await done(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1, externalNumbers: null }, 'wipItems { id }');
    await done(
      api,
      'generateWipItems',
      { lot: { id: lot.id }, quantity: 1, externalNumbers: ['m14860'] },
      'wipItems { id }',
    );
  });

  test('finds the lot by any of its numbers; refuses an unknown one, and one of another kind', async () => {
    await makeLot(api, { externalNumber: 'ERP-1' });

    await done(api, 'generateWipItems', { lot: { number: 'kr01-psa-2611-01' }, quantity: 1 }, 'lot { id }');
    await done(api, 'generateWipItems', { lot: { number: 'ERP-1' }, quantity: 1 }, 'lot { id }');
    await expectRefused(api, 'generateWipItems', { lot: { number: 'KR01PSA261102' }, quantity: 1 }, [
      ['NOT_FOUND', 'lot', null],
    ]);
    await expectRefused(api, 'generateWipItems', { lot: { number: 'WIP-KR01PSA261101-001' }, quantity: 1 }, [
      ['INVALID_INPUT', 'lot.number', 'LOT-1'],
    ]);
  });

  test('is for floor roles, checked before anything is read', async () => {
    const before = await fingerprint(api);

    for (const role of ROLES) {
      const { errors } = await call(api, 'generateWipItems', { lot: { id: UNKNOWN }, quantity: 1 }, '', role);
      expect([role, errors[0]?.code]).toEqual([role, ['AUDITOR', 'VIEWER'].includes(role) ? 'FORBIDDEN' : 'NOT_FOUND']);
    }
    expect((await call(api, 'generateWipItems', { lot: { id: UNKNOWN }, quantity: 1 }, '', null)).errors[0]?.code).toBe(
      'UNAUTHENTICATED',
    );
    expect(await fingerprint(api)).toEqual(before);
  });
});

/** Runs outside of a transaction, because PostgreSQL returns the first answer again inside of one. */
async function waitingForLocks(): Promise<number> {
  const waiting = await api.database.reader().sql`
    SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  return waiting.length;
}

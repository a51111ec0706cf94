import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROLES } from '../../../src/platform/access.ts';
import { startApi, type Api } from '../../support/api.ts';
import {
  call,
  completeItems,
  done,
  expectRefusal,
  makeItems,
  makeLine,
  makeLot,
  makeModel,
  makeRoute,
  putExecution,
  uuidOf,
  worldOf,
  type Named,
} from '../../support/build.ts';
import { putLots } from '../../support/bulk.ts';

let api: Api;
let model: { id: string };
let line: { id: string };

beforeEach(async () => {
  api = await startApi();
  model = await makeModel(api, { maxLotQuantity: 1_000_000 });
  line = await makeLine(api);
});
afterEach(() => api.close());

const UNKNOWN = Buffer.from('Lot:00000000-0000-7000-8000-000000000000').toString('base64url');

describe('generateWipItems', () => {
  test('makes items numbered from 1, and the first generation starts the lot (WIP-1, WIP-2, WIP-4)', async () => {
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
    expect(second['lot']).toEqual({ status: 'IN_PROGRESS', startedAt: first['lot'].startedAt, wipItemCount: 5, remainingQuantity: 0 });
  });

  test('the number is as wide as the target needs, at least three digits (WIP-1)', async () => {
    const numbers: string[] = [];
    for (const targetQuantity of [999, 1_000, 1_000_000]) {
      const [item] = await makeItems(api, await makeLot(api, { targetQuantity }), 1);
      numbers.push(item?.number ?? '');
    }

    expect(numbers).toEqual(['WIP-KR01PSA261101-001', 'WIP-KR01PSA261102-0001', 'WIP-KR01PSA261103-0000001']);
  });

  test('one call makes 1 to 100 items (WIP-3)', async () => {
    const lot = await makeLot(api, { targetQuantity: 500 });

    for (const quantity of [0, -1, 101])
      await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity }, [['INVALID_INPUT', 'quantity', 'WIP-3']]);
    expect(await makeItems(api, lot, 100)).toHaveLength(100);
  });

  test('a lot never has more items than its target; what does not fit is refused as a whole, and the rest is named (WIP-3)', async () => {
    const lot = await makeLot(api, { targetQuantity: 5 });
    await makeItems(api, lot, 3);

    const [message] = await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 3 }, [
      ['RULE_VIOLATED', 'quantity', 'WIP-3'],
    ]);

    expect(message).toBe('Lot KR01PSA261101 has 3 of its 5 WIP items; 3 more do not fit, only the remaining 2.');
    await makeItems(api, lot, 2);
    await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1 }, [['RULE_VIOLATED', 'quantity', 'WIP-3']]);
  });

  test('parallel generations neither collide nor leave a gap, and stop at the target (WIP-2, WIP-3)', async () => {
    const lot = await makeLot(api, { targetQuantity: 60 });

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 4 }, 'wipItems { sequence }')),
    );

    const made = answers
      .filter(({ errors }) => errors.length === 0)
      .flatMap((answer): number[] => answer['wipItems'].map(({ sequence }: { sequence: number }) => sequence));
    expect(made.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(Array.from({ length: 5 }, () => 'WIP-3'));
  });

  test('a lot takes no more items once it is COMPLETED or CLOSED (LOT-4)', async () => {
    const lot = await makeLot(api);
    const db = api.database.reader();
    await db.sql`UPDATE lots SET status = 'IN_PROGRESS', started_at = now()`;
    await db.sql`UPDATE lots SET status = 'COMPLETED', completed_at = now()`;
    await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1 }, [['RULE_VIOLATED', 'lot', 'LOT-4']]);
    await done(api, 'closeLot', { lot: { id: lot.id } }, 'lot { id }');

    await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 100 }, [['RULE_VIOLATED', 'lot', 'LOT-4']]);
  });

  test('a held lot takes no more items, and every rule that forbids it is named (LOT-7)', async () => {
    const [held, rejected] = [await makeLot(api, { targetQuantity: 1 }), await makeLot(api)];
    await done(api, 'quarantineLot', { lot: { id: held.id }, reason: 'Dust' }, 'lot { id }');
    await done(api, 'rejectLot', { lot: { id: rejected.id }, reason: 'Dust' }, 'lot { id }');

    await expectRefusal(api, 'generateWipItems', { lot: { id: rejected.id }, quantity: 1 }, [['RULE_VIOLATED', 'lot', 'LOT-7']]);
    await expectRefusal(api, 'generateWipItems', { lot: { id: held.id }, quantity: 2 }, [
      ['RULE_VIOLATED', 'lot', 'LOT-7'],
      ['RULE_VIOLATED', 'quantity', 'WIP-3'],
    ]);
    await done(api, 'releaseLot', { lot: { id: held.id }, reason: 'Clean' }, 'lot { id }');
    await makeItems(api, held, 1);
  });

  test('a quarantine that commits first wins against generations that wait for it (LOT-7)', async () => {
    const lot = await makeLot(api, { targetQuantity: 1_000 });

    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => call(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 3 }, 'wipItems { id }')),
      call(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Dust' }, 'lot { id }'),
      ...Array.from({ length: 10 }, () => call(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 3 }, 'wipItems { id }')),
    ]);

    const refused = answers.flatMap(({ errors }) => errors.map(({ rule }) => rule));
    const { data } = await api.ask(
      `{ lotByNumber(number: "${lot.number}") { wipItemCount isHeld wipItems(first: 1, orderBy: [{ field: CREATED_AT, direction: DESC }]) { nodes { createdAt } } } }`,
    );
    expect(new Set(refused)).toEqual(refused.length === 0 ? new Set() : new Set(['LOT-7']));
    expect(data.lotByNumber).toMatchObject({ wipItemCount: 3 * (20 - refused.length), isHeld: true });
    await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 3 }, [['RULE_VIOLATED', 'lot', 'LOT-7']]);
  });

  test('external numbers are one for each item, in order, and each is given once (GEN-3)', async () => {
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
    await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 2, externalNumbers: ['a'] }, [
      ['INVALID_INPUT', 'externalNumbers', null],
    ]);
    await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 2, externalNumbers: ['a', ' '] }, [
      ['INVALID_INPUT', 'externalNumbers.1', null],
    ]);
    await expectRefusal(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 3, externalNumbers: ['a', 'M14860', 'a'] }, [
      ['CONFLICT', 'externalNumbers.1', 'GEN-3'],
      ['CONFLICT', 'externalNumbers.2', 'GEN-3'],
    ]);
    await done(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1, externalNumbers: [] }, 'wipItems { id }');
    await done(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1, externalNumbers: null }, 'wipItems { id }');
    await done(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1, externalNumbers: ['m14860'] }, 'wipItems { id }');
  });

  test('the lot may be named by any of its numbers; an unknown one, or one of another kind, is refused', async () => {
    await makeLot(api, { externalNumber: 'ERP-1' });

    await done(api, 'generateWipItems', { lot: { number: 'kr01-psa-2611-01' }, quantity: 1 }, 'lot { id }');
    await done(api, 'generateWipItems', { lot: { number: 'ERP-1' }, quantity: 1 }, 'lot { id }');
    await expectRefusal(api, 'generateWipItems', { lot: { number: 'KR01PSA261102' }, quantity: 1 }, [['NOT_FOUND', 'lot', null]]);
    await expectRefusal(api, 'generateWipItems', { lot: { number: 'WIP-KR01PSA261101-001' }, quantity: 1 }, [
      ['INVALID_INPUT', 'lot.number', 'LOT-1'],
    ]);
  });

  test('is for the floor, decided before anything is read', async () => {
    const before = await worldOf(api);

    for (const role of ROLES) {
      const { errors } = await call(api, 'generateWipItems', { lot: { id: UNKNOWN }, quantity: 1 }, '', role);
      expect([role, errors[0]?.code]).toEqual([role, ['AUDITOR', 'VIEWER'].includes(role) ? 'FORBIDDEN' : 'NOT_FOUND']);
    }
    expect((await call(api, 'generateWipItems', { lot: { id: UNKNOWN }, quantity: 1 }, '', null)).errors[0]?.code).toBe('UNAUTHENTICATED');
    expect(await worldOf(api)).toEqual(before);
  });
});

describe('a WIP item shows', () => {
  const FIELDS = `status currentProcess { code } nextProcess { code } passedProcesses { code } serial { number } firstStartedAt completedAt convertedAt leadTimeSeconds touchTimeSeconds isActive`;
  const fieldsOf = async ({ number }: Named): Promise<unknown> =>
    (await api.ask(`{ wipItemByNumber(number: "${number}") { ${FIELDS} } }`)).data.wipItemByNumber;

  test('where it stands on the route, before, in and after the work', async () => {
    const { mount, test: testing } = await makeRoute(api);
    const [fresh, working] = await makeItems(api, await makeLot(api), 2);
    if (fresh === undefined || working === undefined) return expect.unreachable();
    await putExecution(api, { wipItem: working }, testing, 'FAIL', {
      startedAt: '2026-11-20T08:00:00.500Z',
      completedAt: '2026-11-20T08:00:12.499Z',
    });
    await putExecution(api, { wipItem: working }, mount, 'PASS', {
      startedAt: '2026-11-20T08:01:00Z',
      completedAt: '2026-11-20T08:01:30Z',
    });
    await putExecution(api, { wipItem: working }, testing, null, { startedAt: '2026-11-20T08:02:00Z' });
    await api.database.reader()
      .sql`UPDATE wip_items SET status = 'IN_PROGRESS', current_process_id = ${uuidOf(testing)}::uuid WHERE id = ${uuidOf(working)}::uuid`;

    const none = { serial: null, completedAt: null, convertedAt: null, leadTimeSeconds: null, isActive: true };
    expect(await fieldsOf(fresh)).toEqual({
      ...none,
      status: 'CREATED',
      currentProcess: null,
      nextProcess: { code: 'MOUNT' },
      passedProcesses: [],
      firstStartedAt: null,
      touchTimeSeconds: 0,
    });
    expect(await fieldsOf(working)).toEqual({
      ...none,
      status: 'IN_PROGRESS',
      currentProcess: { code: 'TEST' },
      nextProcess: { code: 'TEST' },
      passedProcesses: [{ code: 'MOUNT' }],
      firstStartedAt: '2026-11-20T08:00:00.500Z',
      touchTimeSeconds: 41,
    });
  });

  test('the conversion step as next one when all is passed, and its serial and no next step afterwards', async () => {
    const { mount, test: testing } = await makeRoute(api);
    const [item] = await makeItems(api, await makeLot(api), 1);
    if (item === undefined) return expect.unreachable();
    await completeItems(api, [item], [testing, mount]);

    expect(await fieldsOf(item)).toMatchObject({
      status: 'COMPLETED',
      nextProcess: { code: 'MARK' },
      passedProcesses: [{ code: 'MOUNT' }, { code: 'TEST' }],
      serial: null,
      isActive: false,
    });
    await done(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { id }');
    expect(await fieldsOf(item)).toMatchObject({ status: 'CONVERTED', nextProcess: null, serial: { number: 'KR01PSA261101001' } });
  });

  test('itself under each of its numbers, and to every role', async () => {
    const lot = await makeLot(api);
    const { wipItems } = await done(
      api,
      'generateWipItems',
      { lot: { id: lot.id }, quantity: 1, externalNumbers: ['M 1'] },
      'wipItems { id number }',
    );
    const [{ id }] = wipItems;
    const asked = [
      'WIP-KR01PSA261101-001',
      ' wip-kr01psa261101-001 ',
      'M 1',
      'M1',
      'WIPKR01PSA261101001',
      'WIP-KR01-PSA-2611-01-001',
      '\u0000',
    ];

    const answers = await Promise.all(
      asked.map((number) => api.ask('query ($number: String!) { wipItemByNumber(number: $number) { id } }', { number }, 'VIEWER')),
    );

    expect(answers.map(({ data }) => data.wipItemByNumber?.id ?? null)).toEqual([id, id, id, null, null, null, null]);
    for (const role of ROLES)
      expect((await api.ask(`{ node(id: "${id}") { id } wipItems { nodes { id } } }`, {}, role)).data).toEqual({
        node: { id },
        wipItems: { nodes: [{ id }] },
      });
  });
});

test('items are found by every field of their filter and come in every order', async () => {
  const { mount, mark } = await makeRoute(api);
  const [one, other] = [await makeLot(api), await makeLot(api)];
  await done(api, 'generateWipItems', { lot: { id: one.id }, quantity: 2, externalNumbers: ['E1', 'E2'] }, 'lot { id }');
  const [converted] = await makeItems(api, other, 1);
  if (converted === undefined) return expect.unreachable();
  await completeItems(api, [converted], [mount]);
  await api.database.reader()
    .sql`UPDATE wip_items SET status = 'CONVERTED', converted_at = now(), current_process_id = ${uuidOf(mark)}::uuid WHERE status = 'COMPLETED'`;
  const found = async (filter: object, field = 'LOT_SEQUENCE', direction = 'ASC'): Promise<readonly string[]> => {
    const { data, errors } = await api.ask(
      'query ($filter: WipItemFilter, $orderBy: [WipItemOrder!]) { wipItems(filter: $filter, orderBy: $orderBy) { nodes { number } } }',
      { filter, orderBy: [{ field, direction }] },
    );
    expect(errors).toEqual([]);
    return data.wipItems.nodes.map(({ number }: Named) => number.slice(-6));
  };
  const [A, B, C] = ['01-001', '01-002', '02-001'];

  expect(await found({})).toEqual([A, B, C]);
  expect(await found({}, 'LOT_SEQUENCE', 'DESC')).toEqual([C, B, A]);
  expect(await found({}, 'STATUS', 'DESC')).toEqual([C, B, A]);
  expect(await found({}, 'COMPLETED_AT')).toEqual([C, A, B]);
  expect(await found({}, 'CREATED_AT')).toEqual([A, B, C]);
  expect(await found({ number: { eq: 'wip-kr01psa261101-002' } })).toEqual([B]);
  expect(await found({ number: { startsWith: 'wip-kr01psa261101' } })).toEqual([A, B]);
  expect(await found({ externalNumber: { in: ['E2', 'E3'] } })).toEqual([B]);
  expect(await found({ lot: { eq: other.id } })).toEqual([C]);
  expect(await found({ status: { in: ['CREATED'] } })).toEqual([A, B]);
  expect(await found({ currentProcess: { eq: mark.id } })).toEqual([C]);
  expect(await found({ currentProcess: { isNull: true } })).toEqual([A, B]);
  expect(await found({ completedAt: { isNull: false } })).toEqual([C]);
  expect(await found({ convertedAt: { gt: '2020-01-01T00:00:00Z' } })).toEqual([C]);
  expect(await found({ createdAt: { gt: '2199-01-01T00:00:00Z' } })).toEqual([]);
});

test('the number of statements depends on what is selected, never on the number of rows', async () => {
  const { mount } = await makeRoute(api);
  const LINKS = '{ wipItems(first: 100) { nodes { number lot { number } currentProcess { code } serial { number } } } }';
  const WORK =
    '{ wipItems(first: 100) { nodes { nextProcess { code } passedProcesses { code } firstStartedAt leadTimeSeconds touchTimeSeconds } } }';

  for (const [more, size] of [
    [1, 1],
    [9, 10],
    [90, 100],
  ] as const) {
    await putLots(api, more, { model, line, units: 1, step: mount });
    await api.database.reader().sql`UPDATE process_data SET result = 'PASS', completed_at = started_at WHERE result IS NULL`;
    const [links, work] = [await api.ask(LINKS), await api.ask(WORK)];
    expect([links.data.wipItems.nodes.length, links.statements, work.statements]).toEqual([size, 4, 4]);
  }
});

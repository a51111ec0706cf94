import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeItems, makeLot, type Named } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { makeFloor, record, start, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
let lot: Named;
let item: Named;
let second: Named;
let serial: Named;
let oven: { readonly id: string };

/** Six executions with distinct notes: kit, bent, mount, mark, hot, open. */
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  await done(api, 'updateProcess', { process: { code: 'TEST' }, isActive: false }, 'process { id }');
  oven = (await done(api, 'createEquipment', { code: 'OVEN', name: 'Oven', type: 'OVEN' }, 'equipment { id }'))[
    'equipment'
  ];
  lot = await makeLot(api);
  const items = await makeItems(api, lot, 2);
  [item, second] = [items[0] ?? lot, items[1] ?? lot];
  const at = (minute: number): object => ({
    startedAt: `2026-11-20T08:0${minute}:00Z`,
    completedAt: `2026-11-20T08:0${minute}:30Z`,
  });
  await record(api, lot, floor.kit, { notes: 'kit', ...at(0) });
  await record(api, item, floor.mount, {
    result: 'FAIL',
    notes: 'bent connector',
    defects: [
      { code: 'bent', severity: 'HIGH' },
      { code: 'BENT', severity: 'HIGH' },
      { code: 'SCRATCH', severity: 'LOW' },
    ],
    ...at(1),
  });
  await record(api, item, floor.mount, {
    notes: 'mount',
    operator: { username: 'operator' },
    measurements: [
      { code: 'torque', value: '1.5' },
      { code: 'FIRMWARE', text: 'gamma 7' },
    ],
    ...at(2),
  });
  serial = (await record(api, item, floor.mark, { notes: 'mark', ...at(3) }, 'serial { id number }'))['serial'];
  await record(api, serial, floor.burnIn, {
    result: 'REWORK',
    notes: 'hot',
    defects: [{ code: 'HOT' }],
    equipment: { id: oven.id },
    ...at(4),
  });
  await start(api, second, floor.mount, { startedAt: '2026-11-20T08:05:00Z' });
});
afterAll(() => api.close());

async function notesOf(filter: object, orderBy?: object): Promise<readonly string[]> {
  const answer = await api.ask(
    'query ($filter: ProcessDataFilter, $orderBy: [ProcessDataOrder!]) { processData(filter: $filter, orderBy: $orderBy) { totalCount nodes { notes isOpen } } }',
    { filter, orderBy },
  );
  expect(answer.errors).toEqual([]);
  const { nodes, totalCount } = answer.data.processData;
  expect(totalCount).toBe(nodes.length);
  return nodes.map((node: { notes: string | null }) => node.notes?.split(' ')[0] ?? 'open');
}

const ALL = ['open', 'hot', 'mark', 'mount', 'bent', 'kit'];

describe('the list of executions', () => {
  test('starts with the latest start, unless another order is requested', async () => {
    expect(await notesOf({})).toEqual(ALL);
    expect(await notesOf({}, [{ field: 'STARTED_AT' }])).toEqual(ALL.toReversed());
    expect(await notesOf({}, [{ field: 'COMPLETED_AT', direction: 'DESC' }])).toEqual([
      'hot',
      'mark',
      'mount',
      'bent',
      'kit',
      'open',
    ]);
    expect(await notesOf({}, [{ field: 'COMPLETED_AT' }])).toEqual(['kit', 'bent', 'mount', 'mark', 'hot', 'open']);
    expect(await notesOf({}, [{ field: 'PROCESS', direction: 'DESC' }, { field: 'STARTED_AT' }])).toEqual([
      'hot',
      'mark',
      'bent',
      'mount',
      'open',
      'kit',
    ]);
    expect(await notesOf({}, [{ field: 'RESULT' }, { field: 'STARTED_AT' }])).toEqual([
      'kit',
      'mount',
      'mark',
      'bent',
      'hot',
      'open',
    ]);
  });

  test.each([
    ['level', () => ({ level: { in: ['LOT', 'SERIAL'] } }), ['hot', 'kit']],
    ['lot', () => ({ lot: { eq: lot.id } }), ALL],
    ['wipItem', () => ({ wipItem: { eq: item.id } }), ['hot', 'mark', 'mount', 'bent']],
    ['serial', () => ({ serial: { eq: serial.id } }), ['hot']],
    ['no serial', () => ({ serial: { isNull: true }, wipItem: { isNull: false } }), ['open', 'mark', 'mount', 'bent']],
    ['unit', () => ({ unit: { in: [lot.id, second.id] } }), ['open', 'kit']],
    ['unit item', () => ({ unit: { eq: item.id } }), ['mark', 'mount', 'bent']],
    ['process', () => ({ process: { eq: floor.mount.id } }), ['open', 'mount', 'bent']],
    [
      'operator',
      () => ({ operator: { eq: Buffer.from(`User:${api.userIdOf('OPERATOR')}`).toString('base64url') } }),
      ['mount'],
    ],
    ['equipment', () => ({ equipment: { eq: oven.id } }), ['hot']],
    ['station', () => ({ station: { isNull: false } }), []],
    ['result', () => ({ result: { notIn: ['PASS', 'FAIL'] } }), ['hot']],
    ['no result', () => ({ result: { isNull: true } }), ['open']],
    ['isOpen', () => ({ isOpen: true }), ['open']],
    ['startedAt', () => ({ startedAt: { gte: '2026-11-20T08:04:00Z' } }), ['open', 'hot']],
    ['completedAt', () => ({ completedAt: { lt: '2026-11-20T09:01:30+01:00' } }), ['kit']],
    ['hasDefects', () => ({ hasDefects: true }), ['hot', 'bent']],
    ['defectCode', () => ({ defectCode: ' bent ' }), ['bent']],
    ['measurementCode', () => ({ measurementCode: 'Torque' }), ['mount']],
    ['a word of the notes', () => ({ text: 'CONNECTOR' }), ['bent']],
    ['a word of a defect', () => ({ text: 'scratch' }), ['bent']],
    ['a phrase of a reading', () => ({ text: '"gamma 7"' }), ['mount']],
    ['one word or the other', () => ({ text: 'scratch or hot' }), ['hot', 'bent']],
    ['a word without another', () => ({ text: 'bent -connector' }), []],
    [
      'and, or, not',
      () => ({ and: [{ isOpen: false }], or: [{ level: { eq: 'LOT' } }, { defectCode: 'HOT' }], not: { text: 'kit' } }),
      ['hot'],
    ],
  ] as const)('is filtered by %s (SEA-1, SEA-3)', async (_what, filter, expected) => {
    expect(await notesOf(filter())).toEqual(expected);
  });

  test.each([
    ['a text of one character', { text: 'x' }, ['filter', 'text'], 'SEA-1'],
    ['a text of 201', { text: 'x'.repeat(201) }, ['filter', 'text'], 'SEA-1'],
    ['a text with a NUL', { text: 'ab\u0000' }, ['filter', 'text'], 'SEA-1'],
    ['an invalid code', { defectCode: 'A B' }, ['filter', 'defectCode'], 'PD-12'],
    ['an invalid code', { measurementCode: '' }, ['filter', 'measurementCode'], 'PD-11'],
    [
      'an id of another type',
      { process: { eq: 'TG90OjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA' } },
      ['filter', 'process', 'eq'],
      undefined,
    ],
  ] as const)('is refused with %s (SEA-1)', async (_what, filter, path, rule) => {
    const answer = await api.ask('query ($filter: ProcessDataFilter) { processData(filter: $filter) { totalCount } }', {
      filter,
    });

    expect(answer.errors).toHaveLength(1);
    expect(answer.errors[0]?.extensions).toMatchObject({
      code: 'INVALID_INPUT',
      path,
      ...(rule === undefined ? {} : { rule }),
    });
  });

  test('finds nothing for a text without words, and no search operator reaches the database (SEA-1)', async () => {
    for (const text of ["'); DROP TABLE lots; --", '&|!():*', '<-> <->', '""'])
      expect(await notesOf({ text })).toEqual([]);
  });

  test.each(['STARTED_AT', 'COMPLETED_AT', 'PROCESS', 'RESULT'])(
    'is paged by %s in both directions without missing or duplicate rows',
    async (field) => {
      for (const direction of ['ASC', 'DESC']) {
        const whole = await notesOf({}, [{ field, direction }]);
        const forward: string[] = [];
        const backward: string[] = [];
        const page = async (
          args: string,
        ): Promise<{ nodes: { notes: string | null }[]; pageInfo: { endCursor: string; startCursor: string } }> =>
          (
            await api.ask(
              `{ processData(${args}, orderBy: [{ field: ${field}, direction: ${direction} }]) { nodes { notes } pageInfo { startCursor endCursor } } }`,
            )
          ).data.processData;
        for (let after = '', more = true; more; ) {
          const { nodes, pageInfo } = await page(`first: 2${after}`);
          forward.push(...nodes.map(({ notes }) => notes?.split(' ')[0] ?? 'open'));
          after = `, after: "${pageInfo.endCursor}"`;
          more = nodes.length === 2 && forward.length < 10;
        }
        for (let before = '', more = true; more; ) {
          const { nodes, pageInfo } = await page(`last: 2${before}`);
          backward.unshift(...nodes.map(({ notes }) => notes?.split(' ')[0] ?? 'open'));
          before = `, before: "${pageInfo.startCursor}"`;
          more = nodes.length === 2 && backward.length < 10;
        }
        expect(forward).toEqual(whole);
        expect(backward).toEqual(whole);
      }
    },
  );

  test('is readable by every signed-in user (AUT-1)', async () => {
    for (const role of ['VIEWER', 'AUDITOR', 'OPERATOR'] as const)
      expect((await api.ask('{ processData { totalCount } }', {}, role)).data.processData.totalCount).toBe(6);
    expect((await api.ask('{ processData { totalCount } }', {}, null)).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ]);
  });
});

const FACETS =
  'facets { total byProcess { process { code } count } byResult { result count } byLevel { level count } bySeverity { severity count } }';

describe('facets', () => {
  test('count all matches, not only the page, with one statement (SEA-2)', async () => {
    const answer = await askBothWays(api, `{ processData(first: 1) { nodes { notes } ${FACETS} } }`);

    expect(answer.data.processData.facets).toEqual({
      total: 6,
      byProcess: expect.arrayContaining([
        { process: { code: 'MOUNT' }, count: 3 },
        { process: { code: 'KIT' }, count: 1 },
        { process: { code: 'MARK' }, count: 1 },
        { process: { code: 'BURN_IN' }, count: 1 },
      ]),
      byResult: [
        { result: 'PASS', count: 3 },
        { result: 'FAIL', count: 1 },
        { result: 'OPEN', count: 1 },
        { result: 'REWORK', count: 1 },
      ],
      byLevel: [
        { level: 'WIP', count: 4 },
        { level: 'LOT', count: 1 },
        { level: 'SERIAL', count: 1 },
      ],
      bySeverity: [
        { severity: 'HIGH', count: 1 },
        { severity: 'LOW', count: 1 },
        { severity: 'MEDIUM', count: 1 },
      ],
    });
    expect(answer.statements).toEqual({ plans: 3, loaders: 3 });
  });

  test('follow the filter, and omit empty buckets (SEA-2)', async () => {
    const answer = await api.ask(
      `{ processData(filter: { isOpen: true }) { ${FACETS} } none: processData(filter: { defectCode: "NONE" }) { ${FACETS} } }`,
    );

    expect(answer.data.processData.facets).toEqual({
      total: 1,
      byProcess: [{ process: { code: 'MOUNT' }, count: 1 }],
      byResult: [{ result: 'OPEN', count: 1 }],
      byLevel: [{ level: 'WIP', count: 1 }],
      bySeverity: [],
    });
    expect(answer.data.none.facets).toEqual({ total: 0, byProcess: [], byResult: [], byLevel: [], bySeverity: [] });
  });

  test('of the lists of many parents take one statement too (SEA-2)', async () => {
    const answer = await askBothWays(
      api,
      '{ wipItems { nodes { number processData(first: 1) { nodes { notes } facets { total byResult { result count } } } } } }',
    );

    expect(
      answer.data.wipItems.nodes.map(({ processData }: { processData: { facets: unknown } }) => processData.facets),
    ).toEqual([
      {
        total: 4,
        byResult: [
          { result: 'PASS', count: 2 },
          { result: 'FAIL', count: 1 },
          { result: 'REWORK', count: 1 },
        ],
      },
      { total: 1, byResult: [{ result: 'OPEN', count: 1 }] },
    ]);
    expect(answer.statements).toEqual({ plans: 3, loaders: 3 });
  });
});

test('lot, item, serial, step, equipment and user each have a list of their executions', async () => {
  const list = 'processData { nodes { notes } }';
  const answer = await api.ask(
    `query ($lot: ID!, $item: ID!, $serial: ID!, $process: ID!, $equipment: ID!, $operator: ID!) {
      lot: node(id: $lot) { ... on Lot { ${list} } } item: node(id: $item) { ... on WipItem { ${list} openExecution { id } } } serial: node(id: $serial) { ... on Serial { ${list} } }
      process: node(id: $process) { ... on Process { ${list} } } equipment: node(id: $equipment) { ... on Equipment { ${list} } } operator: node(id: $operator) { ... on User { ${list} } }
    }`,
    {
      lot: lot.id,
      item: item.id,
      serial: serial.id,
      process: floor.kit.id,
      equipment: oven.id,
      operator: Buffer.from(`User:${api.userIdOf('OPERATOR')}`).toString('base64url'),
    },
  );

  expect(answer.errors).toEqual([]);
  const counts = Object.entries(answer.data).map(([name, parent]) => [
    name,
    Reflect.get(Object(parent), 'processData').nodes.length,
  ]);
  expect(Object.fromEntries(counts)).toEqual({ lot: 6, item: 4, serial: 1, process: 1, equipment: 1, operator: 1 });
  expect(answer.data.item.openExecution).toBeNull();
});

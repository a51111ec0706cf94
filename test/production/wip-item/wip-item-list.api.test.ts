import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROLES } from '../../../src/platform/rules/access.ts';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import {
  completeItems,
  makeItems,
  makeLine,
  makeLot,
  makeModel,
  makeRoute,
  putExecution,
  uuidOf,
  type Named,
} from '../../support/build.ts';
import { done } from '../../support/expect.ts';
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

describe('a WIP item shows', () => {
  const FIELDS = `status currentProcess { code } nextProcess { code } passedProcesses { code } serial { number } firstStartedAt completedAt convertedAt leadTimeSeconds touchTimeSeconds isActive`;
  const fieldsOf = async ({ number }: Named): Promise<unknown> =>
    (await api.ask(`{ wipItemByNumber(number: "${number}") { ${FIELDS} } }`)).data.wipItemByNumber;

  test('its position on the route before, during and after work', async () => {
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

  test('the conversion step as next step when all others are passed, and afterwards its serial and no next step', async () => {
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
    expect(await fieldsOf(item)).toMatchObject({
      status: 'CONVERTED',
      nextProcess: null,
      serial: { number: 'KR01PSA261101001' },
    });
  });

  test('its record under each of its numbers, and to every role', async () => {
    const lot = await makeLot(api);
    const { wipItems } = await done(
      api,
      'generateWipItems',
      { lot: { id: lot.id }, quantity: 1, externalNumbers: ['M 1'] },
      'wipItems { id number }',
    );
    const [{ id }] = wipItems;
    const numbers = [
      'WIP-KR01PSA261101-001',
      ' wip-kr01psa261101-001 ',
      'M 1',
      'M1',
      'WIPKR01PSA261101001',
      'WIP-KR01-PSA-2611-01-001',
      '\u0000',
    ];

    const answers = await Promise.all(
      numbers.map((number) =>
        api.ask('query ($number: String!) { wipItemByNumber(number: $number) { id } }', { number }, 'VIEWER'),
      ),
    );

    expect(answers.map(({ data }) => data.wipItemByNumber?.id ?? null)).toEqual([id, id, id, null, null, null, null]);
    for (const role of ROLES)
      expect((await api.ask(`{ node(id: "${id}") { id } wipItems { nodes { id } } }`, {}, role)).data).toEqual({
        node: { id },
        wipItems: { nodes: [{ id }] },
      });
  });
});

test('items can be filtered by every field of their filter, and listed in every order', async () => {
  const { mount, mark } = await makeRoute(api);
  const [one, other] = [await makeLot(api), await makeLot(api)];
  await done(
    api,
    'generateWipItems',
    { lot: { id: one.id }, quantity: 2, externalNumbers: ['E1', 'E2'] },
    'lot { id }',
  );
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
  const LINKS =
    '{ wipItems(first: 100) { nodes { number lot { number } currentProcess { code } serial { number } } } }';
  const WORK =
    '{ wipItems(first: 100) { nodes { nextProcess { code } passedProcesses { code } firstStartedAt leadTimeSeconds touchTimeSeconds } } }';

  for (const [more, size] of [
    [1, 1],
    [9, 10],
    [90, 100],
  ] as const) {
    await putLots(api, more, { model, line, units: 1, step: mount });
    await api.database.reader()
      .sql`UPDATE process_data SET result = 'PASS', completed_at = started_at WHERE result IS NULL`;
    const [links, work] = [await askBothWays(api, LINKS), await askBothWays(api, WORK)];
    expect([links.data.wipItems.nodes.length, links.statements, work.statements]).toEqual([
      size,
      { plans: 3, loaders: 4 },
      { plans: 4, loaders: 4 },
    ]);
  }
});

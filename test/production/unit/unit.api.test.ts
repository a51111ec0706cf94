import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeItems, makeLot, type Named } from '../../support/build.ts';
import { putLots, putSerialExecutions } from '../../support/bulk.ts';
import { done } from '../../support/expect.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { makeFloor, record, start, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
let lot: Named;
let item: Named;
let second: Named;
let serial: Named;

/** The lot with two items: one has become a serial, the work on the second has begun. Its steps are in time order. */
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  lot = await makeLot(api, { targetQuantity: 2, externalNumber: 'ERP-7' });
  [item, second] = (await makeItems(api, lot, 2)) as [Named, Named];
  const at = (minute: number) => ({
    startedAt: `2026-11-20T08:0${minute}:00Z`,
    completedAt: `2026-11-20T08:0${minute}:30Z`,
  });
  await record(api, lot, floor.kit, at(0));
  await record(api, item, floor.mount, { result: 'FAIL', ...at(1) });
  await record(api, item, floor.mount, at(2));
  await record(api, second, floor.mount, at(3));
  await record(api, item, floor.test, at(4));
  serial = (await record(api, item, floor.mark, at(5), 'serial { id number }'))['serial'];
  await record(api, serial, floor.burnIn, at(6));
  await start(api, second, floor.test, { startedAt: '2026-11-20T08:07:00Z' });
});
afterAll(() => api.close());

const STEP = 'level process { code } result';
const OF_UNIT = ['KIT', 'MOUNT FAIL', 'MOUNT', 'TEST', 'MARK', 'BURN_IN'];

interface Trace {
  readonly totalCount: number;
  readonly nodes: readonly { readonly process: { readonly code: string }; readonly result: string | null }[];
}

function stepsOf({ totalCount, nodes }: Trace): readonly string[] {
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ process, result }) => (result === 'PASS' ? process.code : `${process.code} ${result ?? 'open'}`));
}

describe('the journey', () => {
  test('of a serial is the whole proof in time order: of its lot, of the item it was, and its own; the item has the same', async () => {
    const { data } = await askBothWays(
      api,
      `query ($serial: String!, $item: String!) {
        serial: serialByNumber(number: $serial) { journey { totalCount nodes { ${STEP} } } }
        item: wipItemByNumber(number: $item) { journey { totalCount nodes { ${STEP} } } }
      }`,
      { serial: serial.number, item: item.number },
    );
    expect(stepsOf(data.serial.journey)).toEqual(OF_UNIT);
    expect(data.item).toEqual(data.serial);
  });

  test('of an item without a serial leaves out the other units, and of a lot it has everything', async () => {
    const { data } = await askBothWays(
      api,
      `query ($lot: String!, $item: String!) {
        item: wipItemByNumber(number: $item) { journey { totalCount nodes { ${STEP} } } }
        lot: lotByNumber(number: $lot) { journey { totalCount nodes { ${STEP} } } }
      }`,
      { lot: lot.number, item: second.number },
    );
    expect(stepsOf(data.item.journey)).toEqual(['KIT', 'MOUNT', 'TEST open']);
    expect(stepsOf(data.lot.journey)).toEqual([
      'KIT',
      'MOUNT FAIL',
      'MOUNT',
      'MOUNT',
      'TEST',
      'MARK',
      'BURN_IN',
      'TEST open',
    ]);
  });

  test('is a connection like any other: pages in both directions, another order, a filter, facets', async () => {
    const { data } = await askBothWays(
      api,
      `query ($number: String!) { serialByNumber(number: $number) {
        first: journey(first: 2) { nodes { ${STEP} } pageInfo { hasNextPage endCursor } }
        last: journey(last: 1) { nodes { ${STEP} } pageInfo { hasPreviousPage } }
        latest: journey(first: 1, orderBy: [{ field: STARTED_AT, direction: DESC }]) { nodes { ${STEP} } }
        failed: journey(filter: { result: { eq: FAIL } }) { totalCount nodes { ${STEP} } }
        all: journey { facets { total byLevel { level count } } }
      } }`,
      { number: serial.number },
    );
    const { first, last, latest, failed, all } = data.serialByNumber;
    expect(first.nodes.map((node: { process: { code: string } }) => node.process.code)).toEqual(['KIT', 'MOUNT']);
    expect([first.pageInfo.hasNextPage, last.pageInfo.hasPreviousPage]).toEqual([true, true]);
    expect(last.nodes).toMatchObject([{ process: { code: 'BURN_IN' } }]);
    expect(latest.nodes).toEqual(last.nodes);
    expect(stepsOf(failed)).toEqual(['MOUNT FAIL']);
    expect(all.facets).toEqual({
      total: 6,
      byLevel: [
        { level: 'WIP', count: 4 },
        { level: 'LOT', count: 1 },
        { level: 'SERIAL', count: 1 },
      ],
    });
    const next = await askBothWays(
      api,
      `query ($number: String!, $after: String) { serialByNumber(number: $number) { journey(first: 10, after: $after) { totalCount nodes { process { code } } } } }`,
      { number: serial.number, after: first.pageInfo.endCursor },
    );
    expect(
      next.data.serialByNumber.journey.nodes.map((node: { process: { code: string } }) => node.process.code),
    ).toEqual(['MOUNT', 'TEST', 'MARK', 'BURN_IN']);
  });

  test('is one statement for a unit: one finds the serial, one reads its trace', async () => {
    const { statements } = await askBothWays(
      api,
      'query ($number: String!) { serialByNumber(number: $number) { journey(first: 100) { nodes { level result startedAt } } } }',
      { number: serial.number },
    );
    expect(statements).toEqual({ plans: 2, loaders: 2 });
  });
});

describe('a unit', () => {
  test('answers the fields that all three kinds share without a fragment, wherever a unit is', async () => {
    const { data, errors } = await askBothWays(
      api,
      `query ($lot: ID!) { processData(filter: { lot: { eq: $lot } }, orderBy: [{ field: STARTED_AT }]) { nodes { unit {
        __typename id number displayNumber externalNumber unitStatus isActive lot { number } journey(first: 1) { totalCount nodes { process { code } } }
      } } } }`,
      { lot: lot.id },
    );
    expect(errors).toEqual([]);
    const units = data.processData.nodes.map(({ unit }: { unit: object }) => unit);
    const common = { externalNumber: null, lot: { number: lot.number } };
    const journeyOf = (totalCount: number): object => ({ totalCount, nodes: [{ process: { code: 'KIT' } }] });
    expect([units[0], units[1], units[3], units[6]]).toEqual([
      {
        ...common,
        __typename: 'Lot',
        id: lot.id,
        number: 'KR01PSA261101',
        displayNumber: 'KR01-PSA-2611-01',
        externalNumber: 'ERP-7',
        unitStatus: 'IN_PROGRESS',
        isActive: true,
        journey: journeyOf(8),
      },
      {
        ...common,
        __typename: 'WipItem',
        id: item.id,
        number: 'WIP-KR01PSA261101-001',
        displayNumber: 'WIP-KR01PSA261101-001',
        unitStatus: 'CONVERTED',
        isActive: false,
        journey: journeyOf(6),
      },
      {
        ...common,
        __typename: 'WipItem',
        id: second.id,
        number: 'WIP-KR01PSA261101-002',
        displayNumber: 'WIP-KR01PSA261101-002',
        unitStatus: 'IN_PROGRESS',
        isActive: true,
        journey: journeyOf(3),
      },
      {
        ...common,
        __typename: 'Serial',
        id: serial.id,
        number: 'KR01PSA261101001',
        displayNumber: 'KR01-PSA-2611-01-001',
        unitStatus: 'IN_PROGRESS',
        isActive: true,
        journey: journeyOf(6),
      },
    ]);
  });

  test('still takes fragments on its kinds, and in a list of its own type it takes fragments on Unit', async () => {
    const { data } = await askBothWays(
      api,
      `query ($ids: [ID!]!) {
        nodes(ids: $ids) { ...Trace ... on Lot { status } ... on Serial { reworksLeft } }
        serials { nodes { ...Trace } }
      }
      fragment Trace on Unit { number unitStatus }`,
      { ids: [lot.id, serial.id] },
    );
    expect(data.nodes).toEqual([
      { number: lot.number, unitStatus: 'IN_PROGRESS', status: 'IN_PROGRESS' },
      { number: serial.number, unitStatus: 'IN_PROGRESS', reworksLeft: 3 },
    ]);
    expect(data.serials.nodes).toEqual([{ number: serial.number, unitStatus: 'IN_PROGRESS' }]);
  });
});

test('the steps done, the yield and the pass ratio of a lot differ while work goes on (LOT-12)', async () => {
  const ask = async () =>
    (
      await askBothWays(
        api,
        'query ($number: String!) { lotByNumber(number: $number) { passRatio yieldRatio defectRatio progressRatio stepProgressRatio } }',
        { number: lot.number },
      )
    ).data.lotByNumber;
  // PASSes: KIT; MOUNT, TEST, MARK, BURN_IN of the one unit; MOUNT of the other. Steps: KIT, and five for each of two units.
  expect(await ask()).toEqual({
    passRatio: 0,
    yieldRatio: null,
    defectRatio: 0,
    progressRatio: 0,
    stepProgressRatio: 6 / 11,
  });
  await done(api, 'updateProcess', { process: { code: 'BURN_IN' }, isActive: false }, 'process { id }');
  expect(await ask()).toMatchObject({ stepProgressRatio: 5 / 9 });
  await done(api, 'updateProcess', { process: { code: 'BURN_IN' }, isActive: true }, 'process { id }');
});

test('the executions of a station are a list of the station', async () => {
  const station = await makeStation(api, 'ST_9');
  const [mine] = await makeItems(api, await makeLot(api), 1);
  if (mine === undefined) return expect.unreachable();
  const input = {
    unit: { id: mine.id },
    process: { code: 'MOUNT' },
    operator: { username: 'operator' },
    result: 'PASS',
  };
  const recorded = await sendAs(api, station.apiKey, 'recordProcessData', input);
  expect(recorded.errors).toEqual([]);
  const { data } = await askBothWays(
    api,
    '{ stationByCode(code: "ST_9") { processData { totalCount nodes { process { code } station { code } } } } }',
  );
  expect(data.stationByCode.processData).toEqual({
    totalCount: 1,
    nodes: [{ process: { code: 'MOUNT' }, station: { code: 'ST_9' } }],
  });
});

test('journeys, ratios and shared fields take the same number of statements for 1, 10 and 100 units', async () => {
  const model = { id: (await api.ask('{ productModelByCode(code: "PSA") { id } }')).data.productModelByCode.id };
  const line = { id: (await api.ask('{ productionLineByCode(code: "KR01") { id } }')).data.productionLineByCode.id };
  const { equipment } = await done(
    api,
    'createEquipment',
    { code: 'OVEN', name: 'Oven', type: 'OVEN' },
    'equipment { id }',
  );
  await putLots(api, 100, { model, line, units: 1 });
  await putSerialExecutions(api, floor.final, equipment, 2);
  const counts = async (query: string) => {
    const answers = [];
    for (const first of [1, 10, 100]) {
      const answer = await askBothWays(api, query, { first });
      expect(answer.errors).toEqual([]);
      answers.push(answer.statements);
    }
    return answers;
  };
  const same = (plans: number, loaders: number) => [1, 10, 100].map(() => ({ plans, loaders }));
  expect(
    await counts(
      'query ($first: Int) { serials(first: $first) { nodes { number unitStatus journey(first: 3) { totalCount nodes { result process { code } } } } } }',
    ),
  ).toEqual(same(3, 4));
  expect(
    await counts(
      'query ($first: Int) { wipItems(first: $first) { nodes { displayNumber journey(first: 3) { nodes { result } } } } }',
    ),
  ).toEqual(same(2, 2));
  expect(
    await counts(
      'query ($first: Int) { lots(first: $first) { nodes { yieldRatio passRatio stepProgressRatio journey(first: 3) { nodes { result } } lot { number } } } }',
    ),
  ).toEqual(same(4, 5));
  expect(
    await counts(
      'query ($first: Int) { processData(first: $first, filter: { level: { eq: SERIAL } }) { nodes { unit { number lot { number } journey(first: 1) { nodes { result } } } } } }',
    ),
  ).toEqual(same(4, 4));
});

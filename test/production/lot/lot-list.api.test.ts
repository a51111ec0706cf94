import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeItems, makeLine, makeLot, makeModel, type Named } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { putLots } from '../../support/bulk.ts';

let api: Api;
let model: { id: string };
let line: { id: string };
let held: Named;
let started: Named;

beforeAll(async () => {
  api = await startApi();
  model = await makeModel(api);
  line = await makeLine(api);
  held = await makeLot(api, { externalNumber: 'ERP-1', supplierCode: 'S%1', metadata: { order: 7, tags: ['a', 'b'] } });
  started = await makeLot(api, { productionDate: '2026-12-24', supplierCode: 'S_1' });
  await makeLot(api, {
    productionDate: '2027-01-05',
    productModel: { code: (await makeModel(api, { code: 'OTHER' })).code },
  });
  await done(api, 'quarantineLot', { lot: { id: held.id }, reason: 'Dust' }, 'lot { id }');
  await makeItems(api, started, 2);
});
afterAll(() => api.close());

async function found(filter: object, orderBy: readonly object[] = [{ field: 'NUMBER' }]): Promise<readonly string[]> {
  const { data, errors } = await api.ask(
    'query ($filter: LotFilter, $orderBy: [LotOrder!]) { lots(filter: $filter, orderBy: $orderBy) { nodes { number } totalCount } }',
    { filter, orderBy },
  );
  expect(errors).toEqual([]);
  expect(data.lots.totalCount).toBe(data.lots.nodes.length);
  return data.lots.nodes.map((lot: { number: string }) => lot.number);
}

test('lots can be filtered by every field of their filter', async () => {
  const [HELD, STARTED, PLAIN] = ['KR01PSA261101', 'KR01PSA261201', 'KR01OTH270101'];

  expect(await found({})).toEqual([PLAIN, HELD, STARTED]);
  expect(await found({ number: { eq: 'kr01-psa-2611-01' } })).toEqual([HELD]);
  expect(await found({ number: { startsWith: 'kr01-psa' } })).toEqual([HELD, STARTED]);
  expect(await found({ number: { in: ['kr01psa261101', 'KR01-OTH-2701-01'] } })).toEqual([PLAIN, HELD]);
  expect(await found({ number: { in: [] } })).toEqual([]);
  expect(await found({ externalNumber: { eq: 'ERP-1' } })).toEqual([HELD]);
  expect(await found({ status: { eq: 'IN_PROGRESS' } })).toEqual([STARTED]);
  expect(await found({ disposition: { notIn: ['UNDECIDED'] } })).toEqual([HELD]);
  expect(await found({ isHeld: true })).toEqual([HELD]);
  expect(await found({ isHeld: false, isActive: true })).toEqual([PLAIN, STARTED]);
  expect(await found({ productModel: { eq: model.id } })).toEqual([HELD, STARTED]);
  expect(await found({ productionLine: { in: [line.id] } })).toEqual([PLAIN, HELD, STARTED]);
  expect(await found({ productionDate: { gt: '2026-11-20', lte: '2026-12-24' } })).toEqual([STARTED]);
  expect(await found({ createdAt: { lt: '2020-01-01T00:00:00Z' } })).toEqual([]);
  expect(await found({ completedAt: { isNull: false } })).toEqual([]);
  expect(await found({ closedAt: { isNull: true } })).toEqual([PLAIN, HELD, STARTED]);
  expect(await found({ dispositionAt: { isNull: false } })).toEqual([HELD]);
  expect(await found({ supplierCode: { contains: '%' } })).toEqual([HELD]);
  expect(await found({ supplierCode: { startsWith: 's_' } })).toEqual([STARTED]);
  expect(await found({ metadata: { contains: { tags: ['b'] } } })).toEqual([HELD]);
  expect(
    await found({ not: { isHeld: true }, or: [{ status: { eq: 'CREATED' } }, { status: { eq: 'CLOSED' } }] }),
  ).toEqual([PLAIN]);
});

test('an id of another type is not a filter, and SQL in a text is only text', async () => {
  const { errors } = await api.ask('query ($filter: LotFilter) { lots(filter: $filter) { nodes { id } } }', {
    filter: { productModel: { eq: line.id } },
  });

  expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', path: ['filter', 'productModel', 'eq'] });
  expect(await found({ number: { eq: "' OR 1 = 1 --" } })).toEqual([]);
});

test('lots are listed from the newest, or in any requested order, by page and without gaps', async () => {
  const numbers = async (orderBy: readonly object[]): Promise<readonly string[]> =>
    (await found({}, orderBy)).map((number) => number.slice(4));

  expect(await numbers([])).toEqual(['OTH270101', 'PSA261201', 'PSA261101']);
  expect(await numbers([{ field: 'PRODUCTION_DATE' }])).toEqual(['PSA261101', 'PSA261201', 'OTH270101']);
  expect(await numbers([{ field: 'STATUS', direction: 'DESC' }, { field: 'NUMBER' }])).toEqual([
    'PSA261201',
    'OTH270101',
    'PSA261101',
  ]);
  expect(await numbers([{ field: 'COMPLETED_AT' }, { field: 'CLOSED_AT' }, { field: 'CREATED_AT' }])).toEqual([
    'PSA261101',
    'PSA261201',
    'OTH270101',
  ]);

  for (const field of ['CREATED_AT', 'NUMBER', 'PRODUCTION_DATE', 'STATUS', 'COMPLETED_AT', 'CLOSED_AT']) {
    const seen: string[] = [];
    for (let after: string | null = null, hasNextPage = true; hasNextPage; ) {
      const { data } = await api.ask(
        `query ($after: String) { lots(first: 1, after: $after, orderBy: [{ field: ${field} }]) { nodes { number } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      seen.push(...data.lots.nodes.map((lot: { number: string }) => lot.number));
      ({ hasNextPage, endCursor: after } = data.lots.pageInfo);
    }
    expect([field, seen]).toEqual([field, await found({}, [{ field }])]);
  }
});

test('the number of statements depends on what is selected, never on the number of rows', async () => {
  await using many = await startApi();
  const [ofModel, onLine] = [await makeModel(many), await makeLine(many)];
  const LOTS = `{ lots(first: 100) { nodes { number productModel { code } productionLine { code } wipItems(first: 100) { nodes { number } } serials(first: 100) { nodes { number } } } } }`;
  const COUNTS = `{ lots(first: 100) { totalCount nodes { wipItemCount actualQuantity passedQuantity failedQuantity pendingQuantity remainingQuantity passRatio defectRatio progressRatio } } }`;

  for (const size of [1, 10, 100]) {
    await putLots(many, size - (size === 1 ? 0 : size / 10), { model: ofModel, line: onLine, units: size });
    const [lots, counts] = [await askBothWays(many, LOTS), await askBothWays(many, COUNTS)];
    expect([lots.data.lots.nodes.length, lots.statements, counts.statements]).toEqual([
      size,
      { plans: 2, loaders: 5 },
      { plans: 3, loaders: 3 },
    ]);
  }

  const { data } = await many.ask(
    '{ lots(first: 1) { nodes { wipItemCount actualQuantity passedQuantity failedQuantity pendingQuantity remainingQuantity passRatio defectRatio progressRatio } } }',
  );
  expect(data.lots.nodes).toEqual([
    {
      wipItemCount: 100,
      actualQuantity: 100,
      passedQuantity: 25,
      failedQuantity: 13,
      pendingQuantity: 62,
      remainingQuantity: 0,
      passRatio: 0.25,
      defectRatio: 0.13,
      progressRatio: 0.38,
    },
  ]);
});

test('lots of 50 models or lines are read by two statements', async () => {
  await using many = await startApi();
  const onLine = await makeLine(many);
  for (let index = 1; index <= 50; index += 1)
    await putLots(many, 3, { model: await makeModel(many, { code: `M${index}` }), line: onLine });

  const models = await askBothWays(many, '{ productModels(first: 50) { nodes { code lots { nodes { number } } } } }');
  const lines = await askBothWays(many, '{ productionLines { nodes { lots(first: 100) { nodes { number } } } } }');

  expect(models.data.productModels.nodes.map(({ lots }: { lots: { nodes: unknown[] } }) => lots.nodes.length)).toEqual(
    Array.from({ length: 50 }, () => 3),
  );
  expect([models.statements, lines.statements, lines.data.productionLines.nodes[0].lots.nodes.length]).toEqual([
    { plans: 2, loaders: 2 },
    { plans: 2, loaders: 2 },
    100,
  ]);
});

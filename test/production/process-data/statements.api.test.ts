import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeLine, makeModel, makeStep } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { putLots, putSerialExecutions } from '../../support/bulk.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

async function fill(lots: number, units: number, attempts: number): Promise<void> {
  const step = await makeStep(api, 50, 'FINAL', { level: 'SERIAL' });
  const { equipment } = await done(
    api,
    'createEquipment',
    { code: 'OVEN', name: 'Oven', type: 'OVEN' },
    'equipment { id }',
  );
  await putLots(api, lots, { model: await makeModel(api), line: await makeLine(api), units });
  await putSerialExecutions(api, step, equipment, attempts);
}

test.each([1, 10, 100])(
  '%i executions with all their relations take two statements by plan, one for each level',
  async (rows) => {
    await fill(rows, 1, 1);

    const answer = await askBothWays(
      api,
      '{ processData(first: 100) { nodes { startedAt durationSeconds verdict lot { number } wipItem { number } serial { number } process { code } equipment { code } operator { username } } } }',
    );

    expect(answer.errors).toEqual([]);
    expect(answer.data.processData.nodes).toHaveLength(rows);
    expect(answer.statements).toEqual({ plans: 2, loaders: 7 });
  },
);

test.each([1, 10, 100])(
  '%i executions with their units take two statements, and one for each kind of unit',
  async (rows) => {
    await fill(rows, 1, 1);

    const answer = await askBothWays(
      api,
      '{ processData(first: 100) { nodes { unit { __typename ... on Serial { number } } } } }',
    );

    expect(answer.data.processData.nodes).toHaveLength(rows);
    expect(answer.statements).toEqual({ plans: 2, loaders: 2 });
  },
);

test.each([1, 10, 100])(
  'a lot with %i serials, 8 executions each, and their steps and equipment takes four statements by plan, one for each level',
  async (units) => {
    await fill(1, units, 8);

    const answer = await askBothWays(
      api,
      '{ lotByNumber(number: "KR01PSA010101") { serials(first: 100) { nodes { number processData(first: 8) { nodes { attempt process { code } equipment { code } } } } } } }',
    );

    expect(answer.errors).toEqual([]);
    const serials: readonly { readonly processData: { readonly nodes: readonly { readonly attempt: number }[] } }[] =
      answer.data.lotByNumber.serials.nodes;
    expect(serials).toHaveLength(units);
    expect(serials.map(({ processData }) => processData.nodes.map(({ attempt }) => attempt))).toEqual(
      Array.from({ length: units }, () => [8, 7, 6, 5, 4, 3, 2, 1]),
    );
    expect(answer.statements).toEqual({ plans: 4, loaders: 5 });
  },
);

test.each([1, 10, 100])('the open executions of %i items take one more statement', async (items) => {
  const step = await makeStep(api, 10, 'MOUNT');
  await putLots(api, items, { model: await makeModel(api), line: await makeLine(api), units: 1, step });

  const answer = await askBothWays(api, '{ wipItems(first: 100) { nodes { openExecution { attempt } } } }');

  expect(answer.data.wipItems.nodes).toEqual(Array.from({ length: items }, () => ({ openExecution: { attempt: 1 } })));
  expect(answer.statements).toEqual({ plans: 2, loaders: 2 });
});

test.each([1, 10, 100])(
  'lots with %i serials, filtered by natural keys and by related records, take one statement for each level and kind of key',
  async (units) => {
    await fill(1, units, 2);

    const answer = await askBothWays(
      api,
      `{
        lots(filter: { productModel: { code: { eq: "PSA" } }, serials: { some: { status: { eq: FAILED } } } }) {
          nodes {
            serials(first: 100, filter: { equipment: { code: { eq: "OVEN" } }, processData: { some: { attempt: { eq: 2 } } } }) {
              nodes { number processData(filter: { process: { code: { in: ["FINAL"] } } }) { nodes { attempt } } }
            }
          }
        }
      }`,
    );

    expect(answer.errors).toEqual([]);
    expect(answer.data.lots.nodes[0].serials.nodes).toHaveLength(units);
    // The lots, their serials, their executions; and the keys of a model, of equipment and of a step.
    expect(answer.statements).toEqual({ plans: 6, loaders: 6 });
  },
);

test.each([1, 10, 100])('%i executions, filtered in every new way, take one statement', async (rows) => {
  await fill(rows, 1, 1);
  for (const filter of [
    'verdict: { eq: NOT_JUDGED }',
    'attempt: { lt: 2 }',
    'defects: { none: { severity: { eq: HIGH } } }',
    'measurements: { none: { code: "TORQUE", value: { gt: "1" } } }',
    'lot: { status: { eq: IN_PROGRESS } }, serial: { status: { in: [CREATED, IN_PROGRESS, PASSED, FAILED] } }',
    'equipment: { type: { eq: "OVEN" } }, process: { level: { eq: SERIAL } }',
  ]) {
    const answer = await askBothWays(api, `{ processData(first: 100, filter: { ${filter} }) { nodes { attempt } } }`);
    expect([filter, answer.data.processData.nodes.length, answer.statements]).toEqual([
      filter,
      rows,
      { plans: 1, loaders: 1 },
    ]);
  }
});

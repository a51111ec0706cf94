import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { uuidOf, type Named } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { makeFloor, oneItem, record, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
let lot: Named;
let item: Named;
let execution: { readonly id: string };

beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  await done(api, 'createEquipment', { code: 'OVEN', name: 'Oven', type: 'OVEN' }, 'equipment { id }');
  const station = await makeStation(api, 'ST_1');
  ({ lot, item } = await oneItem(api));
  execution = (
    await sendAs(
      api,
      station.apiKey,
      'recordProcessData',
      {
        unit: { id: item.id },
        process: { code: 'MOUNT' },
        operator: { username: 'operator' },
        result: 'PASS',
        startedAt: '2026-11-20T09:00:00+01:00',
        completedAt: '2026-11-20T09:00:30+01:00',
      },
      'processData { id }',
    )
  )['processData'];
  await done(
    api,
    'correctProcessData',
    { id: execution.id, equipment: { code: 'OVEN' }, reason: 'It was in the oven.' },
    'processData { id }',
    'ENGINEER',
  );
});
afterAll(() => api.close());

const CHANGES = 'changes { field oldValue oldLabel newValue newLabel }';

async function historyOf(id: string) {
  const { data, errors } = await askBothWays(
    api,
    `query ($id: ID!) { node(id: $id) { ... on ProcessData { history { nodes { action actorLabel recordLabel newValues ${CHANGES} } } } } }`,
    { id },
  );
  expect(errors).toEqual([]);
  return data.node.history.nodes;
}

describe('the history of a record', () => {
  test('names each record that a field refers to, next to its id, and who acted (AUD-1)', async () => {
    const [corrected, recorded] = await historyOf(execution.id);
    const named = (entry: typeof recorded) =>
      Object.fromEntries(
        entry.changes
          .filter(({ newLabel }: { newLabel: string | null }) => newLabel !== null)
          .map(({ field, newLabel }: { field: string; newLabel: string }) => [field, newLabel]),
      );
    expect(named(recorded)).toEqual({
      lotId: lot.number,
      wipItemId: item.number,
      processId: 'MOUNT',
      operatorId: 'operator',
      stationId: 'ST_1',
    });
    expect(named(corrected)).toEqual({ equipmentId: 'OVEN', correctedById: 'engineer' });
    const operator = recorded.changes.find(({ field }: { field: string }) => field === 'operatorId');
    expect(operator).toEqual({
      field: 'operatorId',
      oldValue: null,
      oldLabel: null,
      newValue: api.userIdOf('OPERATOR'),
      newLabel: 'operator',
    });
    expect([recorded.actorLabel, corrected.actorLabel]).toEqual(['ST_1', 'engineer']);
    expect([recorded.recordLabel, recorded.action]).toEqual([null, 'processData.recorded']);
  });

  test('shows every instant in UTC with Z, and a date as a date (AUD-1)', async () => {
    const [, recorded] = await historyOf(execution.id);
    const instants = recorded.changes.filter(({ field }: { field: string }) => field.endsWith('At'));
    expect(instants.map(({ field }: { field: string }) => field).toSorted()).toEqual([
      'completedAt',
      'correctedAt',
      'createdAt',
      'startedAt',
      'updatedAt',
    ]);
    expect(recorded.newValues).toMatchObject({
      startedAt: '2026-11-20T08:00:00.000Z',
      completedAt: '2026-11-20T08:00:30.000Z',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    const { data } = await askBothWays(
      api,
      `query ($id: ID!) { node(id: $id) { ... on Lot { history(last: 1) { nodes { recordLabel ${CHANGES} } } } } }`,
      { id: lot.id },
    );
    const [made] = data.node.history.nodes;
    expect(made.recordLabel).toBe(lot.number);
    expect(made.changes.find(({ field }: { field: string }) => field === 'productionDate').newValue).toBe('2026-11-20');
  });

  test('keeps the id of a record that is gone, without a label (AUD-1)', async () => {
    const { productModel } = await done(
      api,
      'createProductModel',
      { code: 'GONE', name: 'Gone' },
      'productModel { id }',
    );
    const { lot: made } = await done(
      api,
      'createLot',
      { productModel: { code: 'GONE' }, productionLine: { code: 'KR01' }, productionDate: '2026-11-20' },
      'lot { id number }',
    );
    await done(api, 'deleteLot', { lot: { id: made.id } }, 'deletedId');
    await done(api, 'deleteProductModel', { productModel: { code: 'GONE' } }, 'deletedId');
    const { data } = await askBothWays(
      api,
      `query ($id: ID!) { auditEntries(filter: { record: { eq: $id }, entity: { eq: "Lot" } }) { nodes { recordLabel ${CHANGES} } } }`,
      { id: made.id },
    );
    expect(data.auditEntries.nodes).toHaveLength(2);
    for (const { recordLabel, changes } of data.auditEntries.nodes) {
      expect(recordLabel).toBeNull();
      const model = changes.find(({ field }: { field: string }) => field === 'productModelId');
      expect([model.oldValue ?? model.newValue, model.oldLabel, model.newLabel]).toEqual([
        uuidOf(productModel),
        null,
        null,
      ]);
    }
  });

  test('names all records of a page by one statement, for 1, 10 and 100 entries', async () => {
    for (let n = 0; n < 80; n += 1) await record(api, item, floor.test, { result: 'REWORK' });
    for (const first of [1, 10, 100]) {
      const { data, statements } = await askBothWays(
        api,
        `query ($first: Int) { auditEntries(first: $first) { nodes { actorLabel recordLabel ${CHANGES} } } }`,
        { first },
      );
      expect(data.auditEntries.nodes).toHaveLength(first);
      expect(statements).toEqual({ plans: 2, loaders: 2 });
    }
  });
});

/** The execution that a start or a record returns is the inserted row (process-data.commands.ts). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { makeItems, makeLot, makeSerials, type Named } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { makeFloor, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  await done(api, 'createEquipment', { code: 'PRESS', name: 'Press', type: 'PRESS' }, 'equipment { id }');
});
afterAll(() => api.close());

const OWN = `id level attempt result isOpen verdict measurements { code value unit verdict } defects { code quantity severity } defectCount defectQuantity notes
  startedAt completedAt durationSeconds correctedAt correctionReason createdAt updatedAt version`;
const RELATED =
  'lot { number } wipItem { number } serial { number } process { code } operator { username } equipment { code } station { code } correctedBy { username }';

const WORK = {
  startProcess: { equipment: { code: 'PRESS' }, startedAt: '2026-01-05T06:07:08.009Z' },
  recordProcessData: {
    equipment: { code: 'PRESS' },
    result: 'FAIL',
    defects: [{ code: 'BENT', quantity: 2 }],
    measurements: [{ code: 'TORQUE', value: '1.250', unit: 'Nm' }],
    notes: 'on the left – "twice"',
    startedAt: '2026-01-05T06:07:08.009Z',
    completedAt: '2026-01-05T06:07:09.5Z',
  },
} as const;
type Mutation = keyof typeof WORK;

async function unitOf(kind: string): Promise<Named> {
  const lot = await makeLot(api, { targetQuantity: 1 });
  const [unit] =
    kind === 'item'
      ? await makeItems(api, lot, 1)
      : await makeSerials(api, lot, 1, [floor.mount, floor.test, floor.mark]);
  return unit as Named;
}

async function carryOut(
  mutation: Mutation,
  unit: Named,
  kind: string,
  shown: string,
  more: object = {},
): Promise<Answer> {
  const input = {
    unit: { id: unit.id },
    process: { id: (kind === 'item' ? floor.mount : floor.burnIn).id },
    ...WORK[mutation],
    ...more,
  };
  const type = mutation === 'startProcess' ? 'StartProcessInput' : 'RecordProcessDataInput';
  const answer = await api.ask(
    `mutation ($input: ${type}!) { payload: ${mutation}(input: $input) { processData { ${shown} } errors { code message } } }`,
    { input },
    'OPERATOR',
  );
  expect(answer.errors).toEqual([]);
  expect(answer.data.payload.errors).toEqual([]);
  return answer;
}

const stored = async (id: string): Promise<unknown> =>
  (await api.ask(`query ($id: ID!) { node(id: $id) { ... on ProcessData { ${OWN} ${RELATED} } } }`, { id })).data.node;

const CASES = (['item', 'serial'] as const).flatMap((kind) =>
  (['startProcess', 'recordProcessData'] as const).map((mutation) => [mutation, kind] as const),
);

test.each(CASES)('%s (of one %s) returns every field as it is stored', async (mutation, kind) => {
  const { data } = await carryOut(mutation, await unitOf(kind), kind, `${OWN} ${RELATED}`);

  expect(data.payload.processData).toEqual(await stored(data.payload.processData.id));
});

test.each(CASES)('%s (of one %s) needs no statement to return the inserted row', async (mutation, kind) => {
  const { statements } = await carryOut(mutation, await unitOf(kind), kind, OWN);

  expect(statements).toBe(0);
});

test('a record that is sent again returns the current execution (IDK-1)', async () => {
  const item = await unitOf('item');
  const send = (): Promise<Answer> =>
    carryOut('recordProcessData', item, 'item', OWN, { idempotencyKey: 'of a record' });
  const first = await send();
  const { id } = first.data.payload.processData;
  await done(
    api,
    'correctProcessData',
    { id, notes: 'on the right', reason: 'A slip of the pen' },
    'processData { id }',
    'ADMIN',
  );

  const again = await send();

  expect(again.data.payload.processData).toMatchObject({ id, notes: 'on the right', version: 2 });
});

test('a later mutation of the same request returns its own changes', async () => {
  const item = await unitOf('item');
  const first = await carryOut('startProcess', item, 'item', 'id');
  const { data, errors } = await api.ask(
    `mutation ($unit: UnitRef!, $process: ProcessRef!, $id: ID!) {
      completed: completeProcess(input: { processData: $id, result: REWORK }) { processData { id result version } errors { message } }
      recorded: recordProcessData(input: { unit: $unit, process: $process, result: PASS }) { processData { id attempt result } errors { message } }
    }`,
    { unit: { id: item.id }, process: { id: floor.mount.id }, id: first.data.payload.processData.id },
    'OPERATOR',
  );

  expect(errors).toEqual([]);
  expect(data.completed).toMatchObject({ processData: { result: 'REWORK', version: 2 }, errors: [] });
  expect(data.recorded).toMatchObject({ processData: { attempt: 2, result: 'PASS' }, errors: [] });
});

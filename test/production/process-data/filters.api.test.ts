import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verdictOfRecord } from '../../../src/production/process-data/result/measurement.rules.ts';
import { measurementsOf } from '../../../src/production/process-data/result/measurement.shapes.ts';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeItems, type Named } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { makeFloor, oneSerial, record, type Floor } from '../../support/work.ts';

/**
 * A serial whose item was repaired at the mounting step on the PRESS, and which then failed BURN_IN in the OVEN; and a
 * second serial without any trouble. Ten executions in all.
 */
let api: Api;
let floor: Floor;
let bad: Named;
let good: Named;
let item: Named;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  for (const code of ['OVEN', 'PRESS', 'SPARE'])
    await done(api, 'createEquipment', { code, name: code, type: 'MACHINE' }, 'equipment { id }');
  const made = await oneSerial(api, floor);
  good = made.serial;
  await record(api, good, floor.burnIn, { measurements: [torque('123456789012345.0000000001')] });
  [item] = (await makeItems(api, made.lot, 1)) as [Named];
  await record(api, item, floor.mount, {
    result: 'REWORK',
    equipment: { code: 'PRESS' },
    defects: [
      { code: 'SHIFT', severity: 'LOW' },
      { code: 'BENT', severity: 'CRITICAL' },
    ],
  });
  await record(api, item, floor.mount, { equipment: { code: 'PRESS' }, measurements: [{ code: 'NOTE', text: '7' }] });
  await record(api, item, floor.test, { measurements: [{ code: 'TORQUE', value: '-0.5' }] });
  const { serial } = await done(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { id number }');
  bad = serial;
  await record(api, bad, floor.burnIn, {
    result: 'FAIL',
    equipment: { code: 'OVEN' },
    defects: [{ code: 'BENT', severity: 'HIGH' }],
    measurements: [torque('123456789012344.9999999999'), { code: 'FORCE', value: '50', upperLimit: '50' }],
  });
}, 60_000);
afterAll(() => api.close());

/** A reading that is in specification from 123456789012345 on; no double is between them. */
function torque(value: string): object {
  return { code: 'TORQUE', value, lowerLimit: '123456789012345' };
}

describe('executions by', () => {
  test.each<readonly [what: string, filter: object, expected: readonly string[]]>([
    ['the verdict OUT_OF_SPEC, to the last digit (PD-10)', { verdict: { eq: 'OUT_OF_SPEC' } }, ['bad BURN_IN 1']],
    ['the verdict IN_SPEC', { verdict: { eq: 'IN_SPEC' } }, ['good BURN_IN 1']],
    [
      'the verdict NOT_JUDGED',
      { verdict: { eq: 'NOT_JUDGED' }, lot: { isNull: false }, measurements: { some: { code: 'TORQUE' } } },
      ['item TEST 1'],
    ],
    ['several verdicts', { verdict: { in: ['IN_SPEC', 'OUT_OF_SPEC'] } }, ['bad BURN_IN 1', 'good BURN_IN 1']],
    ['all verdicts but one', { verdict: { notIn: ['NOT_JUDGED'] } }, ['bad BURN_IN 1', 'good BURN_IN 1']],
    ['no verdict', { verdict: { in: [] } }, []],
    ['a verdict that is negated', { not: { verdict: { in: ['NOT_JUDGED', 'IN_SPEC'] } } }, ['bad BURN_IN 1']],
    ['the attempt', { attempt: { gt: 1 } }, ['item MOUNT 2']],
    [
      'the severity of a defect',
      { defects: { some: { severity: { in: ['HIGH', 'CRITICAL'] } } } },
      ['bad BURN_IN 1', 'item MOUNT 1'],
    ],
    [
      'code and severity of the same defect',
      { defects: { some: { code: 'bent', severity: { eq: 'HIGH' } } } },
      ['bad BURN_IN 1'],
    ],
    [
      'code and severity of different defects, which is nobody',
      { defects: { some: { code: 'SHIFT', severity: { eq: 'CRITICAL' } } } },
      [],
    ],
    [
      'a severity but not this code',
      { defects: { some: { severity: { notIn: ['LOW'] } }, none: { code: 'SHIFT' } } },
      ['bad BURN_IN 1'],
    ],
    ['any defect', { defects: { some: {} } }, ['bad BURN_IN 1', 'item MOUNT 1']],
    ['a reading', { measurements: { some: { code: 'torque' } } }, ['bad BURN_IN 1', 'good BURN_IN 1', 'item TEST 1']],
    [
      'a reading in a range',
      { measurements: { some: { code: 'TORQUE', value: { gte: '-0.5', lt: '0' } } } },
      ['item TEST 1'],
    ],
    [
      'a reading in a range, to the last digit',
      { measurements: { some: { code: 'TORQUE', value: { lt: '123456789012345', gt: 1 } } } },
      ['bad BURN_IN 1'],
    ],
    ['a range of another reading', { measurements: { some: { code: 'FORCE', value: { lt: '0' } } } }, []],
    [
      'a reading that is a text',
      { measurements: { some: { code: 'NOTE', value: { isNull: true } } } },
      ['item MOUNT 2'],
    ],
    [
      'a reading out of specification',
      { measurements: { some: { code: 'TORQUE', verdict: { eq: 'OUT_OF_SPEC' } } } },
      ['bad BURN_IN 1'],
    ],
    [
      'another reading of the same execution',
      { measurements: { some: { code: 'FORCE', verdict: { eq: 'IN_SPEC' } } } },
      ['bad BURN_IN 1'],
    ],
    [
      'readings without this one',
      { verdict: { notIn: ['NOT_JUDGED'] }, measurements: { none: { code: 'FORCE' } } },
      ['good BURN_IN 1'],
    ],
    ['the model', { productModel: { code: { eq: 'PSA' } }, attempt: { eq: 2 } }, ['item MOUNT 2']],
    ['the line', { productionLine: { code: { eq: 'KR01' } }, result: { eq: 'FAIL' } }, ['bad BURN_IN 1']],
  ])('%s', async (_what, filter, expected) => {
    expect(await executionsOf(filter)).toEqual(expected);
  });

  test('the verdict that each of them shows', async () => {
    const { data } = await api.ask('{ processData(first: 100) { nodes { id verdict } } }');
    for (const verdict of ['IN_SPEC', 'OUT_OF_SPEC', 'NOT_JUDGED'])
      expect((await idsOf({ verdict: { eq: verdict } })).toSorted()).toEqual(
        data.processData.nodes
          .filter((node: { verdict: string }) => node.verdict === verdict)
          .map(({ id }: { id: string }) => id)
          .toSorted(),
      );
  });

  test('the verdict that the rule gives any readings, to the last digit (PD-10)', async () => {
    const decimal = fc.constantFrom(
      '0',
      '-0.0',
      '1.50',
      '1.5',
      '1.5000000001',
      '999999999999999.9999999999',
      '999999999999999',
    );
    const reading = fc.record(
      { code: fc.constant('X'), value: decimal, text: fc.constant('9'), lowerLimit: decimal, upperLimit: decimal },
      { requiredKeys: ['code'] },
    );
    const samples = fc.sample(fc.array(reading, { maxLength: 3 }), 1_000);
    const rows = await api.database.reader().sql<{ verdict: string }>`
      SELECT verdict_of(sample) AS verdict FROM jsonb_array_elements(${JSON.stringify(samples)}::jsonb) WITH ORDINALITY AS given(sample, place) ORDER BY place`;
    expect(rows.map(({ verdict }) => verdict)).toEqual(samples.map((each) => verdictOfRecord(measurementsOf(each))));
  });

  test('a reading by its code only: a range without one is not valid', async () => {
    const answer = await api.ask(
      '{ processData(filter: { measurements: { some: { value: { gt: "1" } } } }) { totalCount } }',
    );
    expect(answer.errors[0]?.message).toContain(
      'Field "MeasurementEntryFilter.code" of required type "String!" was not provided.',
    );
  });

  test.each([
    [{ defects: { some: { code: 'a b' } } }, ['defects', 'some', 'code']],
    [{ measurements: { none: { code: 'X', value: { lt: 'much' } } } }, ['measurements', 'none', 'value', 'lt']],
  ])('not by a value that no execution can have: %j', async (filter, path) => {
    const { errors } = await api.ask(
      'query ($filter: ProcessDataFilter) { processData(filter: $filter) { totalCount } }',
      { filter },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['filter', ...path] } }]);
  });
});

describe('serials by', () => {
  test.each<readonly [what: string, filter: object, expected: readonly ('good' | 'bad')[]]>([
    ['the model', { productModel: { code: { eq: 'PSA' } } }, ['good', 'bad']],
    ['the line', { productionLine: { code: { in: ['KR01'] } } }, ['good', 'bad']],
    ['equipment that the serial was run on', { equipment: { code: { eq: 'OVEN' } } }, ['bad']],
    ['equipment that its item was run on', { equipment: { code: { eq: 'press' } } }, ['bad']],
    ['equipment that nothing was run on', { equipment: { code: { eq: 'SPARE' } } }, []],
    ['no equipment at all', { equipment: { isNull: true } }, ['good']],
    ['any equipment', { equipment: { isNull: false } }, ['bad']],
    ['not this equipment', { not: { equipment: { code: { eq: 'OVEN' } } } }, ['good']],
    ['a defect that was found on the serial or its item', { defectCode: 'SHIFT' }, ['bad']],
    ['a defect that was found on the serial itself', { processData: { some: { defectCode: 'SHIFT' } } }, []],
    ['what was read on the serial', { processData: { some: { verdict: { eq: 'OUT_OF_SPEC' } } } }, ['bad']],
    ['what was never read on it', { processData: { none: { measurements: { some: { code: 'FORCE' } } } } }, ['good']],
  ])('%s', async (_what, filter, expected) => {
    const { data, errors } = await askBothWays(
      api,
      'query ($filter: SerialFilter) { serials(first: 10, filter: $filter) { totalCount nodes { number } } }',
      { filter },
    );
    expect(errors).toEqual([]);
    const numbers = { good: good.number, bad: bad.number };
    expect(data.serials).toEqual({
      totalCount: expected.length,
      nodes: expected.map((which) => ({ number: numbers[which] })),
    });
  });

  test('and WIP items likewise', async () => {
    const { data } = await askBothWays(
      api,
      '{ wipItems(filter: { equipment: { code: { eq: "OVEN" } }, defectCode: "BENT", processData: { some: { attempt: { eq: 2 } } } }) { nodes { number } } }',
    );
    expect(data.wipItems.nodes).toEqual([{ number: item.number }]);
  });
});

async function idsOf(filter: object): Promise<readonly string[]> {
  const { data, errors } = await askBothWays(
    api,
    'query ($filter: ProcessDataFilter) { processData(first: 100, filter: $filter) { totalCount nodes { id } } }',
    { filter },
  );
  expect(errors).toEqual([]);
  expect(data.processData.totalCount).toBe(data.processData.nodes.length);
  return data.processData.nodes.map(({ id }: { id: string }) => id);
}

/** The unit, the step and the attempt of each matching execution. */
async function executionsOf(filter: object): Promise<readonly string[]> {
  const ids = await idsOf(filter);
  if (ids.length === 0) return [];
  const { data } = await api.ask(
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ProcessData { attempt process { code } unit { ... on WipItem { id } ... on Serial { id } } } } }',
    { ids },
  );
  const names = new Map([
    [good.id, 'good'],
    [bad.id, 'bad'],
    [item.id, 'item'],
  ]);
  return data.nodes
    .map(
      ({ unit, process, attempt }: { unit: Named; process: { code: string }; attempt: number }) =>
        `${names.get(unit.id) ?? 'other'} ${process.code} ${attempt}`,
    )
    .toSorted();
}

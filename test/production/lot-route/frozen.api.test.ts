/**
 * What lots demand stays as it was when they were made: a hash of all steps that 50 random lots demand, and of what keeps
 * their units from them, is the same before and after their model and the processes change.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeItems, makeLine, makeLot, type Named } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makePlant, makeReleased, type StepOfRoute, WHOLE } from '../../support/routes.ts';

const LOTS = 50;

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const OTHER: readonly StepOfRoute[] = [
  [1, 'KIT', { isOptional: true }],
  [5, 'CHECK', { maxAttempts: 3 }],
  [7, 'PRINT', { isOptional: true }],
  [8, 'PLACE'],
];
const CODES = ['KIT', 'PRINT', 'PLACE', 'POLISH', 'CHECK', 'MARK', 'BURN_IN', 'FINAL'];

interface MadeLot {
  readonly lot: Named;
  readonly units: readonly string[];
}

test('releasing another revision, changing and deactivating processes changes nothing that 50 lots demand (RTE-4, RTE-7, RTE-9)', async () => {
  await makePlant(api);
  await makeLine(api, { code: 'KR02', lotSegment: 'KR02' });
  await makeReleased(api, WHOLE);
  const first = await makeLots(25);
  const { id: former } = await makeReleased(api, OTHER);
  const made = [...first, ...(await makeLots(25))];
  expect(made).toHaveLength(LOTS);
  const before = await demandOf(made);
  expect(new Set(before.lots.map((lot) => JSON.stringify(lot.steps))).size).toBe(2);

  await makeReleased(api, [
    [1, 'POLISH'],
    [2, 'PRINT', { maxAttempts: 1, characteristics: [{ code: 'NEW', upperLimit: '1', required: true }] }],
    [3, 'CHECK', { isOptional: true, equipmentTypes: ['OVEN'] }],
    [4, 'MARK'],
  ]);
  expect((await demandOf(made)).hash).toBe(before.hash);

  for (const code of CODES)
    await done(
      api,
      'updateProcess',
      {
        process: { code },
        maxAttempts: 1,
        plannedSeconds: 9,
        allowOutOfSpecPass: true,
        isInFactoryRoute: code === 'PRINT',
        characteristics: [{ code: 'GAP', upperLimit: '0.1', required: true }],
      },
      'process { id }',
    );
  expect((await demandOf(made)).hash).toBe(before.hash);

  for (const code of ['PRINT', 'PLACE', 'CHECK', 'MARK', 'FINAL'])
    await expectRefused(api, 'updateProcess', { process: { code }, isActive: false }, [
      ['RULE_VIOLATED', 'isActive', 'RTE-9'],
    ]);
  await call(api, 'retireRoute', { id: former, reason: 'Again.' });
  const third = (await api.ask('{ productModelByCode(code: "PSA") { releasedRoute { id } } }')).data;
  await done(api, 'retireRoute', { id: third.productModelByCode.releasedRoute.id, reason: 'No more.' }, 'route { id }');
  expect((await demandOf(made)).hash).toBe(before.hash);
});

/** Lots with two items each, which have come to different steps. */
async function makeLots(count: number): Promise<readonly MadeLot[]> {
  const made: MadeLot[] = [];
  for (let index = 0; index < count; index += 1) {
    const lot = await makeLot(api, { targetQuantity: 2, productionLine: { code: index % 2 === 0 ? 'KR01' : 'KR02' } });
    const items = await makeItems(api, lot, 2);
    const units = items.map(({ number }) => number);
    for (const [place, number] of units.entries()) {
      const passed = (index * 3 + place * 2) % 6;
      for (let step = 0; step < passed; step += 1) await recordNext(number, (index + step) % 5 === 0);
    }
    made.push({ lot, units: [lot.number, ...units, ...units.map((number) => number.replace(/^WIP-(.*)-/, '$1'))] });
  }
  return made;
}

/** Records the next step of an item, or of the serial that it has become; or a REWORK of an optional step. */
async function recordNext(number: string, isTried: boolean): Promise<void> {
  const { data } = await api.ask(
    'query ($number: String!) { wipItemByNumber(number: $number) { nextProcess { code } serial { number status } } }',
    { number },
  );
  const { nextProcess, serial } = data.wipItemByNumber;
  const code = serial === null ? nextProcess?.code : 'FINAL';
  if (code === undefined || serial?.status === 'PASSED') return;
  if (isTried)
    await call(api, 'recordProcessData', {
      unit: { number: serial?.number ?? number },
      process: { code: serial === null ? 'POLISH' : 'BURN_IN' },
      result: 'REWORK',
    });
  await call(api, 'recordProcessData', {
    unit: { number: serial?.number ?? number },
    process: { code },
    result: 'PASS',
  });
}

interface Demand {
  readonly hash: string;
  readonly lots: readonly { readonly steps: unknown }[];
}

/** All steps of the lots, what each unit needs next, and what speaks for or against each step on each unit. */
async function demandOf(made: readonly MadeLot[]): Promise<Demand> {
  const lots: { readonly steps: unknown; readonly units: readonly unknown[] }[] = [];
  for (const { lot, units } of made) {
    const { data, errors } = await api.ask(
      `query ($lot: LotRef!) {
        steps: routeOf(lot: $lot) { number isOptional maxAttempts plannedSeconds allowOutOfSpecPass equipmentTypes characteristics { code unit lowerLimit upperLimit target required } process { code } }
        lot: lotByNumber(number: "${lot.number}") { route { revision } wipItems(first: 5) { nodes { number status nextProcess { code } passedProcesses { code } } } serials(first: 5) { nodes { number status } } }
      }`,
      { lot: { id: lot.id } },
    );
    expect(errors).toEqual([]);
    lots.push({ steps: data.steps, units: [data.lot, await readinessOf(units)] });
  }
  return { hash: createHash('sha256').update(JSON.stringify(lots)).digest('hex'), lots };
}

/** What keeps each unit from each step; null for a serial that does not exist yet. */
async function readinessOf(units: readonly string[]): Promise<readonly unknown[]> {
  return Promise.all(
    units.map(async (number) => {
      const { data, errors } = await api.ask(
        `{ ${CODES.map((code) => `${code}: scan(code: "${number}", process: { code: "${code}" }) { readiness { isReady nextProcess { code } checks { rule isPassed message } } }`).join(' ')} }`,
      );
      expect(errors).toEqual([]);
      return data;
    }),
  );
}

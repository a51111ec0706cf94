import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeLot, type Named, type Step } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import {
  askAsStation,
  committedFirst,
  makeFloor,
  oneCompletedItem,
  oneItem,
  oneSerial,
  record,
  start,
  type Floor,
} from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterAll(() => api.close());

const READINESS = 'isReady hasPass nextProcess { code } warnings checks { rule isPassed message }';
const ASK = `query ($unit: UnitRef!, $process: ProcessRef!, $equipment: EquipmentRef) { unitReadiness(unit: $unit, process: $process, equipment: $equipment) { ${READINESS} } }`;

interface Report {
  readonly isReady: boolean;
  readonly hasPass: boolean;
  readonly nextProcess: { readonly code: string } | null;
  readonly warnings: readonly string[];
  readonly checks: readonly { readonly rule: string; readonly isPassed: boolean; readonly message: string }[];
}

async function ask(
  unit: Named,
  step: Step,
  more: object = {},
  role: 'ADMIN' | 'VIEWER' | 'OPERATOR' = 'ADMIN',
): Promise<Report> {
  const answer = await api.ask(ASK, { unit: { id: unit.id }, process: { id: step.id }, ...more }, role);
  expect(answer.errors).toEqual([]);
  return answer.data.unitReadiness;
}

function refusing(report: Report): readonly string[] {
  return report.checks.filter(({ isPassed }) => !isPassed).map(({ rule }) => rule);
}

test('readiness of a unit that may start is true, and lists every rule of a start in its order (PD-16)', async () => {
  const { item } = await oneItem(api);

  const report = await ask(item, floor.mount);

  expect(report).toMatchObject({ isReady: true, hasPass: false, nextProcess: { code: 'MOUNT' }, warnings: [] });
  expect(report.checks.map(({ rule }) => rule)).toEqual([
    'PD-17',
    'RTE-6',
    'LOT-7',
    'WIP-8',
    'PD-6',
    'PD-16',
    'PD-5',
    'PD-8',
    'PD-9',
    'EQP-4',
    'EQP-5',
    'RTE-8',
    'PD-15',
    'PD-7',
  ]);
});

test('readiness has the same message for a violated rule as the refusal of the start', async () => {
  const { item } = await oneItem(api);
  await start(api, item, floor.mount);

  const report = await ask(item, floor.mount);
  const refused = await api.ask(
    'mutation ($input: StartProcessInput!) { startProcess(input: $input) { errors { message rule } } }',
    { input: { unit: { id: item.id }, process: { id: floor.mount.id } } },
  );

  expect(report.isReady).toBe(false);
  expect(report.checks.filter(({ isPassed }) => !isPassed)).toEqual(
    refused.data.startProcess.errors.map((each: object) => ({ ...each, isPassed: false })),
  );
});

test('readiness shows the passed steps and the next step of every kind of unit', async () => {
  const { lot, item } = await oneItem(api);
  const { item: completed } = await oneCompletedItem(api, floor);
  const { serial } = await oneSerial(api, floor);
  await record(api, item, floor.mount);
  await record(api, lot, floor.kit);
  await record(api, serial, floor.burnIn);

  expect(await ask(item, floor.mount)).toMatchObject({
    isReady: false,
    hasPass: true,
    nextProcess: { code: 'TEST' },
    warnings: ['ALREADY_PASSED'],
  });
  expect(await ask(completed, floor.mark)).toMatchObject({
    isReady: true,
    hasPass: false,
    nextProcess: { code: 'MARK' },
  });
  expect(await ask(serial, floor.burnIn)).toMatchObject({ hasPass: true, nextProcess: { code: 'FINAL' } });
  expect(await ask(lot, floor.kit)).toMatchObject({ hasPass: true, nextProcess: null });
});

test('readiness warns of a held lot and of due maintenance (LOT-7, EQP-4)', async () => {
  const { lot, item } = await oneItem(api);
  await done(
    api,
    'createEquipment',
    { code: 'DUE', name: 'Press', type: 'PRESS', nextMaintenanceOn: '2026-01-01' },
    'equipment { id }',
  );
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Suspect' }, 'lot { id }');

  const report = await ask(item, floor.mount, { equipment: { code: 'due' } });

  expect(report).toMatchObject({ isReady: false, warnings: ['MAINTENANCE_DUE', 'LOT_QUARANTINED'] });
  expect(refusing(report)).toEqual(['LOT-7']);
});

describe('the viewer of a readiness query', () => {
  test('counts as the operator: an OPERATOR is ready, a VIEWER never (PD-15)', async () => {
    const { item } = await oneItem(api);

    expect((await ask(item, floor.mount, {}, 'OPERATOR')).isReady).toBe(true);
    expect(refusing(await ask(item, floor.mount, {}, 'VIEWER'))).toEqual(['PD-15']);
  });

  test('may be a station, whose readiness assumes an operator at the start (PD-15)', async () => {
    const { station } = await done(
      api,
      'registerStation',
      { code: 'ST-1', name: 'Station', host: 'st1' },
      'station { id code }',
    );
    const { item } = await oneItem(api);

    const answer = await askAsStation(api, station, ASK, { unit: { id: item.id }, process: { id: floor.mount.id } });

    expect(refusing(answer.data.unitReadiness)).toEqual([]);
    expect(answer.data.unitReadiness.isReady).toBe(true);
  });

  test('must be signed in (AUT-1)', async () => {
    const answer = await api.ask(ASK, { unit: { number: 'x' }, process: { number: 10 } }, null);

    expect(answer.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', rule: 'AUT-1' } }]);
  });
});

test.each([
  ['an unknown step', { unit: { number: 'KR01PSA261101' }, process: { code: 'NOPE' } }, 'NOT_FOUND', ['process']],
  ['an unknown unit', { unit: { number: 'KR01PSA991199' }, process: { number: 10 } }, 'NOT_FOUND', ['unit']],
  [
    'unknown equipment',
    { unit: { number: 'KR01PSA261101' }, process: { number: 10 }, equipment: { code: 'NOPE' } },
    'NOT_FOUND',
    ['equipment'],
  ],
  ['a malformed id', { unit: { id: 'x' }, process: { number: 10 } }, 'INVALID_INPUT', ['unit', 'id']],
  [
    'a step number above the maximum',
    { unit: { number: 'KR01PSA261101' }, process: { number: 10_000 } },
    'INVALID_INPUT',
    ['process', 'number'],
  ],
])('readiness refuses %s as an invalid argument', async (_what, variables, code, path) => {
  await makeLot(api);

  const answer = await api.ask(ASK, variables);

  expect(answer.errors).toMatchObject([{ extensions: { code, path } }]);
});

test('readiness takes three statements, waits for no lock, and changes nothing', async () => {
  const { lot, item } = await oneItem(api);

  const answer = await askBothWays(api, ASK.replace('nextProcess { code }', ''), {
    unit: { id: item.id },
    process: { id: floor.mount.id },
  });

  expect(answer.statements).toEqual({ plans: 3, loaders: 3 });
  const held = await committedFirst(api, 'SELECT id FROM lots WHERE number = $1 FOR UPDATE', [lot.number], async () => {
    const asked = await ask(item, floor.mount);
    const started = start(api, item, floor.mount);
    return { asked, started };
  });
  expect(held.asked.isReady).toBe(true);
  await held.started;
});

import { factoryRouteOf } from '../../../src/catalog/process/route.rules.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rejectionsIn, type RuleId } from '../../../src/platform/rules/rejection.ts';
import { LOT_DISPOSITIONS, LOT_STATUSES } from '../../../src/production/lot/lot.rules.ts';
import {
  hasPass,
  isReady,
  nextStepOfUnit,
  READINESS_WARNINGS,
  readinessWarnings,
  reportOf,
} from '../../../src/production/process-data/readiness/readiness.rules.ts';
import {
  answersOf,
  PLACE_WARNINGS,
  placeWarnings,
  START_WARNINGS,
  startChecks,
  type StartFacts,
  startWarnings,
  type UsedEquipment,
} from '../../../src/production/process-data/work/start.rules.ts';
import { WIP_ITEM_STATUSES } from '../../../src/production/wip-item/wip-item.rules.ts';
import {
  BURN_IN,
  CONVERT,
  idsOf,
  INCOMING,
  itemUnit,
  lot,
  lotUnit,
  MOUNT,
  NOW,
  ROUTE,
  serialUnit,
  SOLDER,
  step,
} from '../../support/floor.ts';

const ORDER: readonly RuleId[] = [
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
];
const TODAY = '2026-11-20';

const press: UsedEquipment = {
  code: 'PRESS-7',
  type: 'PRESS',
  status: 'AVAILABLE',
  isActive: true,
  nextMaintenanceOn: null,
  processId: null,
  productionLineId: null,
};

const facts: StartFacts = {
  action: 'START',
  unit: itemUnit('CREATED'),
  step: MOUNT,
  route: factoryRouteOf(ROUTE),
  passedStepIds: idsOf(),
  openExecutions: [],
  finishedAttempts: 0,
  equipment: undefined,
  isStepEquipped: false,
  session: undefined,
  viewer: { kind: 'USER', id: 'anna', username: 'anna', role: 'OPERATOR' },
  operator: undefined,
  startedAt: NOW,
  now: NOW,
};

const future = '2026-11-20T08:01:00.001Z';

/** For each rule, facts that violate it and few others, and all rules they violate. */
const BROKEN: readonly (readonly [RuleId, Partial<StartFacts>, readonly RuleId[]])[] = [
  ['PD-17', { step: step(10, 'MOUNT', { isActive: false }) }, ['PD-17']],
  ['RTE-6', { step: step(15, 'POLISH', { maxAttempts: 1 }), finishedAttempts: 1 }, ['RTE-6']],
  ['LOT-7', { unit: itemUnit('CREATED', lot('IN_PROGRESS', 'QUARANTINED')) }, ['LOT-7']],
  ['WIP-8', { unit: itemUnit('CONVERTED') }, ['WIP-8', 'PD-16']],
  ['PD-6', { unit: itemUnit('IN_PROGRESS'), passedStepIds: idsOf(MOUNT) }, ['PD-6']],
  ['PD-16', { unit: itemUnit('CREATED', lot('COMPLETED')) }, ['PD-16']],
  ['PD-5', { openExecutions: [{ process: MOUNT, operatorUsername: 'bert', startedAt: NOW }] }, ['PD-5']],
  ['PD-8', { step: SOLDER }, ['PD-8']],
  ['PD-9', { step: step(10, 'MOUNT', { maxAttempts: 1 }), finishedAttempts: 1 }, ['PD-9']],
  ['EQP-4', { equipment: { ...press, status: 'MAINTENANCE' } }, ['EQP-4']],
  ['EQP-5', { equipment: { ...press, processId: SOLDER.id }, isStepEquipped: true }, ['EQP-5']],
  ['RTE-8', { step: step(10, 'MOUNT', { equipmentTypes: ['OVEN'] }), equipment: press }, ['RTE-8']],
  ['PD-15', { operator: { id: 'bert', username: 'bert', isActive: true } }, ['PD-15']],
  ['PD-7', { startedAt: future }, ['PD-7']],
];

function failing(of: StartFacts): readonly RuleId[] {
  return startChecks(of).flatMap((check) => (check.answer === undefined ? [] : [check.rule]));
}

describe('a start', () => {
  test('checks its rules in the order of the ledger (PD-17)', () => {
    expect(startChecks(facts).map((check) => check.rule)).toEqual(ORDER);
    expect(BROKEN.map(([rule]) => rule)).toEqual(ORDER);
  });

  test('is ready when it is the first and nothing special applies (PD-16)', () => {
    expect(failing(facts)).toEqual([]);
    expect(isReady(startChecks(facts))).toBe(true);
    expect(rejectionsIn(answersOf(startChecks(facts)))).toEqual([]);
  });

  test.each(BROKEN)('is stopped by %s', (rule, broken, rules) => {
    const checks = startChecks({ ...facts, ...broken });
    const refused = rejectionsIn(answersOf(checks));

    expect(isReady(checks)).toBe(false);
    expect(refused.map((each) => each.rule)).toEqual(rules);
    expect(reportOf(checks).filter((each) => !each.isPassed)).toEqual(
      refused.map((each) => ({ rule: each.rule, isPassed: false, message: each.message })),
    );
    expect(rules[0]).toBe(rule);
  });

  test('reports a second PASS with the path of the unit, and a record with the path of the result (PD-6)', () => {
    const passed = { ...facts, unit: itemUnit('IN_PROGRESS'), passedStepIds: idsOf(MOUNT) };
    const pathOf = (deed: StartFacts['action']) =>
      rejectionsIn(answersOf(startChecks({ ...passed, action: deed })))[0]?.path;

    expect(pathOf('START')).toEqual(['unit']);
    expect(pathOf('RECORD')).toEqual(['result']);
  });

  test('reports equipment that accepts work and a remaining attempt as such (EQP-4, PD-9)', () => {
    const report = reportOf(
      startChecks({ ...facts, equipment: press, step: step(10, 'MOUNT', { maxAttempts: 3 }), finishedAttempts: 1 }),
    );

    expect(report.every((check) => check.isPassed)).toBe(true);
    expect(report.map((check) => check.message)).toEqual([
      'Step 10 MOUNT is active and has the level of WIP item WIP-KR01PSA261101-001.',
      'Step 10 MOUNT is part of the factory route.',
      'Lot KR01PSA261101 is not held.',
      'WIP item WIP-KR01PSA261101-001 takes work.',
      'WIP item WIP-KR01PSA261101-001 has no PASS of 10 MOUNT yet.',
      'WIP item WIP-KR01PSA261101-001 is live, and so is its lot.',
      'No execution of 10 MOUNT is open on WIP item WIP-KR01PSA261101-001.',
      'WIP item WIP-KR01PSA261101-001 has passed what comes before 10 MOUNT.',
      'This is attempt 2 of at most 3.',
      'Equipment PRESS-7 takes work.',
      'Equipment PRESS-7 may run 10 MOUNT.',
      'The step demands no type of equipment.',
      'anna is the operator.',
      'The start is not in the future.',
    ]);
  });

  test('reports missing equipment and a missing limit of attempts as such (EQP-4, PD-9)', () => {
    const messages = reportOf(startChecks(facts)).map((check) => check.message);

    expect(messages[8]).toBe('This is attempt 1; there is no limit.');
    expect(messages[9]).toBe('No equipment is named.');
  });

  test.each([
    [{}, true, 'anna is the operator.'],
    [{ operator: { id: 'anna', username: 'anna', isActive: true } }, true, 'anna is the operator.'],
    [
      { viewer: { kind: 'STATION', id: 's', code: 'ST-1' }, operator: 'NAMED_LATER' },
      true,
      'The operator is named at the start.',
    ],
    [{ viewer: { kind: 'STATION', id: 's', code: 'ST-1' } }, false, 'Station ST-1 must name the operator.'],
  ] as const)('reports the operator: %j (PD-15)', (changes, isPassed, message) => {
    const report = reportOf(startChecks({ ...facts, ...changes }));

    expect(report.find((check) => check.rule === 'PD-15')).toEqual({ rule: 'PD-15', isPassed, message });
  });

  test('is allowed for lots and serials on steps of their own level (PD-17)', () => {
    expect(failing({ ...facts, unit: lotUnit(lot('CREATED')), step: INCOMING })).toEqual([]);
    expect(failing({ ...facts, unit: serialUnit('CREATED'), step: BURN_IN })).toEqual([]);
  });

  test('names a lot and a serial in small letters within a sentence (PD-17)', () => {
    const messages = [
      ...reportOf(startChecks({ ...facts, unit: lotUnit(lot('CREATED')), step: BURN_IN })),
      ...reportOf(startChecks({ ...facts, unit: serialUnit('CREATED'), step: INCOMING })),
    ].map(({ message }) => message);
    expect(messages.filter((message) => /\S (?:Lot|Serial) /.test(message))).toEqual([]);
  });

  test('is allowed for a COMPLETED item on the conversion step, and on a step that was added to its route (WIP-9)', () => {
    const passedStepIds = idsOf(MOUNT, SOLDER);
    const completed = { ...facts, unit: itemUnit('COMPLETED'), passedStepIds };
    const glue = step(20, 'GLUE');

    expect(failing({ ...completed, step: CONVERT })).toEqual([]);
    expect(failing({ ...completed, step: glue, route: factoryRouteOf([...ROUTE, glue]) })).toEqual([]);
    expect(failing({ ...completed, step: CONVERT, route: factoryRouteOf([...ROUTE, glue]) })).toEqual(['PD-8']);
    expect(failing({ ...completed, step: MOUNT })).toEqual(['PD-6', 'PD-16']);
  });

  test('is ready exactly when no rule is violated, in any state of lot and item (PD-16)', () => {
    const state = fc.record({
      status: fc.constantFrom(...LOT_STATUSES),
      disposition: fc.constantFrom(...LOT_DISPOSITIONS),
      item: fc.constantFrom(...WIP_ITEM_STATUSES),
      step: fc.constantFrom(MOUNT, SOLDER, CONVERT, BURN_IN, INCOMING),
      passed: fc.subarray([MOUNT, SOLDER]),
    });

    fc.assert(
      fc.property(state, (given) => {
        const unit = itemUnit(given.item, lot(given.status, given.disposition));
        const checks = startChecks({ ...facts, unit, step: given.step, passedStepIds: idsOf(...given.passed) });

        expect(isReady(checks)).toBe(rejectionsIn(answersOf(checks)).length === 0);
        expect(isReady(checks)).toBe(reportOf(checks).every((check) => check.isPassed));
      }),
    );
  });
});

describe('the warnings of a start', () => {
  test('include due and overdue maintenance, which does not stop the start (EQP-4)', () => {
    expect(START_WARNINGS).toEqual(['MAINTENANCE_DUE']);
    expect(startWarnings({ nextMaintenanceOn: '2026-11-21' }, TODAY)).toEqual([]);
    expect(startWarnings({ nextMaintenanceOn: '2026-11-20' }, TODAY)).toEqual(['MAINTENANCE_DUE']);
    expect(startWarnings({ nextMaintenanceOn: null }, TODAY)).toEqual([]);
    expect(startWarnings(undefined, TODAY)).toEqual([]);
    expect(failing({ ...facts, equipment: { ...press, nextMaintenanceOn: '2026-11-01' } })).toEqual([]);
  });

  test('include equipment of another line and of another step, which do not stop the start (EQP-5)', () => {
    const here = lot();
    const elsewhere = { ...press, processId: SOLDER.id, productionLineId: 'other' };

    expect(placeWarnings(undefined, MOUNT, here)).toEqual([]);
    expect(placeWarnings(press, MOUNT, here)).toEqual([]);
    expect(placeWarnings({ processId: MOUNT.id, productionLineId: 'line' }, MOUNT, here)).toEqual([]);
    expect(placeWarnings(elsewhere, MOUNT, here)).toEqual(['EQUIPMENT_OF_OTHER_LINE', 'EQUIPMENT_OF_OTHER_STEP']);
    expect(readinessWarnings({ ...facts, equipment: elsewhere }, TODAY)).toEqual([...PLACE_WARNINGS]);
    expect(failing({ ...facts, equipment: elsewhere })).toEqual([]);
  });

  test('include, in a readiness query, due maintenance, an earlier PASS and a quarantine', () => {
    const quarantined = {
      ...facts,
      unit: itemUnit('IN_PROGRESS', lot('IN_PROGRESS', 'QUARANTINED')),
      passedStepIds: idsOf(MOUNT),
      equipment: { ...press, nextMaintenanceOn: TODAY },
    };

    expect(READINESS_WARNINGS).toEqual([
      'MAINTENANCE_DUE',
      'EQUIPMENT_OF_OTHER_LINE',
      'EQUIPMENT_OF_OTHER_STEP',
      'ALREADY_PASSED',
      'LOT_QUARANTINED',
    ]);
    expect(readinessWarnings(facts, TODAY)).toEqual([]);
    expect(readinessWarnings({ ...facts, unit: itemUnit('CREATED', lot('IN_PROGRESS', 'REJECTED')) }, TODAY)).toEqual(
      [],
    );
    expect(readinessWarnings(quarantined, TODAY)).toEqual(['MAINTENANCE_DUE', 'ALREADY_PASSED', 'LOT_QUARANTINED']);
    expect(hasPass(quarantined)).toBe(true);
    expect(hasPass(facts)).toBe(false);
  });
});

test('each kind of unit has its own next step', () => {
  expect(nextStepOfUnit(lotUnit(), ROUTE, idsOf())).toBe(INCOMING);
  expect(nextStepOfUnit(lotUnit(), ROUTE, idsOf(INCOMING))).toBeUndefined();
  expect(nextStepOfUnit(itemUnit(), ROUTE, idsOf(MOUNT))).toBe(SOLDER);
  expect(nextStepOfUnit(serialUnit(), ROUTE, idsOf())).toBe(BURN_IN);
});

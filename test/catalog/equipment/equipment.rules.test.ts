import { expect, test } from 'vitest';
import { ROLES } from '../../../src/platform/rules/access.ts';
import {
  EQUIPMENT_CODE,
  EQUIPMENT_FLOW,
  EQUIPMENT_LENGTHS,
  EQUIPMENT_STATUSES,
  EQUIPMENT_TYPE,
  NO_MAINTENANCE,
  OPERATION_HOURS_PATTERN,
  equipmentMayBecome,
  equipmentFitsStep,
  equipmentTakesWork,
  isEquipmentUnused,
  mayRetire,
  needsMaintenance,
  nextMaintenanceFits,
  periodBoundary,
} from '../../../src/catalog/equipment/equipment.rules.ts';

test('the limits of equipment are those of the domain', () => {
  expect(EQUIPMENT_LENGTHS).toEqual({
    name: 255,
    description: 2_000,
    manufacturer: 255,
    modelNumber: 100,
    serialNumber: 100,
    statusReason: 1_000,
  });
});

test.each([
  ['0', true],
  ['12.50', true],
  ['99999999.99', true],
  ['100000000', false],
  ['0.001', false],
  ['-1', false],
])('operation hours are not negative and have at most two decimal places: %s is %s', (hours, isRight) => {
  expect(OPERATION_HOURS_PATTERN.test(hours)).toBe(isRight);
});

test.each([
  ['A', true],
  ['AOI_01-B', true],
  ['_-', true],
  ['X'.repeat(50), true],
  ['X'.repeat(51), false],
  ['', false],
  ['AOI.1', false],
  ['AOI 1', false],
  ['aoi', false],
])('an equipment code is 1..50 of A-Z 0-9 _ -: %j is %s (EQP-1)', (code, isRight) => {
  expect(EQUIPMENT_CODE.pattern.test(code)).toBe(isRight);
});

test.each([
  ['OVEN', true],
  ['PICK_AND_PLACE_2', true],
  ['X'.repeat(100), true],
  ['X'.repeat(101), false],
  ['', false],
  ['PICK-AND-PLACE', false],
  ['oven', false],
])('an equipment type is 1..100 of A-Z 0-9 _: %j is %s (EQP-1)', (type, isRight) => {
  expect(EQUIPMENT_TYPE.pattern.test(type)).toBe(isRight);
});

test('equipment changes its status by its table; every other transition is refused, also one to its current status (EQP-2)', () => {
  const moves = EQUIPMENT_STATUSES.flatMap((from) => EQUIPMENT_STATUSES.map((to) => [from, to] as const));

  const allowed = moves.filter(([from, to]) => equipmentMayBecome({ code: 'AOI-1', status: from }, to) === undefined);

  expect(EQUIPMENT_FLOW.machine).toBe('equipment.status');
  expect(allowed).toEqual([
    ['AVAILABLE', 'IN_USE'],
    ['AVAILABLE', 'MAINTENANCE'],
    ['AVAILABLE', 'OUT_OF_SERVICE'],
    ['AVAILABLE', 'RETIRED'],
    ['IN_USE', 'AVAILABLE'],
    ['IN_USE', 'MAINTENANCE'],
    ['IN_USE', 'OUT_OF_SERVICE'],
    ['MAINTENANCE', 'AVAILABLE'],
    ['MAINTENANCE', 'OUT_OF_SERVICE'],
    ['MAINTENANCE', 'RETIRED'],
    ['OUT_OF_SERVICE', 'AVAILABLE'],
    ['OUT_OF_SERVICE', 'MAINTENANCE'],
    ['OUT_OF_SERVICE', 'RETIRED'],
  ]);
});

test('equipment in use must be taken out of use before it is retired (EQP-2)', () => {
  expect(equipmentMayBecome({ code: 'AOI-1', status: 'IN_USE' }, 'RETIRED')).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'EQP-2',
    path: ['status'],
    message: 'Equipment AOI-1 is IN_USE; only from AVAILABLE or MAINTENANCE or OUT_OF_SERVICE can it become RETIRED.',
  });
});

test.each([
  ['2026-11-20T08:00:00.001Z', '2026-11-20T08:00:00.001Z', 'one millisecond later'],
  ['2026-11-20T09:30:00.000Z', '2026-11-20T09:30:00.000Z', 'later'],
  ['2026-11-20T08:00:00.000Z', '2026-11-20T08:00:00.001Z', 'the same instant'],
  ['2026-11-20T07:59:59.000Z', '2026-11-20T08:00:00.001Z', 'a clock that was set back'],
])('a transition at %s ends the period that began at 08:00 at %s: %s (EQP-2)', (now, boundary) => {
  expect(periodBoundary('2026-11-20T08:00:00.000Z', now)).toBe(boundary);
});

test.each([
  ['both are given in order', { lastMaintenanceOn: '2026-11-20', nextMaintenanceOn: '2026-11-21' }, NO_MAINTENANCE],
  ['only one is given and none is stored', { nextMaintenanceOn: '2026-11-20' }, NO_MAINTENANCE],
  ['only the last is known', { lastMaintenanceOn: '2026-11-20' }, NO_MAINTENANCE],
  ['nothing is given', {}, { lastMaintenanceOn: '2026-11-20', nextMaintenanceOn: '2026-11-21' }],
  [
    'the stored next is cleared',
    { lastMaintenanceOn: '2026-11-22', nextMaintenanceOn: null },
    { lastMaintenanceOn: null, nextMaintenanceOn: '2026-11-21' },
  ],
  [
    'the stored last is cleared',
    { lastMaintenanceOn: null, nextMaintenanceOn: '2026-11-19' },
    { lastMaintenanceOn: '2026-11-20', nextMaintenanceOn: null },
  ],
  [
    'the given next is after the stored last',
    { nextMaintenanceOn: '2027-01-01' },
    { lastMaintenanceOn: '2026-12-31', nextMaintenanceOn: null },
  ],
])('maintenance dates are valid when %s (EQP-3)', (_, changes, stored) => {
  expect(nextMaintenanceFits(changes, stored)).toBeUndefined();
});

test.each([
  ['equal dates', { lastMaintenanceOn: '2026-11-20', nextMaintenanceOn: '2026-11-20' }, NO_MAINTENANCE],
  [
    'a given next on the stored last',
    { nextMaintenanceOn: '2026-11-20' },
    { lastMaintenanceOn: '2026-11-20', nextMaintenanceOn: '2027-01-01' },
  ],
  [
    'a given last on the stored next',
    { lastMaintenanceOn: '2026-11-20' },
    { lastMaintenanceOn: null, nextMaintenanceOn: '2026-11-20' },
  ],
])('the next maintenance is after the last: %s are refused (EQP-3)', (_, changes, stored) => {
  expect(nextMaintenanceFits(changes, stored)).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'EQP-3',
    path: ['nextMaintenanceOn'],
    message: 'The next maintenance, on 2026-11-20, must be after the last, on 2026-11-20.',
  });
});

test('the next maintenance cannot be moved to a day before the last (EQP-3)', () => {
  const answer = nextMaintenanceFits(
    { nextMaintenanceOn: '2026-11-19' },
    { lastMaintenanceOn: '2026-11-20', nextMaintenanceOn: null },
  );

  expect(answer?.message).toBe('The next maintenance, on 2026-11-19, must be after the last, on 2026-11-20.');
});

test('maintenance that is due today counts as due (EQP-3)', () => {
  expect(needsMaintenance('2026-11-20', '2026-11-19')).toBe(false);
  expect(needsMaintenance('2026-11-20', '2026-11-20')).toBe(true);
  expect(needsMaintenance('2026-11-20', '2026-11-21')).toBe(true);
  expect(needsMaintenance(null, '2026-11-20')).toBe(false);
});

test('only equipment that is AVAILABLE or IN_USE accepts work (EQP-4)', () => {
  const working = EQUIPMENT_STATUSES.filter(
    (status) => equipmentTakesWork({ code: 'AOI-1', status, isActive: true }) === undefined,
  );

  expect(working).toEqual(['AVAILABLE', 'IN_USE']);
  expect(equipmentTakesWork({ code: 'AOI-1', status: 'MAINTENANCE', isActive: true })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'EQP-4',
    path: ['equipment'],
    message: 'Equipment AOI-1 is MAINTENANCE; only equipment that is AVAILABLE or IN_USE takes work.',
  });
});

test('inactive equipment accepts no work, whatever its status (EQP-4)', () => {
  expect(equipmentTakesWork({ code: 'AOI-1', status: 'AVAILABLE', isActive: false })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'EQP-4',
    path: ['equipment'],
    message: 'Equipment AOI-1 is inactive; only active equipment takes work.',
  });
});

test('equipment without executions may be deleted (GEN-1)', () => {
  expect(isEquipmentUnused({ code: 'AOI-1' }, { executions: 0, alerts: 0 })).toBeUndefined();
});

test('equipment with executions is deactivated instead of deleted (GEN-1)', () => {
  expect(isEquipmentUnused({ code: 'AOI-1' }, { executions: 7, alerts: 0 })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'GEN-1',
    path: ['equipment'],
    message: 'Equipment AOI-1 is in use (executions: 7); deactivate it instead of deleting it.',
  });
});

test.each(ROLES)('only ADMIN, MANAGER and ENGINEER retire equipment; %s', (role) => {
  const viewer = { kind: 'USER', id: 'id', username: 'kim', role } as const;
  const rejection = {
    code: 'FORBIDDEN',
    path: ['status'],
    message: 'To retire equipment is for ADMIN, MANAGER, ENGINEER; take it OUT_OF_SERVICE instead.',
  };

  expect(mayRetire('RETIRED', viewer)).toEqual(['ADMIN', 'MANAGER', 'ENGINEER'].includes(role) ? undefined : rejection);
  expect(mayRetire('OUT_OF_SERVICE', viewer)).toBeUndefined();
});

test('a station cannot retire equipment', () => {
  const station = { kind: 'STATION', id: 'id', code: 'ST-1' } as const;

  expect(mayRetire('RETIRED', station)).toMatchObject({ code: 'FORBIDDEN', path: ['status'] });
  expect(mayRetire('IN_USE', station)).toBeUndefined();
});

test('a step that has equipment of its own is run on that, or on equipment of no step (EQP-5)', () => {
  const [aoi, reflow] = [
    { id: 'aoi', number: 40, code: 'AOI' },
    { id: 'reflow', number: 30, code: 'REFLOW' },
  ];
  const oven = { code: 'OVEN-1', processId: 'reflow' };

  expect(equipmentFitsStep({ code: 'AOI-1', processId: 'aoi' }, aoi, true, [aoi, reflow])).toBeUndefined();
  expect(equipmentFitsStep({ code: 'HAND-1', processId: null }, aoi, true, [aoi, reflow])).toBeUndefined();
  expect(equipmentFitsStep(oven, aoi, false, [aoi, reflow])).toBeUndefined();
  expect(equipmentFitsStep(oven, aoi, true, [aoi, reflow])).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'EQP-5',
    path: ['equipment'],
    message:
      'Equipment OVEN-1 belongs to step 30 REFLOW, and step 40 AOI has equipment of its own; name that, or take OVEN-1 off its step if it serves several.',
  });
  expect(equipmentFitsStep(oven, aoi, true, [aoi])?.message).toMatch(/^Equipment OVEN-1 belongs to another step, /);
});

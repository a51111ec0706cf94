import { expect, test } from 'vitest';
import type { ReleasedStep } from '../../../src/catalog/route/route.rules.ts';
import {
  hasTargetRoute,
  itemByNewRoute,
  lotMayChangeRoute,
  type MovedLot,
  routeMayBeGiven,
  type TargetRoute,
} from '../../../src/production/lot-route/lot-route.rules.ts';
import { CONVERT, idsOf, MOUNT, SOLDER, step } from '../../support/floor.ts';

const LOT: MovedLot = { number: 'KR01PSA261101', status: 'IN_PROGRESS', productModelId: 'psa', routeId: 'one' };
const TARGET: TargetRoute = { id: 'two', productModelId: 'psa', status: 'RELEASED', modelCode: 'PSA', revision: 2 };
const PRINT: ReleasedStep = {
  number: 10,
  code: 'PRINT',
  type: 'MANUFACTURING',
  level: 'WIP',
  isActive: true,
  isOptional: false,
  releasedType: 'MANUFACTURING',
  releasedLevel: 'WIP',
};

test('a lot changes its route while it is not CLOSED and no execution is open (RTE-5)', () => {
  for (const status of ['CREATED', 'IN_PROGRESS', 'COMPLETED'] as const)
    expect(lotMayChangeRoute({ ...LOT, status }, 0)).toEqual([]);
  expect(lotMayChangeRoute({ ...LOT, status: 'CLOSED' }, 0)).toMatchObject([{ rule: 'RTE-5', path: ['lot'] }]);
  expect(lotMayChangeRoute(LOT, 2)).toMatchObject([
    { rule: 'RTE-5', path: ['lot'], message: expect.stringContaining('open executions (2)') },
  ]);
});

test('no lot goes back to the factory route (RTE-5)', () => {
  expect(hasTargetRoute(undefined)).toMatchObject({ rule: 'RTE-5', path: ['route'], code: 'RULE_VIOLATED' });
  expect(hasTargetRoute('two')).toBeUndefined();
});

test('a lot is given a RELEASED or RETIRED route, also from the factory route (RTE-5)', () => {
  expect(routeMayBeGiven(LOT, TARGET, [PRINT])).toBeUndefined();
  expect(routeMayBeGiven(LOT, { ...TARGET, status: 'RETIRED' }, [PRINT])).toBeUndefined();
  expect(routeMayBeGiven({ ...LOT, routeId: null }, TARGET, [PRINT])).toBeUndefined();
});

test.each<[string, Partial<TargetRoute>, Partial<ReleasedStep>]>([
  ['is for another product model', { productModelId: 'hmi' }, {}],
  ['is made by route PSA rev 2 already', { id: 'one' }, {}],
  ['is a DRAFT', { status: 'DRAFT' }, {}],
  ['has inactive processes: 10 PRINT', {}, { isActive: false }],
  ['was released when 10 PRINT had another type or level', {}, { releasedType: 'SERIAL_CONVERSION' }],
  ['was released when 10 PRINT had another type or level', {}, { releasedLevel: 'SERIAL' }],
])('a lot is not given a route that %s (RTE-5)', (message, target, changes) => {
  expect(routeMayBeGiven(LOT, { ...TARGET, ...target }, [{ ...PRINT, ...changes }])).toMatchObject({
    rule: 'RTE-5',
    code: 'RULE_VIOLATED',
    path: ['route'],
    message: expect.stringContaining(message),
  });
});

const at = '2026-11-20T08:00:00.000Z';
const POLISH = step(20, 'POLISH', { isOptional: true });
const NEW_ROUTE = [MOUNT, POLISH, SOLDER, CONVERT];
const item = (status: 'CREATED' | 'IN_PROGRESS' | 'COMPLETED' | 'CONVERTED' | 'FAILED', passed = [MOUNT, SOLDER]) => ({
  status,
  passedStepIds: idsOf(...passed),
  finishedStepIds: idsOf(...passed),
  lastPassAt: passed.length === 0 ? null : at,
});

test('a COMPLETED item that lacks a PASS by the new route goes back to work (RTE-5)', () => {
  expect(itemByNewRoute(item('COMPLETED', [MOUNT]), NEW_ROUTE)).toEqual({ status: 'IN_PROGRESS' });
  expect(itemByNewRoute(item('COMPLETED'), NEW_ROUTE)).toBeUndefined();
});

test('an IN_PROGRESS item that lacks nothing is COMPLETED since its last PASS (RTE-5)', () => {
  expect(itemByNewRoute(item('IN_PROGRESS'), NEW_ROUTE)).toEqual({ status: 'COMPLETED', completedAt: at });
  expect(itemByNewRoute(item('IN_PROGRESS', [SOLDER]), NEW_ROUTE)).toBeUndefined();
});

test('an optional step that was finished without a PASS is lacking by the new route, too (RTE-5, RTE-6)', () => {
  const finishedStepIds = idsOf(MOUNT, SOLDER, POLISH);
  expect(itemByNewRoute({ ...item('COMPLETED'), finishedStepIds }, NEW_ROUTE)).toEqual({ status: 'IN_PROGRESS' });
  expect(itemByNewRoute({ ...item('IN_PROGRESS'), finishedStepIds }, NEW_ROUTE)).toBeUndefined();
});

test.each(['CREATED', 'FAILED', 'CONVERTED'] as const)('an item that is %s stays as it is (RTE-5)', (status) => {
  expect(itemByNewRoute(item(status), NEW_ROUTE)).toBeUndefined();
  expect(itemByNewRoute(item(status, []), NEW_ROUTE)).toBeUndefined();
});

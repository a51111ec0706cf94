import { expect, test } from 'vitest';
import {
  changesBetween,
  hasNoDraft,
  isCopiedFromModel,
  isDraft,
  isReleasable,
  modelTakesRoutes,
  nameOfRoute,
  type ReleasedStep,
  ROUTE_STATUSES,
  ROUTE_STEP_NUMBER,
  ROUTE_STEPS,
  routeMayBecome,
  stepsAreDistinct,
  type StepValues,
} from '../../../src/catalog/route/route.rules.ts';

const ROUTE = { modelCode: 'PSA', revision: 3 };
const step = (number: number, code: string, changes: Partial<ReleasedStep> = {}): ReleasedStep => ({
  number,
  code,
  type: 'MANUFACTURING',
  level: 'WIP',
  isActive: true,
  isOptional: false,
  releasedType: null,
  releasedLevel: null,
  ...changes,
});
const PRINT = step(10, 'PRINT');
const MARK = step(40, 'MARK', { type: 'SERIAL_CONVERSION' });
const FINAL = step(60, 'FINAL', { level: 'SERIAL' });

test('a route has 1 to 100 steps with numbers from 1 to 999, and is called by model and revision (RTE-1)', () => {
  expect([ROUTE_STEPS, ROUTE_STEP_NUMBER]).toEqual([
    { min: 1, max: 100 },
    { min: 1, max: 999 },
  ]);
  expect(nameOfRoute(ROUTE)).toBe('route PSA rev 3');
});

test('the steps of a route have different numbers and different processes (RTE-1)', () => {
  const named = (number: number, id: string) => ({ number, processId: id, processCode: id.toUpperCase() });
  expect(stepsAreDistinct([named(10, 'a'), named(20, 'b')])).toEqual([]);
  expect(stepsAreDistinct([named(10, 'a'), named(10, 'b'), named(20, 'a')])).toMatchObject([
    { rule: 'RTE-1', code: 'INVALID_INPUT', path: ['steps', '1', 'number'] },
    { rule: 'RTE-1', code: 'INVALID_INPUT', path: ['steps', '2', 'process'] },
  ]);
});

test.each<[string, readonly ReleasedStep[]]>([
  ['a way to the serial', [PRINT, MARK, FINAL]],
  ['no conversion', [PRINT]],
  ['steps of LOT level only', [step(10, 'KIT', { level: 'LOT' })]],
  ['optional steps of SERIAL level only', [PRINT, MARK, { ...FINAL, isOptional: true }]],
  ['a SERIAL-level step with a lower number than the conversion', [PRINT, MARK, { ...FINAL, number: 5 }]],
  ['processes as at its first release', [{ ...PRINT, releasedType: 'MANUFACTURING', releasedLevel: 'WIP' }]],
])('a route with %s is released (RTE-1)', (_what, steps) => {
  expect(isReleasable(ROUTE, steps)).toEqual([]);
});

test.each<[string, readonly ReleasedStep[]]>([
  ['has no steps', []],
  ['has inactive processes: 10 PRINT', [{ ...PRINT, isActive: false }]],
  ['was released when 10 PRINT had another type or level', [{ ...PRINT, releasedLevel: 'LOT' }]],
  ['has 2 conversion steps: 40 MARK, 41 MARK_2', [PRINT, MARK, { ...MARK, number: 41, code: 'MARK_2' }]],
  ['no mandatory MANUFACTURING step', [{ ...PRINT, isOptional: true }, MARK]],
  ['on level SERIAL; a conversion is WIP-level', [PRINT, { ...MARK, level: 'SERIAL' }]],
  ['makes the conversion step 40 MARK optional', [PRINT, { ...MARK, isOptional: true }]],
  [
    'WIP-level steps behind the conversion step 40 MARK: 50 LATE',
    [PRINT, MARK, step(50, 'LATE', { isOptional: true })],
  ],
  ['no conversion step, so there would be no serial to run 60 FINAL on', [PRINT, FINAL]],
  [
    'behind the last mandatory one: 70 BURN_IN',
    [PRINT, MARK, FINAL, { ...FINAL, number: 70, code: 'BURN_IN', isOptional: true }],
  ],
])('a route is not released when it: %s (RTE-1)', (message, steps) => {
  expect(isReleasable(ROUTE, steps)).toMatchObject([
    { rule: 'RTE-1', code: 'RULE_VIOLATED', path: ['id'], message: expect.stringContaining(message) },
  ]);
});

test('only a DRAFT is changed or deleted, and a model has one (RTE-2)', () => {
  expect(isDraft({ ...ROUTE, status: 'DRAFT' })).toBeUndefined();
  for (const status of ['RELEASED', 'RETIRED'] as const)
    expect(isDraft({ ...ROUTE, status })).toMatchObject({ rule: 'RTE-2', code: 'RULE_VIOLATED', path: ['id'] });
  expect(hasNoDraft('PSA', undefined)).toBeUndefined();
  expect(hasNoDraft('PSA', { revision: 4 })).toMatchObject({ rule: 'RTE-2', path: ['productModel'] });
});

test('a draft is a copy of a route of its own model (RTE-2)', () => {
  expect(isCopiedFromModel({ id: 'psa', code: 'PSA' }, { ...ROUTE, productModelId: 'psa' })).toBeUndefined();
  expect(isCopiedFromModel({ id: 'hmi', code: 'HMI' }, { ...ROUTE, productModelId: 'psa' })).toMatchObject({
    code: 'INVALID_INPUT',
    path: ['copyFrom'],
  });
});

test('a route goes from DRAFT to RELEASED, to RETIRED, and back to RELEASED (RTE-3)', () => {
  const moves = ROUTE_STATUSES.flatMap((from) =>
    ROUTE_STATUSES.filter((to) => routeMayBecome({ ...ROUTE, status: from }, to) === undefined).map(
      (to) => `${from} ${to}`,
    ),
  );
  expect(moves).toEqual(['DRAFT RELEASED', 'RELEASED RETIRED', 'RETIRED RELEASED']);
  expect(routeMayBecome({ ...ROUTE, status: 'RELEASED' }, 'RELEASED')).toMatchObject({ rule: 'RTE-3', path: ['id'] });
});

test('a DISCONTINUED model gets no new route (MDL-2)', () => {
  expect(modelTakesRoutes({ code: 'PSA', status: 'ACTIVE' }, 'id')).toBeUndefined();
  expect(modelTakesRoutes({ code: 'PSA', status: 'DISCONTINUED' }, 'productModel')).toMatchObject({
    rule: 'MDL-2',
    path: ['productModel'],
  });
});

test('two routes differ by added, removed, moved and changed steps (RTE-7)', () => {
  const values = (processId: string, number: number, changes: Partial<StepValues> = {}): StepValues => ({
    processId,
    number,
    isOptional: false,
    maxAttempts: null,
    plannedSeconds: null,
    allowOutOfSpecPass: false,
    characteristics: [],
    equipmentTypes: [],
    ...changes,
  });
  const before = [values('same', 1), values('moved', 2), values('changed', 3), values('removed', 4)];
  const after = [
    values('moved', 1),
    values('same', 1),
    values('changed', 5, { equipmentTypes: ['OVEN'] }),
    values('added', 6),
  ];
  expect(changesBetween(before, after).map(({ kind, processId }) => `${kind} ${processId}`)).toEqual([
    'REMOVED removed',
    'MOVED moved',
    'CHANGED changed',
    'ADDED added',
  ]);
  const [gap, torque, width] = ['GAP', 'TORQUE', 'WIDTH'].map((code) => ({
    code,
    unit: null,
    lowerLimit: null,
    upperLimit: null,
    target: null,
    required: false,
  }));
  if (gap === undefined || torque === undefined || width === undefined) throw new Error('No characteristics.');
  const read = (...characteristics: StepValues['characteristics']): StepValues =>
    values('read', 1, { characteristics });
  expect(changesBetween([read(width, gap, torque)], [read(gap, torque, width)])).toEqual([]);
  expect(changesBetween([read(width, gap)], [read(gap)])).toMatchObject([{ kind: 'CHANGED' }]);
});

import { expect, test } from 'vitest';
import {
  DEFECT_ITEMS_MAX,
  LABEL_TYPES,
  MAX_ATTEMPTS_MIN,
  PLANNED_SECONDS_MIN,
  PROCESS_CODE,
  PROCESS_LENGTHS,
  SORT_ORDER_MIN,
  STEP_NUMBER,
  autoPrintFits,
  codeIsFree,
  conversionFits,
  conversionMayLeave,
  isProcessUnused,
  levelMayBecome,
  manufacturingRemains,
  numberIsFree,
  numberMayBecome,
  type PlannedStep,
  type StoredStep,
} from '../../../src/catalog/process/process.rules.ts';

const mount: StoredStep = {
  id: 'm',
  number: 10,
  code: 'MOUNT',
  type: 'MANUFACTURING',
  level: 'WIP',
  isActive: true,
  isOptional: false,
  isInFactoryRoute: true,
};
const solder: StoredStep = { ...mount, id: 's', number: 30, code: 'SOLDER' };
const convert: StoredStep = { ...mount, id: 'c', number: 90, code: 'CONVERT', type: 'SERIAL_CONVERSION' };
const test100: StoredStep = { ...mount, id: 't', number: 100, code: 'TEST', level: 'SERIAL' };
const steps = [mount, solder, convert, test100];

test('the limits of a step are those of the domain', () => {
  expect(PROCESS_LENGTHS).toEqual({ name: 255, localName: 255, description: 2_000, defectItem: 255 });
  expect([DEFECT_ITEMS_MAX, PLANNED_SECONDS_MIN, MAX_ATTEMPTS_MIN, SORT_ORDER_MIN]).toEqual([100, 1, 1, 1]);
  expect(LABEL_TYPES).toEqual(['LOT_LABEL', 'WIP_LABEL', 'SERIAL_LABEL']);
});

test('a step number is 1..9,999 (PRC-1)', () => {
  expect(STEP_NUMBER).toEqual({ rule: 'PRC-1', min: 1, max: 9_999 });
});

test.each([
  ['A', true],
  ['SOLDER_2', true],
  ['X'.repeat(50), true],
  ['X'.repeat(51), false],
  ['', false],
  ['SOLDER-2', false],
  ['solder', false],
])('a step code is 1..50 of A-Z 0-9 _: %j is %s (PRC-1)', (code, isRight) => {
  expect(PROCESS_CODE.pattern.test(code)).toBe(isRight);
});

test('an unused number is accepted, and a step keeps its own (PRC-1)', () => {
  expect(numberIsFree({ ...mount, code: 'CLEAN', number: 11 }, steps)).toBeUndefined();
  expect(numberIsFree(mount, steps)).toBeUndefined();
});

test('two steps never have the same number (PRC-1)', () => {
  expect(numberIsFree({ ...mount, code: 'CLEAN', number: 30 }, steps)).toEqual({
    code: 'CONFLICT',
    rule: 'PRC-1',
    path: ['number'],
    message: 'Step number 30 belongs to SOLDER; choose a free one.',
  });
});

test('an inactive step keeps its number (PRC-1)', () => {
  expect(numberIsFree({ ...mount, number: 30 }, [mount, { ...solder, isActive: false }])?.message).toBe(
    'Step number 30 belongs to SOLDER, which is inactive but keeps its number; choose a free one.',
  );
});

test('two steps never have the same code (PRC-1)', () => {
  expect(codeIsFree('CLEAN', steps)).toBeUndefined();
  expect(codeIsFree('SOLDER', steps)).toEqual({
    code: 'CONFLICT',
    rule: 'PRC-1',
    path: ['code'],
    message: 'Step code SOLDER belongs to step 30 SOLDER; choose a free one.',
  });
});

test('level and number of a step without executions may change (PRC-2)', () => {
  expect(levelMayBecome(mount, 'LOT', false)).toBeUndefined();
  expect(numberMayBecome(mount, 11, false)).toBeUndefined();
});

test('a change that repeats the current level and number is allowed (PRC-2)', () => {
  expect(levelMayBecome(mount, 'WIP', true)).toBeUndefined();
  expect(numberMayBecome(mount, 10, true)).toBeUndefined();
});

test('the level of a step is fixed once it has executions (PRC-2)', () => {
  expect(levelMayBecome(mount, 'LOT', true)).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'PRC-2',
    path: ['level'],
    message: 'Step 10 MOUNT has executions; its level stays WIP.',
  });
});

test('the number of a step is fixed once it has executions (PRC-2)', () => {
  expect(numberMayBecome(mount, 11, true)).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'PRC-2',
    path: ['number'],
    message: 'Step 10 MOUNT has executions; its number stays 10.',
  });
});

test('a conversion step at the end of the WIP level is valid, whatever numbers other levels have (PRC-3)', () => {
  expect(conversionFits(convert, [mount, solder, test100])).toBeUndefined();
  expect(conversionFits({ ...convert, number: 31 }, [mount, solder, test100])).toBeUndefined();
});

test('a step is not compared with itself (PRC-3)', () => {
  expect(conversionFits(convert, steps)).toBeUndefined();
  expect(conversionFits({ ...convert, number: 99 }, steps)).toBeUndefined();
  expect(conversionFits(solder, steps)).toBeUndefined();
});

test.each([
  ['an inactive second conversion', { ...convert, code: 'CONVERT_2', number: 95, isActive: false }],
  ['an inactive conversion of another level', { ...convert, level: 'LOT', isActive: false }],
  ['an inactive WIP-level step after the conversion', { ...mount, code: 'PACK', number: 95, isActive: false }],
  ['a SERIAL-level step after the conversion', test100],
  ['a LOT-level step after the conversion', { ...mount, code: 'PACK', number: 95, level: 'LOT' }],
  ['a WIP-level step right before the conversion', { ...mount, code: 'PACK', number: 89 }],
] satisfies [string, PlannedStep][])('%s is allowed (PRC-3)', (_, step) => {
  expect(conversionFits(step, steps)).toBeUndefined();
});

test('without an active conversion step every WIP-level number is allowed (PRC-3)', () => {
  expect(
    conversionFits({ ...mount, code: 'PACK', number: 95 }, [mount, { ...convert, isActive: false }]),
  ).toBeUndefined();
});

test.each([
  [
    'two active conversion steps',
    { ...convert, code: 'CONVERT_2', number: 95 },
    steps,
    'type',
    'Conversion step 95 CONVERT_2 would be the second; deactivate the conversion step 90 CONVERT first.',
  ],
  [
    'a LOT-level conversion step',
    { ...convert, level: 'LOT' },
    [mount],
    'type',
    'Conversion step 90 CONVERT is LOT-level; a conversion step is WIP-level.',
  ],
  [
    'a SERIAL-level conversion step',
    { ...convert, level: 'SERIAL' },
    [mount],
    'type',
    'Conversion step 90 CONVERT is SERIAL-level; a conversion step is WIP-level.',
  ],
  [
    'a conversion step before a manufacturing step',
    { ...convert, number: 29 },
    steps,
    'number',
    'Conversion step 29 CONVERT must have the highest number of the WIP level: above 30 SOLDER.',
  ],
  [
    'a conversion step without a manufacturing step',
    convert,
    [{ ...mount, isActive: false }, { ...solder, level: 'LOT' }, test100],
    'type',
    'Conversion step 90 CONVERT has nothing to convert; it needs an active WIP-level MANUFACTURING step before it.',
  ],
  [
    'a WIP-level step after the active conversion',
    { ...mount, code: 'PACK', number: 91 },
    steps,
    'number',
    'Step 91 PACK must have a lower number than the conversion step 90 CONVERT.',
  ],
] satisfies [string, PlannedStep, StoredStep[], string, string][])(
  '%s is refused (PRC-3)',
  (_, step, stored, path, message) => {
    expect(conversionFits(step, stored)).toEqual({ code: 'RULE_VIOLATED', rule: 'PRC-3', path: [path], message });
  },
);

test.each([
  ['deactivated', { ...convert, isActive: false }, 'isActive'],
  ['retyped', { ...convert, type: 'MANUFACTURING' }, 'type'],
  ['deleted', undefined, 'process'],
] satisfies [string, PlannedStep | undefined, string][])(
  'the conversion step cannot be %s while a WIP item is COMPLETED (PRC-4)',
  (_, after, path) => {
    expect(conversionMayLeave(convert, after, 1)).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'PRC-4',
      path: [path],
      message: 'Conversion step 90 CONVERT is needed by COMPLETED WIP items (1); convert them first.',
    });
    expect(conversionMayLeave(convert, after, 0)).toBeUndefined();
  },
);

test('other changes of the conversion step are allowed while WIP items are COMPLETED (PRC-4)', () => {
  expect(conversionMayLeave(convert, { ...convert, number: 95 }, 5)).toBeUndefined();
});

test('other steps and inactive conversion steps may be removed while WIP items are COMPLETED (PRC-4)', () => {
  expect(conversionMayLeave(mount, undefined, 5)).toBeUndefined();
  expect(conversionMayLeave({ ...convert, isActive: false }, undefined, 5)).toBeUndefined();
});

test.each([
  ['deactivated', { ...solder, isActive: false }, 'isActive'],
  ['moved to another level', { ...solder, level: 'SERIAL' }, 'level'],
  ['retyped', { ...solder, type: 'SERIAL_CONVERSION' }, 'type'],
  ['deleted', undefined, 'process'],
] satisfies [string, PlannedStep | undefined, string][])(
  'the last active WIP-level MANUFACTURING step cannot be %s while a conversion step is active (PRC-5)',
  (_, after, path) => {
    expect(manufacturingRemains(solder, after, [{ ...mount, isActive: false }, solder, convert, test100])).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'PRC-5',
      path: [path],
      message:
        'Step 30 SOLDER is the last active WIP-level MANUFACTURING step; deactivate the conversion step 90 CONVERT first.',
    });
    expect(manufacturingRemains(solder, after, steps)).toBeUndefined();
    expect(manufacturingRemains(solder, after, [solder, { ...convert, isActive: false }])).toBeUndefined();
  },
);

test('other changes of the last manufacturing step are allowed (PRC-5)', () => {
  expect(manufacturingRemains(solder, { ...solder, number: 40 }, [solder, convert])).toBeUndefined();
});

test('steps other than the last manufacturing step may be removed (PRC-5)', () => {
  expect(manufacturingRemains(convert, undefined, [solder, convert])).toBeUndefined();
  expect(manufacturingRemains(test100, undefined, steps)).toBeUndefined();
  expect(manufacturingRemains({ ...mount, isActive: false }, undefined, [convert])).toBeUndefined();
  expect(manufacturingRemains(test100, undefined, [test100, convert])).toBeUndefined();
});

test('a step that prints its label automatically needs a template (LBL-2)', () => {
  expect(autoPrintFits({ autoPrintLabel: true, labelTemplate: 'SERIAL_LABEL' })).toBeUndefined();
  expect(autoPrintFits({ autoPrintLabel: false, labelTemplate: null })).toBeUndefined();
  expect(autoPrintFits({ autoPrintLabel: true, labelTemplate: null })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'LBL-2',
    path: ['labelTemplate'],
    message: 'autoPrintLabel needs a labelTemplate: one of LOT_LABEL, WIP_LABEL, SERIAL_LABEL.',
  });
});

test('a step without references may be deleted (GEN-1)', () => {
  expect(
    isProcessUnused(mount, { executions: 0, sessions: 0, equipment: 0, routes: 0, testPrograms: 0, alerts: 0 }),
  ).toBeUndefined();
});

test('a step in use is deactivated instead of deleted (GEN-1)', () => {
  expect(
    isProcessUnused(mount, { executions: 1, sessions: 0, equipment: 0, routes: 0, testPrograms: 0, alerts: 0 }),
  ).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'GEN-1',
    path: ['process'],
    message: 'Step 10 MOUNT is in use (executions: 1); deactivate it instead of deleting it.',
  });
});

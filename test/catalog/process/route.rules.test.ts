import { expect, test } from 'vitest';
import {
  PROCESS_LEVELS,
  PROCESS_TYPES,
  activeConversion,
  isConversion,
  manufacturingSteps,
  previousStep,
  stepLabel,
  stepLabels,
  mandatorySteps,
  stepsWithoutPass,
} from '../../../src/catalog/process/route.rules.ts';
import { BURN_IN, CONVERT, FINAL, INCOMING, MOUNT, ROUTE, SOLDER, idsOf, step } from '../../support/floor.ts';

const RETIRED = step(20, 'RETIRED', { isActive: false });

test('the types and levels of steps are those of the domain', () => {
  expect(PROCESS_TYPES).toEqual(['MANUFACTURING', 'SERIAL_CONVERSION']);
  expect(PROCESS_LEVELS).toEqual(['LOT', 'WIP', 'SERIAL']);
});

test('the mandatory steps of a level are its active steps that are not optional, in number order (PD-8, RTE-6)', () => {
  expect(mandatorySteps([...ROUTE, RETIRED], 'WIP')).toEqual([MOUNT, SOLDER, CONVERT]);
  expect(mandatorySteps([...ROUTE, step(20, 'POLISH', { isOptional: true })], 'WIP')).toEqual([MOUNT, SOLDER, CONVERT]);
  expect(mandatorySteps(ROUTE, 'SERIAL')).toEqual([BURN_IN, FINAL]);
  expect(mandatorySteps(ROUTE, 'LOT')).toEqual([INCOMING]);
  expect(mandatorySteps([], 'LOT')).toEqual([]);
});

test('the conversion step is not a manufacturing step (WIP-7)', () => {
  expect(manufacturingSteps([...ROUTE, RETIRED])).toEqual([MOUNT, SOLDER]);
  expect(isConversion(CONVERT)).toBe(true);
  expect(isConversion(MOUNT)).toBe(false);
});

test('the conversion step of a route is the active one (PRC-3)', () => {
  const old = step(80, 'OLD_CONVERT', { type: 'SERIAL_CONVERSION', isActive: false });

  expect(activeConversion([old, ...ROUTE])).toBe(CONVERT);
  expect(activeConversion([old, MOUNT])).toBeUndefined();
});

test('the previous step has the nearest lower active number of the level; gaps and inactive steps do not matter (PD-8)', () => {
  expect(previousStep([...ROUTE, RETIRED], SOLDER)).toBe(MOUNT);
  expect(previousStep(ROUTE, FINAL)).toBe(BURN_IN);
  expect(previousStep(ROUTE, MOUNT)).toBeUndefined();
  expect(previousStep(ROUTE, BURN_IN)).toBeUndefined();
  expect(previousStep([...ROUTE, RETIRED], RETIRED)).toBe(MOUNT);
});

test('steps without a PASS keep their order', () => {
  expect(stepsWithoutPass([MOUNT, SOLDER, CONVERT], idsOf(SOLDER))).toEqual([MOUNT, CONVERT]);
  expect(stepsWithoutPass([], idsOf(SOLDER))).toEqual([]);
});

test('steps are named by number and code', () => {
  expect(stepLabel(MOUNT)).toBe('10 MOUNT');
  expect(stepLabels([MOUNT, SOLDER])).toBe('10 MOUNT, 30 SOLDER');
});

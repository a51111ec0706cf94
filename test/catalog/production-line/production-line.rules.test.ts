import { expect, test } from 'vitest';
import {
  CYCLE_TIME_SECONDS_MIN,
  PRODUCTION_LINE_CODE,
  PRODUCTION_LINE_LENGTHS,
  PRODUCTION_LINE_SEGMENT,
  SORT_ORDER,
  isProductionLineUnused,
  lotSegmentOfLine,
} from '../../../src/catalog/production-line/production-line.rules.ts';
import { normalizedCode } from '../../../src/platform/rules/natural-key.ts';

test('the limits of a line are those of the domain', () => {
  expect(PRODUCTION_LINE_LENGTHS).toEqual({ name: 255, localName: 255, description: 2_000, location: 255 });
  expect(CYCLE_TIME_SECONDS_MIN).toBe(0);
  expect(SORT_ORDER).toEqual({ min: 1, default: 1 });
});

test.each([
  ['A', true],
  ['KR01', true],
  ['9'.repeat(50), true],
  ['9'.repeat(51), false],
  ['', false],
  ['KR-01', false],
  ['KR_01', false],
  ['KR 01', false],
  ['kr01', false],
])('a line code is 1..50 letters and digits: %j is %s (LIN-1)', (code, isRight) => {
  expect(PRODUCTION_LINE_CODE.pattern.test(code)).toBe(isRight);
});

test('kr01 is stored as KR01, and kr-01 is refused (LIN-1)', () => {
  expect(normalizedCode('kr01')).toBe('KR01');
  expect(PRODUCTION_LINE_CODE.pattern.test(normalizedCode('kr-01'))).toBe(false);
});

test.each([
  ['KR01', 'KR01'],
  ['KR0123', 'KR01'],
  ['KR1', 'KR10'],
  ['A', 'A000'],
])('the lot segment of line %s is %s (LOT-1)', (code, segment) => {
  expect(lotSegmentOfLine(code)).toBe(segment);
  expect(PRODUCTION_LINE_SEGMENT.pattern.test(segment)).toBe(true);
});

test.each(['', 'KR0', 'KR010', 'KR-1', 'kr01'])(
  'a given segment of a line has 4 letters or digits: %j is refused (LOT-1)',
  (segment) => {
    expect(PRODUCTION_LINE_SEGMENT.pattern.test(segment)).toBe(false);
  },
);

test('a line without references may be deleted (GEN-1)', () => {
  expect(isProductionLineUnused({ code: 'KR01' }, { lots: 0, equipment: 0, stations: 0 })).toBeUndefined();
});

test('a line in use is deactivated instead of deleted, and the message names the references (GEN-1)', () => {
  expect(isProductionLineUnused({ code: 'KR01' }, { lots: 0, equipment: 2, stations: 1 })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'GEN-1',
    path: ['productionLine'],
    message: 'Production line KR01 is in use (equipment: 2, stations: 1); deactivate it instead of deleting it.',
  });
});

import { describe, expect, test } from 'vitest';
import {
  endOfRun,
  type OrderedRecord,
  unsettledOfNextRun,
} from '../../../src/production/process-data/work/independent.rules.ts';

const on = (lotId: string, wipItemId: string | null, serialId: string | null): OrderedRecord => ({
  unit: { lotId, wipItemId, serialId },
  isSettled: true,
  isConverting: false,
});
const lot = on('lot', null, null);
const first = on('lot', 'item 1', null);
const second = on('lot', 'item 2', null);
const serial = on('lot', 'item 1', 'serial 1');
const conversion = { ...second, isConverting: true };
const unknown = { ...first, unit: undefined, isSettled: false };

describe('the independent records of a batch (PD-19)', () => {
  test('are all, as long as their units differ', () => {
    expect(endOfRun([first, second, serial], 0)).toBe(3);
    expect(endOfRun([lot, first, second], 0)).toBe(3);
    expect(endOfRun([], 0)).toBe(0);
  });

  test.each([
    ['its unit has an earlier record', [first, second], first],
    ['an item of its lot has an earlier record', [first], lot],
    ['the serial of its item has an earlier record', [second, serial], first],
    ['it is not known yet, and an earlier record converts an item', [first, conversion], unknown],
    [
      'it means another unit after the conversion by an earlier record',
      [conversion],
      { ...on('lot', 'item 3', null), isSettled: false },
    ],
  ])('end before a record when %s', (_what, before, next) => {
    expect(endOfRun([...before, next, on('lot', 'item 9', null)], 0)).toBe(before.length);
    expect(endOfRun([first, ...before, next], 1)).toBe(before.length + 1);
  });

  test('go past a record that is not known, as long as no earlier one converts an item', () => {
    expect(endOfRun([first, unknown, second, unknown], 0)).toBe(4);
    expect(endOfRun([unknown, conversion, first, unknown], 0)).toBe(3);
  });
});

test('after a conversion, the records up to the next conversion that are not known yet are named again (PD-19)', () => {
  const records = [conversion, unknown, first, unknown, conversion, unknown];

  expect(unsettledOfNextRun(records, 1)).toEqual([1, 3]);
  expect(unsettledOfNextRun(records, 5)).toEqual([5]);
  expect(unsettledOfNextRun([first, second], 0)).toEqual([]);
});

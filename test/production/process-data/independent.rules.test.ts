import { describe, expect, test } from 'vitest';
import { independentWorks, untilFirst } from '../../../src/production/process-data/work/independent.rules.ts';

const lot = { unit: { lotId: 'lot', wipItemId: null, serialId: null } };
const first = { unit: { lotId: 'lot', wipItemId: 'item 1', serialId: null } };
const second = { unit: { lotId: 'lot', wipItemId: 'item 2', serialId: null } };
const serial = { unit: { lotId: 'lot', wipItemId: 'item 1', serialId: 'serial 1' } };

describe('the independent records of a batch (PD-19)', () => {
  test('are all, as long as their units differ', () => {
    expect(independentWorks([first, second, serial])).toEqual([first, second, serial]);
    expect(independentWorks([lot, first, second])).toEqual([lot, first, second]);
    expect(independentWorks([])).toEqual([]);
  });

  test.each([
    ['its unit has an earlier record', [first, second], first],
    ['an item of its lot has an earlier record', [first], lot],
    ['the serial of its item has an earlier record', [second, serial], first],
    ['it is not known yet', [first, second], undefined],
  ])('end before a record when %s', (_what, before, next) => {
    expect(independentWorks([...before, next, second])).toEqual(before);
  });
});

test('the entries before the first that matches are returned', () => {
  expect(untilFirst([1, 2, 3, 1], (each) => each === 3)).toEqual([1, 2]);
  expect(untilFirst([1, 2], (each) => each === 3)).toEqual([1, 2]);
});

import { describe, expect, test } from 'vitest';
import { independentWorks, untilFirst } from '../../../src/production/process-data/work/independent.rules.ts';

const lot = { unit: { lotId: 'lot', wipItemId: null, serialId: null } };
const first = { unit: { lotId: 'lot', wipItemId: 'item 1', serialId: null } };
const second = { unit: { lotId: 'lot', wipItemId: 'item 2', serialId: null } };
const serial = { unit: { lotId: 'lot', wipItemId: 'item 1', serialId: 'serial 1' } };

describe('records go together (PD-19)', () => {
  test('as long as their units are different ones', () => {
    expect(independentWorks([first, second, serial])).toEqual([first, second, serial]);
    expect(independentWorks([lot, first, second])).toEqual([lot, first, second]);
    expect(independentWorks([])).toEqual([]);
  });

  test.each([
    ['its unit came before', [first, second], first],
    ['its lot came before with an item', [first], lot],
    ['its item came before with the serial it became', [second, serial], first],
    ['it is not known yet', [first, second], undefined],
  ])('until one of which %s', (_what, before, next) => {
    expect(independentWorks([...before, next, second])).toEqual(before);
  });
});

test('entries before the first that is asked for', () => {
  expect(untilFirst([1, 2, 3, 1], (each) => each === 3)).toEqual([1, 2]);
  expect(untilFirst([1, 2], (each) => each === 3)).toEqual([1, 2]);
});

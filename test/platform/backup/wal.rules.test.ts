import { expect, test } from 'vitest';
import { gapsIn, isArchived, isNeededFrom, isSegment } from '../../../src/platform/file-store/backup/wal.rules.ts';

const at = (number: string, timeline = '00000001'): string => `${timeline}${number}`;

test('whole segments and histories of timelines are kept; notes and unfinished segments are not', () => {
  expect(isSegment(at('000000000000002A'))).toBe(true);
  expect(['00000002.history', at('000000000000002A')].map(isArchived)).toEqual([true, true]);
  const others = [
    at('000000000000002A.partial'),
    at('000000000000002A.00000028.backup'),
    'draft-000000010000000000000001',
  ];
  expect(others.map(isArchived)).toEqual([false, false, false]);
});

test('a backup needs the segments from its first one on, of every timeline, and all histories', () => {
  const first = at('00000001000000FF');
  const names = [at('00000001000000FE'), first, at('0000000200000000'), at('0000000200000001', '00000002')];
  expect([...names, '00000002.history'].map((name) => isNeededFrom(first, name))).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
});

test('a missing segment is found, also where the number of the log changes, and also the last one', () => {
  const [first, last] = [at('00000001000000FE'), at('00000001000000FF')];
  const names = [first, last, at('0000000200000001', '00000002')];
  expect(gapsIn(first, last, names)).toEqual([at('0000000200000000')]);
  expect(gapsIn(first, last, [first])).toEqual([last]);
  expect(gapsIn(first, last, [first, last, '00000002.history'])).toEqual([]);
});

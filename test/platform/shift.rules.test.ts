import { expect, test } from 'vitest';
import { shiftsIn, startHour, USUAL_SHIFTS } from '../../src/platform/rules/shift.ts';

test('shifts are a list in JSON, in any order', () => {
  const given = [
    { name: 'LATE', start: '14:30' },
    { name: 'EARLY', start: '06:00' },
  ];
  expect(shiftsIn(JSON.stringify(given))).toEqual([given[1], given[0]]);
  expect(shiftsIn(JSON.stringify(USUAL_SHIFTS))).toEqual(USUAL_SHIFTS);
  expect(
    [
      { name: 'A', start: '06:00' },
      { name: 'B', start: '14:30' },
    ].map(startHour),
  ).toEqual([6, 14.5]);
});

test.each([
  ['no JSON', '06:00'],
  ['no list', '{}'],
  ['nobody', '[]'],
  [
    'more than 24',
    JSON.stringify(Array.from({ length: 25 }, (_none, index) => ({ name: `S${index}`, start: `00:${10 + index}` }))),
  ],
  ['a number', '[6]'],
  ['null', '[null]'],
  ['another key', '[{"name":"EARLY","start":"06:00","end":"14:00"}]'],
  ['a name in lower case', '[{"name":"early","start":"06:00"}]'],
  ['a name that is a number', '[{"name":1,"start":"06:00"}]'],
  ['a start that is a number', '[{"name":"EARLY","start":6}]'],
  ['an hour that is none', '[{"name":"EARLY","start":"24:00"}]'],
  ['a start twice', '[{"name":"EARLY","start":"06:00"},{"name":"LATE","start":"06:00"}]'],
  ['a name twice', '[{"name":"EARLY","start":"06:00"},{"name":"EARLY","start":"14:00"}]'],
])('shifts are not %s', (_what, text) => {
  expect(shiftsIn(text)).toBeUndefined();
});

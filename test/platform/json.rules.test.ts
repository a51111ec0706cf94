import { expect, test } from 'vitest';
import { isJsonRecord, isSameJson } from '../../src/platform/values/json.ts';

test('only an object with keys is a JSON record', () => {
  expect([{}, { a: 1 }, Object.create(null)].map(isJsonRecord)).toEqual([true, true, true]);
  expect([null, undefined, [], 'a', 1, true].map(isJsonRecord)).toEqual([false, false, false, false, false, false]);
});

test.each([
  [1, 1],
  ['a', 'a'],
  [null, null],
  [{}, {}],
  [[], []],
  [
    { a: 1, b: [{ c: null }] },
    { b: [{ c: null }], a: 1 },
  ],
  [{ a: 1 }, Object.assign(Object.create(null), { a: 1 })],
])('%j and %j are the same JSON', (a, b) => {
  expect(isSameJson(a, b)).toBe(true);
});

test.each([
  [1, 2],
  [1, '1'],
  [null, {}],
  [{}, null],
  [{}, []],
  [[], {}],
  [
    [1, 2],
    [2, 1],
  ],
  [[1], [1, 2]],
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: 1 }, { b: 1 }],
  [{ a: undefined }, { b: undefined }],
  [JSON.parse('{"__proto__":{}}'), { a: {} }],
  [JSON.parse('{"toString":1}'), { a: 1 }],
])('%j and %j differ', (a, b) => {
  expect(isSameJson(a, b)).toBe(false);
});

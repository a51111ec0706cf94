import { expect, test } from 'vitest';
import { answerCache, answerKey } from '../../../src/insight/figure/answer-cache.rules.ts';

test('an answer is kept for its seconds, by any clock (MON-5)', () => {
  const answers = answerCache(30, 2);
  answers.set('a', 1, 100_000);
  expect(answers.get('a', 100_000)).toMatchObject({ value: 1 });
  expect(answers.get('a', 129_999)).toMatchObject({ value: 1 });
  expect(answers.get('a', 130_000)).toBeUndefined();
  expect(answers.get('a', 99_999)).toBeUndefined();
  expect(answers.get('b', 100_000)).toBeUndefined();
});

test('an answer that is null is kept as well (MON-5)', () => {
  const answers = answerCache(30, 1);
  answers.set('a', null, 0);
  expect(answers.get('a', 0)).toMatchObject({ value: null });
});

test('no more answers are kept than allowed: the one that was unused for the longest time goes (MON-5)', () => {
  const answers = answerCache(30, 2);
  answers.set('a', 1, 0);
  answers.set('b', 2, 0);
  answers.get('a', 0);
  answers.set('c', 3, 0);
  expect(['a', 'b', 'c'].map((key) => answers.get(key, 0)?.value)).toEqual([1, undefined, 3]);
});

test('fields, arguments and groups of viewers have keys of their own; the order of arguments does not matter (MON-5)', () => {
  const viewer = { kind: 'USER', role: 'VIEWER' } as const;
  const key = answerKey('oee', { a: 1, b: { c: ['x', 'y'], d: null } }, viewer);
  expect(answerKey('oee', { b: { d: null, c: ['x', 'y'] }, a: 1 }, viewer)).toBe(key);
  const others = [
    answerKey('cycleTimes', { a: 1, b: { c: ['x', 'y'], d: null } }, viewer),
    answerKey('oee', { a: 2, b: { c: ['x', 'y'], d: null } }, viewer),
    answerKey('oee', { a: '1', b: { c: ['x', 'y'], d: null } }, viewer),
    answerKey('oee', { a: 1, b: { c: ['y', 'x'], d: null } }, viewer),
    answerKey('oee', { a: 1, b: { c: ['x,y'], d: null } }, viewer),
    answerKey('oee', { a: 1, b: { c: ['x', 'y'], d: null } }, { kind: 'USER', role: 'ADMIN' }),
    answerKey('oee', { a: 1, b: { c: ['x', 'y'], d: null } }, { kind: 'SERVICE', role: 'VIEWER' }),
    answerKey('oee', { a: 1, b: { c: ['x', 'y'], d: null } }, { kind: 'STATION' }),
  ];
  expect(new Set([key, ...others]).size).toBe(others.length + 1);
});

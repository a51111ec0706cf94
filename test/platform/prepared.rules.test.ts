import { expect, test } from 'vitest';
import { isFrequent, preparedOf } from '../../src/platform/postgres/prepared.ts';
import { sql } from '../../src/platform/postgres/sql.ts';

const isPrepared = (text: string, runs: number): boolean =>
  Array.from({ length: runs }, () => isFrequent(text)).at(-1) === true;

test('a statement is prepared at its tenth run, and at most a hundred are, until one has not been used for long', () => {
  expect(isPrepared('first', 9)).toBe(false);
  expect(isPrepared('first', 1)).toBe(true);
  for (let number = 2; number <= 100; number += 1) expect(isPrepared(`statement ${number}`, 10)).toBe(true);

  // All places are taken: the next statement gets one after ten thousand others, that of the least used statement.
  expect(isPrepared('late', 10)).toBe(false);
  expect(isPrepared('statement 2', 10_000)).toBe(true);
  expect(isPrepared('late', 1)).toBe(true);
  expect(isPrepared('later', 10)).toBe(false);
  expect(isPrepared('first', 1)).toBe(false);
  expect(isPrepared('statement 2', 1)).toBe(true);
});

test('a statement has one name, and another statement another one', () => {
  const name = preparedOf(sql`SELECT 1`).name;
  expect(preparedOf(sql`SELECT 1`).name).toBe(name);
  expect(preparedOf(sql`SELECT 2`).name).not.toBe(name);
});

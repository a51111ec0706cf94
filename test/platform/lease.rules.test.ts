import { expect, test } from 'vitest';
import { lostLeaseMessage } from '../../src/platform/rules/lease.ts';

test('a lost worker is named, with its attempt and the length of its lease', () => {
  expect(lostLeaseMessage({ holder: 'W1', attempt: 2 }, 60)).toBe('Worker W1 was not heard of for 60 s in attempt 2.');
});

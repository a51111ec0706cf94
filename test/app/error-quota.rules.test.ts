import { expect, test } from 'vitest';
import { errorQuota } from '../../src/app/execution/error-quota.ts';

const HOUR = 3_600_000;
const failure = (name: string): Error => Object.assign(new Error('failed'), { name, stack: `${name}\n    at ${name}` });

test('a few errors of each address and cause are stored in an hour, and the others are counted', () => {
  const quota = errorQuota({ perAddressAndHour: 2, perHour: 100 });
  const take = (ip: string, cause: unknown, now = 0) => quota.take(ip, cause, now);
  expect([take('10.0.0.1', failure('A')), take('10.0.0.1', failure('A')), take('10.0.0.1', failure('A'))]).toEqual([
    0, 0, 1,
  ]);
  expect([take('10.0.0.1', failure('B')), take('10.0.0.2', failure('A'))]).toEqual([0, 0]);
  expect(take('10.0.0.1', failure('A'), HOUR - 1)).toBe(2);
  expect(take('10.0.0.1', failure('A'), HOUR)).toBe(0);
});

test('addresses of one IPv6 network count as one', () => {
  const quota = errorQuota({ perAddressAndHour: 1, perHour: 100 });
  expect([quota.take('2001:db8::1', failure('A'), 0), quota.take('2001:db8::2', failure('A'), 0)]).toEqual([0, 1]);
});

test('a limited number is stored in an hour in all, whatever the addresses and causes', () => {
  const quota = errorQuota({ perAddressAndHour: 2, perHour: 3 });
  const taken = Array.from({ length: 5 }, (_, index) => quota.take(`10.0.0.${index}`, failure(`E${index}`), 0));
  expect(taken).toEqual([0, 0, 0, 1, 2]);
  expect(quota.take('10.0.0.9', 'a text that was thrown', HOUR)).toBe(0);
});

import { describe, expect, test } from 'vitest';
import {
  LOGINS_PER_ADDRESS,
  LOGINS_PER_USERNAME,
  startOfLoginWindow,
  tooManyAttempts,
} from '../../../src/identity/session/session.rules.ts';

const NOW = '2026-11-20T08:00:00.000Z';
const at = (instant: string, times: number): string[] => Array.from({ length: times }, () => instant);

describe('the rate limit of login attempts', () => {
  test('counts the attempts of a minute (AUT-3)', () => {
    expect(startOfLoginWindow(NOW)).toBe('2026-11-20T07:59:00.000Z');
    expect([LOGINS_PER_USERNAME, LOGINS_PER_ADDRESS]).toEqual([10, 100]);
  });

  test('allows 10 attempts for a username and 100 from an address, and not one more (AUT-3)', () => {
    expect(tooManyAttempts(at(NOW, 99), at(NOW, 9), NOW)).toBeUndefined();
    expect(tooManyAttempts(at(NOW, 99), at(NOW, 10), NOW)).toMatchObject({
      retryAfterSeconds: 60,
      rejection: { code: 'LIMIT_EXCEEDED', path: [], rule: 'AUT-3' },
    });
    expect(tooManyAttempts(at(NOW, 100), [], NOW)).toMatchObject({ retryAfterSeconds: 60 });
  });

  test('allows the next attempt when the oldest no longer counts, in whole seconds, rounded up; the longer wait counts (AUT-3)', () => {
    const oldest = (instant: string, size: number): string[] => [instant, ...at(NOW, size - 1)];
    expect(tooManyAttempts([], oldest('2026-11-20T07:59:00.001Z', 10), NOW)?.retryAfterSeconds).toBe(1);
    expect(tooManyAttempts([], oldest('2026-11-20T07:59:30.000Z', 10), NOW)?.retryAfterSeconds).toBe(30);
    expect(
      tooManyAttempts(oldest('2026-11-20T07:59:45.500Z', 100), oldest('2026-11-20T07:59:30.000Z', 10), NOW)
        ?.retryAfterSeconds,
    ).toBe(46);
  });
});

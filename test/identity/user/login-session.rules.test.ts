import { describe, expect, test } from 'vitest';
import {
  afterFailedLogin,
  expiryOfSession,
  isLocked,
  isRefreshable,
  isReuse,
} from '../../../src/identity/user/login-session.rules.ts';

const NOW = '2026-11-20T08:00:00.000Z';
const BEFORE = '2026-11-20T07:59:59.999Z';
const AFTER = '2026-11-20T08:00:00.001Z';
const GOOD = { expiresAt: AFTER, rotatedAt: null, revokedAt: null };

describe('a refresh token', () => {
  test('is valid for 7 days (AUT-4)', () => {
    expect(expiryOfSession(NOW)).toBe('2026-11-27T08:00:00.000Z');
  });

  test('is valid until the instant of its expiry, and not at it (AUT-4)', () => {
    expect([AFTER, NOW, BEFORE].map((expiresAt) => isRefreshable({ ...GOOD, expiresAt }, NOW))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('is valid once, and not after its session ended (AUT-4)', () => {
    expect(isRefreshable({ ...GOOD, rotatedAt: BEFORE }, NOW)).toBe(false);
    expect(isRefreshable({ ...GOOD, revokedAt: BEFORE }, NOW)).toBe(false);
  });

  test('that is used a second time counts as a copy, unless its family has ended already (AUT-4)', () => {
    expect(isReuse(GOOD)).toBe(false);
    expect(isReuse({ ...GOOD, rotatedAt: BEFORE })).toBe(true);
    expect(isReuse({ ...GOOD, rotatedAt: BEFORE, expiresAt: BEFORE })).toBe(true);
    expect(isReuse({ ...GOOD, rotatedAt: BEFORE, revokedAt: BEFORE })).toBe(false);
  });
});

describe('a failed login', () => {
  test('is counted, and the fifth in a row locks for 15 minutes (AUT-2)', () => {
    expect(afterFailedLogin({ failedLogins: 0, lockedUntil: null }, NOW)).toEqual({
      failedLogins: 1,
      lockedUntil: null,
    });
    expect(afterFailedLogin({ failedLogins: 3, lockedUntil: null }, NOW)).toEqual({
      failedLogins: 4,
      lockedUntil: null,
    });
    expect(afterFailedLogin({ failedLogins: 4, lockedUntil: null }, NOW)).toEqual({
      failedLogins: 5,
      lockedUntil: '2026-11-20T08:15:00.000Z',
    });
  });

  test('changes nothing while the user is locked, and starts a new count at the instant when the lock ends (AUT-2)', () => {
    expect(afterFailedLogin({ failedLogins: 5, lockedUntil: AFTER }, NOW)).toEqual({
      failedLogins: 5,
      lockedUntil: AFTER,
    });
    expect(afterFailedLogin({ failedLogins: 5, lockedUntil: NOW }, NOW)).toEqual({
      failedLogins: 1,
      lockedUntil: null,
    });
  });

  test('locks until an exact instant (AUT-2)', () => {
    expect([null, BEFORE, NOW, AFTER].map((lockedUntil) => isLocked({ lockedUntil }, NOW))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});

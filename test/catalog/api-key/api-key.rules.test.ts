import { expect, test } from 'vitest';
import {
  expiryFits,
  expiryOfKey,
  isUsable,
  apiKeyOf,
  mayRevoke,
  prefixOf,
} from '../../../src/catalog/api-key/api-key.rules.ts';

const NOW = '2026-11-20T08:00:00.000Z';
const LATER = '2026-11-20T08:00:00.001Z';
const SECRET = 'A_-'.repeat(14) + 'z';

test('the prefix of an API key is read from it, and a text of another form has none (AUT-5)', () => {
  expect(prefixOf(apiKeyOf('ab_-CD12', SECRET))).toBe('ab_-CD12');
  for (const text of [
    '',
    'lgk_',
    `lgk_ab_-CD1_${SECRET}`,
    `lgk_ab_-CD12_${SECRET}x`,
    `LGK_ab_-CD12_${SECRET}`,
    ` lgk_ab_-CD12_${SECRET}`,
    `lgk_ab_-CD12_${SECRET}\n`,
    `lgk_ab_-CD12_${SECRET.slice(1)}=`,
  ]) {
    expect([text, prefixOf(text)]).toEqual([text, undefined]);
  }
});

test('an API key expires after 365 days unless another time is given, which must be in the future (AUT-5)', () => {
  expect(expiryOfKey(NOW)).toBe('2027-11-20T08:00:00.000Z');
  expect(expiryFits(LATER, NOW)).toBeUndefined();
  expect(expiryFits(NOW, NOW)).toMatchObject({ code: 'RULE_VIOLATED', path: ['expiresAt'], rule: 'AUT-5' });
});

test('an API key is usable while it is not revoked, not expired and its station is active; at its expiry it is unusable (AUT-5)', () => {
  const key = { expiresAt: LATER, revokedAt: null };
  expect(isUsable(key, { isActive: true }, NOW)).toBe(true);
  expect(isUsable({ ...key, expiresAt: NOW }, { isActive: true }, NOW)).toBe(false);
  expect(isUsable({ ...key, revokedAt: NOW }, { isActive: true }, NOW)).toBe(false);
  expect(isUsable(key, { isActive: false }, NOW)).toBe(false);
});

test('an API key is revoked once (AUT-5)', () => {
  expect(mayRevoke({ prefix: 'abcdefgh', revokedAt: null })).toBeUndefined();
  expect(mayRevoke({ prefix: 'abcdefgh', revokedAt: NOW })).toMatchObject({
    code: 'RULE_VIOLATED',
    path: ['id'],
    rule: 'AUT-5',
  });
});

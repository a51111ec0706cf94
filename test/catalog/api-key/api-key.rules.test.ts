import { expect, test } from 'vitest';
import {
  expiryFits,
  expiryOfKey,
  hasOneHolder,
  isUsable,
  apiKeyOf,
  mayRevoke,
  prefixOf,
  serviceRoleFits,
} from '../../../src/catalog/api-key/api-key.rules.ts';
import { ROLES, type Role } from '../../../src/platform/rules/access.ts';

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

test('the key of a service is usable while it is neither revoked nor expired (AUT-6)', () => {
  const key = { expiresAt: LATER, revokedAt: null };
  expect([isUsable(key, undefined, NOW), isUsable({ ...key, revokedAt: NOW }, undefined, NOW)]).toEqual([true, false]);
  expect(isUsable({ ...key, expiresAt: NOW }, undefined, NOW)).toBe(false);
});

test('a key acts as a station or as a service, and as one of them (AUT-6)', () => {
  const [station, service] = [{}, { role: 'MANAGER' }] as const;
  expect([hasOneHolder({ station }), hasOneHolder({ service })]).toEqual([undefined, undefined]);
  for (const holder of [{}, { station, service }])
    expect(hasOneHolder(holder)).toMatchObject({ code: 'INVALID_INPUT', path: ['station'], rule: 'AUT-6' });
});

test('a service never has the role ADMIN, and never more rights than the maker of its key (AUT-6)', () => {
  const maker = (role: Role) => ({ kind: 'USER', id: 'u', username: 'u', role }) as const;
  for (const role of ROLES.filter((each) => each !== 'ADMIN'))
    expect([role, serviceRoleFits(role, maker('ADMIN')), serviceRoleFits(role, maker(role))]).toEqual([
      role,
      undefined,
      undefined,
    ]);
  const refused = { code: 'RULE_VIOLATED', path: ['service', 'role'], rule: 'AUT-6' };
  expect(serviceRoleFits('ADMIN', maker('ADMIN'))).toMatchObject(refused);
  expect(serviceRoleFits('AUDITOR', maker('MANAGER'))).toMatchObject(refused);
  expect(serviceRoleFits('VIEWER', { kind: 'STATION', id: 's', code: 'ST-1' })).toMatchObject(refused);
});

test('an API key is revoked once (AUT-5)', () => {
  expect(mayRevoke({ prefix: 'abcdefgh', revokedAt: null })).toBeUndefined();
  expect(mayRevoke({ prefix: 'abcdefgh', revokedAt: NOW })).toMatchObject({
    code: 'RULE_VIOLATED',
    path: ['id'],
    rule: 'AUT-5',
  });
});

import { expect, test } from 'vitest';
import { normalizedCode, isDeletable, isKeyFree, namedUses } from '../../src/platform/rules/natural-key.ts';

test('a code is stored and looked up trimmed and in upper case', () => {
  expect(normalizedCode(' kr01\n')).toBe('KR01');
});

test('a code is looked up without the symbology prefix of a scanner, and its letters outside of a-z stay', () => {
  expect(normalizedCode(']C1kr01\r\n')).toBe('KR01');
  expect(normalizedCode('ſﬁß')).toBe('ſﬁß');
});

test('the uses of a record are named by the records that refer to it, in plain words', () => {
  expect(namedUses({})).toBe('');
  expect(namedUses({ lots: 0 })).toBe('');
  expect(namedUses({ lots: 2, equipment: 0, statusPeriods: 1 })).toBe('lots: 2, status periods: 1');
});

test('a record in use is deactivated instead of deleted (GEN-1)', () => {
  expect(isDeletable('Line KR01', { lots: 0 }, 'line')).toBeUndefined();
  expect(isDeletable('Line KR01', { lots: 1 }, 'line')).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'GEN-1',
    path: ['line'],
    message: 'Line KR01 is in use (lots: 1); deactivate it instead of deleting it.',
  });
});

test('a natural key exists once (GEN-3)', () => {
  expect(isKeyFree('Line', { path: 'code', value: 'KR01', existing: undefined })).toBeUndefined();
  expect(isKeyFree('Line', { path: 'code', value: 'KR01', existing: {} })).toEqual({
    code: 'CONFLICT',
    rule: 'GEN-3',
    path: ['code'],
    message: 'Line KR01 exists already; choose another code.',
  });
});

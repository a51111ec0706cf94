import { expect, test } from 'vitest';
import { storable, errorTextOf } from '../../../src/operation/error-entry/error-entry.rules.ts';

test('an internal error is recorded by its own code, else by its name, else as unknown', () => {
  const withCode = Object.assign(new Error('gone'), { code: '57P01' });
  const blankCode = Object.assign(new TypeError('odd'), { code: '' });
  const numberCode = Object.assign(new RangeError('far'), { code: 7 });

  expect(errorTextOf(withCode)).toMatchObject({ code: '57P01', message: 'gone' });
  expect(errorTextOf(blankCode)).toMatchObject({ code: 'TypeError', message: 'odd' });
  expect(errorTextOf(numberCode)).toMatchObject({ code: 'RangeError', message: 'far' });
  expect(errorTextOf('thrown as text')).toEqual({ code: 'UNKNOWN', message: 'thrown as text', stack: null });
});

test('an internal error with a stack is recorded with it, and one without a stack has none', () => {
  const bare = new Error('bare');
  delete bare.stack;

  expect(errorTextOf(bare).stack).toBeNull();
  expect(errorTextOf(new Error('whole')).stack).toMatch(/^Error: whole/);
});

test('a recorded error can be stored, is cut to a maximum length, and contains no credentials', () => {
  expect(storable('a\0b\uD800', 10)).toBe('a\u{FFFD}b\u{FFFD}');
  expect(storable('postgresql://user:secret@db/lotgraph', 100)).toBe('postgresql://…@db/lotgraph');
  expect(storable('abcdef', 3)).toBe('abc');
});

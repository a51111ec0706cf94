import { expect, test } from 'vitest';
import { compareDecimals, decimalOfNumber, isDecimal, withoutExponent } from '../../src/platform/values/decimal.ts';

test.each(['0', '-0', '7', '-7.5', '0.0000000001', '999999999999999.9999999999', '007'])('%s is a decimal', (text) => {
  expect(isDecimal(text)).toBe(true);
});

test.each([
  '',
  '-',
  '+1',
  '.5',
  '1.',
  '1e3',
  '1,5',
  ' 1',
  '1\n',
  'NaN',
  '1234567890123456',
  '0.00000000001',
  '٣',
  1,
  null,
  undefined,
  {},
])('%j is not a decimal', (value) => {
  expect(isDecimal(value)).toBe(false);
});

test.each([
  ['1', '2', -1],
  ['2', '1', 1],
  ['10', '9', 1],
  ['-1', '1', -1],
  ['-2', '-1', -1],
  ['-0.5', '-0.25', -1],
  ['0.3', '0.2999999999', 1],
  ['999999999999999.9999999999', '999999999999999.9999999998', 1],
  ['1', '1.0000000000', 0],
  ['007', '7', 0],
  ['0', '-0', 0],
  ['-0.0', '0', 0],
] as const)('%s compared with %s is %i, exactly', (a, b, order) => {
  expect(compareDecimals(a, b)).toBe(order);
});

test('comparing anything but decimals throws an internal error', () => {
  expect(() => compareDecimals('1', 'x')).toThrow('"x" is not a decimal.');
});

test.each([
  [0.1, '0.1'],
  [12.5, '12.5'],
  [-3, '-3'],
  [1e-7, '0.0000001'],
  [-2.5e-8, '-0.000000025'],
  [1e21, '1000000000000000000000'],
  [1.25e22, '12500000000000000000000'],
])('the number %s is the decimal %s', (value, text) => {
  expect(decimalOfNumber(value)).toBe(text);
});

test.each([
  ['12.50', '12.50'],
  ['1.5e3', '1500'],
  ['1.5E+0', '1.5'],
  ['12345e-3', '12.345'],
  ['-5e-1', '-0.5'],
  ['1e99999', '1e99999'],
])('the literal %s is read as %s', (literal, text) => {
  expect(withoutExponent(literal)).toBe(text);
});

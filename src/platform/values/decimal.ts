import { assert } from './assert.ts';

/**
 * Exact decimals as texts: up to 15 digits before the point and 10 after it, no exponent. A limit of 0.1 is 0.1 and not
 * the nearest binary fraction, so a reading equal to a limit is equal to it.
 */

export const DECIMAL_PATTERN = /^-?\d{1,15}(\.\d{1,10})?$/;
export const DECIMAL_PLACES = 10;

export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL_PATTERN.test(value);
}

/** -1, 0 or 1 as `a` is below, equal to or above `b`. `1`, `1.0` and `1.00` are equal, and so are `0` and `-0`. */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [scaled(a), scaled(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The decimal as a whole number of its smallest unit, 1e-10. */
function scaled(decimal: string): bigint {
  assert(isDecimal(decimal), `"${decimal}" is not a decimal.`);
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(DECIMAL_PLACES, '0'));
}

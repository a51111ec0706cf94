import { assert } from './assert.ts';

/**
 * Exact decimals as text: up to 15 digits before the point and 10 after it, no exponent. The text `0.1` is exactly 0.1
 * and not the nearest binary fraction, so a reading that equals a limit compares as equal.
 */

/** The text of a decimal: an optional sign, 1 to 15 digits, and optionally a point with 1 to 10 digits. */
export const DECIMAL_PATTERN = /^-?\d{1,15}(\.\d{1,10})?$/;
/** The largest number of digits after the point. */
export const DECIMAL_PLACES = 10;

/** True for a text that matches DECIMAL_PATTERN. */
export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL_PATTERN.test(value);
}

/**
 * Compares two decimals by value: -1 when `a` is less than `b`, 0 when they are equal, 1 when `a` is greater. `1`,
 * `1.0` and `1.00` are equal, and so are `0` and `-0`. Throws an AppError for a text that is not a decimal.
 */
export function compareDecimals(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [unscaled(a), unscaled(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A stored decimal, which has a point, without the zeros at its end: `2.500000` is `2.5`, and `10.000000` is `10`. */
export function withoutFinalZeros(decimal: string): string {
  return decimal.replace(/\.?0+$/, '');
}

/** The shortest decimal text of a number, without exponent: 0.1 is `0.1`, 1e-7 is `0.0000001`. */
export function decimalOfNumber(value: number): string {
  return withoutExponent(String(value));
}

/** The text of a number without its exponent: `1.5e3` is `1500`. A text without exponent, or of no number, stays as it is. */
export function withoutExponent(text: string): string {
  const [, sign = '', whole = '', fraction = '', power] = NUMBER.exec(text) ?? [];
  if (power === undefined) return text;
  const shift = Number(power);
  // Far beyond what a decimal can hold; the schema of the input rejects the text.
  if (Math.abs(shift) > MAX_SHIFT) return text;
  const digits = `${whole}${fraction}`;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length
    ? `${sign}${digits.padEnd(point, '0')}`
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/;
const MAX_SHIFT = 40;

/** How many of the smallest unit of a decimal, 1e-10, make 1. */
export const DECIMAL_UNITS = 10n ** BigInt(DECIMAL_PLACES);

/** The decimal as an integer number of 1e-10, its smallest unit: exact. */
export function unscaled(decimal: string): bigint {
  assert(isDecimal(decimal), `"${decimal}" is not a decimal.`);
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(DECIMAL_PLACES, '0'));
}

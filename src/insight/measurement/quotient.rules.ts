/** KPI-16: Quotients of integers of any size, as the nearest number: sums of decimals stay exact until the very last step. */
import { assert } from '../../platform/values/assert.ts';

/** The number nearest to `numerator ÷ denominator`. Throws an AppError when the denominator is 0. */
export function quotient(numerator: bigint, denominator: bigint): number {
  assert(denominator !== 0n, 'A quotient has a denominator that is not 0.');
  if (numerator === 0n) return 0;
  const sign = numerator < 0n === denominator < 0n ? 1 : -1;
  const [above, below] = [absolute(numerator), absolute(denominator)];
  const shift = DIGITS + bits(below) - bits(above);
  const [scaledAbove, scaledBelow] = shift >= 0 ? [above << BigInt(shift), below] : [above, below << BigInt(-shift)];
  // The last bit says whether something was cut, so that a half is rounded to the right side.
  const cut = scaledAbove % scaledBelow === 0n ? 0n : 1n;
  return sign * Number(((scaledAbove / scaledBelow) << 1n) | cut) * 2 ** (-shift - 1);
}

/** The distance of an integer from 0. */
export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** More than the 53 bits of a number, also when the estimate of `bits` is 3 too high. */
const DIGITS = 64;

/** The bits of a positive integer, rounded up to whole hexadecimal digits. */
function bits(value: bigint): number {
  return value.toString(16).length * 4;
}

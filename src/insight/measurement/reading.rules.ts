/** KPI-16: What readings have in common. Their sums are exact, so a large offset costs no digit. */
import { DECIMAL_UNITS } from '../../platform/values/decimal.ts';
import { quotient } from './quotient.rules.ts';

/** Readings that belong together. The sums are exact: in units of 1e-10, and of 1e-20 for the squares. */
export interface Readings {
  readonly count: number;
  readonly sum: bigint;
  readonly squares: bigint;
}

/** All readings of several subgroups. */
export function together(groups: readonly Readings[]): Readings {
  return {
    count: groups.reduce((sum, { count }) => sum + count, 0),
    sum: groups.reduce((sum, group) => sum + group.sum, 0n),
    squares: groups.reduce((sum, { squares }) => sum + squares, 0n),
  };
}

/** The mean; null without readings. */
export function meanOf({ count, sum }: Readings): number | null {
  return count === 0 ? null : quotient(sum, BigInt(count) * DECIMAL_UNITS);
}

/** The mean of some readings minus that of others, exact before it is rounded: an offset costs no digit. */
export function meanDifference(some: Readings, others: Readings): number {
  const [m, n] = [BigInt(some.count), BigInt(others.count)];
  return quotient(some.sum * n - others.sum * m, m * n * DECIMAL_UNITS);
}

/** The sample standard deviation, with n − 1; null for less than 2 readings. */
export function standardDeviationOf(readings: Readings): number | null {
  const { count } = readings;
  if (count < 2) return null;
  return Math.sqrt(quotient(squaredDeviations(readings), BigInt(count) * BigInt(count - 1) * DECIMAL_UNITS ** 2n));
}

/** n Σx² − (Σx)², in units of 1e-20. */
export function squaredDeviations({ count, sum, squares }: Readings): bigint {
  return BigInt(count) * squares - sum ** 2n;
}

/** The worked sets of the specification, and the data that other packages use in their tests. */
import { DECIMAL_UNITS, unscaled } from '../../../src/platform/values/decimal.ts';
import type { Subgroup } from '../../../src/insight/spc/subgroup.rules.ts';

/** Torque in Nm: 8 subgroups of 5; limits 0.85 and 1.15, target 1.00. */
export const TORQUE = `
  1.02 0.99 1.01 0.98 1.00
  1.03 1.00 0.97 1.01 0.99
  0.98 1.02 1.00 1.01 1.04
  1.00 0.96 0.99 1.02 0.98
  1.01 1.03 0.99 1.00 1.02
  0.97 1.00 1.01 0.99 0.98
  1.02 1.01 1.04 0.99 1.00
  1.06 1.05 1.08 1.04 1.07`;

/** Twelve readings, one a subgroup. */
export const INDIVIDUALS = '10.1 9.9 10.0 10.2 9.8 10.1 10.0 9.9 10.3 10.0 11.3 10.1';

/** Diameters of piston rings in mm, 25 subgroups of 5 (D. C. Montgomery, Introduction to Statistical Quality Control; `pistonrings` of R's qcc). */
export const PISTON_RINGS = `
  74.030 74.002 74.019 73.992 74.008
  73.995 73.992 74.001 74.011 74.004
  73.988 74.024 74.021 74.005 74.002
  74.002 73.996 73.993 74.015 74.009
  73.992 74.007 74.015 73.989 74.014
  74.009 73.994 73.997 73.985 73.993
  73.995 74.006 73.994 74.000 74.005
  73.985 74.003 73.993 74.015 73.988
  74.008 73.995 74.009 74.005 74.004
  73.998 74.000 73.990 74.007 73.995
  73.994 73.998 73.994 73.995 73.990
  74.004 74.000 74.007 74.000 73.996
  73.983 74.002 73.998 73.997 74.012
  74.006 73.967 73.994 74.000 73.984
  74.012 74.014 73.998 73.999 74.007
  74.000 73.984 74.005 73.998 73.996
  73.994 74.012 73.986 74.005 74.007
  74.006 74.010 74.018 74.003 74.000
  73.984 74.002 74.003 74.005 73.997
  74.000 74.010 74.013 74.020 74.003
  73.988 74.001 74.009 74.005 73.996
  74.004 73.999 73.990 74.006 74.009
  74.010 73.989 73.990 74.009 74.014
  74.015 74.008 73.993 74.000 74.010
  73.982 73.984 73.995 74.017 74.013`;

/** Viscosity of a polymer (Montgomery; used by the tests of mistat and the examples of qcc). */
export const VISCOSITY = '33.75 33.05 34 33.81 33.46 34.02 33.68 33.27 33.49 33.20 33.62 33.00 33.54 33.12 33.84';

/** Water content of antifreeze (Wetherill and Brown 1991, p. 120; `antifreeze` of R's qcc). */
export const ANTIFREEZE = `2.23 2.53 2.62 2.63 2.58 2.44 2.49 2.34 2.95 2.54 2.60 2.45 2.17 2.58 2.57 2.44 2.38
  2.23 2.23 2.54 2.66 2.84 2.81 2.39 2.56 2.70 3.00 2.81 2.77 2.89 2.54 2.98 2.35 2.53`;

/** Flow rates of the example of individuals charts (NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2). */
export const FLOW_RATES = '49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1';

/** Leaking cans among 50 (`orangejuice` of R's qcc), the same figures as the chips of wafers in the e-Handbook, section 6.3.3.2. */
export const ORANGE_JUICE = '12 15 8 10 4 7 16 9 14 10 5 6 17 12 22 8 10 5 13 11 20 18 24 15 9 12 7 13 9 6';

/** Defects of 25 wafers (e-Handbook, section 6.3.3.1). */
export const WAFER_DEFECTS = '16 14 28 16 12 20 10 12 10 17 19 17 14 16 15 13 14 16 11 20 11 19 16 31 13';

/** Subgroups: one for each line. */
export function groupsOf(lines: string): readonly Subgroup[] {
  return lines
    .trim()
    .split('\n')
    .map((line, index) => groupOf(String(index + 1), textsOf(line).map(unscaled)));
}

/** Subgroups of one reading each. */
export function singlesOf(texts: string): readonly Subgroup[] {
  return textsOf(texts).map((text, index) => groupOf(String(index + 1), [unscaled(text)]));
}

/** The texts between white space. */
export function textsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** A decimal in units of 1e-10. */
export function units(text: string): bigint {
  return unscaled(text);
}

/** The readings as numbers. */
export function numbersOf(text: string): readonly number[] {
  return textsOf(text).map(Number);
}

function groupOf(label: string, values: readonly bigint[]): Subgroup {
  const sorted = [...values].toSorted((a, b) => Number(a - b));
  return {
    label,
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0n),
    squares: values.reduce((sum, value) => sum + value ** 2n, 0n),
    smallest: sorted[0] ?? 0n,
    largest: sorted.at(-1) ?? 0n,
  };
}

/** 1, in units of 1e-10. */
export const ONE = DECIMAL_UNITS;

import { describe, expect, test } from 'vitest';
import { chartConstants, chartFactors } from '../../../src/insight/spc/constants.rules.ts';

/** n, d2, d3, c4 with 6 decimals, as tables of quality control have them with 3 and 4. */
const GOLDEN = `
  2 1.128379 0.852502 0.797885    10 3.077505 0.797051 0.972659   18 3.640064 0.738591 0.985410
  3 1.692569 0.888368 0.886227    11 3.172873 0.787315 0.975350   19 3.688963 0.733481 0.986214
  4 2.058751 0.879808 0.921318    12 3.258455 0.778478 0.977559   20 3.734950 0.728686 0.986934
  5 2.325929 0.864082 0.939986    13 3.335980 0.770416 0.979406   21 3.778336 0.724173 0.987583
  6 2.534413 0.848040 0.951533    14 3.406763 0.763023 0.980971   22 3.819385 0.719915 0.988170
  7 2.704357 0.833205 0.959369    15 3.471827 0.756211 0.982316   23 3.858323 0.715887 0.988705
  8 2.847201 0.819831 0.965030    16 3.531983 0.749908 0.983484   24 3.895348 0.712068 0.989193
  9 2.970026 0.807834 0.969311    17 3.587884 0.744052 0.984506   25 3.930629 0.708441 0.989640`;

const rows = [...GOLDEN.matchAll(/(\d+) (\d\.\d{6}) (\d\.\d{6}) (\d\.\d{6})/g)].map(([, ...row]) => row.map(Number));

describe('the constants of control charts (SPC-3)', () => {
  test('are exact to 6 decimals for n = 2 to 25 (SPC-3)', () => {
    expect(rows).toHaveLength(24);
    for (const [size = 0, d2 = 0, d3 = 0, c4 = 0] of rows) {
      const constants = chartConstants(size, 'EXACT');
      expect(constants.d2, `d2 of ${size}`).toBeCloseTo(d2, 6);
      expect(constants.d3, `d3 of ${size}`).toBeCloseTo(d3, 6);
      expect(constants.c4, `c4 of ${size}`).toBeCloseTo(c4, 6);
    }
  });

  test('have closed forms for n = 2 and 3, to 12 decimals (SPC-3)', () => {
    const two = chartConstants(2, 'EXACT');
    expect(two.d2).toBeCloseTo(2 / Math.sqrt(Math.PI), 12);
    expect(two.d3).toBeCloseTo(Math.sqrt(2 - 4 / Math.PI), 12);
    expect(two.c4).toBeCloseTo(Math.sqrt(2 / Math.PI), 14);
    const three = chartConstants(3, 'EXACT');
    expect(three.d2).toBeCloseTo(3 / Math.sqrt(Math.PI), 12);
    expect(three.d3 ** 2 + three.d2 ** 2).toBeCloseTo(2 + (3 * Math.sqrt(3)) / Math.PI, 12);
    expect(three.c4).toBeCloseTo(Math.sqrt(Math.PI) / 2, 14);
  });

  test('of tables have 3 and 4 decimals (SPC-3)', () => {
    expect(chartConstants(5, 'TABLE')).toEqual({ d2: 2.326, d3: 0.864, c4: 0.94 });
    expect(chartConstants(2, 'TABLE')).toEqual({ d2: 1.128, d3: 0.853, c4: 0.7979 });
  });

  test('exist for 2 to 25 readings only (SPC-3)', () => {
    expect(() => chartConstants(1, 'EXACT')).toThrow('There are no constants of 1 readings.');
    expect(() => chartConstants(26, 'TABLE')).toThrow('There are no constants of 26 readings.');
  });

  test('give the factors of the charts (SPC-3)', () => {
    const factors = chartFactors(5, 'EXACT');
    for (const [name, value] of Object.entries({
      A2: 0.576819,
      D3: 0,
      D4: 2.114499,
      A3: 1.427299,
      B3: 0,
      B4: 2.088998,
    }))
      expect(factors, `${name}`).toHaveProperty(name, expect.closeTo(value, 6));
    // ASTM E2587, table 1, n = 10.
    const ten = chartFactors(10, 'EXACT');
    for (const [name, value] of Object.entries({ D3: 0.223, D4: 1.777, A3: 0.975, B3: 0.284, B4: 1.716 }))
      expect(ten, `${name}`).toHaveProperty(name, expect.closeTo(value, 3));
  });
});

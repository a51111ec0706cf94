import { describe, expect, test } from 'vitest';
import { attributeChart, variableChart } from '../../../src/insight/spc/chart.rules.ts';
import { chartConstants } from '../../../src/insight/spc/constants.rules.ts';
import { DEFAULT_RUN_RULES } from '../../../src/insight/spc/run.rules.ts';
import { meanOf, standardDeviationOf, together } from '../../../src/insight/measurement/reading.rules.ts';
import { sigmaOf, type SigmaEstimator, variationOf } from '../../../src/insight/spc/subgroup.rules.ts';
import {
  ANTIFREEZE,
  FLOW_RATES,
  groupsOf,
  INDIVIDUALS,
  numbersOf,
  ORANGE_JUICE,
  PISTON_RINGS,
  singlesOf,
  TORQUE,
  VISCOSITY,
  WAFER_DEFECTS,
} from './reference.ts';

const rules = DEFAULT_RUN_RULES;
const torque = groupsOf(TORQUE);
const of = (estimator: SigmaEstimator, baseline: number | null = null, constants: 'EXACT' | 'TABLE' = 'EXACT') => ({
  rules,
  baseline,
  estimator,
  constants,
});
const six = (value: number | null | undefined) => (value ?? Number.NaN).toFixed(6);

describe('charts of readings (SPC-1, SPC-2)', () => {
  test('X̄ and R of the worked set have its centres, limits and signals (SPC-1)', () => {
    const seven = variableChart('XBAR_R', torque, of('RBAR_D2', 7));
    expect([seven.centre, seven.sigma, seven.points[0]?.lower, seven.points[0]?.upper].map(six)).toEqual([
      '1.001714',
      '0.021497',
      '0.972873',
      '1.030555',
    ]);
    expect(
      [seven.dispersionPoints[0]?.centre, seven.dispersionPoints[0]?.lower, seven.dispersionPoints[0]?.upper].map(six),
    ).toEqual(['0.050000', '0.000000', '0.105725']);
    expect(seven.violations).toEqual([{ rule: 'WE1', index: 8, pointIndexes: [8], chart: 'MAIN' }]);
    expect(seven.points[7]).toMatchObject({ label: '8', value: 1.06, size: 5, zone: 'OUT', rules: ['WE1'] });
    const z = (1.06 - (seven.centre ?? 0)) / ((seven.sigma ?? 0) / Math.sqrt(5));
    expect(z.toFixed(4)).toBe('6.0628');
    expect(seven.isStable).toBe(false);

    const all = variableChart('XBAR_R', torque, of('RBAR_D2'));
    expect([all.centre, all.sigma, all.points[0]?.lower, all.points[0]?.upper].map(six)).toEqual([
      '1.009000',
      '0.020959',
      '0.980880',
      '1.037120',
    ]);
    expect([all.dispersionPoints[0]?.centre, all.dispersionPoints[0]?.upper].map(six)).toEqual([
      '0.048750',
      '0.103082',
    ]);
    expect(all.violations).toEqual([
      { rule: 'WE1', index: 8, pointIndexes: [8], chart: 'MAIN' },
      { rule: 'WE2', index: 6, pointIndexes: [4, 6], chart: 'MAIN' },
    ]);
  });

  test('the constants of tables change the worked set in the sixth decimal (SPC-3)', () => {
    const limits = (baseline: number | null) => {
      const chart = variableChart('XBAR_R', torque, of('RBAR_D2', baseline, 'TABLE'));
      return [chart.sigma, chart.points[0]?.lower, chart.points[0]?.upper].map(six);
    };
    expect(limits(7)).toEqual(['0.021496', '0.972874', '1.030554']);
    expect(limits(null)).toEqual(['0.020959', '0.980881', '1.037119']);
  });

  test('X̄ and s of the worked set (SPC-1)', () => {
    const limits = (baseline: number | null) => {
      const { sigma, points, dispersionPoints } = variableChart('XBAR_S', torque, of('SBAR_C4', baseline));
      return [
        dispersionPoints[0]?.centre,
        sigma,
        points[0]?.lower,
        points[0]?.upper,
        dispersionPoints[0]?.lower,
        dispersionPoints[0]?.upper,
      ].map(six);
    };
    expect(limits(7)).toEqual(['0.019107', '0.020327', '0.974442', '1.028986', '0.000000', '0.039915']);
    expect(limits(null)).toEqual(['0.018695', '0.019889', '0.982316', '1.035684', '0.000000', '0.039055']);
  });

  test('individuals and moving ranges of the worked set (SPC-1)', () => {
    const { centre, sigma, points, dispersionPoints, violations } = variableChart(
      'I_MR',
      singlesOf(INDIVIDUALS),
      of('MRBAR_D2'),
    );
    expect([centre, sigma, points[0]?.lower, points[0]?.upper].map(six)).toEqual([
      '10.141667',
      '0.370604',
      '9.029855',
      '11.253479',
    ]);
    expect([dispersionPoints[0]?.centre, dispersionPoints[0]?.upper].map(six)).toEqual(['0.418182', '1.366004']);
    expect(dispersionPoints.map(({ index }) => index)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(violations).toEqual([{ rule: 'WE1', index: 11, pointIndexes: [11], chart: 'MAIN' }]);
  });

  test('estimators without bias correction (SPC-2)', () => {
    expect(six(sigmaOf(variationOf(torque.slice(0, 7)), 'POOLED', 'EXACT'))).toBe('0.019346');
    expect(six(sigmaOf(variationOf(torque.slice(0, 7)), 'OVERALL', 'EXACT'))).toBe('0.019627');
    expect(sigmaOf(variationOf(singlesOf('1 2 3')), 'POOLED', 'EXACT')).toBeNull();
    expect(sigmaOf(variationOf(singlesOf('1 2 3')), 'RBAR_D2', 'EXACT')).toBeNull();
    expect(sigmaOf(variationOf(singlesOf('1')), 'MRBAR_D2', 'EXACT')).toBeNull();
    expect(sigmaOf(variationOf(singlesOf('1')), 'OVERALL', 'EXACT')).toBeNull();
    expect(meanOf(together([]))).toBeNull();
    expect(standardDeviationOf(together([]))).toBeNull();
  });

  test('an offset of a million costs no digit (SPC-2)', () => {
    const shifted = groupsOf(TORQUE.replaceAll(/\d\.\d\d/g, (text) => `100000${text}`));
    const [far, near] = [
      variableChart('XBAR_S', shifted, of('SBAR_C4')),
      variableChart('XBAR_S', torque, of('SBAR_C4')),
    ];
    expect(far.sigma).toBe(near.sigma);
    expect(far.dispersionPoints).toEqual(near.dispersionPoints);
    expect(far.violations).toEqual(near.violations);
    expect(far.points.map(({ zone }) => zone)).toEqual(near.points.map(({ zone }) => zone));
  });

  test('a large range is a signal of the dispersion chart, with the index of its later reading (SPC-4)', () => {
    const jump = singlesOf('1 1.1 1 1.1 1 1.1 1 1.1 1 1.1 9 9.1 9 9.1');
    expect(variableChart('I_MR', jump, { ...of('MRBAR_D2'), rules: ['N1', 'N2'] }).violations).toContainEqual({
      rule: 'N1',
      index: 11,
      pointIndexes: [11],
      chart: 'DISPERSION',
    });
    expect(variableChart('I_MR', jump, { ...of('MRBAR_D2'), rules: [] }).isStable).toBe(true);
  });

  test('without enough data the reason says so, and there are no figures (SPC-1)', () => {
    const nothing = { centre: null, sigma: null, points: [], dispersionPoints: [], violations: [], isStable: null };
    expect(variableChart('XBAR_R', [], of('RBAR_D2'))).toEqual({ reason: 'NO_DATA', ...nothing });
    expect(variableChart('XBAR_R', torque.slice(0, 1), of('RBAR_D2'))).toEqual({
      reason: 'TOO_FEW_SUBGROUPS',
      ...nothing,
    });
    expect(variableChart('I_MR', singlesOf('5 5 5'), of('MRBAR_D2'))).toEqual({ reason: 'ZERO_VARIATION', ...nothing });
    expect(attributeChart('P', [], { rules, baseline: null })).toEqual({ reason: 'NO_DATA', ...nothing });
    const good = [1, 2].map((at) => ({ label: `${at}`, size: 10, count: 0 }));
    expect(attributeChart('U', good, { rules, baseline: null })).toEqual({ reason: 'ZERO_VARIATION', ...nothing });
    const unequal = [9, 10].map((size) => ({ label: `${size}`, size, count: 1 }));
    for (const chart of ['NP', 'C'] as const)
      expect(attributeChart(chart, unequal, { rules, baseline: null })).toEqual({
        reason: 'UNEQUAL_SUBGROUPS',
        ...nothing,
      });
  });
});

describe('charts of failures and defects (SPC-1)', () => {
  const counts = numbersOf('3 5 2 6 4 12 3 5');
  const attributes = (sizes: readonly number[], values = counts) =>
    values.map((count, at) => ({ label: String(at + 1), size: sizes[at] ?? 0, count }));
  const out = (chart: ReturnType<typeof attributeChart>) =>
    chart.points.filter(({ value, upper, lower }) => value > upper || value < lower).map(({ index }) => index);
  const options = { rules, baseline: null };

  test('P has limits for each size (SPC-1)', () => {
    const chart = attributeChart('P', attributes(numbersOf('100 120 90 110 100 105 95 80')), options);
    expect(
      [
        chart.centre,
        chart.points[5]?.upper,
        chart.points[5]?.value,
        chart.points[0]?.upper,
        chart.points[0]?.lower,
      ].map(six),
    ).toEqual(['0.050000', '0.113808', '0.114286', '0.115383', '0.000000']);
    expect([chart.sigma, out(chart)]).toEqual([null, [6]]);
  });

  test('NP, C and U of the worked set (SPC-1)', () => {
    const equal = attributes(counts.map(() => 100));
    const np = attributeChart('NP', equal, options);
    expect([np.centre, np.points[0]?.upper, np.sigma].map(six)).toEqual(['5.000000', '11.538348', '2.179449']);
    expect(out(np)).toEqual([6]);
    const c = attributeChart('C', equal, options);
    expect([c.centre, c.points[0]?.upper, c.sigma].map(six)).toEqual(['5.000000', '11.708204', '2.236068']);
    expect(out(c)).toEqual([6]);
    const u = attributeChart('U', attributes(numbersOf('10 12 9 11 10 12 9 8')), options);
    expect([u.centre, u.points[5]?.upper, u.points[5]?.value].map(six)).toEqual(['0.493827', '1.102408', '1.000000']);
    expect([u.sigma, out(u)]).toEqual([null, []]);
  });

  test('a baseline makes the limits of all points, and a share never exceeds 1 (SPC-1)', () => {
    const chart = attributeChart('P', attributes([2, 2, 2, 2], [1, 2, 2, 0]), { rules, baseline: 2 });
    expect(chart.centre).toBe(0.75);
    expect(chart.points[3]).toMatchObject({ value: 0, upper: 1, lower: 0, size: 2 });
  });
});

/**
 * Figures of other packages. Their conventions differ: qcc has d2 with three decimals and d3 with seven (`constants:
 * TABLE` for the level; the range limit agrees to 4e-6), counts a point at the limit as inside like we do, and mistat,
 * a port of qcc, keeps its figures as tests (class TestComparisonWithR of its package `qcc`), to a relative 1e-5.
 * The e-Handbook of NIST rounds d2 to 1.128.
 */
describe('agrees with published figures (SPC-1, SPC-2)', () => {
  const near = (value: number | null | undefined, expected: number) =>
    expect((value ?? Number.NaN) / expected).toBeCloseTo(1, 5);

  test('of the piston rings in R’s qcc and mistat (SPC-1)', () => {
    const { centre, sigma, points, dispersionPoints, violations } = variableChart(
      'XBAR_R',
      groupsOf(PISTON_RINGS),
      of('RBAR_D2', null, 'TABLE'),
    );
    near(centre, 74.00118);
    near(sigma, 0.009785039);
    near(points[0]?.lower, 73.98805);
    near(points[0]?.upper, 74.0143);
    near(dispersionPoints[0]?.centre, 0.02276);
    expect(dispersionPoints[0]?.upper).toBeCloseTo(0.04812533, 5);
    expect(violations).toEqual([]);
  });

  test('of individuals in R’s qcc, mistat and the e-Handbook (SPC-1)', () => {
    const expected: readonly (readonly [data: string, figures: readonly number[]])[] = [
      [VISCOSITY, [33.52333, 0.4261651, 32.24484, 34.80183]],
      [ANTIFREEZE, [2.569706, 0.1794541, 2.031344, 3.108068]],
    ];
    for (const [data, figures] of expected) {
      const { centre, sigma, points } = variableChart('I_MR', singlesOf(data), of('MRBAR_D2', null, 'TABLE'));
      [centre, sigma, points[0]?.lower, points[0]?.upper].forEach((value, at) =>
        near(value, figures[at] ?? Number.NaN),
      );
    }
    const flow = variableChart('I_MR', singlesOf(FLOW_RATES), of('MRBAR_D2', null, 'TABLE'));
    const four = [flow.centre, flow.dispersionPoints[0]?.centre, flow.points[0]?.lower, flow.points[0]?.upper];
    expect(four.map((value) => value?.toFixed(4))).toEqual(['50.8100', '1.8778', '45.8159', '55.8041']);
    // The estimator SD of qcc divides by c4 of all readings; OVERALL does not.
    const overall = sigmaOf(variationOf(singlesOf(VISCOSITY)), 'OVERALL', 'EXACT') ?? Number.NaN;
    near(overall / chartConstants(15, 'EXACT').c4, 0.3415928);
  });

  test('of leaking cans in R’s qcc and mistat, and of wafers in the e-Handbook (SPC-1)', () => {
    const p = attributeChart(
      'P',
      numbersOf(ORANGE_JUICE).map((count, at) => ({ label: `${at}`, size: 50, count })),
      { rules: ['WE1'], baseline: null },
    );
    near(p.centre, 0.2313333);
    near(p.points[0]?.lower, 0.05242755);
    near(p.points[0]?.upper, 0.4102391);
    // Counted from 0, mistat has them at 14 and 22.
    expect(p.violations.map(({ index }) => index)).toEqual([15, 23]);
    const c = attributeChart(
      'C',
      numbersOf(WAFER_DEFECTS).map((count, at) => ({ label: `${at}`, size: 1, count })),
      { rules: ['WE1'], baseline: null },
    );
    expect([c.centre, c.points[0]?.lower, c.points[0]?.upper]).toEqual([16, 4, 28]);
    expect(c.violations.map(({ index }) => index)).toEqual([24]);
  });
});

import { describe, expect, test } from 'vitest';
import { capabilityOf } from '../../../src/insight/spc/capability.rules.ts';
import { standardDeviationOf, together } from '../../../src/insight/measurement/reading.rules.ts';
import { type SigmaEstimator, sigmaOf, type Subgroup, variationOf } from '../../../src/insight/spc/subgroup.rules.ts';
import { groupsOf, PISTON_RINGS, singlesOf, TORQUE, units } from './reference.ts';

interface Limits {
  readonly lower?: string;
  readonly upper?: string;
  readonly target?: string;
}

const none = { value: null, lower: null, upper: null };
const six = (value: number | null) => (value ?? Number.NaN).toFixed(6);

function capability(
  groups: readonly Subgroup[],
  estimator: SigmaEstimator,
  limits: Limits,
  constants: 'EXACT' | 'TABLE' = 'EXACT',
) {
  const readings = together(groups);
  const unitsOf = (text: string | undefined) => (text === undefined ? null : units(text));
  return capabilityOf({
    readings,
    sigmaWithin: sigmaOf(variationOf(groups), estimator, constants),
    sigmaOverall: standardDeviationOf(readings),
    lowerLimit: unitsOf(limits.lower),
    upperLimit: unitsOf(limits.upper),
    target: unitsOf(limits.target),
    confidence: 0.95,
  });
}

const seven = groupsOf(TORQUE).slice(0, 7);
const limits = { lower: '0.85', upper: '1.15', target: '1.00' };

describe('capability (SPC-5)', () => {
  test('of the worked set, with its intervals (SPC-5)', () => {
    const { indices, verdict, advice } = capability(seven, 'RBAR_D2', limits);
    const values = Object.fromEntries(Object.entries(indices).map(([name, { value }]) => [name, six(value)]));
    expect(values).toEqual({
      cp: '2.325929',
      cpu: '2.299347',
      cpl: '2.352511',
      cpk: '2.299347',
      cpm: '2.318568',
      pp: '2.547541',
      ppu: '2.518426',
      ppl: '2.576656',
      ppk: '2.518426',
      cpmOverall: '2.537879',
    });
    expect([indices.cp.lower, indices.cp.upper].map(six)).toEqual(['1.775244', '2.875521']);
    expect([indices.cpk.lower, indices.cpk.upper].map(six)).toEqual(['1.741791', '2.856903']);
    expect([indices.pp.lower, indices.pp.upper].map(six)).toEqual(['1.944388', '3.149498']);
    expect(indices.cpm).toMatchObject({ lower: null, upper: null, reason: null });
    expect([verdict, advice]).toEqual(['CAPABLE', []]);
  });

  test('by other constants and estimators (SPC-5)', () => {
    const table = capability(seven, 'RBAR_D2', limits, 'TABLE').indices;
    expect([table.cp.value, table.cpk.value].map(six)).toEqual(['2.326000', '2.299417']);
    const pooled = capability(seven, 'POOLED', limits).indices;
    expect([pooled.cp.value, pooled.cpk.value].map(six)).toEqual(['2.584451', '2.554915']);
  });

  test('agrees with R’s qcc and mistat on the piston rings, whose indices have 3 decimals (SPC-5)', () => {
    const three = ({ value, lower, upper }: { value: number | null; lower: number | null; upper: number | null }) =>
      [value, lower, upper].map((each) => each?.toFixed(3));
    const { indices } = capability(
      groupsOf(PISTON_RINGS),
      'RBAR_D2',
      { lower: '73.95', upper: '74.05', target: '74' },
      'TABLE',
    );
    expect(three(indices.cp)).toEqual(['1.703', '1.491', '1.915']);
    expect(three(indices.cpk)).toEqual(['1.663', '1.448', '1.878']);
    // qcc also has intervals of these; our specification has none.
    expect([indices.cpl, indices.cpu, indices.cpm].map(({ value }) => value?.toFixed(3))).toEqual([
      '1.743',
      '1.663',
      '1.691',
    ]);
  });

  test('has a reason where there is no index (SPC-5)', () => {
    const names = ['cp', 'cpu', 'cpl', 'cpk', 'cpm', 'pp', 'ppu', 'ppl', 'ppk', 'cpmOverall'] as const;
    const without = capability(seven, 'RBAR_D2', {});
    for (const name of names) expect(without.indices[name], `${name}`).toEqual({ ...none, reason: 'NO_LIMITS' });
    expect([without.verdict, without.advice]).toEqual([null, []]);

    const upper = capability(seven, 'RBAR_D2', { upper: '1.15', target: '1' }).indices;
    for (const name of ['cp', 'cpl', 'cpm', 'pp', 'ppl', 'cpmOverall'] as const)
      expect(upper[name], `${name}`).toEqual({ ...none, reason: 'ONE_SIDED' });
    expect([upper.cpk.value, upper.cpu.value].map(six)).toEqual(['2.299347', '2.299347']);
    const lower = capability(seven, 'RBAR_D2', { lower: '0.85' }).indices;
    expect(lower.cpu).toEqual({ ...none, reason: 'ONE_SIDED' });
    expect(six(lower.cpk.value)).toBe('2.352511');

    const noTarget = capability(seven, 'RBAR_D2', { lower: '0.85', upper: '1.15' }).indices;
    expect([noTarget.cpm, noTarget.cpmOverall]).toEqual([
      { ...none, reason: 'NO_TARGET' },
      { ...none, reason: 'NO_TARGET' },
    ]);

    const flat = capability(singlesOf('1 1 1'), 'MRBAR_D2', limits);
    for (const name of names) expect(flat.indices[name], `${name}`).toEqual({ ...none, reason: 'ZERO_VARIATION' });
    for (const few of [singlesOf('1'), []])
      for (const name of names)
        expect(capability(few, 'MRBAR_D2', limits).indices[name], `${name}`).toEqual({
          ...none,
          reason: 'TOO_FEW_READINGS',
        });
    const singles = capability(singlesOf('1 2'), 'RBAR_D2', limits).indices;
    expect([singles.cp.reason, singles.pp.reason]).toEqual(['TOO_FEW_READINGS', null]);
  });

  test('judges, and says what to do (SPC-5)', () => {
    const judged = (lower: string, upper: string) => {
      const { verdict, advice } = capability(seven, 'RBAR_D2', { lower, upper });
      return [verdict, advice];
    };
    expect(judged('0.92', '1.08')).toEqual(['MARGINAL', ['REDUCE_VARIATION']]);
    expect(judged('0.95', '1.05')).toEqual(['NOT_CAPABLE', ['REDUCE_VARIATION']]);
    expect(judged('0.90', '1.30')).toEqual(['CAPABLE', ['CENTRE_PROCESS']]);
    expect(judged('0.99', '1.10')).toEqual(['NOT_CAPABLE', ['REDUCE_VARIATION', 'CENTRE_PROCESS']]);
    // Exactly a tenth of the tolerance is not too much.
    expect(capability(singlesOf('1.5 1.7'), 'MRBAR_D2', { lower: '1', upper: '2' }).advice).toEqual([
      'REDUCE_VARIATION',
    ]);
  });

  test('of a mean on the limit has an interval around 0 (SPC-5)', () => {
    const { cpk } = capability(singlesOf('0 2 0 2 1'), 'MRBAR_D2', { lower: '1' }).indices;
    expect(cpk.value).toBe(0);
    expect(cpk.upper).toBeCloseTo(1.959963984540054 / Math.sqrt(45), 12);
    expect(cpk.lower).toBe(-(cpk.upper ?? 0));
  });
});

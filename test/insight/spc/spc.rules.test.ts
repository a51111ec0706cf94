import { expect, test } from 'vitest';
import { histogramOf } from '../../../src/insight/spc/histogram.rules.ts';
import {
  capabilityEstimator,
  capabilityGrouping,
  chartEstimator,
  chartGrouping,
  hasReadings,
  limitsAreInOrder,
  limitSource,
  unknownStep,
} from '../../../src/insight/spc/spc.rules.ts';

const grouping = (subgroupBy?: 'SIZE' | 'DAY', subgroupSize?: number) => ({ subgroupBy, subgroupSize });

test('each chart has its usual grouping, and refuses one that does not fit (SPC-1)', () => {
  expect(chartGrouping('XBAR_R', grouping())).toEqual({ by: 'SIZE', size: 5 });
  expect(chartGrouping('XBAR_S', grouping('DAY'))).toEqual({ by: 'DAY', size: 0 });
  expect(chartGrouping('XBAR_S', grouping('DAY', 3))).toMatchObject({ rule: 'SPC-1', path: ['subgroupSize'] });
  expect(chartGrouping('XBAR_R', grouping(undefined, 26))).toMatchObject({ rule: 'SPC-1' });
  expect(chartGrouping('XBAR_R', grouping(undefined, 1))).toMatchObject({ rule: 'SPC-1' });
  expect(chartGrouping('I_MR', grouping())).toEqual({ by: 'SIZE', size: 1 });
  expect(chartGrouping('I_MR', grouping('SIZE', 1))).toEqual({ by: 'SIZE', size: 1 });
  expect(chartGrouping('I_MR', grouping('DAY'))).toMatchObject({ rule: 'SPC-1', path: ['subgroupBy'] });
  expect(chartGrouping('P', grouping())).toEqual({ by: 'DAY', size: 0 });
  expect(chartGrouping('U', grouping(undefined, 10_000))).toEqual({ by: 'SIZE', size: 10_000 });
  expect(chartGrouping('U', grouping('SIZE'))).toMatchObject({ message: 'subgroupSize must be from 1 to 10000.' });
  expect(capabilityGrouping(grouping())).toEqual({ by: 'SIZE', size: 1 });
  expect(capabilityGrouping(grouping('SIZE'))).toEqual({ by: 'SIZE', size: 5 });
  expect(capabilityGrouping(grouping(undefined, 4))).toEqual({ by: 'SIZE', size: 4 });
});

test('each chart has its usual estimator, and refuses one that does not fit (SPC-2)', () => {
  expect(['XBAR_R', 'XBAR_S', 'I_MR', 'P'].map((chart) => chartEstimator(chart as 'P', undefined))).toEqual([
    'RBAR_D2',
    'SBAR_C4',
    'MRBAR_D2',
    null,
  ]);
  expect(chartEstimator('I_MR', 'OVERALL')).toBe('OVERALL');
  expect(chartEstimator('I_MR', 'POOLED')).toMatchObject({
    rule: 'SPC-2',
    message: 'POOLED needs subgroups; choose MRBAR_D2 or OVERALL.',
  });
  expect(chartEstimator('XBAR_R', 'MRBAR_D2')).toMatchObject({ rule: 'SPC-2' });
  expect(chartEstimator('P', 'OVERALL')).toMatchObject({
    rule: 'SPC-2',
    message: 'P has the σ of its distribution; leave sigma out.',
  });
  expect(capabilityEstimator({ by: 'SIZE', size: 1 }, undefined)).toBe('MRBAR_D2');
  expect(capabilityEstimator({ by: 'DAY', size: 0 }, undefined)).toBe('RBAR_D2');
  expect(capabilityEstimator({ by: 'SIZE', size: 1 }, 'RBAR_D2')).toBe('RBAR_D2');
  expect(capabilityEstimator({ by: 'SIZE', size: 5 }, 'MRBAR_D2')).toMatchObject({ rule: 'SPC-2' });
});

test('a chart of readings needs a code, and a step that exists (SPC-1)', () => {
  expect(hasReadings('P', undefined)).toBeUndefined();
  expect(hasReadings('I_MR', 'A')).toBeUndefined();
  expect(hasReadings('I_MR', undefined)).toMatchObject({ rule: 'SPC-1' });
  expect(unknownStep('process')).toMatchObject({ code: 'NOT_FOUND', path: ['process'] });
});

test('limits are in order, the target within them, and their source is named (SPC-5)', () => {
  const limits = (lowerLimit: string | null, upperLimit: string | null, target: string | null) =>
    limitsAreInOrder({ lowerLimit, upperLimit, target });
  expect([limits('1', '2', '1.5'), limits(null, '2', '2'), limits('1', null, '1.0'), limits(null, null, '7')]).toEqual(
    Array(4).fill(undefined),
  );
  expect(limits('2', '1', null)).toMatchObject({ path: ['lowerLimit'] });
  expect(limits('2', '2.0', null)).toMatchObject({ path: ['lowerLimit'] });
  expect(limits('1', '2', '0.9')).toMatchObject({ path: ['target'] });
  expect(limits(null, '2', '2.1')).toMatchObject({ path: ['target'] });
  expect([limitSource(true, true), limitSource(false, true), limitSource(false, false)]).toEqual([
    'INPUT',
    'CHARACTERISTIC',
    'NONE',
  ]);
});

test('a histogram has empty columns, too (SPC-5)', () => {
  expect(
    histogramOf({
      min: '0',
      max: '3',
      binCount: 3,
      bins: [
        { bin: 1, count: 2 },
        { bin: 3, count: 1 },
      ],
    }),
  ).toEqual([
    { from: 0, to: 1, count: 2 },
    { from: 1, to: 2, count: 0 },
    { from: 2, to: 3, count: 1 },
  ]);
  expect(histogramOf({ min: null, max: null, binCount: 5, bins: [] })).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { RUN_RULES, runViolations, zoneOf } from '../../../src/insight/spc/run.rules.ts';
import { numbersOf } from './reference.ts';

function signals(series: string) {
  const points = numbersOf(series).map((z) => ({ value: z, z }));
  const found: Record<string, number[]> = {};
  for (const { rule, index } of runViolations(points, RUN_RULES)) found[rule] = [...(found[rule] ?? []), index];
  return found;
}

describe('the run rules (SPC-4)', () => {
  test('signal at each last point of the three series (SPC-4)', () => {
    expect(
      signals('0.2 -0.4 2.3 0.5 2.6 -1.2 -1.5 0.3 -1.1 -1.4 3.2 0.5 0.4 0.3 0.2 0.1 0.6 0.7 0.9 0.8 0.0 0.4'),
    ).toEqual({
      WE1: [11],
      N1: [11],
      WE2: [5],
      N5: [5],
      WE3: [10],
      N6: [10],
      WE4: [18, 19, 20],
      N2: [19, 20],
      N3: [16],
    });
    expect(signals('-0.6 -0.2 0.1 0.3 0.8 1.4 1.2 -1.3 1.6 -1.1 1.9 -1.5 1.3 -1.2 1.7 -1.4 1.5 -0.5 0.5 -0.9')).toEqual(
      { N3: [6], N8: [13, 14, 15, 16, 17], N4: [20] },
    );
    expect(signals('0.5 -0.2 0.3 0.3 -0.4 0.6 0.1 -0.7 0.2 0.4 -0.1 -0.3 0.8 -0.9 0.2 0.6 1.0')).toEqual({
      N7: [15, 16],
    });
  });

  test('name the points that make them up (SPC-4)', () => {
    const points = numbersOf('2.5 0 2.5 1.5 1.5 -3.5').map((z) => ({ value: z, z }));
    expect(runViolations(points, ['WE1', 'WE2', 'WE3'])).toEqual([
      { rule: 'WE1', index: 6, pointIndexes: [6] },
      { rule: 'WE2', index: 3, pointIndexes: [1, 3] },
      { rule: 'WE3', index: 5, pointIndexes: [1, 3, 4, 5] },
    ]);
  });

  test('take a limit itself as inside, and the centre line as neither side (SPC-4)', () => {
    expect(signals('3 -3')).toEqual({});
    expect(signals('1 1 1 1 0 1 1 1 1')).toEqual({});
    expect(signals('2.5 -2.5 0 1 1 1 1 1')).toEqual({});
    // Between equal neighbours is neither a rise nor a fall.
    expect(signals('0.1 0.2 0.3 0.3 0.4 0.5')).toEqual({});
    expect(signals('-0.1 -0.2 -0.3 -0.4 -0.5 -0.6')).toEqual({ N3: [6] });
  });

  test('count more points than one rule needs by their place in the chart (SPC-4)', () => {
    const points = Array.from({ length: 40 }, (_each, index) => ({
      value: index === 39 ? 4 : 0,
      z: index === 39 ? 4 : 0,
    }));
    expect(runViolations(points, ['N1', 'N7'])).toEqual([
      { rule: 'N1', index: 40, pointIndexes: [40] },
      ...Array.from({ length: 25 }, (_each, index) => ({
        rule: 'N7',
        index: index + 15,
        pointIndexes: Array.from({ length: 15 }, (_point, at) => index + at + 1),
      })),
    ]);
  });

  test('zones have their outer edge (SPC-4)', () => {
    expect([0, 1, -1.01, 2, -2.5, 3, 3.01].map(zoneOf)).toEqual(['C', 'C', 'B', 'B', 'A', 'A', 'OUT']);
  });
});

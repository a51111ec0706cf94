import { describe, expect, test } from 'vitest';
import type { DefectSeverity } from '../../../src/production/process-data/result/result.rules.ts';
import { type Finding, gradeOf, judgementOf, violationsOf } from '../../../src/quality/verdict/score.rules.ts';

const SEVERITIES: readonly DefectSeverity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

/** Findings by their numbers: critical, high, medium, low. */
function mix(counts: readonly number[], confidence: string | null = null): readonly Finding[] {
  return SEVERITIES.flatMap((severity, index) =>
    Array.from({ length: counts[index] ?? 0 }, () => ({ severity, confidence })),
  );
}

describe('the judgement of an inspection (INS-4)', () => {
  test.each([
    [[0, 0, 0, 0], '1.0000', 'EXCELLENT', 'PASS', []],
    [[0, 0, 0, 1], '0.9495', 'GOOD', 'PASS', []],
    [[0, 0, 1, 0], '0.8995', 'GOOD', 'PASS', []],
    [[0, 0, 0, 3], '0.8485', 'ACCEPTABLE', 'PASS', []],
    [[0, 1, 0, 0], '0.7995', 'ACCEPTABLE', 'PASS', []],
    [[0, 0, 2, 0], '0.7990', 'ACCEPTABLE', 'PASS', []],
    [[0, 1, 0, 1], '0.7490', 'POOR', 'FAIL', ['QUALITY_SCORE']],
    [[0, 0, 0, 5], '0.7475', 'POOR', 'FAIL', ['QUALITY_SCORE']],
    [[0, 1, 1, 1], '0.6485', 'POOR', 'FAIL', ['QUALITY_SCORE']],
    [[1, 0, 0, 0], '0.4995', 'POOR', 'FAIL', ['CRITICAL_DEFECTS', 'QUALITY_SCORE']],
    [[2, 0, 0, 0], '0.0000', 'POOR', 'FAIL', ['CRITICAL_DEFECTS', 'QUALITY_SCORE']],
  ] as const)('of critical, high, medium, low = %j', (counts, score, grade, verdict, violations) => {
    const judgement = judgementOf(mix(counts));
    expect([judgement.qualityScore, gradeOf(judgement.qualityScore), judgement.verdict]).toEqual([
      score,
      grade,
      verdict,
    ]);
    expect(violationsOf(judgement.qualityScore, counts[0])).toEqual(violations);
  });

  test('equals an independent calculation in fractions for 2,000 random mixes', () => {
    const random = randomFrom(18);
    for (let each = 0; each < 2_000; each += 1) {
      const findings = Array.from({ length: Math.floor(random() * 9) }, () => ({
        severity: SEVERITIES[Math.floor(random() * 4 * random())] ?? 'LOW',
        confidence:
          random() < 0.3 ? null : (Math.floor(random() * 10_001) / 10_000).toFixed(Math.floor(random() * 3) + 2),
      }));
      expect({ findings, ...judgementOf(findings) }).toEqual({ findings, ...independentJudgement(findings) });
    }
  });

  test('takes the confidence as the mean of the stated ones, rounded half up', () => {
    expect(judgementOf([]).confidence).toBe('1.0000');
    expect(judgementOf(mix([0, 0, 0, 2])).confidence).toBe('0.8000');
    expect(
      judgementOf([...mix([0, 0, 0, 1]), ...mix([0, 0, 1, 0], '0.9'), ...mix([0, 0, 1, 0], '0.7')]).confidence,
    ).toBe('0.8000');
    expect(judgementOf([...mix([0, 0, 0, 1], '0.5'), ...mix([0, 0, 0, 1], '0.5001')]).confidence).toBe('0.5001');
    expect(judgementOf([...mix([0, 0, 0, 2], '0.1'), ...mix([0, 0, 0, 1], '0.1001')]).confidence).toBe('0.1000');
    expect(judgementOf(mix([0, 0, 0, 2], '0')).confidence).toBe('0.0000');
    expect(judgementOf(mix([0, 0, 0, 2], '1')).confidence).toBe('1.0000');
  });

  test('is not there before completion', () => {
    expect(gradeOf(null)).toBeNull();
    expect(violationsOf(null, 3)).toEqual([]);
  });

  test('has grades that begin at exactly their least scores', () => {
    const grades = ['1.0000', '0.9500', '0.9499', '0.8500', '0.8499', '0.7500', '0.7499', '0.0000'].map(gradeOf);
    expect(grades).toEqual(['EXCELLENT', 'EXCELLENT', 'GOOD', 'GOOD', 'ACCEPTABLE', 'ACCEPTABLE', 'POOR', 'POOR']);
    expect([violationsOf('0.7500', 0), violationsOf('0.7499', 0)]).toEqual([[], ['QUALITY_SCORE']]);
  });
});

/** The judgement by the sentences of the specification, in fractions of whole numbers. */
function independentJudgement(findings: readonly Finding[]): object {
  const count = (severity: DefectSeverity): bigint =>
    BigInt(findings.filter((finding) => finding.severity === severity).length);
  const total = BigInt(findings.length);
  // 1 - (0.50 c + 0.20 h + 0.10 m + 0.05 l) - 0.05 n / 100, as hundred-thousandths.
  const weighted = 50n * count('CRITICAL') + 20n * count('HIGH') + 10n * count('MEDIUM') + 5n * count('LOW');
  const unclamped = 100_000n - 1_000n * weighted - 50n * total;
  const score = unclamped < 0n ? 0n : unclamped;
  const stated = findings.flatMap(({ confidence }) => (confidence === null ? [] : [confidence]));
  const sum = stated.reduce((all, each) => all + BigInt(Math.round(Number(each) * 1e8)), 0n);
  const mean = stated.length === 0 ? 0n : halfUp(sum, BigInt(stated.length) * 10_000n);
  return {
    verdict: count('CRITICAL') === 0n && score >= 75_000n ? 'PASS' : 'FAIL',
    qualityScore: fourDecimals(halfUp(score, 10n)),
    confidence: total === 0n ? '1.0000' : stated.length === 0 ? '0.8000' : fourDecimals(mean),
  };
}

/** The quotient, rounded half up: what is left decides. */
function halfUp(dividend: bigint, divisor: bigint): bigint {
  return dividend / divisor + (2n * (dividend % divisor) >= divisor ? 1n : 0n);
}

function fourDecimals(units: bigint): string {
  return `${units / 10_000n}.${String(units % 10_000n).padStart(4, '0')}`;
}

/** A generator of numbers from 0 to 1 that gives the same sequence for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

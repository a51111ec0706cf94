/**
 * The judgement of an inspection: score, confidence, verdict, grade and violations, computed from its findings that are
 * not dismissed. Everything is counted in whole units of 0.0001, so no digit is lost.
 *
 * 1. score = 1 - 0.50 for each critical, 0.20 for each high, 0.10 for each medium and 0.05 for each low finding - 0.0005
 *    for each finding, at least 0.
 * 2. confidence = the mean of the stated confidences, rounded half up; 1 without findings, 0.8 when none states one.
 * 3. verdict = PASS without critical findings and with a score of at least 0.75, else FAIL.
 */
import { compareDecimals } from '../../platform/values/decimal.ts';
import type { DefectSeverity } from '../../production/process-data/result/result.rules.ts';
import type { InspectionVerdict } from '../inspection/inspection.rules.ts';

/** The grades of a quality score, best first. */
export const QUALITY_GRADES = ['EXCELLENT', 'GOOD', 'ACCEPTABLE', 'POOR'] as const;
/** The grade of a quality score. */
export type QualityGrade = (typeof QUALITY_GRADES)[number];

/** The reasons of a FAIL. */
export const QUALITY_VIOLATIONS = ['CRITICAL_DEFECTS', 'QUALITY_SCORE'] as const;
/** A reason of a FAIL. */
export type QualityViolation = (typeof QUALITY_VIOLATIONS)[number];

/** The least score of a PASS. */
export const PASSING_SCORE = '0.75';

/** A finding as the judgement needs it. */
export interface Finding {
  readonly severity: DefectSeverity;
  /** From 0 to 1, with at most four decimals; null when it is not stated. */
  readonly confidence: string | null;
}

/** What a completed inspection says about its sample. */
export interface Judgement {
  readonly verdict: InspectionVerdict;
  readonly qualityScore: string;
  readonly confidence: string;
}

/** INS-4: The judgement of an inspection by its findings that are not dismissed. */
export function judgementOf(findings: readonly Finding[]): Judgement {
  const penalty = findings.reduce((sum, { severity }) => sum + PENALTIES[severity] + PENALTY_OF_EACH, 0);
  const qualityScore = decimalOf(Math.max(0, ONE - penalty));
  const violations = violationsOf(qualityScore, findings.filter(({ severity }) => severity === 'CRITICAL').length);
  return { verdict: violations.length === 0 ? 'PASS' : 'FAIL', qualityScore, confidence: confidenceOf(findings) };
}

/** INS-4: Why an inspection is a FAIL; empty for a PASS, and before completion, when there is no score. */
export function violationsOf(qualityScore: string | null, criticalCount: number): readonly QualityViolation[] {
  if (qualityScore === null) return [];
  const isTooLow = compareDecimals(qualityScore, PASSING_SCORE) < 0;
  return [
    ...(criticalCount > 0 ? (['CRITICAL_DEFECTS'] as const) : []),
    ...(isTooLow ? (['QUALITY_SCORE'] as const) : []),
  ];
}

/** The grade of a quality score; null before completion, when there is none. */
export function gradeOf(qualityScore: string | null): QualityGrade | null {
  if (qualityScore === null) return null;
  const reached = LEAST_SCORES.find(([least]) => compareDecimals(qualityScore, least) >= 0);
  return reached === undefined ? 'POOR' : reached[1];
}

const LEAST_SCORES = [
  ['0.95', 'EXCELLENT'],
  ['0.85', 'GOOD'],
  [PASSING_SCORE, 'ACCEPTABLE'],
] as const;

/** 1 and the penalties in units of 0.0001. */
const ONE = 10_000;
const PENALTIES: Readonly<Record<DefectSeverity, number>> = { CRITICAL: 5_000, HIGH: 2_000, MEDIUM: 1_000, LOW: 500 };
const PENALTY_OF_EACH = 5;

const CONFIDENCE_WITHOUT_FINDINGS = '1.0000';
const CONFIDENCE_NOT_STATED = '0.8000';

function confidenceOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return CONFIDENCE_WITHOUT_FINDINGS;
  const stated = findings.flatMap(({ confidence }) => (confidence === null ? [] : [unitsOf(confidence)]));
  if (stated.length === 0) return CONFIDENCE_NOT_STATED;
  const sum = stated.reduce((total, each) => total + each, 0n);
  const count = BigInt(stated.length);
  // Half up: the mean plus a half, cut.
  return decimalOf(Number((2n * sum + count) / (2n * count)));
}

/** A decimal of at most four places, in units of 0.0001. */
function unitsOf(decimal: string): bigint {
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(4, '0'));
}

function decimalOf(units: number): string {
  const digits = String(units).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

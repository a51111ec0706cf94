import { expect, test } from 'vitest';
import {
  afterReview,
  hasNoOpenJobs,
  holdReason,
  isSameJudgement,
  judgementOfReviewed,
  type ReviewedFinding,
  stopTheLot,
} from '../../../src/quality/verdict/verdict.rules.ts';

const inspection = { type: 'VISUAL', sampleCode: 'S-1', round: 2 } as const;

function finding(id: string, change: Partial<ReviewedFinding> = {}): ReviewedFinding {
  return { id, severity: 'CRITICAL', confidence: null, reviewStatus: 'PENDING', ...change };
}

test('an inspection with open inference jobs is not completed (INS-4)', () => {
  expect(hasNoOpenJobs(inspection, 0)).toBeUndefined();
  expect(hasNoOpenJobs(inspection, 1)).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'INS-4',
    path: ['id'],
    message:
      '1 inference job is still QUEUED or PROCESSING for Inspection VISUAL of S-1, round 2; wait for the answer, or cancel it.',
  });
  expect(hasNoOpenJobs(inspection, 2)?.message).toContain('2 inference jobs are still');
});

test('dismissed findings do not count in the judgement (INS-6)', () => {
  const findings = [finding('a'), finding('b', { severity: 'LOW', confidence: '0.9' })];
  expect(judgementOfReviewed(findings)).toEqual({ verdict: 'FAIL', qualityScore: '0.4490', confidence: '0.9000' });
  const judgement = { verdict: 'PASS', qualityScore: '0.9495', confidence: '0.9000' } as const;
  for (const reviewStatus of ['REJECTED', 'FALSE_POSITIVE'] as const)
    expect(judgementOfReviewed(afterReview(findings, 'a', reviewStatus))).toEqual(judgement);
  for (const reviewStatus of ['CONFIRMED', 'NEEDS_REVIEW'] as const)
    expect(judgementOfReviewed(afterReview(findings, 'a', reviewStatus)).verdict).toBe('FAIL');
  expect(isSameJudgement(judgement, judgement)).toBe(true);
  for (const other of [{ verdict: 'FAIL' }, { qualityScore: '0.9000' }, { confidence: null }])
    expect(isSameJudgement(judgement, { ...judgement, ...other })).toBe(false);
});

test('a critical finding that is not dismissed stops the lot (INS-8)', () => {
  expect(stopTheLot([])).toBe(false);
  expect(stopTheLot([finding('a', { severity: 'HIGH' })])).toBe(false);
  expect(stopTheLot([finding('a', { reviewStatus: 'FALSE_POSITIVE' })])).toBe(false);
  for (const reviewStatus of ['PENDING', 'CONFIRMED', 'NEEDS_REVIEW'] as const)
    expect(stopTheLot([finding('b', { severity: 'LOW' }), finding('a', { reviewStatus })])).toBe(true);
  expect(holdReason(inspection)).toBe('Inspection VISUAL of S-1 failed');
});

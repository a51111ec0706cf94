import { expect, test } from 'vitest';
import { inspectionsAreDone } from '../../../src/quality/disposition/disposition.rules.ts';

const lot = { number: 'KR01PSA261101' };
const inspection = { type: 'VISUAL', sampleCode: 'S-1', round: 1, status: 'PENDING' } as const;
const defect = {
  type: 'OPTICAL',
  sampleCode: 'S-2',
  round: 2,
  defectType: 'CRACK',
  severity: 'CRITICAL',
  reviewStatus: 'NEEDS_REVIEW',
} as const;

test('a lot is released when no inspection and no critical finding is open; both are named (INS-9)', () => {
  expect(inspectionsAreDone(lot, { inspections: [], defects: [] })).toBeUndefined();
  expect(inspectionsAreDone(lot, { inspections: [inspection], defects: [defect] })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'INS-9',
    path: ['lot'],
    message:
      'Lot KR01PSA261101 can be released when its inspections are done and its critical findings are reviewed: Inspection VISUAL of S-1 is PENDING; Defect CRITICAL CRACK of Inspection OPTICAL of S-2, round 2 is NEEDS_REVIEW.',
  });
});

test('five are named, the others are counted (INS-9)', () => {
  const five = Array.from({ length: 5 }, () => inspection);
  expect(inspectionsAreDone(lot, { inspections: five, defects: [] })?.message).not.toContain('more');
  expect(inspectionsAreDone(lot, { inspections: five, defects: [defect, defect] })?.message).toMatch(/; and 2 more\.$/);
});

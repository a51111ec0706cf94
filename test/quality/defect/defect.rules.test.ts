import { describe, expect, test } from 'vitest';
import {
  areaOf,
  defectLabel,
  isConfidence,
  isDismissed,
  isInspectionReviewed,
  isReviewOpen,
  LARGEST_COORDINATE,
  locationFits,
  mayReopen,
  mayReview,
  REVIEW_STATUSES,
  takesDefects,
} from '../../../src/quality/defect/defect.rules.ts';

const defect = { type: 'CRACK', severity: 'HIGH', reviewStatus: 'PENDING' } as const;

test('a confidence is 0 to 1 with at most four decimals (DEF-1)', () => {
  const good = ['0', '1', '1.0000', '0.0001', '0.9999', '-0'];
  const bad = ['1.0001', '-0.0001', '2', '0.00001', '0.50000'];
  expect(good.filter((text) => !isConfidence(text))).toEqual([]);
  expect(bad.filter(isConfidence)).toEqual([]);
});

describe('a location is complete (DEF-2)', () => {
  const location = { x: 0, y: 0, width: 0.5, height: 3 };
  const pathsOf = (given: object): readonly string[] =>
    locationFits({ ...location, ...given }).map(({ path }) => path.join('.'));

  test('with x and y from 0 and with a width and a height', () => {
    expect(locationFits(location)).toEqual([]);
    expect(locationFits({ ...location, unit: 'px', page: 2 })).toEqual([]);
    expect(locationFits({})).toHaveLength(4);
    expect(pathsOf({ x: -0.1, y: -1 })).toEqual(['location.x', 'location.y']);
    expect(pathsOf({ width: 0, height: 0 })).toEqual(['location.width', 'location.height']);
    expect(pathsOf({ width: '5', x: null, y: true })).toEqual(['location.x', 'location.y', 'location.width']);
    expect(pathsOf({ x: LARGEST_COORDINATE })).toEqual([]);
    expect(pathsOf({ x: LARGEST_COORDINATE + 1, width: 1e300 })).toEqual(['location.x', 'location.width']);
    expect(locationFits({ ...location, width: 0 })).toEqual([
      {
        code: 'INVALID_INPUT',
        rule: 'DEF-2',
        path: ['location', 'width'],
        message: 'A location needs width, a number of more than 0 and at most 1000000000.',
      },
    ]);
  });

  test('and its area is width times height', () => {
    expect(areaOf(location)).toBe(1.5);
    expect(areaOf(null)).toBeNull();
    expect(areaOf('elsewhere')).toBeNull();
  });
});

test('a finding is dismissed when it is REJECTED or a FALSE_POSITIVE, and open until it is decided (DEF-3)', () => {
  expect(REVIEW_STATUSES.filter((reviewStatus) => isDismissed({ reviewStatus }))).toEqual([
    'REJECTED',
    'FALSE_POSITIVE',
  ]);
  expect(REVIEW_STATUSES.filter((reviewStatus) => isReviewOpen({ reviewStatus }))).toEqual(['PENDING', 'NEEDS_REVIEW']);
  expect(defectLabel(defect)).toBe('Defect HIGH CRACK');
});

test('only an inspection that is IN_PROGRESS takes findings (INS-5)', () => {
  const inspection = { type: 'VISUAL', sampleCode: 'S-1', round: 1 } as const;
  expect(takesDefects({ ...inspection, status: 'IN_PROGRESS' })).toBeUndefined();
  expect(takesDefects({ ...inspection, status: 'PENDING' })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'INS-5',
    path: ['inspection'],
    message: 'Inspection VISUAL of S-1 is PENDING and takes no findings; start it first.',
  });
  for (const status of ['COMPLETED', 'FAILED', 'CANCELLED'] as const)
    expect(takesDefects({ ...inspection, status })?.message).toBe(
      `Inspection VISUAL of S-1 is ${status} and takes no findings; later findings need a new round.`,
    );
});

test('an inspection is reviewed when it is COMPLETED and nothing waits for a reviewer (INS-4)', () => {
  expect([isInspectionReviewed('COMPLETED', 0), isInspectionReviewed('COMPLETED', 1)]).toEqual([true, false]);
  expect(isInspectionReviewed('IN_PROGRESS', 0)).toBe(false);
});

describe('a review (DEF-3)', () => {
  test('decides about what is PENDING or NEEDS_REVIEW', () => {
    for (const to of ['CONFIRMED', 'REJECTED', 'FALSE_POSITIVE'] as const) {
      expect(mayReview(defect, to, undefined)).toBeUndefined();
      expect(mayReview({ ...defect, reviewStatus: 'NEEDS_REVIEW' }, to, undefined)).toBeUndefined();
      for (const reviewStatus of ['CONFIRMED', 'REJECTED', 'FALSE_POSITIVE'] as const)
        expect(mayReview({ ...defect, reviewStatus }, to, 'Look')).toEqual({
          code: 'RULE_VIOLATED',
          rule: 'DEF-3',
          path: ['id'],
          message: `Defect HIGH CRACK is ${reviewStatus}; a lead reopens its review first.`,
        });
    }
  });

  test('moves as its table allows, and asks for another look with notes only', () => {
    expect(mayReview({ ...defect, reviewStatus: 'NEEDS_REVIEW' }, 'NEEDS_REVIEW', 'Look')).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'DEF-3',
      path: ['id'],
      message:
        'Defect HIGH CRACK is NEEDS_REVIEW; only from PENDING or CONFIRMED or REJECTED or FALSE_POSITIVE can it become NEEDS_REVIEW.',
    });
    expect(mayReview(defect, 'NEEDS_REVIEW', 'Look')).toBeUndefined();
    expect(mayReview(defect, 'NEEDS_REVIEW', undefined)).toMatchObject({ rule: 'DEF-3', path: ['notes'] });
  });

  test('is reopened only when something was decided', () => {
    const reopened = REVIEW_STATUSES.filter((reviewStatus) => mayReopen({ ...defect, reviewStatus }) === undefined);
    expect(reopened).toEqual(['CONFIRMED', 'REJECTED', 'FALSE_POSITIVE']);
    expect(mayReopen(defect)).toMatchObject({ code: 'RULE_VIOLATED', rule: 'DEF-3', path: ['id'] });
  });
});

import { describe, expect, test } from 'vitest';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import {
  TARGET_QUANTITY,
  defaultTarget,
  targetFits,
  targetMayBecome,
} from '../../../src/production/lot/lot-target.rules.ts';
import { lot } from '../../support/floor.ts';

test('the target is 1..1,000,000 (LOT-3)', () => {
  expect(TARGET_QUANTITY).toEqual({ min: 1, max: 1_000_000, default: 100 });
});

test('the default target is 100, or less where the model allows less (LOT-3)', () => {
  expect(defaultTarget({ maxLotQuantity: 1_000 })).toBe(100);
  expect(defaultTarget({ maxLotQuantity: 100 })).toBe(100);
  expect(defaultTarget({ maxLotQuantity: 99 })).toBe(99);
});

test('the target is at most the maximum of the model (LOT-3)', () => {
  expect(targetFits(500, { code: 'PSA-1', maxLotQuantity: 500 })).toBeUndefined();
  expect(targetFits(501, { code: 'PSA-1', maxLotQuantity: 500 })).toEqual(
    rejection('LOT-3', 'targetQuantity', 'A lot of model PSA-1 has at most 500 units; 501 is too many.'),
  );
});

describe('a changed target', () => {
  const model = { code: 'PSA-1', maxLotQuantity: 5_000 };
  const of100 = { ...lot(), targetQuantity: 100 };

  test('is allowed while the lot is CREATED or IN_PROGRESS (LOT-3)', () => {
    expect(targetMayBecome(200, { ...of100, status: 'CREATED' }, model, 0)).toBeUndefined();
    expect(targetMayBecome(200, { ...of100, status: 'IN_PROGRESS' }, model, 0)).toBeUndefined();
    for (const status of ['COMPLETED', 'CLOSED'] as const) {
      expect(targetMayBecome(200, { ...of100, status }, model, 0)).toEqual(
        rejection(
          'LOT-3',
          'targetQuantity',
          `Lot KR01PSA261101 is ${status}; the target changes only while it is CREATED or IN_PROGRESS.`,
        ),
      );
    }
  });

  test('is not a change when it stays the same (LOT-3)', () => {
    expect(targetMayBecome(100, { ...of100, status: 'CLOSED' }, { ...model, maxLotQuantity: 1 }, 100)).toBeUndefined();
  });

  test('is never raised above the maximum of the model (LOT-3)', () => {
    expect(targetMayBecome(5_000, of100, model, 0)).toBeUndefined();
    expect(targetMayBecome(5_001, of100, model, 0)).toEqual(
      rejection('LOT-3', 'targetQuantity', 'A lot of model PSA-1 has at most 5000 units; 5001 is too many.'),
    );
  });

  test('may be lowered in a lot that exceeds the lowered maximum of its model (LOT-3)', () => {
    expect(targetMayBecome(60, of100, { ...model, maxLotQuantity: 50 }, 0)).toBeUndefined();
  });

  test('is at least the number of items; equal is allowed (LOT-3)', () => {
    const of500 = { ...of100, targetQuantity: 500 };

    expect(targetMayBecome(120, of500, model, 120)).toBeUndefined();
    expect(targetMayBecome(119, of500, model, 120)).toEqual(
      rejection(
        'LOT-3',
        'targetQuantity',
        'Lot KR01PSA261101 already has 120 WIP items; its target cannot be 119, but 120 or more.',
      ),
    );
  });

  test('keeps its number of digits once items exist (LOT-3)', () => {
    expect(targetMayBecome(999, of100, model, 1)).toBeUndefined();
    expect(targetMayBecome(9, of100, model, 1)).toBeUndefined();
    expect(targetMayBecome(1_000, of100, model, 0)).toBeUndefined();
    expect(targetMayBecome(1_000, of100, model, 1)).toEqual(
      rejection(
        'LOT-3',
        'targetQuantity',
        'The WIP items of lot KR01PSA261101 are numbered with 3 digits; a target of 1000 would need 4.',
      ),
    );
    expect(targetMayBecome(999, { ...of100, targetQuantity: 1_000 }, model, 1)).toEqual(
      rejection(
        'LOT-3',
        'targetQuantity',
        'The WIP items of lot KR01PSA261101 are numbered with 4 digits; a target of 999 would need 3.',
      ),
    );
  });
});

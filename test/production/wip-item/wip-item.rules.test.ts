import { describe, expect, test } from 'vitest';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import { allowsTransition } from '../../../src/platform/rules/state-machine.ts';
import {
  externalNumbersAreFree,
  externalNumbersFit,
  generationFits,
  isAddedStep,
  isItemActive,
  type ItemResult,
  itemMovesOfCorrection,
  itemStatusAfterCorrection,
  itemStatusAfterResult,
  itemStatusAfterStart,
  itemTakesWork,
  MAX_ITEMS_PER_CALL,
  mayConvert,
  MIN_ITEMS_PER_CALL,
  nextStepOfItem,
  WIP_ITEM_FLOW,
  WIP_ITEM_STATUSES,
  wipItemBecoming,
  wipItemLeadTimeSeconds,
  wipItemMayMove,
  type WipItemStatus,
} from '../../../src/production/wip-item/wip-item.rules.ts';
import { CONVERT, idsOf, MOUNT, NOW, ROUTE, SOLDER, step } from '../../support/floor.ts';

const NUMBER = 'WIP-KR01PSA261101-001';
const EARLIER = '2026-11-19T08:00:00.000Z';

function item(status: WipItemStatus) {
  return { number: NUMBER, status };
}

type Step = ItemResult['step'];
type Result = ItemResult['result'];
type IdSet = ReadonlySet<string>;

function afterResult(status: WipItemStatus, step: Step, result: Result, passedStepIds: IdSet, route = ROUTE) {
  return itemStatusAfterResult(status, { step, result, route, passedStepIds });
}

function afterCorrection(status: WipItemStatus, step: Step, result: Result, passedStepIds: IdSet) {
  return itemStatusAfterCorrection(status, { step, result, route: ROUTE, passedStepIds });
}

describe('generating items', () => {
  const of5 = { number: 'KR01PSA261101', targetQuantity: 5 };

  test('creates 1..100 items in one call (WIP-3)', () => {
    expect([MIN_ITEMS_PER_CALL, MAX_ITEMS_PER_CALL]).toEqual([1, 100]);
  });

  test('creates no more items than the target; too many are refused as a whole (WIP-3)', () => {
    expect(generationFits(of5, 0, 5)).toBeUndefined();
    expect(generationFits(of5, 3, 2)).toBeUndefined();
    expect(generationFits(of5, 3, 3)).toEqual(
      rejection('WIP-3', 'quantity', 'Lot KR01PSA261101 has 3 of its 5 WIP items and takes at most 2 more, not 3.'),
    );
    expect(generationFits(of5, 5, 1)).toEqual(
      rejection('WIP-3', 'quantity', 'Lot KR01PSA261101 has 5 of its 5 WIP items and takes at most 0 more, not 1.'),
    );
  });

  test('takes one external number for each item, or none', () => {
    expect(externalNumbersFit(2, [])).toBeUndefined();
    expect(externalNumbersFit(2, ['A', 'B'])).toBeUndefined();
    expect(externalNumbersFit(2, ['A'])).toEqual(
      rejection(
        'INVALID_INPUT',
        'externalNumbers',
        'WIP items: 2, external numbers: 1; give one for each item, or none.',
      ),
    );
  });
});

describe('the status of an item', () => {
  const moves = new Set([
    'CREATED IN_PROGRESS',
    'IN_PROGRESS COMPLETED',
    'IN_PROGRESS FAILED',
    'FAILED IN_PROGRESS',
    'COMPLETED CONVERTED',
    'COMPLETED IN_PROGRESS',
  ]);
  const pairs = WIP_ITEM_STATUSES.flatMap((from) => WIP_ITEM_STATUSES.map((to) => [from, to] as const));

  test.each(pairs)('changes by its table: from %s to %s (WIP-5)', (from, to) => {
    const allowed = moves.has(`${from} ${to}`);

    expect(allowsTransition(WIP_ITEM_FLOW, from, to)).toBe(allowed);
    expect(wipItemMayMove(item(from), to) === undefined).toBe(allowed);
  });

  test('is final when CONVERTED (WIP-5)', () => {
    expect(WIP_ITEM_FLOW.machine).toBe('wip_items.status');
    expect(wipItemMayMove(item('CONVERTED'), 'IN_PROGRESS')).toEqual(
      rejection(
        'WIP-5',
        'status',
        `WIP item ${NUMBER} is CONVERTED; only from CREATED or FAILED or COMPLETED can it become IN_PROGRESS.`,
      ),
    );
  });

  test('gets a time when the item completes and when it is converted (WIP-5)', () => {
    expect(wipItemBecoming({ completedAt: null }, 'COMPLETED', NOW)).toEqual({
      status: 'COMPLETED',
      completedAt: NOW,
      convertedAt: null,
    });
    expect(wipItemBecoming({ completedAt: EARLIER }, 'CONVERTED', NOW)).toEqual({
      status: 'CONVERTED',
      completedAt: EARLIER,
      convertedAt: NOW,
    });
  });

  test('has no time of completion when the item goes back to work (WIP-9)', () => {
    expect(wipItemBecoming({ completedAt: EARLIER }, 'IN_PROGRESS', NOW)).toEqual({
      status: 'IN_PROGRESS',
      completedAt: null,
      convertedAt: null,
    });
    expect(wipItemBecoming({ completedAt: null }, 'FAILED', NOW)).toEqual({
      status: 'FAILED',
      completedAt: null,
      convertedAt: null,
    });
  });

  test('is active while work is running or can still start', () => {
    expect(WIP_ITEM_STATUSES.filter((status) => isItemActive({ status }))).toEqual(['CREATED', 'IN_PROGRESS']);
  });
});

describe('work on an item', () => {
  test('sets it IN_PROGRESS with the start of a manufacturing step, also of a retry and of an added step (WIP-6, WIP-9)', () => {
    for (const status of ['CREATED', 'IN_PROGRESS', 'FAILED', 'COMPLETED'] as const) {
      expect(itemStatusAfterStart(status, MOUNT)).toBe('IN_PROGRESS');
    }
  });

  test('leaves its status with the start of the conversion step (WIP-6)', () => {
    expect(itemStatusAfterStart('COMPLETED', CONVERT)).toBe('COMPLETED');
  });

  test('completes it with a PASS when no manufacturing step is missing (WIP-6)', () => {
    expect(afterResult('IN_PROGRESS', MOUNT, 'PASS', idsOf(MOUNT))).toBe('IN_PROGRESS');
    expect(afterResult('IN_PROGRESS', SOLDER, 'PASS', idsOf(MOUNT, SOLDER))).toBe('COMPLETED');
    const withOld = [...ROUTE, step(40, 'OLD', { isActive: false })];
    expect(afterResult('IN_PROGRESS', MOUNT, 'PASS', idsOf(MOUNT, SOLDER), withOld)).toBe('COMPLETED');
  });

  test('fails it with a FAIL, and keeps it IN_PROGRESS with a REWORK (WIP-6)', () => {
    expect(afterResult('IN_PROGRESS', MOUNT, 'FAIL', idsOf())).toBe('FAILED');
    expect(afterResult('IN_PROGRESS', MOUNT, 'REWORK', idsOf())).toBe('IN_PROGRESS');
  });

  test('that ends late in a second open execution neither revives a FAILED item nor undoes a COMPLETED one (WIP-6)', () => {
    expect(afterResult('FAILED', SOLDER, 'PASS', idsOf(SOLDER))).toBe('FAILED');
    const old = step(40, 'OLD', { isActive: false });
    expect(afterResult('COMPLETED', old, 'FAIL', idsOf(MOUNT, SOLDER))).toBe('COMPLETED');
  });

  test('that ends late without a PASS undoes a COMPLETED item where the step is part of its route (WIP-6, RTE-6)', () => {
    const optional = step(20, 'POLISH', { isOptional: true });
    const route = [...ROUTE, optional];
    expect(afterResult('COMPLETED', optional, 'FAIL', idsOf(MOUNT, SOLDER), route)).toBe('FAILED');
    expect(afterResult('COMPLETED', optional, 'REWORK', idsOf(MOUNT, SOLDER), route)).toBe('IN_PROGRESS');
    expect(afterResult('COMPLETED', optional, 'PASS', idsOf(MOUNT, SOLDER, optional), route)).toBe('COMPLETED');
    expect(afterResult('FAILED', optional, 'REWORK', idsOf(MOUNT, SOLDER), route)).toBe('FAILED');
  });

  test('on the conversion step changes its status with a PASS only (WIP-6)', () => {
    expect(afterResult('COMPLETED', CONVERT, 'PASS', idsOf(MOUNT, SOLDER, CONVERT))).toBe('CONVERTED');
    expect(afterResult('COMPLETED', CONVERT, 'FAIL', idsOf(MOUNT, SOLDER))).toBe('COMPLETED');
    expect(afterResult('COMPLETED', CONVERT, 'REWORK', idsOf(MOUNT, SOLDER))).toBe('COMPLETED');
  });

  test('is refused when it is CONVERTED (WIP-8)', () => {
    for (const status of ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'FAILED'] as const)
      expect(itemTakesWork(item(status))).toBeUndefined();
    expect(itemTakesWork(item('CONVERTED'))).toEqual(
      rejection('WIP-8', 'unit', `WIP item ${NUMBER} is CONVERTED and takes no more work; work on its serial.`),
    );
  });

  test('is of an added step only when that is a manufacturing step without a PASS (WIP-9)', () => {
    expect(isAddedStep(SOLDER, idsOf(MOUNT))).toBe(true);
    expect(isAddedStep(MOUNT, idsOf(MOUNT))).toBe(false);
    expect(isAddedStep(CONVERT, idsOf(MOUNT))).toBe(false);
  });

  test('continues with the lowest step without a PASS, then with the conversion step, then with none', () => {
    expect(nextStepOfItem({ status: 'CREATED' }, ROUTE, idsOf())).toBe(MOUNT);
    expect(nextStepOfItem({ status: 'IN_PROGRESS' }, ROUTE, idsOf(MOUNT))).toBe(SOLDER);
    expect(nextStepOfItem({ status: 'COMPLETED' }, ROUTE, idsOf(MOUNT, SOLDER))).toBe(CONVERT);
    expect(nextStepOfItem({ status: 'COMPLETED' }, [MOUNT], idsOf(MOUNT))).toBeUndefined();
    expect(nextStepOfItem({ status: 'CONVERTED' }, ROUTE, idsOf())).toBeUndefined();
  });
});

describe('a conversion', () => {
  const all = idsOf(MOUNT, SOLDER);
  const refuse = (message: string) => rejection('WIP-7', 'wipItem', `WIP item ${NUMBER} ${message}`);

  test('is allowed for a COMPLETED item with a PASS on every manufacturing step (WIP-7)', () => {
    expect(mayConvert(item('COMPLETED'), ROUTE, all, [])).toEqual([]);
  });

  test('is refused with the status and the missing steps at once (WIP-7)', () => {
    expect(mayConvert(item('IN_PROGRESS'), ROUTE, idsOf(), [])).toEqual([
      refuse('is IN_PROGRESS; only a COMPLETED item can be converted.'),
      refuse('has no PASS yet on 10 MOUNT, 30 SOLDER.'),
    ]);
    for (const status of ['CREATED', 'FAILED'] as const) {
      expect(mayConvert(item(status), ROUTE, all, [])).toEqual([
        refuse(`is ${status}; only a COMPLETED item can be converted.`),
      ]);
    }
  });

  test('is refused for a COMPLETED item without a PASS on an added step (WIP-7)', () => {
    const route = [...ROUTE, step(20, 'GLUE')];

    expect(mayConvert(item('COMPLETED'), route, all, [])).toEqual([refuse('has no PASS yet on 20 GLUE.')]);
  });

  test('needs at least one manufacturing step (WIP-7)', () => {
    expect(mayConvert(item('COMPLETED'), [CONVERT], all, [])).toEqual([
      refuse('has nothing to pass; at least one active WIP-level MANUFACTURING step must exist.'),
    ]);
  });

  test('is refused with another open execution (WIP-7)', () => {
    expect(mayConvert(item('COMPLETED'), ROUTE, all, [SOLDER])).toEqual([
      refuse('has an open execution of 30 SOLDER; complete or withdraw it first.'),
    ]);
  });

  test('is carried out once (WIP-7)', () => {
    expect(mayConvert(item('CONVERTED'), ROUTE, idsOf(), [SOLDER])).toEqual([
      refuse('is CONVERTED already; work on its serial.'),
    ]);
  });
});

describe('a correction', () => {
  test('sets the status again (PD-13)', () => {
    expect(afterCorrection('FAILED', SOLDER, 'PASS', idsOf(MOUNT, SOLDER))).toBe('COMPLETED');
    expect(afterCorrection('FAILED', MOUNT, 'PASS', idsOf(MOUNT))).toBe('IN_PROGRESS');
    expect(afterCorrection('FAILED', MOUNT, 'REWORK', idsOf())).toBe('IN_PROGRESS');
    expect(afterCorrection('COMPLETED', SOLDER, 'FAIL', idsOf(MOUNT))).toBe('FAILED');
    expect(afterCorrection('COMPLETED', CONVERT, 'PASS', idsOf(MOUNT, SOLDER, CONVERT))).toBe('CONVERTED');
    expect(afterCorrection('COMPLETED', CONVERT, 'REWORK', idsOf(MOUNT, SOLDER))).toBe('COMPLETED');
  });

  test('never undoes a conversion (PD-13)', () => {
    expect(afterCorrection('CONVERTED', SOLDER, 'FAIL', idsOf(MOUNT))).toBe('CONVERTED');
  });

  test('goes through IN_PROGRESS where the table has no direct transition (PD-13)', () => {
    expect(itemMovesOfCorrection('FAILED', 'COMPLETED')).toEqual(['IN_PROGRESS', 'COMPLETED']);
    expect(itemMovesOfCorrection('COMPLETED', 'FAILED')).toEqual(['IN_PROGRESS', 'FAILED']);
    expect(itemMovesOfCorrection('FAILED', 'IN_PROGRESS')).toEqual(['IN_PROGRESS']);
    expect(itemMovesOfCorrection('COMPLETED', 'CONVERTED')).toEqual(['CONVERTED']);
    expect(itemMovesOfCorrection('FAILED', 'FAILED')).toEqual([]);
  });
});

test('an external number that exists, or is given twice, is refused with its path (GEN-3)', () => {
  expect(externalNumbersAreFree([], new Set())).toEqual([]);
  expect(externalNumbersAreFree(['A', 'a', 'B'], new Set(['C']))).toEqual([]);
  expect(externalNumbersAreFree(['A', 'B', 'A', 'C'], new Set(['B']))).toEqual([
    rejection('GEN-3', 'externalNumbers.1', 'A WIP item with the external number B exists already.', 'CONFLICT'),
    rejection(
      'GEN-3',
      'externalNumbers.2',
      'The external number A is given twice; each item needs its own.',
      'CONFLICT',
    ),
  ]);
});

test('the lead time of an item lasts from its first start to its completion, in whole seconds', () => {
  const firstStartedAt = '2026-11-20T08:00:00.000Z';
  expect(wipItemLeadTimeSeconds({ firstStartedAt, completedAt: '2026-11-20T08:01:01.999Z' })).toBe(61);
  expect(wipItemLeadTimeSeconds({ firstStartedAt, completedAt: null })).toBeNull();
  expect(wipItemLeadTimeSeconds({ firstStartedAt: null, completedAt: firstStartedAt })).toBeNull();
});

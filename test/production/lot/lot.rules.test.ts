import { describe, expect, test } from 'vitest';
import { allowsTransition } from '../../../src/platform/rules/state-machine.ts';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import {
  EXTERNAL_NUMBER_LENGTH,
  FIRST_PRODUCTION_DATE,
  REJECTED_FOR_HELD_LOT,
  LAST_PRODUCTION_DATE,
  LOT_DISPOSITIONS,
  LOT_DISPOSITION_FLOW,
  LOT_FLOW,
  LOT_STATUSES,
  SUPPLIER_CODE_LENGTH,
  UNFINISHED_STATUSES,
  canBeHeld,
  closedLot,
  completedLot,
  hasLotNumberLeft,
  isLotActive,
  isLotHeld,
  isMadeForActiveModel,
  isMadeOnActiveLine,
  isStartedByFirstWork,
  lotIsNotHeld,
  lotMayBeDecided,
  lotMayMove,
  mayClose,
  mayCompleteShort,
  mayDelete,
  startedLot,
  takesNewItems,
  type HeldLotAction,
} from '../../../src/production/lot/lot.rules.ts';
import { NOW, lot } from '../../support/floor.ts';

const EARLIER = '2026-11-20T07:59:59.999Z';
const LATER = '2026-11-20T08:00:00.001Z';

test('the limits of a lot are those of the domain', () => {
  expect([FIRST_PRODUCTION_DATE, LAST_PRODUCTION_DATE]).toEqual(['2000-01-01', '2099-12-31']);
  expect([SUPPLIER_CODE_LENGTH, EXTERNAL_NUMBER_LENGTH]).toEqual([100, 100]);
});

describe('the states of a lot', () => {
  const moves = new Set(['CREATED IN_PROGRESS', 'IN_PROGRESS COMPLETED', 'COMPLETED CLOSED']);
  const statusPairs = LOT_STATUSES.flatMap((from) => LOT_STATUSES.map((to) => [from, to] as const));

  test.each(statusPairs)('advance by one status at a time: from %s to %s (LOT-5)', (from, to) => {
    const allowed = moves.has(`${from} ${to}`);

    expect(allowsTransition(LOT_FLOW, from, to)).toBe(allowed);
    expect(lotMayMove(lot(from), to) === undefined).toBe(allowed);
  });

  test('are named in a refusal, which says from where the transition is allowed (LOT-5)', () => {
    expect(LOT_FLOW.machine).toBe('lots.status');
    expect(lotMayMove(lot('CREATED'), 'CLOSED')).toEqual(
      rejection('LOT-5', 'status', 'Lot KR01PSA261101 is CREATED; only from COMPLETED can it become CLOSED.'),
    );
    expect(lotMayMove(lot('CLOSED'), 'CREATED')).toEqual(
      rejection('LOT-5', 'status', 'Lot KR01PSA261101 is CLOSED; nothing becomes CREATED again.'),
    );
  });

  const decisions = new Set([
    'UNDECIDED QUARANTINED',
    'UNDECIDED RELEASED',
    'UNDECIDED REJECTED',
    'QUARANTINED RELEASED',
    'QUARANTINED REJECTED',
    'RELEASED QUARANTINED',
  ]);
  const dispositionPairs = LOT_DISPOSITIONS.flatMap((from) => LOT_DISPOSITIONS.map((to) => [from, to] as const));

  test.each(dispositionPairs)(
    'include a disposition that changes by its table, in any status: from %s to %s (LOT-6)',
    (from, to) => {
      const allowed = decisions.has(`${from} ${to}`);

      expect(allowsTransition(LOT_DISPOSITION_FLOW, from, to)).toBe(allowed);
      for (const status of LOT_STATUSES) expect(lotMayBeDecided(lot(status, from), to) === undefined).toBe(allowed);
    },
  );

  test('include a rejection that is final, and a release that can be recalled to QUARANTINED only (LOT-6)', () => {
    expect(LOT_DISPOSITION_FLOW.machine).toBe('lots.disposition');
    expect(lotMayBeDecided(lot('CLOSED', 'REJECTED'), 'RELEASED')).toEqual(
      rejection(
        'LOT-6',
        'disposition',
        'Lot KR01PSA261101 is REJECTED; only from UNDECIDED or QUARANTINED can it become RELEASED.',
      ),
    );
    expect(lotMayBeDecided(lot('CLOSED', 'RELEASED'), 'QUARANTINED')).toBeUndefined();
    expect(lotMayBeDecided(lot('CLOSED', 'RELEASED'), 'REJECTED')).toEqual(
      rejection(
        'LOT-6',
        'disposition',
        'Lot KR01PSA261101 is RELEASED; only from UNDECIDED or QUARANTINED can it become REJECTED.',
      ),
    );
  });

  test('have a time each, never before that of the preceding one (LOT-5)', () => {
    expect(startedLot(NOW)).toEqual({ status: 'IN_PROGRESS', startedAt: NOW });
    expect(completedLot({ startedAt: EARLIER }, NOW)).toEqual({ status: 'COMPLETED', completedAt: NOW });
    expect(completedLot({ startedAt: NOW }, NOW)).toEqual({ status: 'COMPLETED', completedAt: NOW });
    expect(completedLot({ startedAt: LATER }, NOW)).toEqual({ status: 'COMPLETED', completedAt: LATER });
    expect(completedLot({ startedAt: null }, NOW)).toEqual({ status: 'COMPLETED', completedAt: NOW });
    expect(closedLot({ completedAt: EARLIER }, NOW)).toEqual({ status: 'CLOSED', closedAt: NOW });
    expect(closedLot({ completedAt: LATER }, NOW)).toEqual({ status: 'CLOSED', closedAt: LATER });
    expect(closedLot({ completedAt: null }, NOW)).toEqual({ status: 'CLOSED', closedAt: NOW });
  });

  test('advance to IN_PROGRESS with the first generation of items or the first start of a LOT-level step, and not with later ones (WIP-4, LOT-5)', () => {
    expect(LOT_STATUSES.filter((status) => isStartedByFirstWork({ status }))).toEqual(['CREATED']);
  });

  test('are active before COMPLETED, and held while the disposition is QUARANTINED or REJECTED', () => {
    expect(LOT_STATUSES.filter((status) => isLotActive({ status }))).toEqual(['CREATED', 'IN_PROGRESS']);
    expect(LOT_DISPOSITIONS.filter((disposition) => isLotHeld({ disposition }))).toEqual(['QUARANTINED', 'REJECTED']);
  });
});

describe('creating a lot', () => {
  test('allows 339 lots of a line, a model and a month (LOT-2)', () => {
    expect(hasLotNumberLeft('KR01PSA2611', 1)).toBeUndefined();
    expect(hasLotNumberLeft('KR01PSA2611', 339)).toBeUndefined();
    expect(hasLotNumberLeft('KR01PSA2611', 340)).toEqual(
      rejection(
        'LOT-2',
        'productionDate',
        'All 339 lot numbers KR01PSA261101 to KR01PSA2611Z9 are used; choose a production date in another month.',
        'LIMIT_EXCEEDED',
      ),
    );
  });

  test('requires an ACTIVE model (LOT-13)', () => {
    expect(isMadeForActiveModel({ code: 'PSA-1', status: 'ACTIVE' })).toBeUndefined();
    for (const status of ['INACTIVE', 'DISCONTINUED'] as const) {
      expect(isMadeForActiveModel({ code: 'PSA-1', status })).toEqual(
        rejection('LOT-13', 'productModel', `Product model PSA-1 is ${status}; only an ACTIVE model takes new lots.`),
      );
    }
  });

  test('requires an active line (LOT-13)', () => {
    expect(isMadeOnActiveLine({ code: 'KR01', isActive: true })).toBeUndefined();
    expect(isMadeOnActiveLine({ code: 'KR01', isActive: false })).toEqual(
      rejection('LOT-13', 'productionLine', 'Production line KR01 is not active; only an active line takes new lots.'),
    );
  });
});

test('a completed or closed lot accepts no more items (LOT-4)', () => {
  expect(takesNewItems(lot('CREATED'))).toBeUndefined();
  expect(takesNewItems(lot('IN_PROGRESS'))).toBeUndefined();
  for (const status of ['COMPLETED', 'CLOSED'] as const) {
    expect(takesNewItems(lot(status))).toEqual(
      rejection(
        'LOT-4',
        'lot',
        `Lot KR01PSA261101 is ${status}; only a CREATED or IN_PROGRESS lot takes new WIP items.`,
      ),
    );
  }
});

describe('a held lot', () => {
  const words: Record<HeldLotAction, string> = {
    NEW_ITEMS: 'new WIP items',
    START: 'start or record of a step',
    PASS: 'PASS of a step',
    CONVERSION: 'conversion of a WIP item',
    START_SERIAL: 'start of a serial',
    PASS_SERIAL: 'pass of a serial',
    REWORK_SERIAL: 'rework of a serial',
    CORRECTION_TO_PASS: 'correction to PASS',
  };
  const actions = Object.keys(REJECTED_FOR_HELD_LOT) as HeldLotAction[];

  test('refuses exactly these actions (LOT-7)', () => {
    expect(REJECTED_FOR_HELD_LOT).toEqual(words);
  });

  test.each(actions)('refuses %s, and a lot that is not held allows it (LOT-7)', (action) => {
    expect(lotIsNotHeld(lot('IN_PROGRESS', 'UNDECIDED'), action)).toBeUndefined();
    expect(lotIsNotHeld(lot('IN_PROGRESS', 'RELEASED'), action)).toBeUndefined();
    expect(lotIsNotHeld(lot('IN_PROGRESS', 'QUARANTINED'), action)).toEqual(
      rejection(
        'LOT-7',
        'lot',
        `Lot KR01PSA261101 is QUARANTINED and takes no ${words[action]}; it must be released first.`,
      ),
    );
    expect(lotIsNotHeld(lot('IN_PROGRESS', 'REJECTED'), action)).toEqual(
      rejection(
        'LOT-7',
        'lot',
        `Lot KR01PSA261101 is REJECTED and takes no ${words[action]}; a rejected lot never does again.`,
      ),
    );
  });
});

describe('a lot', () => {
  const nothing = { executions: 0, wipItems: 0, serials: 0 };

  test('may be completed short while it is IN_PROGRESS and nothing is unfinished (LOT-9)', () => {
    expect(mayCompleteShort(lot('IN_PROGRESS'), nothing)).toBeUndefined();
    expect(UNFINISHED_STATUSES).toEqual({
      wipItems: ['CREATED', 'IN_PROGRESS', 'COMPLETED'],
      serials: ['CREATED', 'IN_PROGRESS'],
    });
  });

  test('is completed short only while it is IN_PROGRESS (LOT-9)', () => {
    for (const status of ['CREATED', 'COMPLETED', 'CLOSED'] as const) {
      expect(mayCompleteShort(lot(status), nothing)).toEqual(
        rejection('LOT-9', 'lot', `Lot KR01PSA261101 is ${status}; only an IN_PROGRESS lot can be completed short.`),
      );
    }
  });

  test.each([
    [{ ...nothing, executions: 1 }, '1 open execution'],
    [{ ...nothing, wipItems: 2 }, '2 unfinished WIP items'],
    [{ ...nothing, serials: 1 }, '1 unfinished serial'],
    [{ executions: 3, wipItems: 1, serials: 4 }, '3 open executions, 1 unfinished WIP item, 4 unfinished serials'],
  ])('is not completed short with unfinished work: %j (LOT-9)', (unfinished, words) => {
    expect(mayCompleteShort(lot('IN_PROGRESS'), unfinished)).toEqual(
      rejection('LOT-9', 'lot', `Lot KR01PSA261101 still has ${words}; it can be completed short when none is left.`),
    );
  });

  test('is closed only when it is COMPLETED (LOT-10)', () => {
    for (const status of ['CREATED', 'IN_PROGRESS', 'CLOSED'] as const) {
      expect(mayClose(lot(status))).toEqual(
        rejection('LOT-10', 'lot', `Lot KR01PSA261101 is ${status}; only a COMPLETED lot can be closed.`),
      );
    }
  });

  test('may be closed when it is UNDECIDED, RELEASED or REJECTED, and not when it is QUARANTINED (LOT-10)', () => {
    for (const disposition of ['UNDECIDED', 'RELEASED', 'REJECTED'] as const) {
      expect(mayClose(lot('COMPLETED', disposition))).toBeUndefined();
    }
    expect(mayClose(lot('COMPLETED', 'QUARANTINED'))).toEqual(
      rejection('LOT-10', 'lot', 'Lot KR01PSA261101 is QUARANTINED; it can be closed once it is released or rejected.'),
    );
  });

  test('may be deleted while it is CREATED, UNDECIDED and without references (LOT-11)', () => {
    expect(mayDelete(lot('CREATED'), { wipItems: 0 })).toBeUndefined();
    for (const status of ['IN_PROGRESS', 'COMPLETED', 'CLOSED'] as const) {
      expect(mayDelete(lot(status), {})).toEqual(
        rejection('LOT-11', 'lot', `Lot KR01PSA261101 is ${status}; only a CREATED lot can be deleted.`),
      );
    }
    for (const disposition of ['QUARANTINED', 'RELEASED', 'REJECTED'] as const) {
      expect(mayDelete(lot('CREATED', disposition), {})).toEqual(
        rejection(
          'LOT-11',
          'lot',
          `Lot KR01PSA261101 is ${disposition}; only a lot about which nothing was decided can be deleted.`,
        ),
      );
    }
    expect(mayDelete(lot('CREATED'), { wipItems: 2, inspections: 0 })).toEqual(
      rejection(
        'LOT-11',
        'lot',
        'Lot KR01PSA261101 is in use (wip items: 2); only a lot to which nothing refers can be deleted.',
      ),
    );
  });
});

test('a lot that is held already, or rejected for ever, cannot be held again (LOT-6)', () => {
  expect(LOT_DISPOSITIONS.filter((disposition) => canBeHeld({ disposition }))).toEqual(['UNDECIDED', 'RELEASED']);
});

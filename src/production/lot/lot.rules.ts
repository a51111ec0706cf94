import { takesNewLots, type ProductModelStatus } from '../../catalog/product-model/product-model.rules.ts';
import { allowsTransition, mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { namedUses, type Uses } from '../../platform/rules/natural-key.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { later, type Instant } from '../../platform/values/time.ts';
import { lotNumber, MAX_LOT_SEQUENCE } from './unit-number.rules.ts';

/** LOT-5: The production statuses of a lot. */
export const LOT_STATUSES = ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED'] as const;
/** The production status of a lot. */
export type LotStatus = (typeof LOT_STATUSES)[number];

/** LOT-6: The decisions of quality about a lot. */
export const LOT_DISPOSITIONS = ['UNDECIDED', 'QUARANTINED', 'RELEASED', 'REJECTED'] as const;
/** The decision of quality about a lot. */
export type LotDisposition = (typeof LOT_DISPOSITIONS)[number];

/** LOT-5: The statuses to which the production of a lot may move. This table is the whole life of a lot. */
export const LOT_FLOW: StateMachine<LotStatus> = {
  machine: 'lots.status',
  rule: 'LOT-5',
  moves: { CREATED: ['IN_PROGRESS'], IN_PROGRESS: ['COMPLETED'], COMPLETED: ['CLOSED'], CLOSED: [] },
};

/**
 * LOT-6: The decisions that quality may take about a lot. A rejection is final; a released lot can only be quarantined
 * again.
 */
export const LOT_DISPOSITION_FLOW: StateMachine<LotDisposition> = {
  machine: 'lots.disposition',
  rule: 'LOT-6',
  moves: {
    UNDECIDED: ['QUARANTINED', 'RELEASED', 'REJECTED'],
    QUARANTINED: ['RELEASED', 'REJECTED'],
    RELEASED: ['QUARANTINED'],
    REJECTED: [],
  },
};

/** LOT-1: The first production date that has a lot number. */
export const FIRST_PRODUCTION_DATE = '2000-01-01';
/** LOT-1: The last production date that has a lot number. */
export const LAST_PRODUCTION_DATE = '2099-12-31';
/** The most characters of the code of a supplier. */
export const SUPPLIER_CODE_LENGTH = 100;
/** The most characters of the external number of a lot, a WIP item or a serial. */
export const EXTERNAL_NUMBER_LENGTH = 100;

interface NumberedLot {
  readonly number: string;
}

interface LotInProduction extends NumberedLot {
  readonly status: LotStatus;
}

interface LotWithDisposition extends NumberedLot {
  readonly disposition: LotDisposition;
}

/**
 * LOT-7: The actions that a held lot rejects, as the rejection names them. Failures, rework results and withdrawals are
 * not listed: they go on.
 */
export const REJECTED_FOR_HELD_LOT = {
  NEW_ITEMS: 'new WIP items',
  START: 'start or record of a step',
  PASS: 'PASS of a step',
  CONVERSION: 'conversion of a WIP item',
  START_SERIAL: 'start of a serial',
  PASS_SERIAL: 'pass of a serial',
  REWORK_SERIAL: 'rework of a serial',
  CORRECTION_TO_PASS: 'correction to PASS',
} as const;
/** LOT-7: An action that a held lot rejects. */
export type HeldLotAction = keyof typeof REJECTED_FOR_HELD_LOT;

/** LOT-2: Lots of one line segment, model segment and month are numbered 01..99 and A0..Z9; the 340th is rejected. */
export function hasLotNumberLeft(prefix: string, sequence: number): Answer {
  if (sequence <= MAX_LOT_SEQUENCE) return undefined;
  const range = `${lotNumber(prefix, 1)} to ${lotNumber(prefix, MAX_LOT_SEQUENCE)}`;
  const message = `All ${MAX_LOT_SEQUENCE} lot numbers ${range} are used; choose a production date in another month.`;
  return rejection('LOT-2', 'productionDate', message, 'LIMIT_EXCEEDED');
}

/** LOT-4: Only a CREATED or IN_PROGRESS lot takes new WIP items. */
export function takesNewItems(lot: LotInProduction): Answer {
  if (isLotActive(lot)) return undefined;
  return rejection(
    'LOT-4',
    'lot',
    `Lot ${lot.number} is ${lot.status}; only a CREATED or IN_PROGRESS lot takes new WIP items.`,
  );
}

/** LOT-5: The production status moves only as its table allows, one status at a time. */
export function lotMayMove(lot: LotInProduction, to: LotStatus): Answer {
  return mayMove(LOT_FLOW, `Lot ${lot.number}`, lot.status, to);
}

/** LOT-6: The disposition moves only as its table allows, in any production status. */
export function lotMayBeDecided(lot: LotWithDisposition, to: LotDisposition): Answer {
  return mayMove(LOT_DISPOSITION_FLOW, `Lot ${lot.number}`, lot.disposition, to);
}

/** LOT-6: Whether quality can still hold the lot: a QUARANTINED lot is held already, a REJECTED one for ever. */
export function canBeHeld(lot: { readonly disposition: LotDisposition }): boolean {
  return allowsTransition(LOT_DISPOSITION_FLOW, lot.disposition, 'QUARANTINED');
}

/** LOT-7: A QUARANTINED or REJECTED lot rejects every action that would add to it or call a part of it good. */
export function lotIsNotHeld(lot: LotWithDisposition, action: HeldLotAction): Answer {
  if (!isLotHeld(lot)) return undefined;
  const end = lot.disposition === 'REJECTED' ? 'a rejected lot never does again' : 'it must be released first';
  return rejection(
    'LOT-7',
    'lot',
    `Lot ${lot.number} is ${lot.disposition} and takes no ${REJECTED_FOR_HELD_LOT[action]}; ${end}.`,
  );
}

/**
 * LOT-9: A lead may complete an IN_PROGRESS lot short of its target when nothing in it is unfinished. Failed items and
 * serials stay as they are.
 */
export function mayCompleteShort(lot: LotInProduction, unfinished: UnfinishedWork): Answer {
  if (lot.status !== 'IN_PROGRESS') {
    return rejection(
      'LOT-9',
      'lot',
      `Lot ${lot.number} is ${lot.status}; only an IN_PROGRESS lot can be completed short.`,
    );
  }
  const left = [
    counted(unfinished.executions, 'open execution'),
    counted(unfinished.wipItems, 'unfinished WIP item'),
    counted(unfinished.serials, 'unfinished serial'),
  ].filter((text) => text !== undefined);
  if (left.length === 0) return undefined;
  return rejection(
    'LOT-9',
    'lot',
    `Lot ${lot.number} still has ${left.join(', ')}; it can be completed short when none is left.`,
  );
}

/**
 * LOT-9: The work that keeps a lot from being completed short: open executions, and items and serials in
 * `UNFINISHED_STATUSES`.
 */
export interface UnfinishedWork {
  readonly executions: number;
  readonly wipItems: number;
  readonly serials: number;
}

/** LOT-9: The statuses in which items and serials are unfinished. */
export const UNFINISHED_STATUSES = {
  wipItems: ['CREATED', 'IN_PROGRESS', 'COMPLETED'],
  serials: ['CREATED', 'IN_PROGRESS'],
} as const;

/**
 * LOT-9: The statuses in which items of a lot are unfinished. Where its route has no conversion, a COMPLETED item is
 * finished: it stays an item (RTE-6).
 */
export function unfinishedItemStatuses(hasConversion: boolean): readonly string[] {
  return UNFINISHED_STATUSES.wipItems.filter((status) => hasConversion || status !== 'COMPLETED');
}

/** LOT-10: A COMPLETED lot that is not QUARANTINED may be closed. */
export function mayClose(lot: LotInProduction & LotWithDisposition): Answer {
  if (lot.status !== 'COMPLETED') {
    return rejection('LOT-10', 'lot', `Lot ${lot.number} is ${lot.status}; only a COMPLETED lot can be closed.`);
  }
  if (lot.disposition !== 'QUARANTINED') return undefined;
  return rejection(
    'LOT-10',
    'lot',
    `Lot ${lot.number} is QUARANTINED; it can be closed once it is released or rejected.`,
  );
}

/**
 * LOT-11: A lot may be deleted only while it is CREATED and UNDECIDED and nothing refers to it. `uses` counts the
 * references.
 */
export function mayDelete(lot: LotInProduction & LotWithDisposition, uses: Uses): Answer {
  if (lot.status !== 'CREATED') {
    return rejection('LOT-11', 'lot', `Lot ${lot.number} is ${lot.status}; only a CREATED lot can be deleted.`);
  }
  if (lot.disposition !== 'UNDECIDED') {
    return rejection(
      'LOT-11',
      'lot',
      `Lot ${lot.number} is ${lot.disposition}; only a lot about which nothing was decided can be deleted.`,
    );
  }
  const found = namedUses(uses);
  if (found === '') return undefined;
  return rejection(
    'LOT-11',
    'lot',
    `Lot ${lot.number} is in use (${found}); only a lot to which nothing refers can be deleted.`,
  );
}

/** LOT-13: A new lot needs an ACTIVE model. */
export function isMadeForActiveModel(model: { readonly code: string; readonly status: ProductModelStatus }): Answer {
  if (takesNewLots(model)) return undefined;
  return rejection(
    'LOT-13',
    'productModel',
    `Product model ${model.code} is ${model.status}; only an ACTIVE model takes new lots.`,
  );
}

/** LOT-13: A new lot needs an active line. */
export function isMadeOnActiveLine(line: { readonly code: string; readonly isActive: boolean }): Answer {
  if (line.isActive) return undefined;
  return rejection(
    'LOT-13',
    'productionLine',
    `Production line ${line.code} is not active; only an active line takes new lots.`,
  );
}

/**
 * LOT-5, WIP-4: The first generation of items, or the first start of a LOT-level step, starts a lot; later ones leave
 * it as it is.
 */
export function isStartedByFirstWork(lot: { readonly status: LotStatus }): boolean {
  return lot.status === 'CREATED';
}

/** LOT-5: A new status of a lot, with its time. */
export type LotStamps =
  | { readonly status: 'IN_PROGRESS'; readonly startedAt: Instant }
  | { readonly status: 'COMPLETED'; readonly completedAt: Instant }
  | { readonly status: 'CLOSED'; readonly closedAt: Instant };

/** LOT-5: A lot starts now. */
export function startedLot(now: Instant): LotStamps {
  return { status: 'IN_PROGRESS', startedAt: now };
}

/** LOT-5: A lot completes now, but not before it started: a transaction that waited for the lot has an earlier time. */
export function completedLot(lot: { readonly startedAt: Instant | null }, now: Instant): LotStamps {
  return { status: 'COMPLETED', completedAt: later(now, lot.startedAt ?? now) };
}

/** LOT-5: A lot closes now, but not before it completed. */
export function closedLot(lot: { readonly completedAt: Instant | null }, now: Instant): LotStamps {
  return { status: 'CLOSED', closedAt: later(now, lot.completedAt ?? now) };
}

/** Whether the production of the lot is not finished: CREATED or IN_PROGRESS. */
export function isLotActive(lot: { readonly status: LotStatus }): boolean {
  return lot.status === 'CREATED' || lot.status === 'IN_PROGRESS';
}

/** LOT-7: Whether quality holds the lot: QUARANTINED or REJECTED. */
export function isLotHeld(lot: { readonly disposition: LotDisposition }): boolean {
  return lot.disposition === 'QUARANTINED' || lot.disposition === 'REJECTED';
}

function counted(count: number, what: string): string | undefined {
  if (count === 0) return undefined;
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

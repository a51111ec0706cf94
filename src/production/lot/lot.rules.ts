import {
  MAX_LOT_QUANTITY,
  takesNewLots,
  type ProductModelStatus,
} from '../../catalog/product-model/product-model.rules.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { namedUses, type Uses } from '../../platform/rules/natural-key.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { later, type Instant } from '../../platform/values/time.ts';
import { MAX_LOT_SEQUENCE, sequenceWidth } from './unit-number.rules.ts';

export const LOT_STATUSES = ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED'] as const;
export type LotStatus = (typeof LOT_STATUSES)[number];

export const LOT_DISPOSITIONS = ['UNDECIDED', 'QUARANTINED', 'RELEASED', 'REJECTED'] as const;
export type LotDisposition = (typeof LOT_DISPOSITIONS)[number];

/** LOT-5: where the production of a lot may go next. Reading this table is reading the whole life of a lot. */
export const LOT_FLOW: StateMachine<LotStatus> = {
  machine: 'lots.status',
  rule: 'LOT-5',
  moves: { CREATED: ['IN_PROGRESS'], IN_PROGRESS: ['COMPLETED'], COMPLETED: ['CLOSED'], CLOSED: [] },
};

/** LOT-6: how quality may decide about a lot. A rejection is final; a released lot can only be recalled. */
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

/** LOT-3: the target of any lot; that of a model's lots is at most what the model allows. */
export const TARGET_QUANTITY = { min: 1, max: MAX_LOT_QUANTITY.max, default: 100 } as const;
export const FIRST_PRODUCTION_DATE = '2000-01-01';
export const LAST_PRODUCTION_DATE = '2099-12-31';
export const SUPPLIER_CODE_LENGTH = 100;
/** Of lots, WIP items and serials alike. */
export const EXTERNAL_NUMBER_LENGTH = 100;

interface Named {
  readonly number: string;
}

interface Production extends Named {
  readonly status: LotStatus;
}

interface Judged extends Named {
  readonly disposition: LotDisposition;
}

interface LimitingModel {
  readonly code: string;
  readonly maxLotQuantity: number;
}

/**
 * What a held lot refuses, in the words of its refusal (LOT-7). What is not listed here goes on: failures, rework
 * results, withdrawals.
 */
export const HELD_LOT_REFUSES = {
  NEW_ITEMS: 'new WIP items',
  START: 'start or record of a step',
  PASS: 'PASS of a step',
  CONVERSION: 'conversion of a WIP item',
  START_SERIAL: 'start of a serial',
  PASS_SERIAL: 'pass of a serial',
  REWORK_SERIAL: 'rework of a serial',
  CORRECTION_TO_PASS: 'correction to PASS',
} as const;
export type HeldLotAction = keyof typeof HELD_LOT_REFUSES;

/** LOT-2: lots of one line segment, model segment and month are numbered 01..99; the 100th is refused. */
export function hasLotNumberLeft(prefix: string, sequence: number): Answer {
  if (sequence <= MAX_LOT_SEQUENCE) return undefined;
  const range = `${prefix}01 to ${prefix}${MAX_LOT_SEQUENCE}`;
  const message = `All ${MAX_LOT_SEQUENCE} lot numbers ${range} are used; choose a production date in another month.`;
  return rejection('LOT-2', 'productionDate', message, 'LIMIT_EXCEEDED');
}

/** The target of a lot for which none is given. */
export function defaultTarget(model: Pick<LimitingModel, 'maxLotQuantity'>): number {
  return Math.min(TARGET_QUANTITY.default, model.maxLotQuantity);
}

/** LOT-3: the target of a new lot is at most what its model allows. */
export function targetFits(target: number, model: LimitingModel): Answer {
  if (target <= model.maxLotQuantity) return undefined;
  const message = `A lot of model ${model.code} has at most ${model.maxLotQuantity} units; ${target} is too many.`;
  return rejection('LOT-3', 'targetQuantity', message);
}

/**
 * LOT-3: the target changes only while the lot is CREATED or IN_PROGRESS, never below the items it already has, never
 * beyond what the model allows, and once items exist only within the same number of digits, because their numbers were
 * written with that width. A model whose limit was lowered later does not forbid to keep or lower the target that a lot
 * already has.
 */
export function targetMayBecome(
  target: number,
  lot: Production & { readonly targetQuantity: number },
  model: LimitingModel,
  wipItemCount: number,
): Answer {
  if (target === lot.targetQuantity) return undefined;
  if (!isActive(lot)) {
    const message = `Lot ${lot.number} is ${lot.status}; the target changes only while it is CREATED or IN_PROGRESS.`;
    return rejection('LOT-3', 'targetQuantity', message);
  }
  const beyondModel = target > lot.targetQuantity ? targetFits(target, model) : undefined;
  if (beyondModel !== undefined) return beyondModel;
  if (target < wipItemCount) {
    const message = `Lot ${lot.number} already has ${wipItemCount} WIP items; its target cannot be ${target}, but ${wipItemCount} or more.`;
    return rejection('LOT-3', 'targetQuantity', message);
  }
  const width = sequenceWidth(lot.targetQuantity);
  if (wipItemCount === 0 || sequenceWidth(target) === width) return undefined;
  const has = `The WIP items of lot ${lot.number} are numbered with ${width} digits`;
  const message = `${has}; a target of ${target} would need ${sequenceWidth(target)}.`;
  return rejection('LOT-3', 'targetQuantity', message);
}

/** LOT-4: only a CREATED or IN_PROGRESS lot takes new WIP items. */
export function takesNewItems(lot: Production): Answer {
  if (isActive(lot)) return undefined;
  return rejection(
    'LOT-4',
    'lot',
    `Lot ${lot.number} is ${lot.status}; only a CREATED or IN_PROGRESS lot takes new WIP items.`,
  );
}

/** LOT-5: the production status runs one step at a time. */
export function lotMayMove(lot: Production, to: LotStatus): Answer {
  return mayMove(LOT_FLOW, `Lot ${lot.number}`, lot.status, to);
}

/** LOT-6: the disposition runs by its table, in any production status. */
export function lotMayBeDecided(lot: Judged, to: LotDisposition): Answer {
  return mayMove(LOT_DISPOSITION_FLOW, `Lot ${lot.number}`, lot.disposition, to);
}

/** LOT-7: a QUARANTINED or REJECTED lot refuses everything that would make more of it or call it good. */
export function lotIsNotHeld(lot: Judged, deed: HeldLotAction): Answer {
  if (!isHeld(lot)) return undefined;
  const end = lot.disposition === 'REJECTED' ? 'a rejected lot never does again' : 'it must be released first';
  return rejection(
    'LOT-7',
    'lot',
    `Lot ${lot.number} is ${lot.disposition} and takes no ${HELD_LOT_REFUSES[deed]}; ${end}.`,
  );
}

/**
 * LOT-9: a lead may complete an IN_PROGRESS lot short when nothing in it is unfinished; failed items and serials stay
 * as they are.
 */
export function mayCompleteShort(lot: Production, unfinished: UnfinishedWork): Answer {
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

/** What keeps a lot from being completed short: open executions, and items and serials in `UNFINISHED_STATUSES`. */
export interface UnfinishedWork {
  readonly executions: number;
  readonly wipItems: number;
  readonly serials: number;
}

export const UNFINISHED_STATUSES = {
  wipItems: ['CREATED', 'IN_PROGRESS', 'COMPLETED'],
  serials: ['CREATED', 'IN_PROGRESS'],
} as const;

/** LOT-10: a COMPLETED lot that is not QUARANTINED may be closed. */
export function mayClose(lot: Production & Judged): Answer {
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

/** LOT-11: a lot may be deleted only while CREATED, UNDECIDED and referred to by nothing. `uses` counts what does. */
export function mayDelete(lot: Production & Judged, uses: Uses): Answer {
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

/** LOT-13: a lot is made for an ACTIVE model. */
export function isMadeForActiveModel(model: { readonly code: string; readonly status: ProductModelStatus }): Answer {
  if (takesNewLots(model)) return undefined;
  return rejection(
    'LOT-13',
    'productModel',
    `Product model ${model.code} is ${model.status}; only an ACTIVE model takes new lots.`,
  );
}

/** LOT-13: a lot is made on an active line. */
export function isMadeOnActiveLine(line: { readonly code: string; readonly isActive: boolean }): Answer {
  if (line.isActive) return undefined;
  return rejection(
    'LOT-13',
    'productionLine',
    `Production line ${line.code} is not active; only an active line takes new lots.`,
  );
}

/**
 * LOT-5, WIP-4: a lot is started by its first generation of items, or by the first start of a LOT-level step; later
 * ones leave it.
 */
export function isStartedByFirstWork(lot: { readonly status: LotStatus }): boolean {
  return lot.status === 'CREATED';
}

export type LotStamps =
  | { readonly status: 'IN_PROGRESS'; readonly startedAt: Instant }
  | { readonly status: 'COMPLETED'; readonly completedAt: Instant }
  | { readonly status: 'CLOSED'; readonly closedAt: Instant };

/** LOT-5: a lot starts now. */
export function startedLot(now: Instant): LotStamps {
  return { status: 'IN_PROGRESS', startedAt: now };
}

/**
 * LOT-5: a lot completes now, but not before it started: a transaction that had to wait for the lot carries the earlier
 * clock.
 */
export function completedLot(lot: { readonly startedAt: Instant | null }, now: Instant): LotStamps {
  return { status: 'COMPLETED', completedAt: later(now, lot.startedAt ?? now) };
}

/** LOT-5: a lot closes now, but not before it completed. */
export function closedLot(lot: { readonly completedAt: Instant | null }, now: Instant): LotStamps {
  return { status: 'CLOSED', closedAt: later(now, lot.completedAt ?? now) };
}

export function isActive(lot: { readonly status: LotStatus }): boolean {
  return lot.status === 'CREATED' || lot.status === 'IN_PROGRESS';
}

export function isHeld(lot: { readonly disposition: LotDisposition }): boolean {
  return lot.disposition === 'QUARANTINED' || lot.disposition === 'REJECTED';
}

function counted(count: number, what: string): string | undefined {
  if (count === 0) return undefined;
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

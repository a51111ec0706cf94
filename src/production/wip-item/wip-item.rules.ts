import {
  activeConversion,
  isConversion,
  manufacturingSteps,
  type Route,
  type RouteStep,
  type Step,
  stepLabels,
  type StepName,
  stepsWithoutPass,
} from '../../catalog/process/route.rules.ts';
import { type Answer, rejection, type Rejection } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { type Instant, secondsBetween } from '../../platform/values/time.ts';
import { remainingQuantity } from '../lot/lot-quantity.rules.ts';

export const WIP_ITEM_STATUSES = ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CONVERTED'] as const;
export type WipItemStatus = (typeof WIP_ITEM_STATUSES)[number];

/** WIP-5: where an item may go next. A conversion is final: from then on there is a serial. */
export const WIP_ITEM_FLOW: StateMachine<WipItemStatus> = {
  machine: 'wip_items.status',
  rule: 'WIP-5',
  moves: {
    CREATED: ['IN_PROGRESS'],
    IN_PROGRESS: ['COMPLETED', 'FAILED'],
    FAILED: ['IN_PROGRESS'],
    COMPLETED: ['CONVERTED', 'IN_PROGRESS'],
    CONVERTED: [],
  },
};

/** WIP-3: one call makes 1..100 items. */
export const MIN_ITEMS_PER_CALL = 1;
export const MAX_ITEMS_PER_CALL = 100;

type Result = 'PASS' | 'FAIL' | 'REWORK';

interface Item {
  readonly number: string;
  readonly status: WipItemStatus;
}

/** WIP-3: a lot never has more items than its target. A generation that does not fit is refused as a whole. */
export function generationFits(
  lot: { readonly number: string; readonly targetQuantity: number },
  wipItemCount: number,
  quantity: number,
): Answer {
  const left = remainingQuantity(lot, { wipItemCount });
  if (quantity <= left) return undefined;
  const has = `Lot ${lot.number} has ${wipItemCount} of its ${lot.targetQuantity} WIP items`;
  return rejection('WIP-3', 'quantity', `${has}; ${quantity} more do not fit, only the remaining ${left}.`);
}

/** External numbers, when given, are one for each item, in order. */
export function externalNumbersFit(quantity: number, externalNumbers: readonly string[]): Answer {
  if (externalNumbers.length === 0 || externalNumbers.length === quantity) return undefined;
  const message = `${externalNumbers.length} external numbers do not fit ${quantity} WIP items; give one for each, or none.`;
  return rejection('INVALID_INPUT', 'externalNumbers', message);
}

/** GEN-3: an external number is given once. `taken` holds those that other items have already. */
export function externalNumbersAreFree(
  externalNumbers: readonly string[],
  taken: ReadonlySet<string>,
): readonly Rejection[] {
  return externalNumbers.flatMap((number, index) => {
    const path = `externalNumbers.${index}`;
    if (taken.has(number))
      return [rejection('GEN-3', path, `A WIP item with the external number ${number} exists already.`, 'CONFLICT')];
    const isRepeated = externalNumbers.indexOf(number) < index;
    return isRepeated
      ? [rejection('GEN-3', path, `The external number ${number} is given twice; each item needs its own.`, 'CONFLICT')]
      : [];
  });
}

/** WIP-5: the status runs by its table. */
export function wipItemMayMove(item: Item, to: WipItemStatus): Answer {
  return mayMove(WIP_ITEM_FLOW, `WIP item ${item.number}`, item.status, to);
}

export interface WipItemStamps {
  readonly status: WipItemStatus;
  readonly completedAt: Instant | null;
  readonly convertedAt: Instant | null;
}

/** WIP-5: an item that is COMPLETED or CONVERTED tells since when; one that went back to work does not (WIP-9). */
export function wipItemBecoming(
  item: { readonly completedAt: Instant | null },
  to: WipItemStatus,
  now: Instant,
): WipItemStamps {
  if (to === 'COMPLETED') return { status: to, completedAt: now, convertedAt: null };
  if (to === 'CONVERTED') return { status: to, completedAt: item.completedAt, convertedAt: now };
  return { status: to, completedAt: null, convertedAt: null };
}

/**
 * WIP-6: the start of a WIP-level MANUFACTURING step puts the item to work; the start of the conversion step leaves it
 * as it is.
 */
export function itemStatusAfterStart(status: WipItemStatus, step: Pick<Step, 'type'>): WipItemStatus {
  return isConversion(step) ? status : 'IN_PROGRESS';
}

/**
 * WIP-6: the result of a WIP-level MANUFACTURING step moves the item: a PASS completes it when every active WIP-level
 * MANUFACTURING step now has one, a FAIL fails it, a REWORK keeps it at work. The conversion step moves it only by
 * PASS. Only an item that is IN_PROGRESS is moved: a late result of a second open execution neither revives a FAILED
 * item nor undoes a COMPLETED one. `passedStepIds` already holds the step when the result is a PASS.
 */
export function itemStatusAfterResult(
  status: WipItemStatus,
  step: Pick<Step, 'type'>,
  result: Result,
  route: Route,
  passedStepIds: ReadonlySet<string>,
): WipItemStatus {
  if (isConversion(step)) return result === 'PASS' ? 'CONVERTED' : status;
  if (status !== 'IN_PROGRESS' || result === 'REWORK') return status;
  if (result === 'FAIL') return 'FAILED';
  return stepsWithoutPass(manufacturingSteps(route), passedStepIds).length === 0 ? 'COMPLETED' : 'IN_PROGRESS';
}

/**
 * PD-13: a corrected result sets the item's status anew, as if it were the result of an item at work. A conversion is
 * never undone.
 */
export function itemStatusAfterCorrection(
  status: WipItemStatus,
  step: Pick<Step, 'type'>,
  result: Result,
  route: Route,
  passedStepIds: ReadonlySet<string>,
): WipItemStatus {
  if (status === 'CONVERTED') return status;
  return itemStatusAfterResult(isConversion(step) ? status : 'IN_PROGRESS', step, result, route, passedStepIds);
}

/**
 * PD-13: the moves that lead an item to the status a correction gives it, through IN_PROGRESS where the table has no
 * direct one.
 */
export function itemMovesOfCorrection(from: WipItemStatus, to: WipItemStatus): readonly WipItemStatus[] {
  if (from === to) return [];
  return WIP_ITEM_FLOW.moves[from].includes(to) ? [to] : ['IN_PROGRESS', to];
}

/**
 * WIP-7: an item is converted when it is COMPLETED and has a PASS on every active WIP-level MANUFACTURING step, of
 * which there must be one, and when no other execution of it is open. Everything that is missing is reported at once.
 */
export function mayConvert(
  item: Item,
  route: Route,
  passedStepIds: ReadonlySet<string>,
  otherOpenSteps: readonly StepName[],
): readonly Rejection[] {
  const name = `WIP item ${item.number}`;
  const refuse = (message: string): Rejection => rejection('WIP-7', 'wipItem', message);
  if (item.status === 'CONVERTED') return [refuse(`${name} is CONVERTED already; work on its serial.`)];

  const steps = manufacturingSteps(route);
  const missing = stepsWithoutPass(steps, passedStepIds);
  return [
    item.status === 'COMPLETED'
      ? undefined
      : refuse(`${name} is ${item.status}; only a COMPLETED item can be converted.`),
    steps.length > 0
      ? undefined
      : refuse(`${name} has nothing to pass; at least one active WIP-level MANUFACTURING step must exist.`),
    missing.length === 0 ? undefined : refuse(`${name} has no PASS yet on ${stepLabels(missing)}.`),
    otherOpenSteps.length === 0
      ? undefined
      : refuse(`${name} has an open execution of ${stepLabels(otherOpenSteps)}; complete or withdraw it first.`),
  ].filter((answer) => answer !== undefined);
}

/** WIP-8: a CONVERTED item takes no more work. */
export function itemTakesWork(item: Item): Answer {
  if (item.status !== 'CONVERTED') return undefined;
  return rejection('WIP-8', 'unit', `WIP item ${item.number} is CONVERTED and takes no more work; work on its serial.`);
}

/**
 * WIP-9: a COMPLETED item may run a step that was added to the route after the item had completed it: one without PASS.
 */
export function isAddedStep(step: Pick<Step, 'id' | 'type'>, passedStepIds: ReadonlySet<string>): boolean {
  return !isConversion(step) && !passedStepIds.has(step.id);
}

/** The lowest WIP-level MANUFACTURING step without PASS, else the conversion step; none when the item is CONVERTED. */
export function nextStepOfItem(
  item: { readonly status: WipItemStatus },
  route: Route,
  passedStepIds: ReadonlySet<string>,
): RouteStep | undefined {
  if (item.status === 'CONVERTED') return undefined;
  return stepsWithoutPass(manufacturingSteps(route), passedStepIds)[0] ?? activeConversion(route);
}

/** An item on which work is going on or still to begin. */
export function isItemActive(item: { readonly status: WipItemStatus }): boolean {
  return item.status === 'CREATED' || item.status === 'IN_PROGRESS';
}

/**
 * Whole seconds from the first start to completion; null while the item is not complete, or was completed without an
 * execution.
 */
export function wipItemLeadTimeSeconds(item: {
  readonly firstStartedAt: Instant | null;
  readonly completedAt: Instant | null;
}): number | null {
  if (item.firstStartedAt === null || item.completedAt === null) return null;
  return secondsBetween(item.firstStartedAt, item.completedAt);
}

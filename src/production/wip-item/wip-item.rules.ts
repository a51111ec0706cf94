import {
  activeConversion,
  isConversion,
  manufacturingSteps,
  type NamedRoute,
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

/** WIP-5: The statuses of a WIP item. */
export const WIP_ITEM_STATUSES = ['CREATED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CONVERTED'] as const;
/** The status of a WIP item. */
export type WipItemStatus = (typeof WIP_ITEM_STATUSES)[number];

/** WIP-5: The statuses to which an item may move. A conversion is final: from then on there is a serial. */
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

/** WIP-3: The fewest items that one call creates. */
export const MIN_ITEMS_PER_CALL = 1;
/** WIP-3: The most items that one call creates. */
export const MAX_ITEMS_PER_CALL = 100;

type Result = 'PASS' | 'FAIL' | 'REWORK';

interface Item {
  readonly number: string;
  readonly status: WipItemStatus;
}

/** WIP-3: A lot never has more items than its target. A generation that does not fit is rejected as a whole. */
export function generationFits(
  lot: { readonly number: string; readonly targetQuantity: number },
  wipItemCount: number,
  quantity: number,
): Answer {
  const left = remainingQuantity(lot, { wipItemCount });
  if (quantity <= left) return undefined;
  const has = `Lot ${lot.number} has ${wipItemCount} of its ${lot.targetQuantity} WIP items`;
  return rejection('WIP-3', 'quantity', `${has} and takes at most ${left} more, not ${quantity}.`);
}

/** External numbers, when given, are one for each item, in order. */
export function externalNumbersFit(quantity: number, externalNumbers: readonly string[]): Answer {
  if (externalNumbers.length === 0 || externalNumbers.length === quantity) return undefined;
  const message = `WIP items: ${quantity}, external numbers: ${externalNumbers.length}; give one for each item, or none.`;
  return rejection('INVALID_INPUT', 'externalNumbers', message);
}

/** GEN-3: An external number is given once. `taken` holds those that other items have already. */
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

/** WIP-5: The status of an item moves only as its table allows. */
export function wipItemMayMove(item: Item, to: WipItemStatus): Answer {
  return mayMove(WIP_ITEM_FLOW, `WIP item ${item.number}`, item.status, to);
}

/** WIP-5: A status of an item, with its times. */
export interface WipItemStamps {
  readonly status: WipItemStatus;
  readonly completedAt: Instant | null;
  readonly convertedAt: Instant | null;
}

/**
 * RTE-6: An item that went back to work for an optional step is COMPLETED again, at its former time, when the start is
 * withdrawn and the item lacks nothing: no step without a PASS, no open execution. Undefined when it stays as it is.
 */
export function completedAgain(
  item: { readonly status: WipItemStatus; readonly previousCompletedAt: Instant | null },
  step: { readonly isOptional: boolean },
  lacksNothing: boolean,
): WipItemStamps | undefined {
  if (item.status !== 'IN_PROGRESS' || item.previousCompletedAt === null || !step.isOptional || !lacksNothing)
    return undefined;
  return { status: 'COMPLETED', completedAt: item.previousCompletedAt, convertedAt: null };
}

/** WIP-6: Whether an item with these passes lacks no mandatory WIP-level MANUFACTURING step of the route. */
export function hasAllItemPasses(route: Route, passedStepIds: ReadonlySet<string>): boolean {
  const steps = manufacturingSteps(route);
  return steps.length > 0 && stepsWithoutPass(steps, passedStepIds).length === 0;
}

/**
 * WIP-5: An item that is COMPLETED or CONVERTED has the time of it; an item that went back to work does not (WIP-9). It is
 * the time of the execution that decided it, or that of the command.
 */
export function wipItemBecoming(
  item: { readonly completedAt: Instant | null },
  to: WipItemStatus,
  at: Instant,
): WipItemStamps {
  if (to === 'COMPLETED') return { status: to, completedAt: at, convertedAt: null };
  if (to === 'CONVERTED') return { status: to, completedAt: item.completedAt, convertedAt: at };
  return { status: to, completedAt: null, convertedAt: null };
}

/**
 * WIP-6: The start of a WIP-level MANUFACTURING step makes the item IN_PROGRESS; the start of the conversion step
 * leaves it as it is.
 */
export function itemStatusAfterStart(status: WipItemStatus, step: Pick<Step, 'type'>): WipItemStatus {
  return isConversion(step) ? status : 'IN_PROGRESS';
}

/** A result of a step on an item, with the route and the steps of the item that have a PASS. */
export interface ItemResult {
  readonly step: Pick<Step, 'id' | 'type'>;
  readonly result: Result;
  readonly route: Route;
  readonly passedStepIds: ReadonlySet<string>;
}

/**
 * WIP-6: The result of a WIP-level MANUFACTURING step moves the item: a PASS completes it when every mandatory WIP-level
 * MANUFACTURING step of its route now has one, a FAIL fails it, a REWORK keeps it IN_PROGRESS. The conversion step moves it only by
 * a PASS. Only an item that is IN_PROGRESS moves: a late result of a second open execution neither revives a FAILED
 * item nor undoes a COMPLETED one. But a FAIL or a REWORK of a step of the route undoes a COMPLETED item, because it
 * counts as a step that the item must pass (RTE-6). `passedStepIds` already holds the step when the result is a PASS.
 */
export function itemStatusAfterResult(
  status: WipItemStatus,
  { step, result, route, passedStepIds }: ItemResult,
): WipItemStatus {
  if (isConversion(step)) return result === 'PASS' ? 'CONVERTED' : status;
  const isUndone =
    status === 'COMPLETED' && result !== 'PASS' && route.some(({ id, isActive }) => isActive && id === step.id);
  if (status !== 'IN_PROGRESS' && !isUndone) return status;
  if (result !== 'PASS') return result === 'FAIL' ? 'FAILED' : 'IN_PROGRESS';
  return stepsWithoutPass(manufacturingSteps(route), passedStepIds).length === 0 ? 'COMPLETED' : 'IN_PROGRESS';
}

/**
 * PD-13: A corrected result sets the status of the item again, as if it were the result of an item that is IN_PROGRESS.
 * A conversion is never undone.
 */
export function itemStatusAfterCorrection(
  status: WipItemStatus,
  { step, result, route, passedStepIds }: ItemResult,
): WipItemStatus {
  if (status === 'CONVERTED') return status;
  return itemStatusAfterResult(isConversion(step) ? status : 'IN_PROGRESS', { step, result, route, passedStepIds });
}

/**
 * PD-13: The moves that lead an item to its corrected status, through IN_PROGRESS where the table has no direct move.
 */
export function itemMovesOfCorrection(from: WipItemStatus, to: WipItemStatus): readonly WipItemStatus[] {
  if (from === to) return [];
  return WIP_ITEM_FLOW.moves[from].includes(to) ? [to] : ['IN_PROGRESS', to];
}

/**
 * WIP-7: An item is converted when it is COMPLETED and has a PASS on every mandatory WIP-level MANUFACTURING step of its
 * route (at least one must exist), and when no other execution of it is open. Everything that is missing is reported at once.
 */
export function mayConvert(
  item: Item,
  route: Route,
  passedStepIds: ReadonlySet<string>,
  otherOpenSteps: readonly StepName[],
): readonly Rejection[] {
  const name = `WIP item ${item.number}`;
  const rejectionOf = (message: string): Rejection => rejection('WIP-7', 'wipItem', message);
  if (item.status === 'CONVERTED') return [rejectionOf(`${name} is CONVERTED already; work on its serial.`)];

  const steps = manufacturingSteps(route);
  const missing = stepsWithoutPass(steps, passedStepIds);
  return [
    item.status === 'COMPLETED'
      ? undefined
      : rejectionOf(`${name} is ${item.status}; only a COMPLETED item can be converted.`),
    steps.length > 0
      ? undefined
      : rejectionOf(`${name} has nothing to pass; at least one active WIP-level MANUFACTURING step must exist.`),
    missing.length === 0 ? undefined : rejectionOf(`${name} has no PASS yet on ${stepLabels(missing)}.`),
    otherOpenSteps.length === 0
      ? undefined
      : rejectionOf(`${name} has an open execution of ${stepLabels(otherOpenSteps)}; complete or withdraw it first.`),
  ].filter((answer) => answer !== undefined);
}

/** WIP-7: By a route of a model, an item is converted by its conversion step, so it needs one. */
export function routeConverts(item: Pick<Item, 'number'>, route: NamedRoute): Answer {
  if (route.isFactoryRoute || activeConversion(route.steps) !== undefined) return undefined;
  const message = `WIP item ${item.number} is made by ${route.name}, which has no conversion step; the item stays a WIP item.`;
  return rejection('WIP-7', 'wipItem', message);
}

/** WIP-8: A CONVERTED item takes no more work. */
export function itemTakesWork(item: Item): Answer {
  if (item.status !== 'CONVERTED') return undefined;
  return rejection('WIP-8', 'unit', `WIP item ${item.number} is CONVERTED and takes no more work; work on its serial.`);
}

/**
 * WIP-9: A COMPLETED item may run a step without a PASS: an optional one, or one that was added to the factory route
 * after the item was completed.
 */
export function isAddedStep(step: Pick<Step, 'id' | 'type'>, passedStepIds: ReadonlySet<string>): boolean {
  return !isConversion(step) && !passedStepIds.has(step.id);
}

/**
 * The lowest mandatory WIP-level MANUFACTURING step without a PASS, else the conversion step; undefined when the item is
 * CONVERTED.
 */
export function nextStepOfItem(
  item: { readonly status: WipItemStatus },
  route: Route,
  passedStepIds: ReadonlySet<string>,
): RouteStep | undefined {
  if (item.status === 'CONVERTED') return undefined;
  return stepsWithoutPass(manufacturingSteps(route), passedStepIds)[0] ?? activeConversion(route);
}

/** Whether work on the item is going on or still to begin. */
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

import {
  demandedRoute,
  manufacturingSteps,
  type Route,
  stepLabels,
  type StepResults,
  stepsWithoutPass,
} from '../../catalog/process/route.rules.ts';
import { nameOfRoute, type ReleasedStep, type RouteName, type RouteStatus } from '../../catalog/route/route.rules.ts';
import { type Answer, rejection, type Rejection, rejectionsIn } from '../../platform/rules/rejection.ts';
import type { Instant } from '../../platform/values/time.ts';
import type { LotStatus } from '../lot/lot.rules.ts';
import type { WipItemStatus } from '../wip-item/wip-item.rules.ts';

/** The lot that is to get another route. */
export interface MovedLot {
  readonly number: string;
  readonly status: LotStatus;
  readonly productModelId: string;
  readonly routeId: string | null;
}

/** The route that it is to get. */
export interface TargetRoute extends RouteName {
  readonly id: string;
  readonly productModelId: string;
  readonly status: RouteStatus;
}

/** RTE-5: A lot gets another route unless it is CLOSED or has an open execution. */
export function lotMayChangeRoute(lot: MovedLot, openExecutions: number): readonly Rejection[] {
  return rejectionsIn([
    lot.status === 'CLOSED' ? rejection('RTE-5', 'lot', `Lot ${lot.number} is CLOSED; it keeps its route.`) : undefined,
    openExecutions === 0
      ? undefined
      : rejection(
          'RTE-5',
          'lot',
          `Lot ${lot.number} has open executions (${openExecutions}); complete or withdraw them first.`,
        ),
  ]);
}

/** RTE-5: No lot goes back to the factory route. */
export function hasTargetRoute(routeId: string | undefined): Answer {
  if (routeId !== undefined) return undefined;
  return rejection('RTE-5', 'route', 'A lot cannot go back to the factory route; give the id of a route of its model.');
}

/** RTE-5: The route is another RELEASED or RETIRED route of the model, whose processes are as they were at its release. */
export function routeMayBeGiven(lot: MovedLot, route: TargetRoute, steps: readonly ReleasedStep[]): Answer {
  const problem = problemOf(lot, route, steps);
  return problem === undefined ? undefined : rejection('RTE-5', 'route', problem);
}

/** An item of the lot, with the steps that it has finished and passed. */
export interface MovedItem extends StepResults {
  readonly status: WipItemStatus;
  /** The end of its last execution with a PASS; null without one. */
  readonly lastPassAt: Instant | null;
}

/**
 * RTE-5: What an item becomes by the new route. A COMPLETED item that lacks a PASS goes back to work; an IN_PROGRESS item
 * that lacks nothing is COMPLETED since its last PASS; all others stay as they are (undefined).
 */
export function itemByNewRoute(
  item: MovedItem,
  route: Route,
): { readonly status: 'IN_PROGRESS' } | { readonly status: 'COMPLETED'; readonly completedAt: Instant } | undefined {
  const missing = stepsWithoutPass(manufacturingSteps(demandedRoute(route, item)), item.passedStepIds);
  const lacksNothing = missing.length === 0;
  if (item.status === 'COMPLETED') return lacksNothing ? undefined : { status: 'IN_PROGRESS' };
  if (item.status !== 'IN_PROGRESS' || !lacksNothing || item.lastPassAt === null) return undefined;
  return { status: 'COMPLETED', completedAt: item.lastPassAt };
}

function problemOf(lot: MovedLot, route: TargetRoute, steps: readonly ReleasedStep[]): string | undefined {
  const name = nameOfRoute(route);
  if (route.productModelId !== lot.productModelId)
    return `The ${name} is for another product model than lot ${lot.number}; give it a route of its own model.`;
  if (route.id === lot.routeId) return `Lot ${lot.number} is made by ${name} already.`;
  if (route.status === 'DRAFT')
    return `The ${name} is a DRAFT; only a RELEASED or RETIRED route can be given to a lot.`;
  const inactive = steps.filter(({ isActive }) => !isActive);
  if (inactive.length > 0) return `The ${name} has inactive processes: ${stepLabels(inactive)}. Activate them first.`;
  const changed = steps.filter(
    ({ type, level, releasedType, releasedLevel }) => type !== releasedType || level !== releasedLevel,
  );
  return changed.length === 0
    ? undefined
    : `The ${name} was released when ${stepLabels(changed)} had another type or level; release a copy of it instead.`;
}

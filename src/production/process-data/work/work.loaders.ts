/**
 * Work on a unit: a step, the unit it is run on, and everything that the rules judge it by.
 *
 * 1. An input names the work (`RequestedWork`); `nameWork`, `nameWorks` and `workOfExecution` find the records
 *    (`NamedWork`; named-work.loaders.ts). Ids never change.
 * 2. `current-state.loaders.ts` reads the current state of the records, and locks them in the same statement.
 * 3. `step-history.loaders.ts` reads what was done on the unit so far, which the lock of the unit keeps as it is.
 * 4. The lot says by which route it is made (`routedStep`): one that never changes, or the factory route, which the
 *    lock of the route keeps as it is.
 * 5. `workFactsFrom` puts all of it together (`WorkFacts`).
 */
import {
  demandedRoute,
  type NamedRoute,
  type Route,
  type Step,
  type StepResults,
} from '../../../catalog/process/route.rules.ts';
import { type KeptRoute, keptRoutes } from '../../../catalog/route/route.loaders.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { present } from '../../../platform/values/assert.ts';
import type { Operator } from '../execution/operator.rules.ts';
import type { SessionOfWork } from '../../process-session/process-session.rules.ts';
import type { CurrentState, WorkUnit } from './current-state.loaders.ts';
import type { NamedWork } from './named-work.loaders.ts';
import type { UsedEquipment, StartFacts } from './start.rules.ts';
import type { StepHistory } from './step-history.loaders.ts';

/** Everything that work is judged by. */
export interface WorkFacts extends StepResults {
  readonly unit: WorkUnit;
  /** The step with the number and the values that it has in the route. */
  readonly step: Step;
  /** The route of the lot. */
  readonly lotRoute: NamedRoute;
  /** The route of the lot, as this unit has to pass it (RTE-6). */
  readonly route: NamedRoute;
  /**
   * One entry for each step that was ever started on the unit, in the order of the route; steps that are not part of it
   * come last.
   */
  readonly history: readonly StepHistory[];
  readonly equipment: (UsedEquipment & { readonly id: string }) | undefined;
  readonly isStepEquipped: boolean;
  readonly operator: Operator | undefined;
  /** The process session that the input names; undefined where it names none. */
  readonly session: SessionOfWork | undefined;
}

/** A process in the route of a lot. */
export interface RoutedStep extends Pick<NamedWork, 'isStepEquipped'> {
  readonly step: Step;
  readonly route: NamedRoute;
}

/** The part of a named work that its route depends on. */
export type RoutableWork = Pick<NamedWork, 'process' | 'factoryRoute' | 'isStepEquipped'>;

/**
 * The step of a work and the route of its lot; undefined when the lot uses the factory route, and the work was named when
 * it had a route of its own. `kept` holds the routes of the lots that have one.
 */
export function routedStep(
  { process, factoryRoute, isStepEquipped }: RoutableWork,
  routeId: string | null,
  kept: ReadonlyMap<string, KeptRoute>,
): RoutedStep | undefined {
  if (routeId === null)
    return factoryRoute === null ? undefined : { step: process, route: factoryRoute, isStepEquipped };
  const route = present(kept.get(routeId), 'The route of a lot');
  // RTE-6 rejects a process outside of the route; whether it is active does not matter then.
  const step = route.steps.find(({ id }) => id === process.id) ?? { ...process, isActive: true };
  return { step, route, isStepEquipped };
}

/** The routes of the lots that have a route of their own. A statement only for those that are not in memory. */
export function keptRoutesOf(
  db: Reader,
  lots: readonly { readonly routeId: string | null }[],
): Promise<ReadonlyMap<string, KeptRoute>> {
  return keptRoutes(
    db,
    lots.flatMap(({ routeId }) => routeId ?? []),
  );
}

/** The facts of work whose records, route, current state and history are known. */
export function workFactsFrom(
  { step, route, isStepEquipped }: RoutedStep,
  { unit, equipment, operator, session }: CurrentState,
  history: readonly StepHistory[],
): WorkFacts {
  const results = {
    finishedStepIds: idsOf(history.filter((entry) => entry.finishedAttempts > 0)),
    passedStepIds: idsOf(history.filter((entry) => entry.isPassed)),
  };
  return {
    unit,
    step,
    lotRoute: route,
    route: { ...route, steps: demandedRoute(route.steps, results) },
    history: route.isFactoryRoute ? history : inOrderOf(route.steps, history),
    ...results,
    equipment: equipment ?? undefined,
    isStepEquipped,
    operator: operator ?? undefined,
    session: session ?? undefined,
  };
}

/** The history with the numbers of the route, and in its order. */
function inOrderOf(route: Route, history: readonly StepHistory[]): readonly StepHistory[] {
  const numbers = new Map(route.map(({ id, number }) => [id, number]));
  const isOutside = ({ id }: StepHistory): number => (numbers.has(id) ? 0 : 1);
  return history
    .map((entry) => ({ ...entry, number: numbers.get(entry.id) ?? entry.number }))
    .toSorted((a, b) => isOutside(a) - isOutside(b) || a.number - b.number);
}

function idsOf(entries: readonly StepHistory[]): ReadonlySet<string> {
  return new Set(entries.map(({ id }) => id));
}

/** The facts of a start: those of the work, who starts it, and when. */
export function startFactsFrom(
  work: WorkFacts,
  circumstances: Pick<StartFacts, 'action' | 'viewer' | 'startedAt' | 'now'>,
): StartFacts & WorkFacts {
  const openExecutions = work.history.flatMap(({ openStartedAt, openOperator, ...process }) =>
    openStartedAt === null || openOperator === null
      ? []
      : [{ process, operatorUsername: openOperator, startedAt: openStartedAt }],
  );
  return { ...work, ...circumstances, openExecutions, finishedAttempts: historyOfStep(work)?.finishedAttempts ?? 0 };
}

/** What was done on the unit in the step of the work; undefined when the step was never started. */
export function historyOfStep({ history, step }: WorkFacts): StepHistory | undefined {
  return history.find((entry) => entry.id === step.id);
}

/** The other steps that are open on the unit, in number order. */
export function otherOpenSteps({ history, step }: WorkFacts): readonly StepHistory[] {
  return history.filter((entry) => entry.openId !== null && entry.id !== step.id);
}

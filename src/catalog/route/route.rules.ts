import {
  type Characteristic,
  isConversion,
  type ProcessLevel,
  type ProcessType,
  stepLabel,
  stepLabels,
} from '../process/route.rules.ts';
import type { ProductModelStatus } from '../product-model/product-model.rules.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { type Answer, rejection, type Rejection, rejectionsIn } from '../../platform/rules/rejection.ts';
import { capitalized } from '../../platform/values/characters.ts';

/** RTE-3: The statuses of a route. */
export const ROUTE_STATUSES = ['DRAFT', 'RELEASED', 'RETIRED'] as const;
/** The status of a route. */
export type RouteStatus = (typeof ROUTE_STATUSES)[number];

/** RTE-3: The statuses to which a route may move. */
export const ROUTE_FLOW: StateMachine<RouteStatus> = {
  machine: 'routes.status',
  rule: 'RTE-3',
  moves: { DRAFT: ['RELEASED'], RELEASED: ['RETIRED'], RETIRED: ['RELEASED'] },
};

/** RTE-1: How many steps a route has. */
export const ROUTE_STEPS = { min: 1, max: 100 } as const;
/** RTE-1: The numbers of the steps of a route. */
export const ROUTE_STEP_NUMBER = { min: 1, max: 999 } as const;
/** The greatest lengths of the texts of a route, in characters. */
export const ROUTE_LENGTHS = { name: 100, notes: 2_000 } as const;
/** RTE-8: The most types of equipment that a step lists. */
export const EQUIPMENT_TYPES_MAX = 20;

/** A route as messages name it. */
export interface RouteName {
  /** The code of the product model. */
  readonly modelCode: string;
  readonly revision: number;
}

/** A route as people name it: `route PSA100 rev 3`. */
export function nameOfRoute({ modelCode, revision }: RouteName): string {
  return `route ${modelCode} rev ${revision}`;
}

/** RTE-1: Different steps of a route have different numbers and different processes. */
export function stepsAreDistinct(
  steps: readonly { readonly number: number; readonly processId: string; readonly processCode: string }[],
): readonly Rejection[] {
  return rejectionsIn(
    steps.flatMap(({ number, processId, processCode }, index) => [
      steps.findIndex((other) => other.number === number) < index
        ? rejection(
            'RTE-1',
            `steps.${index}.number`,
            `Number ${number} is given twice; each step has its own.`,
            'INVALID_INPUT',
          )
        : undefined,
      steps.findIndex((other) => other.processId === processId) < index
        ? rejection(
            'RTE-1',
            `steps.${index}.process`,
            `Process ${processCode} is given twice; a route has each process once.`,
            'INVALID_INPUT',
          )
        : undefined,
    ]),
  );
}

/** RTE-2: Only a DRAFT is changed or deleted. */
export function isDraft(route: RouteName & { readonly status: RouteStatus }): Answer {
  if (route.status === 'DRAFT') return undefined;
  const is = `${capitalized(nameOfRoute(route))} is ${route.status}`;
  return rejection(
    'RTE-2',
    'id',
    `${is}; only a DRAFT can be changed or deleted. Create a draft as a copy of it instead.`,
  );
}

/** RTE-2: A model has one DRAFT at a time. */
export function hasNoDraft(modelCode: string, draft: { readonly revision: number } | undefined): Answer {
  if (draft === undefined) return undefined;
  const message = `Product model ${modelCode} has the draft ${nameOfRoute({ modelCode, revision: draft.revision })}; change, release or delete that one.`;
  return rejection('RTE-2', 'productModel', message);
}

/** MDL-2: A DISCONTINUED model gets no new route, because it takes no new lots. */
export function modelTakesRoutes(
  model: { readonly code: string; readonly status: ProductModelStatus },
  path: 'productModel' | 'id',
): Answer {
  if (model.status !== 'DISCONTINUED') return undefined;
  return rejection('MDL-2', path, `Product model ${model.code} is DISCONTINUED; it gets no new route.`);
}

/** RTE-2: A draft is a copy of a route of the same model. */
export function isCopiedFromModel(
  model: { readonly id: string; readonly code: string },
  source: RouteName & { readonly productModelId: string },
): Answer {
  if (source.productModelId === model.id) return undefined;
  const message = `${capitalized(nameOfRoute(source))} is not a route of product model ${model.code}; copy a route of the same model.`;
  return rejection('INVALID_INPUT', 'copyFrom', message);
}

/** RTE-3: The status of a route moves only as its table allows. */
export function routeMayBecome(route: RouteName & { readonly status: RouteStatus }, status: RouteStatus): Answer {
  const answer = mayMove(ROUTE_FLOW, capitalized(nameOfRoute(route)), route.status, status);
  return answer && { ...answer, path: ['id'] };
}

/** A step of a route with its process as it is now, for the rules of a release. */
export interface ReleasedStep {
  readonly number: number;
  readonly code: string;
  readonly type: ProcessType;
  readonly level: ProcessLevel;
  readonly isActive: boolean;
  readonly isOptional: boolean;
  /** Type and level at an earlier release; null before the first. */
  readonly releasedType: ProcessType | null;
  readonly releasedLevel: ProcessLevel | null;
}

/**
 * RTE-1: A route is released when all its processes are active, and when its units can reach the end: at most one
 * conversion, at the end of the WIP level and never optional; a mandatory MANUFACTURING step where there are WIP-level
 * steps; a conversion where there are SERIAL-level steps; no optional SERIAL-level step behind the last mandatory one.
 */
export function isReleasable(route: RouteName, steps: readonly ReleasedStep[]): readonly Rejection[] {
  const name = capitalized(nameOfRoute(route));
  const because = (message: string): Rejection => rejection('RTE-1', 'id', `${name} ${message}`);
  return rejectionsIn([
    steps.length === 0 ? because('has no steps; it needs at least one.') : undefined,
    ...processProblems(steps).map(because),
    ...conversionProblems(steps).map(because),
    ...serialProblems(steps).map(because),
  ]);
}

/** The values of a step in which two revisions of a route can differ. */
export interface StepValues {
  readonly processId: string;
  readonly number: number;
  readonly isOptional: boolean;
  readonly maxAttempts: number | null;
  readonly plannedSeconds: number | null;
  readonly allowOutOfSpecPass: boolean;
  readonly characteristics: readonly Characteristic[];
  readonly equipmentTypes: readonly string[];
}

/** The kinds of differences between two routes. */
export const ROUTE_CHANGE_KINDS = ['ADDED', 'REMOVED', 'MOVED', 'CHANGED'] as const;

/** One difference between two routes, by process. `before` and `after` are null where the process is not in the route. */
export interface RouteChange<Values extends StepValues> {
  readonly kind: (typeof ROUTE_CHANGE_KINDS)[number];
  readonly processId: string;
  readonly before: Values | null;
  readonly after: Values | null;
}

/**
 * The differences from one route to another: first the removed steps, then the others in the order of the later route. A
 * step that only has another number is MOVED; one with any other difference is CHANGED.
 */
export function changesBetween<Values extends StepValues>(
  from: readonly Values[],
  to: readonly Values[],
): readonly RouteChange<Values>[] {
  const removed = from
    .filter(({ processId }) => !to.some((step) => step.processId === processId))
    .map((before) => ({ kind: 'REMOVED' as const, processId: before.processId, before, after: null }));
  const others = to.flatMap((after): readonly RouteChange<Values>[] => {
    const { processId } = after;
    const before = from.find((step) => step.processId === processId) ?? null;
    if (before === null) return [{ kind: 'ADDED', processId, before, after }];
    if (valuesOf(before) !== valuesOf(after)) return [{ kind: 'CHANGED', processId, before, after }];
    return before.number === after.number ? [] : [{ kind: 'MOVED', processId, before, after }];
  });
  return [...removed, ...others];
}

function processProblems(steps: readonly ReleasedStep[]): readonly string[] {
  const inactive = steps.filter(({ isActive }) => !isActive);
  const changed = steps.filter(
    ({ type, level, releasedType, releasedLevel }) =>
      (releasedType ?? type) !== type || (releasedLevel ?? level) !== level,
  );
  return [
    ...(inactive.length === 0
      ? []
      : [`has inactive processes: ${stepLabels(inactive)}. Activate them, or leave them out.`]),
    ...(changed.length === 0
      ? []
      : [
          `was released when ${stepLabels(changed)} had another type or level; create a draft as a copy of it instead.`,
        ]),
  ];
}

function conversionProblems(steps: readonly ReleasedStep[]): readonly string[] {
  const wip = steps.filter(({ level }) => level === 'WIP');
  const conversions = steps.filter(isConversion);
  const [conversion, ...more] = conversions;
  const problems: string[] = [];
  if (more.length > 0)
    problems.push(`has ${conversions.length} conversion steps: ${stepLabels(conversions)}. One is enough.`);
  if (wip.length > 0 && !wip.some((step) => !isConversion(step) && !step.isOptional))
    problems.push('has WIP-level steps but no mandatory MANUFACTURING step among them; it needs one.');
  if (conversion === undefined || more.length > 0) return problems;
  const label = `the conversion step ${stepLabel(conversion)}`;
  const behind = wip.filter((step) => step.number > conversion.number);
  if (conversion.level !== 'WIP')
    problems.push(`has ${label} on level ${conversion.level}; a conversion is WIP-level.`);
  if (conversion.isOptional) problems.push(`makes ${label} optional; it must be mandatory.`);
  if (behind.length > 0)
    problems.push(`has WIP-level steps behind ${label}: ${stepLabels(behind)}. It must be the last of its level.`);
  return problems;
}

function serialProblems(steps: readonly ReleasedStep[]): readonly string[] {
  const serial = steps.filter(({ level }) => level === 'SERIAL');
  if (serial.length === 0) return [];
  const problems: string[] = [];
  if (!steps.some(isConversion))
    problems.push(
      `has SERIAL-level steps but no conversion step, so there would be no serial to run ${stepLabels(serial)} on.`,
    );
  const last = Math.max(...serial.filter(({ isOptional }) => !isOptional).map(({ number }) => number));
  const behind = serial.filter(({ isOptional, number }) => isOptional && number > last);
  if (Number.isFinite(last) && behind.length > 0)
    problems.push(
      `has optional SERIAL-level steps behind the last mandatory one: ${stepLabels(behind)}. A serial that passes the last mandatory step is done.`,
    );
  return problems;
}

/** The values of a step without its number, as text that can be compared. */
function valuesOf({
  isOptional,
  maxAttempts,
  plannedSeconds,
  allowOutOfSpecPass,
  characteristics,
  equipmentTypes,
}: StepValues): string {
  const sorted = characteristics
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, unit, lowerLimit, upperLimit, target, required }) => [
      code,
      unit,
      lowerLimit,
      upperLimit,
      target,
      required,
    ]);
  return JSON.stringify([
    isOptional,
    maxAttempts,
    plannedSeconds,
    allowOutOfSpecPass,
    sorted,
    equipmentTypes.toSorted(),
  ]);
}

/** The types of steps: manufacturing, or the conversion of a WIP item into a serial. */
export const PROCESS_TYPES = ['MANUFACTURING', 'SERIAL_CONVERSION'] as const;
/** The type of a step. */
export type ProcessType = (typeof PROCESS_TYPES)[number];

/** The kinds of units that a step works on: the lot as a whole, one WIP item, or one serial. */
export const PROCESS_LEVELS = ['LOT', 'WIP', 'SERIAL'] as const;
/** The kind of unit that a step works on. */
export type ProcessLevel = (typeof PROCESS_LEVELS)[number];

/** The specification of one reading at a step. Limits and target are decimals as text; null means none. */
export interface Characteristic {
  readonly code: string;
  readonly unit: string | null;
  readonly lowerLimit: string | null;
  readonly upperLimit: string | null;
  readonly target: string | null;
  readonly required: boolean;
}

/** The part of a step that names it. */
export interface StepName {
  readonly id: string;
  readonly number: number;
  readonly code: string;
}

/** A step as the rules of the floor need it. */
export interface Step extends StepName {
  readonly type: ProcessType;
  readonly level: ProcessLevel;
  readonly isActive: boolean;
  /** RTE-6: an optional step may be run, and need not be. */
  readonly isOptional: boolean;
  /** Null means no limit. */
  readonly maxAttempts: number | null;
  readonly allowOutOfSpecPass: boolean;
  readonly characteristics: ReadonlyMap<string, Characteristic>;
  /** RTE-8: an execution names an equipment of one of these types; empty: any equipment, or none. */
  readonly equipmentTypes: readonly string[];
}

/** The part of a step on which the order of a route depends. */
export type RouteStep = StepName & Pick<Step, 'type' | 'level' | 'isActive' | 'isOptional'>;

/**
 * The route: the steps that a unit runs through. Inactive steps in it are ignored, and the order of the array does not
 * matter, because the numbers decide.
 */
export type Route = readonly RouteStep[];

/** A route with its name in messages: `the factory route` or `route PSA100 rev 3`. */
export interface NamedRoute<Each extends RouteStep = RouteStep> {
  readonly name: string;
  /** Whether it is the factory route: all active steps that belong to it. It changes with them. */
  readonly isFactoryRoute: boolean;
  readonly steps: readonly Each[];
}

/** The factory route of the given steps: the way of lots that have no route of their own. */
export function factoryRouteOf<Each extends RouteStep>(steps: readonly Each[]): NamedRoute<Each> {
  return { name: 'the factory route', isFactoryRoute: true, steps };
}

/** The active steps of a level that a unit must pass, in number order; optional steps are not among them. */
export function mandatorySteps(route: Route, level: ProcessLevel): readonly RouteStep[] {
  return route
    .filter((step) => step.isActive && !step.isOptional && step.level === level)
    .toSorted((a, b) => a.number - b.number);
}

/** The mandatory steps that make a WIP item, in number order; the conversion step is not one of them. */
export function manufacturingSteps(route: Route): readonly RouteStep[] {
  return mandatorySteps(route, 'WIP').filter((step) => step.type === 'MANUFACTURING');
}

/** The active step that converts a WIP item into a serial, if the route has one. */
export function activeConversion(route: Route): RouteStep | undefined {
  return mandatorySteps(route, 'WIP').find(isConversion);
}

/**
 * RTE-6: The route as one unit has to pass it. An optional step that was finished without a PASS counts as mandatory, so
 * that a failure there cannot be passed over.
 */
export function demandedRoute<Each extends RouteStep>(
  route: readonly Each[],
  { finishedStepIds, passedStepIds }: StepResults,
): readonly Each[] {
  const isDemanded = ({ id, isOptional }: Each): boolean =>
    isOptional && finishedStepIds.has(id) && !passedStepIds.has(id);
  return route.some(isDemanded)
    ? route.map((step) => (isDemanded(step) ? { ...step, isOptional: false } : step))
    : route;
}

/** The steps of a unit that have a finished execution, and those that have a PASS. */
export interface StepResults {
  readonly finishedStepIds: ReadonlySet<string>;
  readonly passedStepIds: ReadonlySet<string>;
}

/** Whether the step converts a WIP item into a serial. */
export function isConversion(step: { readonly type: ProcessType }): boolean {
  return step.type === 'SERIAL_CONVERSION';
}

/** The mandatory step of the same level with the nearest lower number. Gaps, inactive and optional steps do not matter. */
export function previousStep(route: Route, step: Pick<Step, 'level' | 'number'>): RouteStep | undefined {
  return mandatorySteps(route, step.level).findLast((other) => other.number < step.number);
}

/** The steps that still lack a PASS, in the given order. */
export function stepsWithoutPass<Each extends StepName>(
  steps: readonly Each[],
  passedStepIds: ReadonlySet<string>,
): readonly Each[] {
  return steps.filter((step) => !passedStepIds.has(step.id));
}

/** A step as people name it: `30 SOLDER`. */
export function stepLabel(step: Omit<StepName, 'id'>): string {
  return `${step.number} ${step.code}`;
}

/** Several steps as people name them: `10 MOUNT, 30 SOLDER`. */
export function stepLabels(steps: readonly Omit<StepName, 'id'>[]): string {
  return steps.map(stepLabel).join(', ');
}

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
  /** Null means no limit. */
  readonly maxAttempts: number | null;
  readonly allowOutOfSpecPass: boolean;
  readonly characteristics: ReadonlyMap<string, Characteristic>;
}

/** The part of a step on which the order of a route depends. */
export type RouteStep = StepName & Pick<Step, 'type' | 'level' | 'isActive'>;

/**
 * The route: the steps that a unit runs through. Inactive steps in it are ignored, and the order of the array does not
 * matter, because the numbers decide.
 */
export type Route = readonly RouteStep[];

/** The active steps of a level, in number order. */
export function stepsOfLevel(route: Route, level: ProcessLevel): readonly RouteStep[] {
  return route.filter((step) => step.isActive && step.level === level).toSorted((a, b) => a.number - b.number);
}

/** The active steps that make a WIP item, in number order; the conversion step is not one of them. */
export function manufacturingSteps(route: Route): readonly RouteStep[] {
  return stepsOfLevel(route, 'WIP').filter((step) => step.type === 'MANUFACTURING');
}

/** The active step that converts a WIP item into a serial, if the factory has one. */
export function activeConversion(route: Route): RouteStep | undefined {
  return stepsOfLevel(route, 'WIP').find(isConversion);
}

/** Whether the step converts a WIP item into a serial. */
export function isConversion(step: { readonly type: ProcessType }): boolean {
  return step.type === 'SERIAL_CONVERSION';
}

/** The active step of the same level with the nearest lower number. Gaps and inactive steps do not matter. */
export function previousStep(route: Route, step: Pick<Step, 'level' | 'number'>): RouteStep | undefined {
  return stepsOfLevel(route, step.level).findLast((other) => other.number < step.number);
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

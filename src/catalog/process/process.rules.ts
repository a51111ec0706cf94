import { isDeletable, type TextForm } from '../../platform/rules/natural-key.ts';
import { rejection, rejectionsIn, type Answer, type Rejection } from '../../platform/rules/rejection.ts';
import {
  activeConversion,
  isConversion,
  manufacturingSteps,
  stepLabel,
  type ProcessLevel,
  type Route,
  type RouteStep,
} from './route.rules.ts';

/** LBL-2: The labels that a step can print. */
export const LABEL_TYPES = ['LOT_LABEL', 'WIP_LABEL', 'SERIAL_LABEL'] as const;
/** A label that a step can print. */
export type LabelType = (typeof LABEL_TYPES)[number];

/** PRC-1: A step code is 1..50 of `A-Z 0-9 _`. */
export const PROCESS_CODE: TextForm = { rule: 'PRC-1', pattern: /^[A-Z0-9_]{1,50}$/, form: '1 to 50 of A-Z 0-9 _' };

/** PRC-1: A step number is 1..9,999. */
export const STEP_NUMBER = { rule: 'PRC-1', min: 1, max: 9_999 } as const;

/** The greatest lengths of the texts of a step, in characters. */
export const PROCESS_LENGTHS = { name: 255, localName: 255, description: 2_000, defectItem: 255 } as const;
/** The most defects that a step offers. */
export const DEFECT_ITEMS_MAX = 100;
/** The least planned run time of a step. */
export const PLANNED_SECONDS_MIN = 1;
/** PD-9: The least limit of attempts of a step. */
export const MAX_ATTEMPTS_MIN = 1;
/** The least sort order of a step. */
export const SORT_ORDER_MIN = 1;

/** A stored step with what decides whether it is part of the factory route: it is active, and belongs to it. */
export interface StoredStep extends RouteStep {
  readonly isInFactoryRoute: boolean;
}

/** A step as it will be after the change. It has no id before it is created, so its code identifies it. */
export type PlannedStep = Omit<StoredStep, 'id' | 'isOptional'>;

/** PRC-1: Two steps never share a number; an inactive step keeps its own. `steps` are all steps as stored. */
export function numberIsFree(step: PlannedStep, steps: readonly StoredStep[]): Answer {
  const owner = steps.filter(({ code }) => code !== step.code).find((other) => other.number === step.number);
  if (owner === undefined) return undefined;
  const state = owner.isActive ? '' : ', which is inactive but keeps its number';
  return rejection(
    'PRC-1',
    'number',
    `Step number ${step.number} belongs to ${owner.code}${state}; choose a free one.`,
    'CONFLICT',
  );
}

/** PRC-1: Two steps never share a code. Checked only when a step is created, because codes never change. */
export function codeIsFree(code: string, steps: readonly StoredStep[]): Answer {
  const owner = steps.find((step) => step.code === code);
  if (owner === undefined) return undefined;
  return rejection(
    'PRC-1',
    'code',
    `Step code ${code} belongs to step ${stepLabel(owner)}; choose a free one.`,
    'CONFLICT',
  );
}

/** PRC-2: The level of a step is fixed once it has executions. */
export function levelMayBecome(step: PlannedStep, level: ProcessLevel, hasExecutions: boolean): Answer {
  if (level === step.level || !hasExecutions) return undefined;
  return rejection('PRC-2', 'level', `Step ${stepLabel(step)} has executions; its level stays ${step.level}.`);
}

/** PRC-2: The number of a step is fixed once it has executions. */
export function numberMayBecome(step: PlannedStep, number: number, hasExecutions: boolean): Answer {
  if (number === step.number || !hasExecutions) return undefined;
  return rejection('PRC-2', 'number', `Step ${stepLabel(step)} has executions; its number stays ${step.number}.`);
}

/**
 * PRC-3: The factory route has at most one active SERIAL_CONVERSION step; it is WIP-level, has the highest number of the
 * active WIP-level steps, and needs one active WIP-level MANUFACTURING step. `step` is checked as it will be, among
 * `steps` as stored. Steps outside the factory route, LOT-level and SERIAL-level steps are free.
 */
export function conversionFits(step: PlannedStep, steps: readonly StoredStep[]): Answer {
  if (!isPartOfFactoryRoute(step)) return undefined;
  const others = othersInFactoryRoute(step, steps);
  return isConversion(step) ? conversionIsTheEnd(step, others) : staysBeforeConversion(step, others);
}

/**
 * PRC-4: The conversion step of the factory route cannot leave it while a WIP item of a lot without a route of its own is
 * COMPLETED, because the item would wait for ever.
 */
export function conversionMayLeave(step: PlannedStep, after: PlannedStep | undefined, completedItems: number): Answer {
  const stays = after !== undefined && isPartOfFactoryRoute(after) && isConversion(after);
  if (!isPartOfFactoryRoute(step) || !isConversion(step) || stays || completedItems === 0) return undefined;
  const wait = `Conversion step ${stepLabel(step)} is needed by COMPLETED WIP items (${completedItems})`;
  return rejection('PRC-4', leavingPath(step, after), `${wait}; convert them first.`);
}

/** PRC-5: The last active WIP-level MANUFACTURING step of the factory route stays while it has a conversion step. */
export function manufacturingRemains(
  step: PlannedStep,
  after: PlannedStep | undefined,
  steps: readonly StoredStep[],
): Answer {
  const others = othersInFactoryRoute(step, steps);
  const conversion = activeConversion(others);
  if (conversion === undefined || manufacturingSteps(others).length > 0) return undefined;
  if (!isManufacturing(step) || (after !== undefined && isManufacturing(after))) return undefined;
  const last = `Step ${stepLabel(step)} is the last active WIP-level MANUFACTURING step`;
  return rejection(
    'PRC-5',
    leavingPath(step, after),
    `${last}; deactivate the conversion step ${stepLabel(conversion)} first.`,
  );
}

/** A route that depends on a process: a RELEASED one, or one of lots that are not CLOSED. */
export interface DependentRoute {
  readonly name: string;
  readonly openLots: number;
}

/**
 * RTE-9: A process of a RELEASED route, or of the route of a lot that is not CLOSED, is neither deactivated nor retyped
 * nor moved to another level.
 */
export function routesKeepProcess(
  step: PlannedStep,
  after: PlannedStep,
  routes: readonly DependentRoute[],
): readonly Rejection[] {
  if (routes.length === 0) return [];
  const openLots = routes.reduce((sum, route) => sum + route.openLots, 0);
  const names = routes.map((route) => route.name).join(', ');
  const needed = `Step ${stepLabel(step)} is needed by ${names} (open lots: ${openLots})`;
  const right = 'retire or change the routes, and close or move the lots, first';
  return rejectionsIn([
    step.isActive && !after.isActive
      ? rejection('RTE-9', 'isActive', `${needed}; it stays active. To end it, ${right}.`)
      : undefined,
    step.type === after.type
      ? undefined
      : rejection('RTE-9', 'type', `${needed}; its type stays ${step.type}. To change it, ${right}.`),
    step.level === after.level
      ? undefined
      : rejection('RTE-9', 'level', `${needed}; its level stays ${step.level}. To change it, ${right}.`),
  ]);
}

/** LBL-2: A step that prints its label automatically has a template to print. */
export function autoPrintFits(step: {
  readonly autoPrintLabel: boolean;
  readonly labelTemplate: LabelType | null;
}): Answer {
  if (!step.autoPrintLabel || step.labelTemplate !== null) return undefined;
  return rejection('LBL-2', 'labelTemplate', `autoPrintLabel needs a labelTemplate: one of ${LABEL_TYPES.join(', ')}.`);
}

/** GEN-1: A step with executions, sessions, equipment, routes or test programs cannot be deleted; it is deactivated instead. */
export function isProcessUnused(
  step: PlannedStep,
  uses: Readonly<Record<'executions' | 'sessions' | 'equipment' | 'routes' | 'testPrograms' | 'alerts', number>>,
): Answer {
  return isDeletable(`Step ${stepLabel(step)}`, uses, 'process');
}

function conversionIsTheEnd(step: PlannedStep, others: Route): Answer {
  const label = `Conversion step ${stepLabel(step)}`;
  if (step.level !== 'WIP')
    return rejection('PRC-3', 'type', `${label} is ${step.level}-level; a conversion step is WIP-level.`);
  const rival = activeConversion(others);
  if (rival !== undefined) {
    return rejection(
      'PRC-3',
      'type',
      `${label} would be the second; deactivate the conversion step ${stepLabel(rival)} first.`,
    );
  }
  const last = manufacturingSteps(others).at(-1);
  if (last === undefined) {
    return rejection(
      'PRC-3',
      'type',
      `${label} has nothing to convert; it needs an active WIP-level MANUFACTURING step before it.`,
    );
  }
  if (last.number < step.number) return undefined;
  return rejection(
    'PRC-3',
    'number',
    `${label} must have the highest number of the WIP level: above ${stepLabel(last)}.`,
  );
}

function staysBeforeConversion(step: PlannedStep, others: Route): Answer {
  const conversion = step.level === 'WIP' ? activeConversion(others) : undefined;
  if (conversion === undefined || step.number < conversion.number) return undefined;
  return rejection(
    'PRC-3',
    'number',
    `Step ${stepLabel(step)} must have a lower number than the conversion step ${stepLabel(conversion)}.`,
  );
}

function isManufacturing(step: PlannedStep): boolean {
  return isPartOfFactoryRoute(step) && step.level === 'WIP' && !isConversion(step);
}

function othersInFactoryRoute(step: PlannedStep, steps: readonly StoredStep[]): Route {
  return steps.filter((other) => other.code !== step.code && isPartOfFactoryRoute(other));
}

/** Whether lots without a route of their own run through the step. */
export function isPartOfFactoryRoute(step: Pick<StoredStep, 'isActive' | 'isInFactoryRoute'>): boolean {
  return step.isActive && step.isInFactoryRoute;
}

/** The input field by which a step leaves its position in the route; a deletion has only the step itself. */
function leavingPath(step: PlannedStep, after: PlannedStep | undefined): string {
  if (after === undefined) return 'process';
  if (!after.isActive) return 'isActive';
  if (!after.isInFactoryRoute) return 'isInFactoryRoute';
  return after.type === step.type ? 'level' : 'type';
}

import {
  isConversion,
  manufacturingSteps,
  previousStep,
  type Route,
  type RouteStep,
  type Step,
  stepLabel,
  stepLabels,
  type StepName,
  stepsWithoutPass,
} from '../../../catalog/process/route.rules.ts';
import { type Answer, rejection } from '../../../platform/rules/rejection.ts';
import { type Instant, later, plusMilliseconds, secondsBetween } from '../../../platform/values/time.ts';
import type { ProcessResult } from '../result/result.rules.ts';
import { nameOfUnit, type Unit } from '../../unit/unit.rules.ts';

/** The maximum length of notes, in characters. */
export const NOTES_LENGTH = 1_000;
/** PD-19: the maximum number of records of a batch. */
export const MAX_BATCH_SIZE = 1_000;
/** PD-7: how far the clock of a station may be ahead of the database's. */
export const FUTURE_TOLERANCE_MILLISECONDS = 60_000;

/** An open execution of a unit, as messages name it. */
export interface OpenExecution {
  readonly process: StepName;
  readonly operatorUsername: string;
  readonly startedAt: Instant;
}

/** PD-3: work ends no earlier than it starts; both at the same instant is allowed. */
export function endsAfterStart(startedAt: Instant, completedAt: Instant): Answer {
  if (completedAt >= startedAt) return undefined;
  return rejection('PD-3', 'completedAt', `The work cannot end at ${completedAt}, before its start at ${startedAt}.`);
}

/** PD-3: whole seconds of work, rounded down; null while the execution is open. */
export function durationSeconds(startedAt: Instant, completedAt: Instant | null): number | null {
  return completedAt === null ? null : secondsBetween(startedAt, completedAt);
}

/** PD-4: an execution is open until it has a result and an end; both come together, and only once. */
export function isStillOpen(
  execution: { readonly result: ProcessResult | null; readonly completedAt: Instant | null },
  path = 'processData',
): Answer {
  if (execution.completedAt === null) return undefined;
  const was = `The execution was completed with ${execution.result} at ${execution.completedAt}`;
  return rejection('PD-4', path, `${was}; only an open one can be completed. Correct it instead.`);
}

/** PD-5: a unit has at most one open execution of a step. */
export function hasNoOpenExecution(unit: Unit, step: StepName, openExecutions: readonly OpenExecution[]): Answer {
  const open = openExecutions.find((execution) => execution.process.id === step.id);
  if (open === undefined) return undefined;
  const has = `${nameOfUnit(unit)} already has an open execution of ${stepLabel(step)}`;
  const message = `${has}, started by ${open.operatorUsername} at ${open.startedAt}; complete or withdraw it first.`;
  return rejection('PD-5', 'unit', message);
}

/** PD-6: a unit passes a step once. */
export function hasNoPass(
  unit: Unit,
  step: StepName,
  passedStepIds: ReadonlySet<string>,
  path: 'unit' | 'result',
): Answer {
  if (!passedStepIds.has(step.id)) return undefined;
  return rejection(
    'PD-6',
    path,
    `${nameOfUnit(unit)} has passed ${stepLabel(step)} already; a unit passes a step once.`,
  );
}

/** PD-7: nothing happens in the future; a clock may run ahead by 60 seconds. */
export function isNotInFuture(instant: Instant, now: Instant, path: string): Answer {
  if (instant <= plusMilliseconds(now, FUTURE_TOLERANCE_MILLISECONDS)) return undefined;
  const allowed = FUTURE_TOLERANCE_MILLISECONDS / 1_000;
  return rejection(
    'PD-7',
    path,
    `${instant} is in the future; it is ${now} now, and at most ${allowed} seconds more are allowed.`,
  );
}

/** PD-7: work that does not say when it started starts now. */
export function startTime(startedAt: Instant | undefined, now: Instant): Instant {
  return startedAt ?? now;
}

/** PD-7: work that does not say when it ended ends now, but not before it started. */
export function endTime(completedAt: Instant | undefined, startedAt: Instant, now: Instant): Instant {
  return completedAt ?? later(now, startedAt);
}

/** PD-7: work recorded without its start began when it ended. */
export function timesOfRecord(
  given: { readonly startedAt?: Instant | undefined; readonly completedAt?: Instant | undefined },
  now: Instant,
): { readonly startedAt: Instant; readonly completedAt: Instant } {
  const startedAt = given.startedAt ?? given.completedAt ?? now;
  return { startedAt, completedAt: endTime(given.completedAt, startedAt, now) };
}

/**
 * PD-8: a step starts when the previous step of its level has a PASS for the unit. The conversion step needs every
 * active WIP-level MANUFACTURING step.
 */
export function earlierStepsArePassed(
  unit: Unit,
  step: Pick<Step, 'number' | 'code' | 'level' | 'type'>,
  route: Route,
  passedStepIds: ReadonlySet<string>,
): Answer {
  const missing = stepsWithoutPass(stepsBefore(step, route), passedStepIds);
  if (missing.length === 0) return undefined;
  const message = `${nameOfUnit(unit)} has no PASS yet on ${stepLabels(missing)}; step ${stepLabel(step)} comes after that.`;
  return rejection('PD-8', 'process', message);
}

/** PD-9: a step is attempted at most maxAttempts times. Finished attempts count, withdrawn ones do not. */
export function hasAttemptLeft(
  unit: Unit,
  step: Pick<Step, 'number' | 'code' | 'maxAttempts'>,
  finishedAttempts: number,
): Answer {
  if (step.maxAttempts === null || finishedAttempts < step.maxAttempts) return undefined;
  const was = `${nameOfUnit(unit)} finished ${finishedAttempts} attempts of ${stepLabel(step)}`;
  const message = `${was}; at most ${step.maxAttempts} are allowed.`;
  return rejection('PD-9', 'process', message);
}

/** PD-9: the number of the next attempt of the unit at the step, counted from 1. */
export function nextAttempt(attemptsSoFar: number): number {
  return attemptsSoFar + 1;
}

/** The ids of the steps that the unit has passed after an execution of `step` ends with `result`. */
export function passedAfter(
  passedStepIds: ReadonlySet<string>,
  step: Pick<Step, 'id'>,
  result: ProcessResult,
): ReadonlySet<string> {
  return result === 'PASS' ? new Set([...passedStepIds, step.id]) : passedStepIds;
}

function stepsBefore(step: Pick<Step, 'number' | 'level' | 'type'>, route: Route): readonly RouteStep[] {
  if (isConversion(step)) return manufacturingSteps(route);
  const previous = previousStep(route, step);
  return previous === undefined ? [] : [previous];
}

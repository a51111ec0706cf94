import {
  stepLabels,
  mandatorySteps,
  stepsWithoutPass,
  type Route,
  type RouteStep,
  type StepName,
} from '../../catalog/process/route.rules.ts';
import { present } from '../../platform/values/assert.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import type { Instant } from '../../platform/values/time.ts';

/** SER-3: The statuses of a serial. */
export const SERIAL_STATUSES = ['CREATED', 'IN_PROGRESS', 'PASSED', 'FAILED'] as const;
/** The status of a serial. */
export type SerialStatus = (typeof SERIAL_STATUSES)[number];

/** SER-3: The statuses to which a serial may move. PASSED is final. */
export const SERIAL_FLOW: StateMachine<SerialStatus> = {
  machine: 'serials.status',
  rule: 'SER-3',
  moves: { CREATED: ['IN_PROGRESS'], IN_PROGRESS: ['PASSED', 'FAILED'], FAILED: ['IN_PROGRESS'], PASSED: [] },
};

/** SER-4: The most characters of the reason of a failure. */
export const FAILURE_REASON_LENGTH = 1_000;

type Result = 'PASS' | 'FAIL' | 'REWORK';

interface SerialState {
  readonly number: string;
  readonly status: SerialStatus;
}

interface ReworkCounts {
  readonly reworkCount: number;
  readonly maxReworks: number;
}

/** SER-3: The status of a serial moves only as its table allows. */
export function serialMayMove(serial: SerialState, to: SerialStatus): Answer {
  return mayMove(SERIAL_FLOW, `Serial ${serial.number}`, serial.status, to);
}

/**
 * SER-3: Only a CREATED serial is started by hand. A FAILED serial goes back to work by a rework, which is counted
 * (SER-2).
 */
export function mayStart(serial: SerialState): Answer {
  if (serial.status === 'CREATED') return undefined;
  const right = serial.status === 'FAILED' ? 'a FAILED one is reworked instead' : 'only a CREATED one can be started';
  return rejection('SER-3', 'status', `Serial ${serial.number} is ${serial.status}; ${right}.`);
}

/** SER-2: A serial is reworked only when it FAILED, and at most maxReworks times. */
export function mayRework(serial: SerialState & ReworkCounts): Answer {
  if (serial.status !== 'FAILED') {
    return rejection(
      'SER-2',
      'serial',
      `Serial ${serial.number} is ${serial.status}; only a FAILED serial can be reworked.`,
    );
  }
  if (reworksLeft(serial) > 0) return undefined;
  const message = `Serial ${serial.number} was reworked ${serial.reworkCount} of at most ${serial.maxReworks} times; no rework is left.`;
  return rejection('SER-2', 'serial', message);
}

/** SER-7: `passSerial` needs a PASS on every mandatory SERIAL-level step of the route; the rejection names the missing steps. */
export function hasPassedItsRoute(serial: SerialState, route: Route, passedStepIds: ReadonlySet<string>): Answer {
  const missing = stepsWithoutPass(mandatorySteps(route, 'SERIAL'), passedStepIds);
  if (missing.length === 0) return undefined;
  return rejection('SER-7', 'serial', `Serial ${serial.number} has no PASS yet on ${stepLabels(missing)}.`);
}

/** SER-7: A serial is passed or failed by hand only when none of its executions is open. */
export function hasNoOpenWork(serial: SerialState, openSteps: readonly StepName[]): Answer {
  if (openSteps.length === 0) return undefined;
  const message = `Serial ${serial.number} has an open execution of ${stepLabels(openSteps)}; complete or withdraw it first.`;
  return rejection('SER-7', 'serial', message);
}

/**
 * SER-6: A PASS passes the serial when every mandatory SERIAL-level step of its route now has one, a FAIL fails it, a
 * REWORK keeps it IN_PROGRESS. Where all steps are optional, only `passSerial` passes it (RTE-6). Only a serial that is IN_PROGRESS moves: a late result of a second open execution neither revives a
 * FAILED serial nor undoes a PASSED one. `passedStepIds` already holds the step when the result is a PASS.
 */
export function serialStatusAfterResult(
  status: SerialStatus,
  result: Result,
  route: Route,
  passedStepIds: ReadonlySet<string>,
): SerialStatus {
  if (status !== 'IN_PROGRESS' || result === 'REWORK') return status;
  if (result === 'FAIL') return 'FAILED';
  const steps = mandatorySteps(route, 'SERIAL');
  return steps.length > 0 && stepsWithoutPass(steps, passedStepIds).length === 0 ? 'PASSED' : 'IN_PROGRESS';
}

/**
 * PD-13: A corrected result sets the status of the serial again, as if it were the result of a serial that is
 * IN_PROGRESS. PASSED is final.
 */
export function serialStatusAfterCorrection(
  status: SerialStatus,
  result: Result,
  route: Route,
  passedStepIds: ReadonlySet<string>,
): SerialStatus {
  return status === 'PASSED' ? status : serialStatusAfterResult('IN_PROGRESS', result, route, passedStepIds);
}

/**
 * PD-13: The moves that lead a serial to its corrected status, through IN_PROGRESS where the table has no direct move.
 * A serial that had failed fails again, with the reason of the corrected step.
 */
export function serialMovesOfCorrection(from: SerialStatus, to: SerialStatus): readonly SerialStatus[] {
  if (from === to && to !== 'FAILED') return [];
  return SERIAL_FLOW.moves[from].includes(to) ? [to] : ['IN_PROGRESS', to];
}

/** SER-6: The reason of a step that failed the serial, in one line: `<step code>: <first defect code>`. */
export function failureReasonOf(step: Pick<StepName, 'code'>, defects: readonly { readonly code: string }[]): string {
  return `${step.code}: ${present(defects[0], 'The defect of a failed step').code}`;
}

/** SER-3, SER-4: A new status of a serial, with its time and reason. */
export interface SerialStamps {
  readonly status: SerialStatus;
  readonly completedAt: Instant | null;
  readonly failureReason: string | null;
}

/** SER-3, SER-4: A serial that goes to work has neither an end nor a reason of failure. */
export function workingSerial(): SerialStamps {
  return { status: 'IN_PROGRESS', completedAt: null, failureReason: null };
}

/** SER-3: A passed serial has the time at which it passed, and no reason of failure. */
export function passedSerial(at: Instant): SerialStamps {
  return { status: 'PASSED', completedAt: at, failureReason: null };
}

/** SER-3, SER-4: A failed serial has the time at which it failed, and the reason. */
export function failedSerial(at: Instant, failureReason: string): SerialStamps {
  return { status: 'FAILED', completedAt: at, failureReason };
}

/** SER-2: How often the serial may still be reworked. */
export function reworksLeft(serial: ReworkCounts): number {
  return serial.maxReworks - serial.reworkCount;
}

/** SER-2: Whether the serial FAILED and has a rework left. */
export function canRework(serial: ReworkCounts & { readonly status: SerialStatus }): boolean {
  return serial.status === 'FAILED' && reworksLeft(serial) > 0;
}

/** LOT-8: Whether the serial is decided: PASSED, or FAILED with no rework left. */
export function isTerminal(serial: ReworkCounts & { readonly status: SerialStatus }): boolean {
  return serial.status === 'PASSED' || (serial.status === 'FAILED' && reworksLeft(serial) === 0);
}

/** Whether work on the serial is going on or still to begin. */
export function isSerialActive(serial: { readonly status: SerialStatus }): boolean {
  return serial.status === 'CREATED' || serial.status === 'IN_PROGRESS';
}

/** The lowest mandatory SERIAL-level step without a PASS; undefined once the serial has PASSED. */
export function nextStepOfSerial(
  serial: { readonly status: SerialStatus },
  route: Route,
  passedStepIds: ReadonlySet<string>,
): RouteStep | undefined {
  if (serial.status === 'PASSED') return undefined;
  return stepsWithoutPass(mandatorySteps(route, 'SERIAL'), passedStepIds)[0];
}

import {
  stepLabels,
  stepsOfLevel,
  stepsWithoutPass,
  type Route,
  type RouteStep,
  type StepName,
} from '../../catalog/process/route.rules.ts';
import { present } from '../../platform/values/assert.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import type { Instant } from '../../platform/values/time.ts';

export const SERIAL_STATUSES = ['CREATED', 'IN_PROGRESS', 'PASSED', 'FAILED'] as const;
export type SerialStatus = (typeof SERIAL_STATUSES)[number];

/** SER-3: where a serial may go next. PASSED is final. */
export const SERIAL_FLOW: StateMachine<SerialStatus> = {
  machine: 'serials.status',
  rule: 'SER-3',
  moves: { CREATED: ['IN_PROGRESS'], IN_PROGRESS: ['PASSED', 'FAILED'], FAILED: ['IN_PROGRESS'], PASSED: [] },
};

export const FAILURE_REASON_LENGTH = 1_000;

type Result = 'PASS' | 'FAIL' | 'REWORK';

interface Unit {
  readonly number: string;
  readonly status: SerialStatus;
}

interface Reworks {
  readonly reworkCount: number;
  readonly maxReworks: number;
}

/** SER-3: the status runs by its table. */
export function serialMayMove(serial: Unit, to: SerialStatus): Answer {
  return mayMove(SERIAL_FLOW, `Serial ${serial.number}`, serial.status, to);
}

/**
 * SER-3: only a CREATED serial is started by hand; a FAILED one goes to work again by a rework, which is counted
 * (SER-2).
 */
export function mayStart(serial: Unit): Answer {
  if (serial.status === 'CREATED') return undefined;
  const right = serial.status === 'FAILED' ? 'a FAILED one is reworked instead' : 'only a CREATED one can be started';
  return rejection('SER-3', 'status', `Serial ${serial.number} is ${serial.status}; ${right}.`);
}

/** SER-2: a serial is reworked only when it FAILED, and at most maxReworks times. */
export function mayRework(serial: Unit & Reworks): Answer {
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

/** SER-7: passSerial needs a PASS on every active SERIAL-level step, the missing are named, and no open execution. */
export function hasPassedItsRoute(serial: Unit, route: Route, passedStepIds: ReadonlySet<string>): Answer {
  const missing = stepsWithoutPass(stepsOfLevel(route, 'SERIAL'), passedStepIds);
  if (missing.length === 0) return undefined;
  return rejection('SER-7', 'serial', `Serial ${serial.number} has no PASS yet on ${stepLabels(missing)}.`);
}

/** SER-7: a serial is passed or failed by hand only when none of its executions is open. */
export function hasNoOpenWork(serial: Unit, openSteps: readonly StepName[]): Answer {
  if (openSteps.length === 0) return undefined;
  const message = `Serial ${serial.number} has an open execution of ${stepLabels(openSteps)}; complete or withdraw it first.`;
  return rejection('SER-7', 'serial', message);
}

/**
 * SER-6: a PASS passes the serial when every active SERIAL-level step now has one, a FAIL fails it, a REWORK keeps it
 * at work. Only a serial that is IN_PROGRESS is moved: a late result of a second open execution neither revives a
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
  return stepsWithoutPass(stepsOfLevel(route, 'SERIAL'), passedStepIds).length === 0 ? 'PASSED' : 'IN_PROGRESS';
}

/**
 * PD-13: a corrected result sets the serial's status anew, as if it were the result of a serial at work. PASSED is
 * final.
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
 * PD-13: the moves that lead a serial to the status a correction gives it, through IN_PROGRESS where the table has no
 * direct one. A serial that was failed before fails anew, for the reason of the corrected step.
 */
export function serialMovesOfCorrection(from: SerialStatus, to: SerialStatus): readonly SerialStatus[] {
  if (from === to && to !== 'FAILED') return [];
  return SERIAL_FLOW.moves[from].includes(to) ? [to] : ['IN_PROGRESS', to];
}

/** SER-6: why a step failed the serial, in one line: `<step code>: <first defect code>`. */
export function failureReasonOf(step: Pick<StepName, 'code'>, defects: readonly { readonly code: string }[]): string {
  return `${step.code}: ${present(defects[0], 'The defect of a failed step').code}`;
}

export interface SerialStamps {
  readonly status: SerialStatus;
  readonly completedAt: Instant | null;
  readonly failureReason: string | null;
}

/** SER-3, SER-4: a serial put to work has neither an end nor a reason. */
export function workingSerial(): SerialStamps {
  return { status: 'IN_PROGRESS', completedAt: null, failureReason: null };
}

/** SER-3: a passed serial tells since when, and has no reason of failure. */
export function passedSerial(now: Instant): SerialStamps {
  return { status: 'PASSED', completedAt: now, failureReason: null };
}

/** SER-3, SER-4: a failed serial tells since when, and why. */
export function failedSerial(now: Instant, failureReason: string): SerialStamps {
  return { status: 'FAILED', completedAt: now, failureReason };
}

export function reworksLeft(serial: Reworks): number {
  return serial.maxReworks - serial.reworkCount;
}

export function canRework(serial: Reworks & { readonly status: SerialStatus }): boolean {
  return serial.status === 'FAILED' && reworksLeft(serial) > 0;
}

/** LOT-8: nothing more will happen to the serial. */
export function isTerminal(serial: Reworks & { readonly status: SerialStatus }): boolean {
  return serial.status === 'PASSED' || (serial.status === 'FAILED' && reworksLeft(serial) === 0);
}

export function isSerialActive(serial: { readonly status: SerialStatus }): boolean {
  return serial.status === 'CREATED' || serial.status === 'IN_PROGRESS';
}

/** The lowest SERIAL-level step without PASS; none once the serial has PASSED. */
export function nextStepOfSerial(
  serial: { readonly status: SerialStatus },
  route: Route,
  passedStepIds: ReadonlySet<string>,
): RouteStep | undefined {
  if (serial.status === 'PASSED') return undefined;
  return stepsWithoutPass(stepsOfLevel(route, 'SERIAL'), passedStepIds)[0];
}

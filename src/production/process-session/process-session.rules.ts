import { type Step, stepLabel } from '../../catalog/process/route.rules.ts';
import type { Viewer } from '../../platform/rules/access.ts';
import { type Answer, rejection, type RuleId } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { type Instant, secondsBetween } from '../../platform/values/time.ts';

/** SES-3: The statuses of a process session. */
export const PROCESS_SESSION_STATUSES = ['OPEN', 'CLOSED', 'CANCELLED'] as const;
/** The status of a process session. */
export type ProcessSessionStatus = (typeof PROCESS_SESSION_STATUSES)[number];

/** SES-3: The statuses to which a process session may move. This table is the whole life of a session. */
export const PROCESS_SESSION_FLOW: StateMachine<ProcessSessionStatus> = {
  machine: 'process_sessions.status',
  rule: 'SES-3',
  moves: { OPEN: ['CLOSED', 'CANCELLED'], CLOSED: [], CANCELLED: [] },
};

/** SES-2: The slots of a station are numbered from 1 to this. */
export const SLOTS = 12;
/** SES-1: The maximum length of a batch code, in characters. */
export const BATCH_CODE_LENGTH = 200;
/** SES-3: The maximum length of the remarks at the end of a session, in characters. */
export const CLOSE_NOTES_LENGTH = 1_000;

/** SES-1: What identifies an OPEN session. */
export interface SessionKey {
  readonly stationId: string;
  readonly processId: string;
  readonly batchCode: string;
}

/** A session as its rules see it. */
export interface ProcessSessionState {
  readonly batchCode: string;
  readonly status: ProcessSessionStatus;
}

/** A process session as executions see it. */
export interface SessionOfWork extends ProcessSessionState {
  readonly id: string;
  readonly processId: string;
  readonly processCode: string;
  readonly stationId: string;
  readonly stationCode: string;
}

/** A session in messages: `Process session B-17`. */
export function sessionLabel({ batchCode }: Pick<ProcessSessionState, 'batchCode'>): string {
  return `Process session ${batchCode}`;
}

/** SES-1: The OPEN session, among those of a station, that has this batch code and step. */
export function sameSession<Session extends SessionKey>(
  open: readonly Session[],
  { processId, batchCode }: Omit<SessionKey, 'stationId'>,
): Session | undefined {
  return open.find((session) => session.processId === processId && session.batchCode === batchCode);
}

/** SES-1: A session is opened at an active station. */
export function stationTakesSessions(station: { readonly code: string; readonly isActive: boolean }): Answer {
  if (station.isActive) return undefined;
  return rejection('SES-1', 'station', `Station ${station.code} is inactive; a session is opened at an active one.`);
}

/** SES-1: A session is opened for an active step. */
export function stepTakesSessions(step: Pick<Step, 'number' | 'code' | 'isActive'>): Answer {
  if (step.isActive) return undefined;
  return rejection('SES-1', 'process', `Step ${stepLabel(step)} is inactive; a session is opened for an active one.`);
}

/** SES-2: The slots that no open session has, in ascending order. */
export function freeSlotsOf(taken: readonly number[]): readonly number[] {
  const isTaken = new Set(taken);
  return Array.from({ length: SLOTS }, (_, index) => index + 1).filter((slot) => !isTaken.has(slot));
}

/** SES-2: An open session takes a slot for itself: the one that is asked for, else the lowest free one. */
export function slotFor(
  station: { readonly code: string },
  taken: readonly number[],
  asked: number | undefined,
): { readonly value: number } | { readonly rejection: NonNullable<Answer> } {
  const free = freeSlotsOf(taken);
  const [lowest] = free;
  if (lowest === undefined) {
    const message = `All ${SLOTS} slots of station ${station.code} are taken; close a session there first.`;
    return { rejection: rejection('SES-2', 'station', message, 'LIMIT_EXCEEDED') };
  }
  if (asked === undefined || free.includes(asked)) return { value: asked ?? lowest };
  const message = `Slot ${asked} of station ${station.code} is taken; free are ${free.join(', ')}.`;
  return { rejection: rejection('SES-2', 'slot', message) };
}

/** SES-3: Parameters and hardware change only while the session is OPEN. */
export function sessionMayChange(session: ProcessSessionState): Answer {
  if (session.status === 'OPEN') return undefined;
  return rejection('SES-3', 'id', `${sessionLabel(session)} is ${session.status}; only an OPEN one can be changed.`);
}

/** SES-3: A session ends once, from OPEN, when none of its executions is open. */
export function sessionMayEnd(
  session: ProcessSessionState,
  to: 'CLOSED' | 'CANCELLED',
  openExecutions: number,
): Answer {
  const refused = mayMove(PROCESS_SESSION_FLOW, sessionLabel(session), session.status, to);
  if (refused !== undefined) return { ...refused, path: ['id'] };
  if (openExecutions === 0) return undefined;
  const message = `${sessionLabel(session)} has open executions: ${openExecutions}; complete or withdraw them first.`;
  return rejection('SES-3', 'id', message);
}

/** SES-6: Only a CANCELLED session without executions is deleted. */
export function sessionMayBeDeleted(session: ProcessSessionState, executions: number): Answer {
  const name = sessionLabel(session);
  if (session.status !== 'CANCELLED')
    return rejection('SES-6', 'id', `${name} is ${session.status}; only a CANCELLED one can be deleted.`);
  if (executions === 0) return undefined;
  return rejection('SES-6', 'id', `${name} has executions: ${executions}; it stays as a part of their record.`);
}

/** SES-5: An execution joins only an OPEN session of its step and station. No station: it takes that of the session. */
export function sessionTakesWork(
  session: SessionOfWork,
  step: Pick<Step, 'id' | 'number' | 'code'>,
  stationId: string | undefined,
): Answer {
  const name = sessionLabel(session);
  const refused = (message: string): Answer => rejection('SES-5', 'processSession', message);
  if (session.status !== 'OPEN') return refused(`${name} is ${session.status}; only an OPEN one takes work.`);
  if (session.processId !== step.id)
    return refused(`${name} is for step ${session.processCode}, not for ${stepLabel(step)}.`);
  if (stationId === undefined || stationId === session.stationId) return undefined;
  return refused(`${name} is at station ${session.stationCode}; the work is done at another one.`);
}

/**
 * SES-5: A completion names the session that its execution is in already, or one that it joins, where it is in none. Work
 * that was started at no station is at that of the session.
 */
export function completionJoins(
  session: SessionOfWork,
  execution: { readonly processSessionId: string | null; readonly stationId: string | null },
  step: Pick<Step, 'id' | 'number' | 'code'>,
): Answer {
  if (execution.processSessionId === session.id) return undefined;
  if (execution.processSessionId === null) return sessionTakesWork(session, step, execution.stationId ?? undefined);
  const message = `The execution is in another process session; it does not change to ${session.batchCode}.`;
  return rejection('SES-5', 'processSession', message);
}

/** SES-1: The key of a station opens sessions at that station only, when an input names one by id or code. */
export function opensAtOwnStation(viewer: Viewer, named: { readonly key: string; readonly value: unknown }): Answer {
  if (viewer.kind !== 'STATION' || (named.key === 'id' ? viewer.id : viewer.code) === named.value) return undefined;
  const message = `The key of station ${viewer.code} opens sessions at that station only.`;
  return rejection('SES-1', 'station', message, 'FORBIDDEN');
}

/** Whether the viewer may see a session; the key of a station sees only those of its station. */
export function maySeeSession(viewer: Viewer | null, session: Pick<SessionKey, 'stationId'>): boolean {
  return viewer?.kind !== 'STATION' || viewer.id === session.stationId;
}

/**
 * The key of a station uses only sessions of that station. The answer is the same for one that does not exist, so it
 * does not say which ids exist. `path` is the input field of the session.
 */
export function isOwnSession(
  viewer: Viewer | null,
  session: Pick<SessionKey, 'stationId'> | null | undefined,
  { rule, path }: { readonly rule: RuleId; readonly path: string },
): Answer {
  if (viewer?.kind !== 'STATION' || session?.stationId === viewer.id) return undefined;
  const message = `The key of station ${viewer.code} uses only the process sessions of that station.`;
  return rejection(rule, path, message, 'FORBIDDEN');
}

/** SES-4: How many executions of a session ended how. Open ones do not count. */
export interface SessionCounts {
  readonly passCount: number;
  readonly failCount: number;
  readonly reworkCount: number;
}

/** SES-4: The counts of a session of which no execution has ended. */
export const NO_COUNTS: SessionCounts = { passCount: 0, failCount: 0, reworkCount: 0 };

/** SES-4: The number of finished executions. */
export function totalCountOf({ passCount, failCount, reworkCount }: SessionCounts): number {
  return passCount + failCount + reworkCount;
}

/** SES-4: The share of PASS among the finished executions, 0 to 1; null while there is none. */
export function passRatioOf(counts: SessionCounts): number | null {
  const total = totalCountOf(counts);
  return total === 0 ? null : counts.passCount / total;
}

/** SES-3: Whole seconds from the opening of a session to its end, rounded down; null while it is OPEN. */
export function sessionDurationSeconds(session: {
  readonly openedAt: Instant;
  readonly closedAt: Instant | null;
}): number | null {
  return session.closedAt === null ? null : secondsBetween(session.openedAt, session.closedAt);
}

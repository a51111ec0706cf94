/** Records of finished work: one by one, as a set, and as a group of requests. */
import { plantSettings } from '../../../platform/request/plant-settings.ts';
import { v7 as uuid7 } from 'uuid';
import type { Env } from '../../../platform/command/declaration.ts';
import type { GroupMember } from '../../../platform/command/group-commit.ts';
import { enforce } from '../../../platform/command/rejection.ts';
import type { Tx } from '../../../platform/postgres/client.ts';
import { rowActors } from '../../../platform/request/actor.ts';
import { type Rejection, rejectionsIn } from '../../../platform/rules/rejection.ts';
import { present } from '../../../platform/values/assert.ts';
import { dayIn, type Instant } from '../../../platform/values/time.ts';
import { idOfUnit } from '../../unit/unit.rules.ts';
import { timesOfRecord } from '../execution/process-data.rules.ts';
import type { CompletionInput, RecordInput } from '../execution/process-data.shapes.ts';
import { withLimitsOfStep } from '../result/measurement.rules.ts';
import {
  type CompletionFacts,
  completionAnswers,
  completionWarnings,
  type FinishedWork,
} from '../work/completion.rules.ts';
import { unlockedWork } from '../work/gather-work.commands.ts';
import { answersOf, placeWarnings, startChecks, startWarnings } from '../work/start.rules.ts';
import { advanceUnits, startUnits } from '../work/unit-moves.commands.ts';
import { otherOpenSteps, startFactsFrom, type WorkFacts } from '../work/work.loaders.ts';
import {
  columnsOfWork,
  insertAndRead,
  type InsertedRow,
  insertionSql,
  type NewExecution,
} from './execution.commands.ts';
import { executionFinished } from './execution-finished.commands.ts';

/** A record of work that is reported when it is done: the facts of its start and its result, and what the rules reject. */
export interface Recording extends WorkFacts {
  readonly id: string;
  readonly startedAt: Instant;
  readonly finished: FinishedWork;
  readonly rejections: readonly Rejection[];
}

/** The part of a record's input that is not a reference: the result and the times. */
export type RecordedResult = Omit<RecordInput, 'unit' | 'process' | 'operator' | 'equipment' | 'processSession'>;

/** A recorded execution, as the payload needs it. */
export interface Recorded {
  readonly processData: string;
  /**
   * The row as it was inserted; absent when a repeated request is answered. It is a function, so it is not stored with
   * the outcome of an idempotency key (IDK-1).
   */
  readonly written?: InsertedRow;
  /** The serial that the item was converted to; null when it was not. */
  readonly serial: string | null;
  readonly warnings: string[];
}

/** Judges both halves of a record, the start and the result, before anything is written. */
export function recordingOf({ now, viewer }: Env, work: WorkFacts, input: RecordedResult): Recording {
  const { startedAt, completedAt } = timesOfRecord(input, now);
  const finished = finishedWorkFrom(input, work, completedAt);
  const startFacts = startFactsFrom(work, { action: 'RECORD', viewer, startedAt, now });
  const completionFacts = { ...completionFactsOf(work, now), startedAt, work: finished };
  const start = rejectionsIn(answersOf(startChecks(startFacts)));
  const end = rejectionsIn(completionAnswers(completionFacts));
  // Both halves ask some of the same rules; each answer counts once.
  const rejections = [...start, ...end.filter((late) => !start.some((early) => isSameRejection(early, late)))];
  return { ...work, id: uuid7(), startedAt, finished, rejections };
}

/** Writes one record of a unit whose facts are locked. Rejects when a rule objects. */
export async function record(env: Env, work: WorkFacts, input: RecordInput): Promise<Recorded> {
  const recording = recordingOf(env, work, input);
  enforce(recording.rejections);
  return writeRecording(env, recording);
}

/** Writes a record to which no rule objects, and moves its unit. */
export async function writeRecording(env: Env, recording: Recording): Promise<Recorded> {
  return advanceUnit(env, recording, insertAndRead(env.tx, [executionOf(recording, env)]));
}

/** Writes records of different units to which no rule objects: one row each; then each unit makes both of its moves. */
export async function applyRecordings(env: Env, recordings: readonly Recording[]): Promise<readonly Recorded[]> {
  env.tx.send(insertionSql(recordings.map((recording) => executionOf(recording, env))));
  return moveUnits(env, recordings);
}

/**
 * Writes the records of a group commit as one set: those of different units, none of them a lot, whose records no other
 * transaction holds and to which no rule objects. The others are answered undefined; nothing of them is written.
 */
export async function recordGroup(
  tx: Tx,
  inputs: readonly RecordInput[],
  joining: Promise<readonly (GroupMember<RecordInput> | undefined)[]>,
  isRouteLocked: Promise<boolean>,
): Promise<readonly (Recorded | undefined)[]> {
  const [members, works] = await Promise.all([joining, unlockedWork(tx, inputs, isRouteLocked)]);
  const accepted = members.flatMap((member, index) => {
    const work = works[index];
    if (member === undefined || work === undefined || !isFirstOfItsUnit(works, work)) return [];
    const recording = recordingOf(member.env, work, member.input);
    return recording.rejections.length > 0 ? [] : [{ ...member, recording, index }];
  });
  if (accepted.length === 0) return inputs.map(() => undefined);
  const actors = new Map(accepted.map(({ recording, actor }) => [recording.id, actor]));
  const executions = accepted.map(({ recording, env }) => executionOf(recording, env));
  const rowOf = insertAndRead(tx, executions, rowActors(actors));
  // PostgreSQL inserts while the moves of the units are computed.
  tx.flush();
  const recorded = new Map<number, Recorded>();
  for (const { recording, env, index } of accepted) recorded.set(index, await advanceUnit(env, recording, rowOf));
  return inputs.map((_input, index) => recorded.get(index));
}

/** The facts of a completion that come from the work itself. */
export function completionFactsOf(
  work: WorkFacts,
  now: Instant,
): Pick<CompletionFacts, 'unit' | 'step' | 'route' | 'passedStepIds' | 'otherOpenSteps' | 'now'> {
  const { unit, step, route, passedStepIds } = work;
  return { unit, step, route, passedStepIds, otherOpenSteps: otherOpenSteps(work), now };
}

/** The result of the work as the input reports it; readings carry the limits of the step (PD-10). */
export function finishedWorkFrom(
  input: CompletionInput | RecordedResult,
  { step }: WorkFacts,
  completedAt: Instant,
): FinishedWork {
  const { result, defects, notes } = input;
  return {
    result,
    measurements: withLimitsOfStep(step, input.measurements),
    defects,
    notes: notes ?? null,
    completedAt,
  };
}

/** EQP-4, EQP-5: what is allowed at a start but should be noticed. The day is that of the site. */
export function warningsOfStart(
  { context, now }: Env,
  { equipment, step, unit }: Pick<WorkFacts, 'equipment' | 'step' | 'unit'>,
): string[] {
  if (equipment === undefined) return [];
  const today = dayIn(plantSettings(context.services).siteTimeZone, now);
  return [...startWarnings(equipment, today), ...placeWarnings(equipment, step, unit.lot)];
}

function executionOf(recording: Recording, { viewer }: Env): NewExecution {
  return { ...recording, viewer, columns: columnsOfWork(recording.finished) };
}

/** Moves the units of records that are written. */
async function moveUnits(env: Env, recordings: readonly Recording[]): Promise<readonly Recorded[]> {
  const { tx, now } = env;
  const serials = await advanceUnits(tx, await startUnits(tx, recordings, false, now), now);
  for (const { id, unit, step, equipment, finished } of recordings)
    executionFinished.note(tx, {
      processDataId: id,
      unit,
      step,
      equipmentId: equipment?.id ?? null,
      outcome: finished,
    });
  return recordings.map((recording) => ({
    processData: recording.id,
    serial: serials.get(idOfUnit(recording.unit)) ?? null,
    warnings: [...warningsOfStart(env, recording), ...completionWarnings(recording.step, recording.finished)],
  }));
}

async function advanceUnit(env: Env, recording: Recording, rowOf: (id: string) => InsertedRow): Promise<Recorded> {
  const [recorded] = await moveUnits(env, [recording]);
  return { ...present(recorded, 'The record that was kept'), written: rowOf(recording.id) };
}

function isSameRejection(one: Rejection, other: Rejection): boolean {
  return one.rule === other.rule && one.path.join('.') === other.path.join('.');
}

function isFirstOfItsUnit(works: readonly (WorkFacts | undefined)[], { unit }: WorkFacts): boolean {
  return works.find((other) => other !== undefined && idOfUnit(other.unit) === idOfUnit(unit))?.unit === unit;
}

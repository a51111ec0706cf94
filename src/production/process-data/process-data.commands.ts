import { v7 as uuid7 } from 'uuid';
import { ROUTE_IS_KEPT } from '../../catalog/process/process.commands.ts';
import { command, type Env } from '../../platform/command/declaration.ts';
import { type GroupMember, groupCommit } from '../../platform/command/group-commit.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { rowActors } from '../../platform/request/actor.ts';
import { FLOOR, actingStation, type Viewer } from '../../platform/rules/access.ts';
import { type Rejection, rejectionsIn } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import { dayIn, type Instant } from '../../platform/values/time.ts';
import { completionAnswers, type CompletionFacts, completionWarnings, type FinishedWork } from './completion.rules.ts';
import { withLimitsOfStep } from './measurement.rules.ts';
import { jsonColumnOf } from './measurement.shapes.ts';
import { mayWithdraw, operatorIdOf } from './operator.rules.ts';
import { processDataTable } from './process-data.loaders.ts';
import { endTime, isStillOpen, nextAttempt, startTime, timesOfRecord } from './process-data.rules.ts';
import {
  CompleteProcess,
  type CompletionInput,
  type RecordInput,
  RecordProcessData,
  StartProcess,
  WithdrawProcess,
} from './process-data.shapes.ts';
import { answersOf, startChecks, startWarnings } from './readiness.rules.ts';
import { freeWorks } from './together.loaders.ts';
import { columnsOfUnit, idOfUnit, nameOfUnit } from './unit.rules.ts';
import {
  lockedWork,
  lockedWorkOfExecution,
  lockExecution,
  moveItems,
  advanceUnits,
  startUnits,
  stepLeftOpen,
} from './work.commands.ts';
import { otherOpenSteps, startFactsFrom, type WorkFacts, workOfStep } from './work.loaders.ts';

export const startProcess = command({
  name: 'startProcess',
  action: 'processData.started',
  description:
    'Starts a step on a lot, a WIP item or a serial. `unitReadiness` tells beforehand what would speak against it.',
  access: FLOOR,
  input: StartProcess,
  async run(env, input) {
    const { tx, now } = env;
    const work = await lockedWork(tx, input);
    const startedAt = startTime(input.startedAt, now);
    const facts = startFactsFrom(work, { action: 'START', viewer: env.viewer, startedAt, now });
    enforce(...answersOf(startChecks(facts)));
    const id = uuid7();
    const written = insertAndRead(tx, [{ ...work, id, startedAt, viewer: env.viewer }]);
    await startUnits(tx, [work], true, now);
    return { processData: id, written: written(id), warnings: [...startWarnings(work.equipment, todayAt(env))] };
  },
});

export const completeProcess = command({
  name: 'completeProcess',
  action: 'processData.completed',
  description:
    'Gives an open execution its result. A PASS on the last missing step completes the unit, one on the conversion step turns the item into a serial.',
  access: FLOOR,
  input: CompleteProcess,
  async run({ tx, now }, input) {
    const { work, id } = await openExecution(tx, input);
    const execution = await lockExecution(tx, id, 'processData');
    const { startedAt } = execution;
    const facts = {
      ...completionFactsOf(work, now),
      startedAt,
      work: finishedBy(input, work, endTime(input.completedAt, startedAt, now)),
    };
    enforce(isCurrent(execution, input.expectedVersion, { processData: id }), isStillOpen(execution));
    enforce(...completionAnswers(facts));
    await tx.processData.update({ where: { id }, data: columnsOfWork(facts.work) });
    const serials = await advanceUnits(tx, [{ ...work, finished: facts.work }], now);
    return {
      processData: id,
      serial: serials.get(idOfUnit(work.unit)) ?? null,
      warnings: [...completionWarnings(work.step, facts.work)],
    };
  },
});

export const recordProcessData = command({
  name: 'recordProcessData',
  action: 'processData.recorded',
  description: 'Starts a step and gives it its result in one act, for work that is reported when it is done.',
  access: FLOOR,
  input: RecordProcessData,
  async run(env, input) {
    return record(env, await lockedWork(env.tx, input), input);
  },
  group: groupCommit(recordTogether, ROUTE_IS_KEPT),
});

export const withdrawProcess = command({
  name: 'withdrawProcess',
  action: 'processData.withdrawn',
  description: 'Takes back a start that should not have been. The unit keeps its status (PD-14).',
  access: FLOOR,
  input: WithdrawProcess,
  async run({ tx, now, viewer }, { id, expectedVersion }) {
    const work = await lockedWorkOfExecution(tx, id, 'id');
    const execution = await lockExecution(tx, id, 'id');
    const unit = { unitKind: work.unit.kind, unitId: idOfUnit(work.unit) };
    enforce(isCurrent(execution, expectedVersion, unit), mayWithdraw(execution, viewer));
    await tx.processData.delete({ where: { id } });
    if (work.unit.kind === 'WIP_ITEM')
      moveItems(
        tx,
        [{ item: work.unit.wipItem, status: work.unit.wipItem.status, currentProcessId: stepLeftOpen(work) }],
        now,
      );
    return { withdrawnId: id, ...unit };
  },
});

/** A start and its result, and what speaks against them. */
export interface Recording extends WorkFacts {
  readonly id: string;
  readonly startedAt: Instant;
  readonly finished: FinishedWork;
  readonly rejections: readonly Rejection[];
}

/** Both halves of a record are judged before anything is written. */
export function recordingOf({ now, viewer }: Env, work: WorkFacts, input: RecordInput): Recording {
  const { startedAt, completedAt } = timesOfRecord(input, now);
  const finished = finishedBy(input, work, completedAt);
  const start = rejectionsIn(
    answersOf(startChecks(startFactsFrom(work, { action: 'RECORD', viewer, startedAt, now }))),
  );
  const end = rejectionsIn(completionAnswers({ ...completionFactsOf(work, now), startedAt, work: finished }));
  const rejections = [...start, ...end.filter((refused) => !start.some((before) => isSameRefusal(before, refused)))];
  return { ...work, id: uuid7(), startedAt, finished, rejections };
}

export interface Recorded {
  readonly processData: string;
  /**
   * The execution as it was written; not when it is answered again. A function, which is no part of what is kept for a
   * key (IDK-1).
   */
  readonly written?: Written;
  readonly serial: string | null;
  readonly warnings: string[];
}

/**
 * Writes records of different units to which nothing objects: start and result in one row each; the units make both
 * moves.
 */
export async function applyRecordings(env: Env, recordings: readonly Recording[]): Promise<readonly Recorded[]> {
  env.tx.send(insertionSql(recordings.map((recording) => insertionOf(recording, env))));
  return settle(env, recordings);
}

function insertionOf(recording: Recording, { viewer }: Env): Insertion {
  return { ...recording, viewer, columns: columnsOfWork(recording.finished) };
}

/** What the records, which are written, do to their units. */
async function settle(env: Env, recordings: readonly Recording[]): Promise<readonly Recorded[]> {
  const { tx, now } = env;
  const serials = await advanceUnits(tx, await startUnits(tx, recordings, false, now), now);
  return recordings.map(({ id, unit, step, equipment, finished }) => ({
    processData: id,
    serial: serials.get(idOfUnit(unit)) ?? null,
    warnings: [...startWarnings(equipment, todayAt(env)), ...completionWarnings(step, finished)],
  }));
}

/** One record of a unit that is held. */
export async function record(env: Env, work: WorkFacts, input: RecordInput): Promise<Recorded> {
  const recording = recordingOf(env, work, input);
  enforce(recording.rejections);
  return settleOne(env, recording, insertAndRead(env.tx, [insertionOf(recording, env)]));
}

async function settleOne(env: Env, recording: Recording, written: (id: string) => Written): Promise<Recorded> {
  const [recorded] = await settle(env, [recording]);
  return { ...present(recorded, 'The record that was kept'), written: written(recording.id) };
}

/**
 * Records of different units, none of them a lot, that are free and to which nothing objects: read and inserted as
 * sets.
 */
async function recordTogether(
  tx: Tx,
  inputs: readonly RecordInput[],
  joining: Promise<readonly (GroupMember<RecordInput> | undefined)[]>,
): Promise<readonly (Recorded | undefined)[]> {
  const [members, works] = await Promise.all([joining, freeWorks(tx, inputs)]);
  const sound = members.flatMap((member, index) => {
    const work = works[index];
    const recording =
      member && work && isFirstOfItsUnit(works, work) ? recordingOf(member.env, work, member.input) : undefined;
    return member === undefined || recording === undefined || recording.rejections.length > 0
      ? []
      : [{ ...member, recording, index }];
  });
  if (sound.length === 0) return inputs.map(() => undefined);
  const actors = new Map(sound.map(({ recording, actor }) => [recording.id, actor]));
  const written = insertAndRead(
    tx,
    sound.map(({ recording, env }) => insertionOf(recording, env)),
    rowActors(actors),
  );
  tx.flush();
  const recorded = new Map<number, Recorded>();
  for (const { recording, env, index } of sound) recorded.set(index, await settleOne(env, recording, written));
  return inputs.map((_input, index) => recorded.get(index));
}

/** A completion's facts as far as they are those of the work. */
export function completionFactsOf(
  work: WorkFacts,
  now: Instant,
): Pick<CompletionFacts, 'unit' | 'step' | 'route' | 'passedStepIds' | 'otherOpenSteps' | 'now'> {
  const { unit, step, route, passedStepIds } = work;
  return { unit, step, route, passedStepIds, otherOpenSteps: otherOpenSteps(work), now };
}

/** PD-4: what a finished execution says, as its columns. */
export function columnsOfWork({ result, measurements, defects, notes, completedAt }: FinishedWork) {
  return { result, measurements: jsonColumnOf(measurements), defects: jsonColumnOf(defects), notes, completedAt };
}

/** The open execution that an input names: by its id, or by its unit and its step. */
async function openExecution(
  tx: Tx,
  { execution }: CompletionInput,
): Promise<{ readonly work: WorkFacts; readonly id: string }> {
  if (execution.by === 'ID')
    return { work: await lockedWorkOfExecution(tx, execution.processData, 'processData'), id: execution.processData };
  const work = await lockedWork(tx, execution);
  const what = `An open execution of ${work.step.number} ${work.step.code} on ${nameOfUnit(work.unit)}`;
  return { work, id: found(workOfStep(work)?.openId, 'unit', what) };
}

interface Insertion extends WorkFacts {
  readonly id: string;
  readonly startedAt: Instant;
  readonly viewer: Viewer;
  /** None while the execution is open. */
  readonly columns?: ReturnType<typeof columnsOfWork>;
}

/** The execution as it was written. */
type Written = () => Promise<Row<'ProcessData'>>;

/** Inserts executions and reads them back on the way, so that nobody has to come for what is shown of them. */
function insertAndRead(tx: Tx, insertions: readonly Insertion[], whoseTheyAre?: Sql): (id: string) => Written {
  const written = tx.prepared<Row<'ProcessData'>>(
    sql`${insertionSql(insertions, whoseTheyAre)} RETURNING ${processDataTable.columns}`,
  );
  // The transaction fails with it, and then nobody asks.
  written.catch(() => undefined);
  return (id) => async () =>
    present(
      (await written).find((row) => row.id === id),
      'The execution that was written',
    );
}

function insertionSql(insertions: readonly Insertion[], whoseTheyAre = sql`TRUE`): Sql {
  const rows = insertions.map((work) => ({
    ...columnsOfUnit(work.unit),
    ...(work.columns ?? OPEN),
    id: work.id,
    startedAt: work.startedAt,
    processId: work.step.id,
    attempt: nextAttempt(workOfStep(work)?.lastAttempt ?? 0),
    operatorId: present(operatorIdOf(work.viewer, work.operator), 'The operator'),
    equipmentId: work.equipment?.id ?? null,
    stationId: actingStation(work.viewer)?.id ?? null,
  }));
  return sql`
    INSERT INTO process_data AS t (id, level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, equipment_id, station_id,
                              result, measurements, defects, notes, started_at, completed_at)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS execution(id uuid, level process_level, "lotId" uuid, "wipItemId" uuid, "serialId" uuid, "processId" uuid, attempt int, "operatorId" uuid, "equipmentId" uuid, "stationId" uuid,
                   result process_result, measurements jsonb, defects jsonb, notes text, "startedAt" timestamptz, "completedAt" timestamptz)
    WHERE ${whoseTheyAre}`;
}

const OPEN = { result: null, measurements: [], defects: [], notes: null, completedAt: null } as const;

function finishedBy(input: CompletionInput | RecordInput, { step }: WorkFacts, completedAt: Instant): FinishedWork {
  const { result, defects, notes } = input;
  return {
    result,
    measurements: withLimitsOfStep(step, input.measurements),
    defects,
    notes: notes ?? null,
    completedAt,
  };
}

/** A record asks some rules in both of its halves; the answer counts once. */
function isSameRefusal(before: Rejection, refused: Rejection): boolean {
  return before.rule === refused.rule && before.path.join('.') === refused.path.join('.');
}

function todayAt({ context, now }: Env): string {
  return dayIn(context.services.config.siteTimeZone, now);
}

function isFirstOfItsUnit(works: readonly (WorkFacts | undefined)[], { unit }: WorkFacts): boolean {
  return works.find((other) => other !== undefined && idOfUnit(other.unit) === idOfUnit(unit))?.unit === unit;
}

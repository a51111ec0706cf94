import { v7 as uuid7 } from 'uuid';
import { FLOOR, stationAtWork } from '../../platform/access.ts';
import { present } from '../../platform/assert.ts';
import { command, enforce, found, isCurrent, type Env } from '../../platform/command.ts';
import type { Tx } from '../../platform/database.ts';
import type { Answer } from '../../platform/refusal.ts';
import { dayIn, type Instant } from '../../platform/time.ts';
import { completionAnswers, completionWarnings, type CompletionFacts, type FinishedWork } from './completion.rules.ts';
import { withLimitsOfStep } from './measurement.rules.ts';
import { columnOf } from './measurement.shapes.ts';
import { mayWithdraw, operatorIdOf } from './operator.rules.ts';
import { endTime, isStillOpen, nextAttempt, startTime, timesOfRecord } from './process-data.rules.ts';
import { CompleteProcess, RecordProcessData, StartProcess, WithdrawProcess, type CompletionInput, type RecordInput } from './process-data.shapes.ts';
import { answersOf, startChecks, startWarnings } from './readiness.rules.ts';
import { columnsOfUnit, idOfUnit, nameOfUnit } from './unit.rules.ts';
import { heldWork, heldWorkOfExecution, lockExecution, moveItem, moveOn, putToWork, stepLeftOpen } from './work.commands.ts';
import { otherOpenSteps, startFactsFrom, workOfStep, type WorkFacts } from './work.loaders.ts';

export const startProcess = command({
  name: 'startProcess',
  action: 'process.started',
  description: 'Starts a step on a lot, a WIP item or a serial. `unitReadiness` tells beforehand what would speak against it.',
  access: FLOOR,
  input: StartProcess,
  async run(env, input) {
    const { tx, now } = env;
    const work = await heldWork(tx, input);
    const startedAt = startTime(input.startedAt, now);
    const facts = startFactsFrom(work, { deed: 'START', viewer: env.viewer, startedAt, now });
    enforce(...answersOf(startChecks(facts)));
    const processData = await insertExecution(env, work, { startedAt });
    await putToWork(tx, work, true, now);
    return { processData, warnings: [...startWarnings(work.equipment, todayAt(env))] };
  },
});

export const completeProcess = command({
  name: 'completeProcess',
  action: 'process.completed',
  description: 'Gives an open execution its result. A PASS on the last missing step completes the unit, one on the conversion step turns the item into a serial.',
  access: FLOOR,
  input: CompleteProcess,
  async run({ tx, now }, input) {
    const { work, id } = await openExecution(tx, input);
    const execution = await lockExecution(tx, id, 'processData');
    const { startedAt } = execution;
    const facts = { ...completionFactsOf(work, now), startedAt, work: finishedBy(input, work, endTime(input.completedAt, startedAt, now)) };
    enforce(isCurrent(execution, input.expectedVersion, { processData: id }), isStillOpen(execution));
    enforce(...completionAnswers(facts));
    await tx.processData.update({ where: { id }, data: columnsOfWork(facts.work) });
    const { serialId } = await moveOn(tx, work, work.unit, facts.work, now);
    return { processData: id, serial: serialId, warnings: [...completionWarnings(work.step, facts.work)] };
  },
});

export const recordProcessData = command({
  name: 'recordProcessData',
  action: 'process.recorded',
  description: 'Starts a step and gives it its result in one act, for work that is reported when it is done.',
  access: FLOOR,
  input: RecordProcessData,
  async run(env, input) {
    return record(env, await heldWork(env.tx, input), input);
  },
});

export const withdrawProcess = command({
  name: 'withdrawProcess',
  action: 'process.withdrawn',
  description: 'Takes back a start that should not have been. The unit keeps its status (PD-14).',
  access: FLOOR,
  input: WithdrawProcess,
  async run({ tx, now, viewer }, { id, expectedVersion }) {
    const work = await heldWorkOfExecution(tx, id, 'id');
    const execution = await lockExecution(tx, id, 'id');
    const unit = { unitKind: work.unit.kind, unitId: idOfUnit(work.unit) };
    enforce(isCurrent(execution, expectedVersion, unit), mayWithdraw(execution, viewer));
    await tx.processData.delete({ where: { id } });
    if (work.unit.kind === 'WIP_ITEM') await moveItem(tx, work.unit.wipItem, work.unit.wipItem.status, stepLeftOpen(work), now);
    return { withdrawnId: id, ...unit };
  },
});

/** Start and result in one row. Both halves are judged before anything is written; the unit makes both moves. */
export async function record(env: Env, work: WorkFacts, input: RecordInput): Promise<{ processData: string; serial: string | null; warnings: string[] }> {
  const { tx, now, viewer } = env;
  const { startedAt, completedAt } = timesOfRecord(input, now);
  const start = answersOf(startChecks(startFactsFrom(work, { deed: 'RECORD', viewer, startedAt, now })));
  const facts = { ...completionFactsOf(work, now), startedAt, work: finishedBy(input, work, completedAt) };
  enforce(...start, ...completionAnswers(facts).filter((answer) => !start.some((before) => isSameRefusal(before, answer))));
  const processData = await insertExecution(env, work, { startedAt, ...columnsOfWork(facts.work) });
  const unit = await putToWork(tx, work, false, now);
  const { serialId } = await moveOn(tx, work, unit, facts.work, now);
  return { processData, serial: serialId, warnings: [...startWarnings(work.equipment, todayAt(env)), ...completionWarnings(work.step, facts.work)] };
}

/** A completion's facts as far as they are those of the work. */
export function completionFactsOf(work: WorkFacts, now: Instant): Pick<CompletionFacts, 'unit' | 'step' | 'route' | 'passedStepIds' | 'otherOpenSteps' | 'now'> {
  const { unit, step, route, passedStepIds } = work;
  return { unit, step, route, passedStepIds, otherOpenSteps: otherOpenSteps(work), now };
}

/** PD-4: what a finished execution says, as its columns. */
export function columnsOfWork({ result, measurements, defects, notes, completedAt }: FinishedWork) {
  return { result, measurements: columnOf(measurements), defects: columnOf(defects), notes, completedAt };
}

/** The open execution that an input names: by its id, or by its unit and its step. */
async function openExecution(tx: Tx, { execution }: CompletionInput): Promise<{ readonly work: WorkFacts; readonly id: string }> {
  if (execution.by === 'ID') return { work: await heldWorkOfExecution(tx, execution.processData, 'processData'), id: execution.processData };
  const work = await heldWork(tx, execution);
  const what = `An open execution of ${work.step.number} ${work.step.code} on ${nameOfUnit(work.unit)}`;
  return { work, id: found(workOfStep(work)?.openId, 'unit', what) };
}

async function insertExecution(env: Env, work: WorkFacts, columns: { readonly startedAt: Instant } & Partial<ReturnType<typeof columnsOfWork>>): Promise<string> {
  const { tx, viewer } = env;
  const { id } = await tx.processData.create({
    data: {
      ...columnsOfUnit(work.unit),
      ...columns,
      id: uuid7(),
      processId: work.step.id,
      attempt: nextAttempt(workOfStep(work)?.lastAttempt ?? 0),
      operatorId: present(operatorIdOf(viewer, work.operator), 'The operator'),
      equipmentId: work.equipment?.id ?? null,
      stationId: stationAtWork(viewer)?.id ?? null,
    },
    select: { id: true },
  });
  return id;
}

function finishedBy(input: CompletionInput | RecordInput, { step }: WorkFacts, completedAt: Instant): FinishedWork {
  const { result, defects, notes } = input;
  return { result, measurements: withLimitsOfStep(step, input.measurements), defects, notes: notes ?? null, completedAt };
}

/** A record asks some rules in both of its halves; the answer counts once. */
function isSameRefusal(before: Answer, answer: Answer): boolean {
  return before !== undefined && answer !== undefined && before.rule === answer.rule && before.path.join('.') === answer.path.join('.');
}

function todayAt({ context, now }: Env): string {
  return dayIn(context.services.config.siteTimeZone, now);
}

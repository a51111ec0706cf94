/** The four commands on executions: start, complete, record, withdraw. */
import { v7 as uuid7 } from 'uuid';
import { routeLockWhere } from '../../../catalog/process/process.commands.ts';
import { activeConversion } from '../../../catalog/process/route.rules.ts';
import { command } from '../../../platform/command/declaration.ts';
import { groupCommit } from '../../../platform/command/group-commit.ts';
import { enforce, found, isCurrent } from '../../../platform/command/rejection.ts';
import type { Tx } from '../../../platform/postgres/client.ts';
import { FLOOR, type Viewer } from '../../../platform/rules/access.ts';
import { completionJoins, type SessionOfWork } from '../../process-session/process-session.rules.ts';
import { present } from '../../../platform/values/assert.ts';
import { isOnFactoryRoute } from '../../unit/unit.loaders.ts';
import { idOfUnit, innerNameOfUnit } from '../../unit/unit.rules.ts';
import { installedNothing, mayWithdraw } from '../execution/operator.rules.ts';
import { endTime, isStillOpen, startTime } from '../execution/process-data.rules.ts';
import {
  CompleteProcess,
  type CompletionInput,
  RecordProcessData,
  StartProcess,
  WithdrawProcess,
} from '../execution/process-data.shapes.ts';
import { completionAnswers, completionWarnings } from '../work/completion.rules.ts';
import { lockedWork, lockedWorkOfExecution, lockExecution } from '../work/gather-work.commands.ts';
import { answersOf, startChecks } from '../work/start.rules.ts';
import { advanceUnits, moveItems, startUnits, stepLeftOpen } from '../work/unit-moves.commands.ts';
import { moveWipItems } from '../../wip-item/wip-item.commands.ts';
import { completedAgain, hasAllItemPasses } from '../../wip-item/wip-item.rules.ts';
import type { WorkItem } from '../work/current-state.loaders.ts';
import type { Instant } from '../../../platform/values/time.ts';
import { historyOfStep, otherOpenSteps, startFactsFrom, type WorkFacts } from '../work/work.loaders.ts';
import { columnsOfWork, insertAndRead } from './execution.commands.ts';
import { executionFinished } from './execution-finished.commands.ts';
import { completionFactsOf, finishedWorkFrom, record, recordGroup, warningsOfStart } from './recording.commands.ts';

/** PD-5 to PD-9, PD-15 to PD-17: starts a step on a unit. */
export const startProcess = command({
  name: 'startProcess',
  action: 'processData.started',
  description:
    'Starts a step on a lot, a WIP item or a serial. `unitReadiness` tells beforehand what would speak against it.',
  access: FLOOR,
  input: StartProcess,
  async run(env, input) {
    const { tx, now } = env;
    const work = await lockedWork(tx, input, env.viewer);
    const startedAt = startTime(input.startedAt, now);
    const facts = startFactsFrom(work, { action: 'START', viewer: env.viewer, startedAt, now });
    enforce(...answersOf(startChecks(facts)));
    const id = uuid7();
    const rowOf = insertAndRead(tx, [{ ...work, id, startedAt, viewer: env.viewer }]);
    await startUnits(tx, [work], true, now);
    return { processData: id, written: rowOf(id), warnings: warningsOfStart(env, work) };
  },
});

/** PD-2 to PD-4, PD-10: gives an open execution its result, and advances its unit. */
export const completeProcess = command({
  name: 'completeProcess',
  action: 'processData.completed',
  description:
    'Gives an open execution its result. A PASS on the last missing step completes the unit, one on the conversion step turns the item into a serial.',
  access: FLOOR,
  input: CompleteProcess,
  async run({ tx, now, viewer }, input) {
    const { work, id } = await openExecution(tx, input, viewer);
    const execution = await lockExecution(tx, id, 'processData');
    const { startedAt } = execution;
    const { session } = work;
    const facts = {
      ...completionFactsOf(work, now),
      startedAt,
      work: finishedWorkFrom(input, work, endTime(input.completedAt, startedAt, now)),
    };
    enforce(isCurrent(execution, input.expectedVersion, { processData: id }), isStillOpen(execution));
    enforce(...completionAnswers(facts), session && completionJoins(session, execution, work.step));
    await tx.processData.update({
      where: { id },
      data: { ...columnsOfWork(facts.work), ...columnsOfSession(session) },
    });
    const serials = await advanceUnits(tx, [{ ...work, finished: facts.work }], now);
    const { unit, step } = work;
    const { equipmentId } = execution;
    executionFinished.note(tx, { processDataId: id, unit, step, equipmentId, outcome: facts.work });
    return {
      processData: id,
      serial: serials.get(idOfUnit(work.unit)) ?? null,
      warnings: [...completionWarnings(work.step, facts.work)],
    };
  },
});

/** A start and its result in one: requests that arrive at the same time are written as one group. */
export const recordProcessData = command({
  name: 'recordProcessData',
  action: 'processData.recorded',
  description: 'Starts a step and gives it its result in one act, for work that is reported when it is done.',
  access: FLOOR,
  input: RecordProcessData,
  async run(env, input) {
    return record(env, await lockedWork(env.tx, input, env.viewer), input);
  },
  group: groupCommit(recordGroup, (inputs) => routeLockWhere(isOnFactoryRoute(inputs))),
});

/** PD-14: takes back a start; its execution is deleted, and the audit trail keeps it. */
export const withdrawProcess = command({
  name: 'withdrawProcess',
  action: 'processData.withdrawn',
  description:
    'Takes back a start that should not have been. The unit keeps its status (PD-14); an item that was reopened for an optional step is COMPLETED again (RTE-6).',
  access: FLOOR,
  input: WithdrawProcess,
  async run({ tx, now, viewer }, { id, expectedVersion }) {
    const work = await lockedWorkOfExecution(tx, id, 'id');
    const execution = await lockExecution(tx, id, 'id');
    const unit = { unitKind: work.unit.kind, unitId: idOfUnit(work.unit) };
    enforce(
      isCurrent(execution, expectedVersion, unit),
      mayWithdraw(execution, viewer),
      installedNothing(await componentCountOf(tx, id)),
    );
    await tx.processData.delete({ where: { id } });
    if (work.unit.kind === 'WIP_ITEM') leaveItem(tx, work, work.unit.wipItem, now);
    return { withdrawnId: id, ...unit };
  },
});

/** SES-5: the columns by which a completed execution joins a session; none where the input names none. */
function columnsOfSession(session: SessionOfWork | undefined) {
  return session === undefined ? {} : { processSessionId: session.id, stationId: session.stationId };
}

/** How many components an execution has built in, those included that were removed since. */
async function componentCountOf(tx: Tx, id: string): Promise<number> {
  const [found] = await tx.sql<{ readonly count: number }>`
    SELECT count(*)::int AS count FROM component_uses WHERE process_data_id = ${id}::uuid`;
  return present(found, 'The components of an execution').count;
}

/** PD-14, RTE-6: the item keeps its status, or is COMPLETED again where the start had reopened it for an optional step. */
function leaveItem(tx: Tx, work: WorkFacts, item: WorkItem, now: Instant): void {
  const currentProcessId = stepLeftOpen(work);
  const conversion = activeConversion(work.route.steps);
  const isAtWork = otherOpenSteps(work).some(({ id }) => id !== conversion?.id);
  const lacksNothing = !isAtWork && hasAllItemPasses(work.route.steps, work.passedStepIds);
  const again = completedAgain(item, work.step, lacksNothing);
  if (again === undefined) moveItems(tx, [{ item, status: item.status, currentProcessId, at: now }]);
  else moveWipItems(tx, [{ item, to: { ...again, currentProcessId } }]);
}

/** The open execution that an input names: by its id, or by its unit and its step. */
async function openExecution(
  tx: Tx,
  { execution, processSession }: CompletionInput,
  viewer: Viewer,
): Promise<{ readonly work: WorkFacts; readonly id: string }> {
  if (execution.by === 'ID')
    return {
      work: await lockedWorkOfExecution(tx, execution.processData, 'processData', { processSession, viewer }),
      id: execution.processData,
    };
  const work = await lockedWork(tx, { ...execution, processSession }, viewer);
  const what = `An open execution of ${work.step.number} ${work.step.code} on ${innerNameOfUnit(work.unit)}`;
  return { work, id: found(historyOfStep(work)?.openId, 'unit', what) };
}

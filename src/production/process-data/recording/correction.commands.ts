import { equipmentTable } from '../../../catalog/equipment/equipment.loaders.ts';
import { command } from '../../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../../platform/command/rejection.ts';
import { definedFields, referenceLabel, rowByReference } from '../../../platform/command/row-lock.ts';
import type { Reference } from '../../../platform/input/schemas.ts';
import type { Step, StepName } from '../../../catalog/process/route.rules.ts';
import type { Row } from '../../../platform/postgres/table.ts';
import type { Tx } from '../../../platform/postgres/client.ts';
import { ENG, personsOf, userViewerOf } from '../../../platform/rules/access.ts';
import type { Instant } from '../../../platform/values/time.ts';
import { passedAfter } from '../execution/process-data.rules.ts';
import { CorrectProcessData } from '../execution/process-data.shapes.ts';
import {
  correctedWork,
  correctionAnswers,
  type CorrectionFacts,
  finishedWorkOf,
  hasNewResult,
  isFinished,
} from './correction.rules.ts';
import { columnsOfWork } from './execution.commands.ts';
import { executionFinished } from './execution-finished.commands.ts';
import { completionFactsOf } from './recording.commands.ts';
import { verdictOfRecord } from '../result/measurement.rules.ts';
import { defectsOf, measurementsOf } from '../result/measurement.shapes.ts';
import type { FinishedWork } from '../work/completion.rules.ts';
import { type LockedExecution, lockedWorkOfExecution, lockExecution } from '../work/gather-work.commands.ts';
import { failureOf, moveItems, moveSerialAlong, routeAfter, routeOfSerialAfter } from '../work/unit-moves.commands.ts';
import { otherOpenSteps, type WorkFacts, historyOfStep } from '../work/work.loaders.ts';
import { convert } from '../../serial/conversion.commands.ts';
import { serialMovesOfCorrection, serialStatusAfterCorrection } from '../../serial/serial.rules.ts';
import { itemMovesOfCorrection, itemStatusAfterCorrection } from '../../wip-item/wip-item.rules.ts';

/** PD-13: corrects a finished execution, with a reason. A person signs it, so no service may (AUT-6). */
export const correctProcessData = command({
  name: 'correctProcessData',
  action: 'processData.corrected',
  description:
    'Corrects a finished execution, and sets its unit right where the result changes. What it was run on, and its start, never change (PD-13).',
  access: personsOf(ENG),
  input: CorrectProcessData,
  async run({ tx, now, viewer }, { id, reason, expectedVersion, equipment, ...correction }) {
    const work = await lockedWorkOfExecution(tx, id, 'id');
    const execution = await lockExecution(tx, id, 'id');
    const newEquipment = await equipmentNamed(tx, equipment);
    const equipmentId = newEquipment === null ? null : newEquipment?.id;
    enforce(isCurrent(execution, expectedVersion, { processData: id }), isFinished(execution));

    const before = finishedWorkOf({
      ...execution,
      measurements: measurementsOf(execution.measurements),
      defects: defectsOf(execution.defects),
    });
    const after = correctedWork(before, correction, judgingStep(work, before));
    const others = withoutExecution(work, before);
    enforce(
      ...correctionAnswers(
        correctionFactsOf({ work: others, execution, before, after, correction, newEquipment, now }),
      ),
    );

    const signed = { correctedAt: now, correctedById: userViewerOf(viewer).id, correctionReason: reason };
    await tx.processData.update({
      where: { id },
      data: { ...columnsOfWork(after), ...definedFields({ equipmentId }), ...signed },
    });
    if (hasNewResult(before, after)) await resetUnit(tx, others, after, now);
    executionFinished.note(tx, {
      processDataId: id,
      unit: work.unit,
      step: work.step,
      equipmentId: equipmentId === undefined ? execution.equipmentId : equipmentId,
      outcome: after,
      before,
    });
    return { processData: id };
  },
});

/** PD-13: sets the status of the unit again, as if it were at work and got this result. A rework is not counted. */
async function resetUnit(tx: Tx, work: WorkFacts, finished: FinishedWork, now: Instant): Promise<void> {
  const { unit, step } = work;
  const { result, completedAt: at } = finished;
  const passedStepIds = passedAfter(work.passedStepIds, step, result);
  const route = routeAfter(work, passedStepIds);
  if (unit.kind === 'SERIAL') {
    const { status } = unit.serial;
    const toPass = routeOfSerialAfter(work, passedStepIds);
    const moves = serialMovesOfCorrection(status, serialStatusAfterCorrection(status, result, toPass, passedStepIds));
    await moveSerialAlong(tx, unit, moves, { reason: failureOf(work, finished), at, now });
  }
  if (unit.kind !== 'WIP_ITEM') return;
  const status = itemStatusAfterCorrection(unit.wipItem.status, { step, result, route, passedStepIds });
  if (status === 'CONVERTED' && unit.wipItem.status !== 'CONVERTED') {
    const { lot, wipItem } = unit;
    await convert(tx, [{ lot, wipItem, route, work: { passedStepIds, openSteps: otherOpenSteps(work) }, at }]);
    return;
  }
  let item = unit.wipItem;
  for (const to of itemMovesOfCorrection(item.status, status)) {
    const [moved] = moveItems(tx, [{ item, status: to, currentProcessId: item.currentProcessId, at }]);
    item = moved ?? item;
  }
}

/** What a correction is judged by. */
interface Correcting {
  readonly work: WorkFacts;
  readonly execution: LockedExecution;
  readonly before: FinishedWork;
  readonly after: FinishedWork;
  readonly correction: CorrectionFacts['correction'];
  readonly newEquipment: CorrectionFacts['newEquipment'];
  readonly now: Instant;
}

function correctionFactsOf({
  work,
  execution,
  before,
  after,
  correction,
  newEquipment,
  now,
}: Correcting): CorrectionFacts {
  return {
    ...completionFactsOf(work, now),
    step: judgingStep(work, before),
    newEquipment,
    startedAt: execution.startedAt,
    work: after,
    before,
    correction,
    isLatest: historyOfStep(work)?.lastAttempt === execution.attempt,
    laterSteps: laterSteps(work),
  };
}

/** The work without the PASS of this execution; a step has at most one PASS (PD-6). */
function withoutExecution(work: WorkFacts, { result }: Pick<FinishedWork, 'result'>): WorkFacts {
  if (result !== 'PASS') return work;
  const passedStepIds = new Set([...work.passedStepIds].filter((id) => id !== work.step.id));
  return { ...work, passedStepIds, route: { ...work.route, steps: routeAfter(work, passedStepIds) } };
}

/** Steps of the present route that come after the step and were started; a step outside of the route has none. */
function laterSteps({ history, step, route }: WorkFacts): readonly StepName[] {
  const numbers = new Map(route.steps.map(({ id, number }) => [id, number]));
  if (route.isFactoryRoute) return history.filter((other) => other.number > step.number);
  return history.filter(({ id }) => (numbers.get(id) ?? 0) > (numbers.get(step.id) ?? Infinity));
}

/**
 * PD-13: Readings of a step outside of the present route are judged by the limits that are stored with them. A PASS out of
 * specification was allowed by the route of then, so it is allowed still.
 */
function judgingStep({ step, route }: WorkFacts, { result, measurements }: FinishedWork): Step {
  if (route.isFactoryRoute || route.steps.some(({ id }) => id === step.id)) return step;
  const wasAllowed = result === 'PASS' && verdictOfRecord(measurements) === 'OUT_OF_SPEC';
  return {
    ...step,
    allowOutOfSpecPass: step.allowOutOfSpecPass || wasAllowed,
    characteristics: new Map(measurements.map((reading) => [reading.code, { ...reading, required: false }])),
  };
}

/** The equipment that a correction names: undefined leaves it unchanged, null removes it. */
async function equipmentNamed(
  tx: Tx,
  equipment: Reference | null | undefined,
): Promise<Row<'Equipment'> | null | undefined> {
  if (equipment === null || equipment === undefined) return equipment;
  const row = await rowByReference(tx, equipmentTable, equipment);
  return found(row, 'equipment', referenceLabel(equipment, 'Equipment'));
}

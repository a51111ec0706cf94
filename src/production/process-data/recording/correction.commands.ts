import { equipmentTable } from '../../../catalog/equipment/equipment.loaders.ts';
import { command } from '../../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../../platform/command/rejection.ts';
import { definedFields, referenceLabel, rowByReference } from '../../../platform/command/row-lock.ts';
import type { Reference } from '../../../platform/input/schemas.ts';
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
import { completionFactsOf } from './recording.commands.ts';
import { defectsOf, measurementsOf } from '../result/measurement.shapes.ts';
import type { FinishedWork } from '../work/completion.rules.ts';
import { type LockedExecution, lockedWorkOfExecution, lockExecution } from '../work/gather-work.commands.ts';
import { failureOf, moveItems, moveSerialAlong } from '../work/unit-moves.commands.ts';
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
    const equipmentId = await idOfEquipment(tx, equipment);
    enforce(isCurrent(execution, expectedVersion, { processData: id }), isFinished(execution));

    const before = finishedWorkOf({
      ...execution,
      measurements: measurementsOf(execution.measurements),
      defects: defectsOf(execution.defects),
    });
    const after = correctedWork(before, correction, work.step);
    const others = withoutExecution(work, before);
    enforce(...correctionAnswers(correctionFactsOf({ work: others, execution, before, after, correction, now })));

    const signed = { correctedAt: now, correctedById: userViewerOf(viewer).id, correctionReason: reason };
    await tx.processData.update({
      where: { id },
      data: { ...columnsOfWork(after), ...definedFields({ equipmentId }), ...signed },
    });
    if (hasNewResult(before, after)) await resetUnit(tx, others, after, now);
    return { processData: id };
  },
});

/** PD-13: sets the status of the unit again, as if it were at work and got this result. A rework is not counted. */
async function resetUnit(tx: Tx, work: WorkFacts, { result, defects }: FinishedWork, now: Instant): Promise<void> {
  const { unit, step, route } = work;
  const passedStepIds = passedAfter(work.passedStepIds, step, result);
  if (unit.kind === 'SERIAL') {
    const { status } = unit.serial;
    const moves = serialMovesOfCorrection(status, serialStatusAfterCorrection(status, result, route, passedStepIds));
    await moveSerialAlong(tx, unit, moves, { reason: failureOf(work, { result, defects }), now });
  }
  if (unit.kind !== 'WIP_ITEM') return;
  const status = itemStatusAfterCorrection(unit.wipItem.status, { step, result, route, passedStepIds });
  if (status === 'CONVERTED' && unit.wipItem.status !== 'CONVERTED') {
    const { lot, wipItem } = unit;
    await convert(tx, [{ lot, wipItem, route, work: { passedStepIds, openSteps: otherOpenSteps(work) } }], now);
    return;
  }
  let item = unit.wipItem;
  for (const to of itemMovesOfCorrection(item.status, status)) {
    const [moved] = moveItems(tx, [{ item, status: to, currentProcessId: item.currentProcessId }], now);
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
  readonly now: Instant;
}

function correctionFactsOf({ work, execution, before, after, correction, now }: Correcting): CorrectionFacts {
  return {
    ...completionFactsOf(work, now),
    startedAt: execution.startedAt,
    work: after,
    before,
    correction,
    isLatest: historyOfStep(work)?.lastAttempt === execution.attempt,
    laterSteps: work.history.filter((other) => other.number > work.step.number),
  };
}

/** The work without the PASS of this execution; a step has at most one PASS (PD-6). */
function withoutExecution(work: WorkFacts, { result }: Pick<FinishedWork, 'result'>): WorkFacts {
  if (result !== 'PASS') return work;
  return { ...work, passedStepIds: new Set([...work.passedStepIds].filter((id) => id !== work.step.id)) };
}

/** The id of the equipment that a correction names: undefined leaves it unchanged, null removes it. */
async function idOfEquipment(tx: Tx, equipment: Reference | null | undefined): Promise<string | null | undefined> {
  if (equipment === null || equipment === undefined) return equipment;
  const row = await rowByReference(tx, equipmentTable, equipment);
  return found(row, 'equipment', referenceLabel(equipment, 'Equipment')).id;
}

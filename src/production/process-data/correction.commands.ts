import { equipmentTable } from '../../catalog/equipment/equipment.loaders.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, referenceLabel, rowByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { ENG } from '../../platform/rules/access.ts';
import type { Instant } from '../../platform/values/time.ts';
import type { FinishedWork } from './completion.rules.ts';
import {
  correctedWork,
  correctionAnswers,
  type CorrectionFacts,
  finishedWorkOf,
  hasNewResult,
  isFinished,
} from './correction.rules.ts';
import { defectsOf, measurementsOf } from './measurement.shapes.ts';
import { columnsOfWork, completionFactsOf } from './process-data.commands.ts';
import { passedAfter } from './process-data.rules.ts';
import { CorrectProcessData } from './process-data.shapes.ts';
import {
  failureOf,
  type LockedExecution,
  lockedWorkOfExecution,
  lockExecution,
  moveItems,
  moveSerialBy,
} from './work.commands.ts';
import { otherOpenSteps, type WorkFacts, workOfStep } from './work.loaders.ts';
import { convert } from '../serial/conversion.commands.ts';
import { serialMovesOfCorrection, serialStatusAfterCorrection } from '../serial/serial.rules.ts';
import { itemMovesOfCorrection, itemStatusAfterCorrection } from '../wip-item/wip-item.rules.ts';

export const correctProcessData = command({
  name: 'correctProcessData',
  action: 'processData.corrected',
  description:
    'Corrects a finished execution, and sets its unit right where the result changes. What it was run on, and its start, never change (PD-13).',
  access: ENG,
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

    const signed = { correctedAt: now, correctedById: viewer.id, correctionReason: reason };
    await tx.processData.update({
      where: { id },
      data: { ...columnsOfWork(after), ...definedFields({ equipmentId }), ...signed },
    });
    if (hasNewResult(before, after)) await setUnitAnew(tx, others, after, now);
    return { processData: id };
  },
});

/**
 * PD-13: the status of the unit is set anew, as if the unit were at work and got this result. A rework is not counted.
 */
async function setUnitAnew(tx: Tx, work: WorkFacts, { result, defects }: FinishedWork, now: Instant): Promise<void> {
  const { unit, step, route } = work;
  const passedStepIds = passedAfter(work.passedStepIds, step, result);
  if (unit.kind === 'SERIAL') {
    const { status } = unit.serial;
    const moves = serialMovesOfCorrection(status, serialStatusAfterCorrection(status, result, route, passedStepIds));
    await moveSerialBy(tx, unit, moves, failureOf(work, { result, defects }), now);
  }
  if (unit.kind !== 'WIP_ITEM') return;
  const status = itemStatusAfterCorrection(unit.wipItem.status, step, result, route, passedStepIds);
  if (status === 'CONVERTED' && unit.wipItem.status !== 'CONVERTED') {
    await convert(
      tx,
      [{ lot: unit.lot, wipItem: unit.wipItem, route, work: { passedStepIds, openSteps: otherOpenSteps(work) } }],
      now,
    );
    return;
  }
  let item = unit.wipItem;
  for (const to of itemMovesOfCorrection(item.status, status)) {
    const [moved] = moveItems(tx, [{ item, status: to, currentProcessId: item.currentProcessId }], now);
    item = moved ?? item;
  }
}

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
    isLatest: workOfStep(work)?.lastAttempt === execution.attempt,
    laterSteps: work.works.filter((other) => other.number > work.step.number),
  };
}

/** The work as it would stand without the PASS of this execution; a step has one PASS at most (PD-6). */
function withoutExecution(work: WorkFacts, { result }: Pick<FinishedWork, 'result'>): WorkFacts {
  if (result !== 'PASS') return work;
  return { ...work, passedStepIds: new Set([...work.passedStepIds].filter((id) => id !== work.step.id)) };
}

/** Undefined leaves the equipment as it is, null takes it away. */
async function idOfEquipment(tx: Tx, equipment: Reference | null | undefined): Promise<string | null | undefined> {
  if (equipment === null || equipment === undefined) return equipment;
  return found(await rowByReference(tx, equipmentTable, equipment), 'equipment', referenceLabel(equipment, 'Equipment'))
    .id;
}

/**
 * Work on a unit, as every command of this folder does it: hold what is judged, then move the unit.
 *
 * The order of locks is that of the statement in `standingOf`, after the lock of the route; an execution is written after its unit.
 */
import { lockRoute } from '../../catalog/process/process.commands.ts';
import { present } from '../../platform/assert.ts';
import { found, stop } from '../../platform/command.ts';
import type { Tx } from '../../platform/database.ts';
import type { Row } from '../../platform/table.ts';
import type { Instant } from '../../platform/time.ts';
import { completeLotIfDone, startLot } from '../lot/lot.commands.ts';
import { convert } from '../serial/conversion.commands.ts';
import { moveSerial } from '../serial/serial.commands.ts';
import { failureReasonOf, serialStatusAfterResult, type SerialStatus } from '../serial/serial.rules.ts';
import { moveWipItem } from '../wip-item/wip-item.commands.ts';
import { itemStatusAfterResult, itemStatusAfterStart, wipItemBecoming, type WipItemStatus } from '../wip-item/wip-item.rules.ts';
import type { FinishedWork } from './completion.rules.ts';
import { processDataTable } from './process-data.loaders.ts';
import { passedAfter } from './process-data.rules.ts';
import { otherOpenSteps, workFactsOf, workNamed, workOfExecution, type AskedWork, type NamedWork, type WorkFacts, type WorkItem, type WorkUnit } from './work.loaders.ts';

/** The work that an input names, with everything locked that its rules will read. */
export async function heldWork(tx: Tx, asked: AskedWork): Promise<WorkFacts> {
  await lockRoute(tx, 'SHARED');
  return holdWork(tx, await namedWork(tx, asked));
}

/** The work of an execution, with everything locked that its rules will read. */
export async function heldWorkOfExecution(tx: Tx, id: string, path: string): Promise<WorkFacts> {
  await lockRoute(tx, 'SHARED');
  return holdWork(tx, found(await workOfExecution(tx, id), path, 'The execution with this id'));
}

/** The records that an input names, or the refusal that they do not exist. */
export async function namedWork(tx: Tx, asked: AskedWork): Promise<NamedWork> {
  const reading = await workNamed(tx, asked);
  return 'refusals' in reading ? stop(...reading.refusals) : reading.value;
}

export async function holdWork(tx: Tx, named: NamedWork): Promise<WorkFacts> {
  return found(await workFactsOf(tx, named, 'LOCKED'), 'unit', 'The unit');
}

/** An execution as its end is judged by. */
export type HeldExecution = Row<'ProcessData'> & { readonly operatorUsername: string };

/** Locks an execution, after its unit; one that was withdrawn meanwhile does not exist. */
export async function lockExecution(tx: Tx, id: string, path: string): Promise<HeldExecution> {
  const [execution] = await tx.sql<HeldExecution>`
    SELECT ${processDataTable.columns}, operator.username AS "operatorUsername"
    FROM process_data t JOIN users operator ON operator.id = t.operator_id WHERE t.id = ${id}::uuid FOR NO KEY UPDATE OF t`;
  return found(execution, path, 'The execution with this id');
}

/** A unit has been moved. `serialId` is set when its item has become a serial. */
export interface Moved {
  readonly unit: WorkUnit;
  readonly serialId: string | null;
}

/** WIP-6, SER-6, LOT-5: the start of a step puts its unit to work. `isOpen`: the execution stays open, so the item shows its step. */
export async function putToWork(tx: Tx, { unit, step }: Pick<WorkFacts, 'unit' | 'step'>, isOpen: boolean, now: Instant): Promise<WorkUnit> {
  if (unit.kind === 'LOT') {
    await startLot(tx, unit.lot, now);
    return unit;
  }
  if (unit.kind === 'SERIAL') {
    if (unit.serial.status !== 'CREATED') return unit;
    return { ...unit, serial: await moveSerial(tx, unit.serial, 'IN_PROGRESS', { now }) };
  }
  const status = itemStatusAfterStart(unit.wipItem.status, step);
  return { ...unit, wipItem: await moveItem(tx, unit.wipItem, status, isOpen ? step.id : unit.wipItem.currentProcessId, now) };
}

/** WIP-6, WIP-7, SER-6, LOT-8: the result of a step moves its unit on. `unit` is the unit as the start left it. */
export async function moveOn(tx: Tx, work: WorkFacts, unit: WorkUnit, { result, defects }: Pick<FinishedWork, 'result' | 'defects'>, now: Instant): Promise<Moved> {
  const { step, route } = work;
  const passedStepIds = passedAfter(work.passedStepIds, step, result);
  if (unit.kind === 'LOT') return { unit, serialId: null };
  if (unit.kind === 'SERIAL') {
    const status = serialStatusAfterResult(unit.serial.status, result, route, passedStepIds);
    return { unit: await moveSerialBy(tx, unit, status === unit.serial.status ? [] : [status], failureOf(work, result, defects), now), serialId: null };
  }
  const status = itemStatusAfterResult(unit.wipItem.status, step, result, route, passedStepIds);
  if (status === 'CONVERTED') {
    return { unit, serialId: await convert(tx, { lot: unit.lot, wipItem: unit.wipItem, route, work: { passedStepIds, openSteps: otherOpenSteps(work) } }, now) };
  }
  return { unit: { ...unit, wipItem: await moveItem(tx, unit.wipItem, status, stepLeftOpen(work), now) }, serialId: null };
}

/** Moves a serial by these moves; the last terminal one completes its lot (LOT-8). */
export async function moveSerialBy(
  tx: Tx,
  unit: Extract<WorkUnit, { kind: 'SERIAL' }>,
  moves: readonly SerialStatus[],
  reason: string | undefined,
  now: Instant,
): Promise<WorkUnit> {
  let serial = unit.serial;
  for (const to of moves) serial = await moveSerial(tx, serial, to, { now, ...(to === 'FAILED' ? { reason: present(reason, 'The reason of a failure') } : {}) });
  if (moves.length > 0) await completeLotIfDone(tx, unit.lot.id, now);
  return { ...unit, serial };
}

/** Moves an item to a status and a current step, where either differs. */
export async function moveItem<Item extends WorkItem>(tx: Tx, item: Item, status: WipItemStatus, currentProcessId: string | null, now: Instant): Promise<Item> {
  if (status === item.status && currentProcessId === item.currentProcessId) return item;
  return moveWipItem(tx, item, { ...(status === item.status ? {} : wipItemBecoming(item, status, now)), currentProcessId });
}

/** The step that an item shows once an execution of it has ended: another one that is still open, if any. */
export function stepLeftOpen(work: WorkFacts): string | null {
  return otherOpenSteps(work)[0]?.id ?? null;
}

/** SER-6: why a failed step fails its serial. */
export function failureOf({ step }: Pick<WorkFacts, 'step'>, result: FinishedWork['result'], defects: FinishedWork['defects']): string | undefined {
  return result === 'FAIL' ? failureReasonOf(step, defects) : undefined;
}

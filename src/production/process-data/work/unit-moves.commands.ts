/** How work moves its unit: the start puts it to work, the result advances it. */
import { demandedRoute, type Route } from '../../../catalog/process/route.rules.ts';
import { passedAfter } from '../execution/process-data.rules.ts';
import type { Tx } from '../../../platform/postgres/client.ts';
import type { Instant } from '../../../platform/values/time.ts';
import { completeLotsIfDone, startLot } from '../../lot/lot.commands.ts';
import { convert } from '../../serial/conversion.commands.ts';
import { moveSerials } from '../../serial/serial.commands.ts';
import { failureReasonOf, type SerialStatus, serialStatusAfterResult } from '../../serial/serial.rules.ts';
import type { UnitSerial } from '../../unit/unit.rules.ts';
import { moveWipItems } from '../../wip-item/wip-item.commands.ts';
import {
  itemMovesOfCorrection,
  itemStatusAfterResult,
  itemStatusAfterStart,
  wipItemBecoming,
  type WipItemStatus,
} from '../../wip-item/wip-item.rules.ts';
import type { FinishedWork } from './completion.rules.ts';
import type { WorkItem, WorkUnit } from './current-state.loaders.ts';
import { otherOpenSteps, type WorkFacts } from './work.loaders.ts';

/**
 * WIP-6, SER-6, LOT-5: a start puts its unit to work. The works are on different units. Answers the works with their
 * units after the move. `isOpen`: the executions stay open, so items show the step as their current one.
 */
export async function startUnits<Work extends Pick<WorkFacts, 'unit' | 'step'>>(
  tx: Tx,
  works: readonly Work[],
  isOpen: boolean,
  now: Instant,
): Promise<readonly Work[]> {
  for (const { unit } of works) if (unit.kind === 'LOT') await startLot(tx, unit.lot, now);
  const itemById = byId(moveItems(tx, works.flatMap(itemStart(isOpen, now))));
  const serialById = byId(moveSerials(tx, works.flatMap(serialStart(now))));
  return works.map((work) => ({ ...work, unit: withMoved(work.unit, itemById, serialById) }));
}

/** The facts of work that has its result. */
export type FinishedFacts = WorkFacts & { readonly finished: Pick<FinishedWork, 'result' | 'defects' | 'completedAt'> };

/**
 * WIP-6, WIP-7, SER-6, LOT-8: results of steps advance their units. The works are on different units, each as the start
 * left it. What a result decides has the time of its execution: `completedAt` of history is not the time of its import.
 * Answers the ids of the serials that items were converted to, by the ids of the items.
 */
export async function advanceUnits(
  tx: Tx,
  works: readonly FinishedFacts[],
  now: Instant,
): Promise<ReadonlyMap<string, string>> {
  const items = works.flatMap(itemAdvance);
  const serials = works.flatMap(serialAdvance);
  const kept = items.filter(({ status }) => status !== 'CONVERTED');
  const converted = items.filter(({ status }) => status === 'CONVERTED');
  const lotIds = serials.map(({ lotId }) => lotId);
  advanceItems(tx, kept);
  moveSerials(tx, serials);
  await completeLotsIfDone(tx, lotIds, now);
  const conversions = converted.map(({ conversion }) => conversion);
  return convert(tx, conversions);
}

/**
 * Moves a serial along `moves`; the last terminal serial completes its lot (LOT-8). `reason`: why it failed, `at`: when it
 * was decided.
 */
export async function moveSerialAlong(
  tx: Tx,
  { lot, serial }: Extract<WorkUnit, { kind: 'SERIAL' }>,
  moves: readonly SerialStatus[],
  { reason, at, now }: { readonly reason: string | undefined; readonly at: Instant; readonly now: Instant },
): Promise<void> {
  let current = serial;
  for (const to of moves) {
    const [moved] = moveSerials(tx, [{ serial: current, to, reason, at }]);
    current = moved ?? current;
  }
  if (moves.length > 0) await completeLotsIfDone(tx, [lot.id], now);
}

/** The status and the current step that an item is to have, null for no step, and the time of the status. */
export interface ItemMove<Item extends WorkItem> {
  readonly item: Item;
  readonly status: WipItemStatus;
  readonly currentProcessId: string | null;
  readonly at: Instant;
}

/** Moves the items whose status or current step differs; answers the moved ones after the move. */
export function moveItems<Item extends WorkItem>(tx: Tx, moves: readonly ItemMove<Item>[]): readonly Item[] {
  const different = moves.filter(
    ({ item, status, currentProcessId }) => status !== item.status || currentProcessId !== item.currentProcessId,
  );
  const changes = different.map(({ item, status, currentProcessId, at }) => ({
    item,
    to: { ...(status === item.status ? {} : wipItemBecoming(item, status, at)), currentProcessId },
  }));
  return moveWipItems(tx, changes);
}

/** The step that an item shows after an execution of it has ended: another open one; null when none is open. */
export function stepLeftOpen(work: WorkFacts): string | null {
  return otherOpenSteps(work)[0]?.id ?? null;
}

/** RTE-6: the route as the unit has to pass it once it has a PASS of these steps. */
export function routeAfter(
  { lotRoute, finishedStepIds }: Pick<WorkFacts, 'lotRoute' | 'finishedStepIds'>,
  passedStepIds: ReadonlySet<string>,
): Route {
  return demandedRoute(lotRoute.steps, { finishedStepIds, passedStepIds });
}

/**
 * SER-6, SER-7: the route as a serial has to pass it before a result passes it: a step that is still open is part of it,
 * so that no result of it comes too late.
 */
export function routeOfSerialAfter(work: WorkFacts, passedStepIds: ReadonlySet<string>): Route {
  const openStepIds = otherOpenSteps(work).map(({ id }) => id);
  return routeAfter({ ...work, finishedStepIds: new Set([...work.finishedStepIds, ...openStepIds]) }, passedStepIds);
}

/** SER-6: why a failed step fails its serial; undefined unless the result is FAIL. */
export function failureOf(
  { step }: Pick<WorkFacts, 'step'>,
  { result, defects }: Pick<FinishedWork, 'result' | 'defects'>,
): string | undefined {
  return result === 'FAIL' ? failureReasonOf(step, defects) : undefined;
}

/** WIP-5: moves items to the status of a result, through IN_PROGRESS where the table has no direct move. */
function advanceItems(tx: Tx, moves: readonly ItemMove<WorkItem>[]): void {
  const reopenings = moves
    .filter(({ item, status }) => itemMovesOfCorrection(item.status, status).length > 1)
    .map((move) => ({ ...move, status: 'IN_PROGRESS' as const }));
  const reopened = byId(moveItems(tx, reopenings));
  moveItems(
    tx,
    moves.map((move) => ({ ...move, item: reopened.get(move.item.id) ?? move.item })),
  );
}

function itemStart(isOpen: boolean, at: Instant) {
  return ({ unit, step }: Pick<WorkFacts, 'unit' | 'step'>): ItemMove<WorkItem>[] => {
    if (unit.kind !== 'WIP_ITEM') return [];
    const { wipItem } = unit;
    const currentProcessId = isOpen ? step.id : wipItem.currentProcessId;
    return [{ item: wipItem, status: itemStatusAfterStart(wipItem.status, step), currentProcessId, at }];
  };
}

function serialStart(at: Instant) {
  return ({ unit }: Pick<WorkFacts, 'unit'>) =>
    unit.kind === 'SERIAL' && unit.serial.status === 'CREATED'
      ? [{ serial: unit.serial, to: 'IN_PROGRESS' as const, at }]
      : [];
}

function itemAdvance(work: FinishedFacts) {
  const { unit, step, finished } = work;
  if (unit.kind !== 'WIP_ITEM') return [];
  const { lot, wipItem } = unit;
  const passedStepIds = passedAfter(work.passedStepIds, step, finished.result);
  const route = routeAfter(work, passedStepIds);
  const status = itemStatusAfterResult(wipItem.status, { step, result: finished.result, route, passedStepIds });
  const at = finished.completedAt;
  const conversion = { lot, wipItem, route, work: { passedStepIds, openSteps: otherOpenSteps(work) }, at };
  return [{ item: wipItem, status, currentProcessId: stepLeftOpen(work), at, conversion }];
}

function serialAdvance(work: FinishedFacts) {
  const { unit, step, finished } = work;
  if (unit.kind !== 'SERIAL') return [];
  const { lot, serial } = unit;
  const passedStepIds = passedAfter(work.passedStepIds, step, finished.result);
  const route = routeOfSerialAfter(work, passedStepIds);
  const to = serialStatusAfterResult(serial.status, finished.result, route, passedStepIds);
  return to === serial.status
    ? []
    : [{ serial, to, reason: failureOf(work, finished), at: finished.completedAt, lotId: lot.id }];
}

function withMoved(
  unit: WorkUnit,
  items: ReadonlyMap<string, WorkItem>,
  serials: ReadonlyMap<string, UnitSerial>,
): WorkUnit {
  if (unit.kind === 'WIP_ITEM') return { ...unit, wipItem: items.get(unit.wipItem.id) ?? unit.wipItem };
  return unit.kind === 'SERIAL' ? { ...unit, serial: serials.get(unit.serial.id) ?? unit.serial } : unit;
}

function byId<Record extends { readonly id: string }>(records: readonly Record[]): ReadonlyMap<string, Record> {
  return new Map(records.map((record) => [record.id, record]));
}

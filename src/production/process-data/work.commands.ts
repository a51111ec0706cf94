/**
 * Work on a unit, as every command of this folder does it: hold what is judged, then move the unit.
 *
 * The order of locks is that of the statement in `standingOf`, after the lock of the route; an execution is written
 * after its unit.
 */
import { lockRoute } from '../../catalog/process/process.commands.ts';
import { found, reject } from '../../platform/command/rejection.ts';
import type { Lock } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { arrayParameter, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Instant } from '../../platform/values/time.ts';
import { completeLotsIfDone, startLot } from '../lot/lot.commands.ts';
import type { FinishedWork } from './completion.rules.ts';
import { processDataTable } from './process-data.loaders.ts';
import { passedAfter } from './process-data.rules.ts';
import type { UnitSerial } from './unit.rules.ts';
import {
  type RequestedWork,
  type NamedWork,
  otherOpenSteps,
  type WorkFacts,
  workFactsOf,
  type WorkItem,
  workNamed,
  workOfExecution,
  type WorkUnit,
} from './work.loaders.ts';
import { convert } from '../serial/conversion.commands.ts';
import { moveSerials } from '../serial/serial.commands.ts';
import { failureReasonOf, type SerialStatus, serialStatusAfterResult } from '../serial/serial.rules.ts';
import { moveWipItems } from '../wip-item/wip-item.commands.ts';
import {
  itemStatusAfterResult,
  itemStatusAfterStart,
  wipItemBecoming,
  type WipItemStatus,
} from '../wip-item/wip-item.rules.ts';

/** The work that an input names, with everything locked that its rules will read. */
export async function lockedWork(tx: Tx, asked: RequestedWork): Promise<WorkFacts> {
  const [, named] = await Promise.all([lockRoute(tx, 'SHARED'), namedWork(tx, asked)]);
  return lockWork(tx, named);
}

/** The work of an execution, with everything locked that its rules will read. */
export async function lockedWorkOfExecution(tx: Tx, id: string, path: string): Promise<WorkFacts> {
  const [, named] = await Promise.all([lockRoute(tx, 'SHARED'), workOfExecution(tx, id)]);
  return lockWork(tx, found(named, path, 'The execution with this id'));
}

/** The records that an input names, or the refusal that they do not exist. */
export async function namedWork(tx: Tx, asked: RequestedWork): Promise<NamedWork> {
  const reading = await workNamed(tx, asked);
  return 'rejections' in reading ? reject(...reading.rejections) : reading.value;
}

export async function lockWork(tx: Tx, named: NamedWork): Promise<WorkFacts> {
  return found(await workFactsOf(tx, named, 'LOCKED'), 'unit', 'The unit');
}

/**
 * Locks what all these works will be judged by, table by table in the order of locks and by ascending id. Answers the
 * ids that it holds now; those in `held` it held before.
 */
export async function lockTogether(
  tx: Tx,
  named: readonly (NamedWork | undefined)[],
  held: ReadonlySet<string>,
): Promise<readonly string[]> {
  const works = named.filter((work) => work !== undefined);
  const isOnItemsOnly = named.every((work) => work?.unit.kind === 'WIP_ITEM');
  const lockRows = async (
    table: Sql,
    lock: Lock,
    idOf: (work: NamedWork) => string | null,
  ): Promise<readonly string[]> => {
    const ids = [...new Set(works.map(idOf))].filter((id) => id !== null && !held.has(id));
    if (ids.length === 0) return [];
    const rows = await tx.prepared<{ id: string }>(
      sql`SELECT id FROM ${table} WHERE id = ANY(${arrayParameter('uuid', ids)}) ORDER BY id FOR ${identifier(lock)}`,
    );
    return rows.map(({ id }) => id);
  };
  // Asked for in one go, they are done one after the other.
  const locked = await Promise.all([
    lockRows(sql`users`, 'SHARE', (work) => work.operatorId),
    lockRows(sql`equipment`, 'SHARE', (work) => work.equipmentId),
    lockRows(sql`lots`, isOnItemsOnly ? 'SHARE' : 'NO KEY UPDATE', (work) => work.unit.lotId),
    lockRows(sql`wip_items`, 'NO KEY UPDATE', (work) => work.unit.wipItemId),
    lockRows(sql`serials`, 'NO KEY UPDATE', (work) => work.unit.serialId),
  ]);
  return locked.flat();
}

/** An execution as its end is judged by. */
export type LockedExecution = Row<'ProcessData'> & { readonly operatorUsername: string };

/** Locks an execution, after its unit; one that was withdrawn meanwhile does not exist. */
export async function lockExecution(tx: Tx, id: string, path: string): Promise<LockedExecution> {
  const [execution] = await tx.sql<LockedExecution>`
    SELECT ${processDataTable.columns}, operator.username AS "operatorUsername"
    FROM process_data t JOIN users operator ON operator.id = t.operator_id WHERE t.id = ${id}::uuid FOR NO KEY UPDATE OF t`;
  return found(execution, path, 'The execution with this id');
}

/**
 * WIP-6, SER-6, LOT-5: the start of a step puts its unit to work. Answers the works with their units as they stand
 * then. The units are different ones. `isOpen`: the executions stay open, so items show their step.
 */
export async function startUnits<Work extends Pick<WorkFacts, 'unit' | 'step'>>(
  tx: Tx,
  works: readonly Work[],
  isOpen: boolean,
  now: Instant,
): Promise<readonly Work[]> {
  const items = works.flatMap(({ unit, step }) => {
    if (unit.kind !== 'WIP_ITEM') return [];
    const { wipItem } = unit;
    return [
      {
        item: wipItem,
        status: itemStatusAfterStart(wipItem.status, step),
        currentProcessId: isOpen ? step.id : wipItem.currentProcessId,
      },
    ];
  });
  const serials = works.flatMap(({ unit }) =>
    unit.kind === 'SERIAL' && unit.serial.status === 'CREATED'
      ? [{ serial: unit.serial, to: 'IN_PROGRESS' as const }]
      : [],
  );
  for (const { unit } of works) if (unit.kind === 'LOT') await startLot(tx, unit.lot, now);
  const itemById = byId(moveItems(tx, items, now));
  const serialById = byId(moveSerials(tx, serials, now));
  return works.map((work) => ({ ...work, unit: withMoved(work.unit, itemById, serialById) }));
}

/** Work that has got its result. */
export type FinishedFacts = WorkFacts & { readonly finished: Pick<FinishedWork, 'result' | 'defects'> };

/**
 * WIP-6, WIP-7, SER-6, LOT-8: the results of steps move their units on. The units are different ones, each as the start
 * left it. Answers the serials that items have become, by their items.
 */
export async function advanceUnits(
  tx: Tx,
  works: readonly FinishedFacts[],
  now: Instant,
): Promise<ReadonlyMap<string, string>> {
  const moves = works.flatMap((work) => {
    const { unit, step, route, finished } = work;
    if (unit.kind !== 'WIP_ITEM') return [];
    const passedStepIds = passedAfter(work.passedStepIds, step, finished.result);
    const status = itemStatusAfterResult(unit.wipItem.status, step, finished.result, route, passedStepIds);
    const conversion = {
      lot: unit.lot,
      wipItem: unit.wipItem,
      route,
      work: { passedStepIds, openSteps: otherOpenSteps(work) },
    };
    return [{ item: unit.wipItem, status, currentProcessId: stepLeftOpen(work), conversion }];
  });
  const serials = works.flatMap((work) => {
    const { unit, step, route, finished } = work;
    if (unit.kind !== 'SERIAL') return [];
    const to = serialStatusAfterResult(
      unit.serial.status,
      finished.result,
      route,
      passedAfter(work.passedStepIds, step, finished.result),
    );
    return to === unit.serial.status
      ? []
      : [{ serial: unit.serial, to, reason: failureOf(work, finished), lotId: unit.lot.id }];
  });
  moveItems(
    tx,
    moves.filter(({ status }) => status !== 'CONVERTED'),
    now,
  );
  moveSerials(tx, serials, now);
  await completeLotsIfDone(
    tx,
    serials.map(({ lotId }) => lotId),
    now,
  );
  return convert(
    tx,
    moves.filter(({ status }) => status === 'CONVERTED').map(({ conversion }) => conversion),
    now,
  );
}

/** Moves a serial by these moves; the last terminal one completes its lot (LOT-8). */
export async function moveSerialBy(
  tx: Tx,
  unit: Extract<WorkUnit, { kind: 'SERIAL' }>,
  moves: readonly SerialStatus[],
  reason: string | undefined,
  now: Instant,
): Promise<void> {
  let { serial } = unit;
  for (const to of moves) {
    const [moved] = moveSerials(tx, [{ serial, to, reason }], now);
    serial = moved ?? serial;
  }
  if (moves.length > 0) await completeLotsIfDone(tx, [unit.lot.id], now);
}

/** The status and the step that an item is to have. */
export interface ItemMove<Item extends WorkItem> {
  readonly item: Item;
  readonly status: WipItemStatus;
  readonly currentProcessId: string | null;
}

/** Moves items, where status or step differ; answers those that were moved, as they stand then. */
export function moveItems<Item extends WorkItem>(
  tx: Tx,
  moves: readonly ItemMove<Item>[],
  now: Instant,
): readonly Item[] {
  const different = moves.filter(
    ({ item, status, currentProcessId }) => status !== item.status || currentProcessId !== item.currentProcessId,
  );
  return moveWipItems(
    tx,
    different.map(({ item, status, currentProcessId }) => ({
      item,
      to: { ...(status === item.status ? {} : wipItemBecoming(item, status, now)), currentProcessId },
    })),
  );
}

/** The step that an item shows once an execution of it has ended: another one that is still open, if any. */
export function stepLeftOpen(work: WorkFacts): string | null {
  return otherOpenSteps(work)[0]?.id ?? null;
}

/** SER-6: why a failed step fails its serial. */
export function failureOf(
  { step }: Pick<WorkFacts, 'step'>,
  { result, defects }: Pick<FinishedWork, 'result' | 'defects'>,
): string | undefined {
  return result === 'FAIL' ? failureReasonOf(step, defects) : undefined;
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

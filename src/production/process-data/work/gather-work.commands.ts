/**
 * Gathers the facts of work: names its records, locks everything that the rules will read, and reads it.
 *
 * The lock order is: route, operators, equipment, lots, items, serials; within a table by ascending id. An execution is
 * locked or written after its unit.
 */
import { lockRoute } from '../../../catalog/process/process.commands.ts';
import { found, reject } from '../../../platform/command/rejection.ts';
import type { Lock } from '../../../platform/command/row-lock.ts';
import type { Reader, Tx } from '../../../platform/postgres/client.ts';
import { arrayParameter, identifier, sql, type Sql } from '../../../platform/postgres/sql.ts';
import { processDataTable } from '../execution/process-data.loaders.ts';
import type { Row } from '../../../platform/postgres/table.ts';
import { idOfUnitIds } from '../../unit/unit.loaders.ts';
import { idOfUnit, LEVEL_OF_UNIT } from '../../unit/unit.rules.ts';
import { currentStatesOf, LOCKED_UNITS, lockUnlockedUnits, SKIP_LOCKED } from './current-state.loaders.ts';
import { independentWorks } from './independent.rules.ts';
import { stepHistoryOf, stepHistorySql, type StepHistory } from './step-history.loaders.ts';
import { workFactsOf } from './work-facts.loaders.ts';
import {
  type NamedWork,
  nameWork,
  nameWorks,
  type RequestedWork,
  workFactsFrom,
  type WorkFacts,
  workOfExecution,
  workSettingsOf,
} from './work.loaders.ts';

/** The facts of the work that an input names, with the route and all records locked. Rejects what does not exist. */
export async function lockedWork(tx: Tx, requested: RequestedWork): Promise<WorkFacts> {
  const [, named] = await Promise.all([lockRoute(tx, 'SHARED'), namedOrRejected(tx, requested)]);
  return factsOfOne(tx, named);
}

/** The facts of the work of an execution, with the route and all records locked. `path` is the input field of the id. */
export async function lockedWorkOfExecution(tx: Tx, id: string, path: string): Promise<WorkFacts> {
  const [, named] = await Promise.all([lockRoute(tx, 'SHARED'), workOfExecution(tx, id)]);
  return factsOfOne(tx, found(named, path, 'The execution with this id'));
}

/**
 * How `gatherWork` locks:
 * - `ONE`: the first request only; waits for other transactions; rejects what does not exist.
 * - `IN_ORDER`: waits for other transactions, table by table in the lock order. `held` are the ids that the transaction
 *   has locked already; the ids that are locked now are added.
 * - `SKIP_LOCKED`: never waits; leaves out the work whose records other transactions hold.
 */
export type Locking =
  | { readonly mode: 'ONE' }
  | { readonly mode: 'IN_ORDER'; readonly held: Set<string> }
  | { readonly mode: 'SKIP_LOCKED' };

/**
 * The facts of the requested work, in the order of the requests, with all records locked. The caller has locked the
 * route. An entry is undefined where a record does not exist or is left out. In the mode `IN_ORDER` everything that the
 * requests name is locked, and the answer ends before the first request that depends on an earlier one.
 */
export async function gatherWork(
  tx: Tx,
  requested: readonly RequestedWork[],
  locking: Locking,
): Promise<readonly (WorkFacts | undefined)[]> {
  if (locking.mode === 'SKIP_LOCKED') return unlockedWork(tx, requested);
  if (locking.mode === 'ONE') {
    const first = requested.slice(0, 1);
    return Promise.all(first.map(async (request) => factsOfOne(tx, await namedOrRejected(tx, request))));
  }
  const named = await nameWorks(tx, requested);
  await lockInOrder(tx, named, locking.held);
  return factsOfMany(tx, independentWorks(named));
}

/** An execution with the username of its operator, as completions, corrections and withdrawals read it. */
export type LockedExecution = Row<'ProcessData'> & { readonly operatorUsername: string };

/** Locks an execution; its unit is locked already. One that was withdrawn in the meantime is rejected as NOT_FOUND. */
export async function lockExecution(tx: Tx, id: string, path: string): Promise<LockedExecution> {
  const [execution] = await tx.sql<LockedExecution>`
    SELECT ${processDataTable.columns}, operator.username AS "operatorUsername"
    FROM process_data t JOIN users operator ON operator.id = t.operator_id WHERE t.id = ${id}::uuid FOR NO KEY UPDATE OF t`;
  return found(execution, path, 'The execution with this id');
}

async function namedOrRejected(tx: Tx, requested: RequestedWork): Promise<NamedWork> {
  const naming = await nameWork(tx, requested);
  return 'rejections' in naming ? reject(...naming.rejections) : naming.value;
}

async function factsOfOne(tx: Tx, named: NamedWork): Promise<WorkFacts> {
  return found(await workFactsOf(tx, named, 'LOCK'), 'unit', 'The unit');
}

/** The facts of work on different units, all of whose records are locked. */
async function factsOfMany(db: Reader, works: readonly NamedWork[]): Promise<readonly (WorkFacts | undefined)[]> {
  if (works.length === 0) return [];
  const unitIds = works.map(({ unit }) => idOfUnitIds(unit));
  const [states, histories] = await Promise.all([currentStatesOf(db, works), stepHistoryOf(db, unitIds)]);
  return works.map((work, index) => {
    const state = states.get(index);
    return state && workFactsFrom(work, state, historyOf(histories, idOfUnitIds(work.unit)));
  });
}

/** Reads and locks what no other transaction holds; the five statements are one pipelined batch. */
async function unlockedWork(
  tx: Reader,
  requested: readonly RequestedWork[],
): Promise<readonly (WorkFacts | undefined)[]> {
  const [settings, units, histories] = await Promise.all([
    workSettingsOf(tx, requested, sql`FOR SHARE ${SKIP_LOCKED}`),
    lockUnlockedUnits(tx, requested),
    // A statement of its own, which runs once the units are locked and so sees all that was committed until then.
    tx.prepared<StepHistory>(stepHistorySql(LOCKED_UNITS)),
  ]);
  return settings.map((setting, index) => {
    const unit = units.get(index);
    if (setting === undefined || unit === undefined || LEVEL_OF_UNIT[unit.kind] !== setting.step.level)
      return undefined;
    return workFactsFrom(setting, { ...setting, unit }, historyOf(histories, idOfUnit(unit)));
  });
}

function historyOf(histories: readonly StepHistory[], unitId: string): readonly StepHistory[] {
  return histories.filter((entry) => entry.unitId === unitId);
}

/** Locks the records of all works that are not in `held`, and adds their ids to it. */
async function lockInOrder(tx: Tx, named: readonly (NamedWork | undefined)[], held: Set<string>): Promise<void> {
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
  // One pipelined batch, which PostgreSQL carries out in this order.
  const locked = await Promise.all([
    lockRows(sql`users`, 'SHARE', (work) => work.operatorId),
    lockRows(sql`equipment`, 'SHARE', (work) => work.equipmentId),
    lockRows(sql`lots`, isOnItemsOnly ? 'SHARE' : 'NO KEY UPDATE', (work) => work.unit.lotId),
    lockRows(sql`wip_items`, 'NO KEY UPDATE', (work) => work.unit.wipItemId),
    lockRows(sql`serials`, 'NO KEY UPDATE', (work) => work.unit.serialId),
  ]);
  for (const id of locked.flat()) held.add(id);
}

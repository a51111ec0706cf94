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
import { stepHistoryOf, stepHistorySql, type StepHistory } from './step-history.loaders.ts';
import { workFactsOf } from './work-facts.loaders.ts';
import {
  isSettled,
  type NamedWork,
  nameWork,
  nameWorks,
  type Naming,
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

/**
 * The facts of work on different units, all of whose records are locked; undefined where a record no longer exists.
 */
export async function factsOfMany(
  db: Reader,
  works: readonly NamedWork[],
): Promise<readonly (WorkFacts | undefined)[]> {
  if (works.length === 0) return [];
  const unitIds = works.map(({ unit }) => idOfUnitIds(unit));
  const [states, histories] = await Promise.all([currentStatesOf(db, works), stepHistoryOf(db, unitIds)]);
  return works.map((work, index) => {
    const state = states.get(index);
    return state && workFactsFrom(work, state, historyOf(histories, idOfUnitIds(work.unit)));
  });
}

/**
 * The facts of the requested work, in the order of the requests, with all records locked; the caller has locked the
 * route. It never waits: an entry is undefined where another transaction holds a record, or where one does not exist.
 * The five statements are one pipelined batch.
 */
export async function unlockedWork(
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
    const { step, route, isStepEquipped, equipment, operator } = setting;
    if (step === undefined || equipment === undefined || operator === undefined || unit === undefined) return undefined;
    if (LEVEL_OF_UNIT[unit.kind] !== step.level) return undefined;
    return workFactsFrom(
      { step, route, isStepEquipped },
      { unit, equipment, operator },
      historyOf(histories, idOfUnit(unit)),
    );
  });
}

function historyOf(histories: readonly StepHistory[], unitId: string): readonly StepHistory[] {
  return histories.filter((entry) => entry.unitId === unitId);
}

/**
 * Names the requested work, in the order of the requests, and locks all records that are not in `held`, table by table
 * in the lock order; adds their ids to `held`. The caller has locked the route. It waits for other transactions.
 */
export async function nameAndLock(
  tx: Tx,
  requested: readonly RequestedWork[],
  held: Set<string>,
): Promise<readonly Naming[]> {
  const names = await nameWorks(tx, requested);
  await lockInOrder(tx, names, held);
  return names;
}

async function lockInOrder(tx: Tx, names: readonly Naming[], held: Set<string>): Promise<void> {
  const works = names.flatMap((naming) => ('value' in naming ? [naming.value] : []));
  // A unit that is not known yet may be a serial, whose lot is locked for change; no lock is made stronger later.
  const isOnItemsOnly = names.every(
    (naming) => 'value' in naming && isSettled(naming) && naming.value.unit.kind === 'WIP_ITEM',
  );
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

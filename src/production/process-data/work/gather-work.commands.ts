/**
 * Gathers the facts of work: names its records, locks everything that the rules will read, and reads it.
 *
 * The lock order is: factory route, operators, equipment, lots, items, serials, sessions; within a table by ascending id.
 * An execution is locked or written after its unit. The factory route is locked only for lots that have no route of their
 * own (RTE-4). Which lots these are is read without a lock; where it has changed, the transaction starts again.
 */
import { routeLockWhere } from '../../../catalog/process/process.commands.ts';
import type { KeptRoute } from '../../../catalog/route/route.loaders.ts';
import { enforce, found, reject, startAgain } from '../../../platform/command/rejection.ts';
import type { Lock } from '../../../platform/command/row-lock.ts';
import type { Reader, Tx } from '../../../platform/postgres/client.ts';
import { arrayParameter, identifier, sql, type Sql } from '../../../platform/postgres/sql.ts';
import { processDataTable } from '../execution/process-data.loaders.ts';
import type { Row } from '../../../platform/postgres/table.ts';
import type { Viewer } from '../../../platform/rules/access.ts';
import { idOfUnitIds, isOnFactoryRoute } from '../../unit/unit.loaders.ts';
import { idOfUnit, LEVEL_OF_UNIT } from '../../unit/unit.rules.ts';
import { currentStatesOf, LOCKED_UNITS, lockUnlockedUnits, SKIP_LOCKED } from './current-state.loaders.ts';
import { stepHistoryOf, stepHistorySql, type StepHistory } from './step-history.loaders.ts';
import { stateOfWork } from './work-facts.loaders.ts';
import {
  isSettled,
  type NamedWork,
  nameWork,
  nameWorks,
  type Naming,
  type RequestedWork,
  sessionRejections,
  workOfExecution,
  workSettingsOf,
} from './named-work.loaders.ts';
import {
  keptRoutesOf,
  type RoutableWork,
  type RoutedStep,
  routedStep,
  workFactsFrom,
  type WorkFacts,
} from './work.loaders.ts';

/** The facts of the work that an input names, with the route and all records locked. Rejects what does not exist. */
export async function lockedWork(tx: Tx, requested: RequestedWork, viewer: Viewer): Promise<WorkFacts> {
  const [isRouteLocked, named] = await Promise.all([
    lockFactoryRoute(tx, [requested]),
    namedOrRejected(tx, requested, viewer),
  ]);
  return factsOfOne(tx, named, isRouteLocked);
}

/** Locks the factory route if one of the units needs it; true when it is locked. */
export function lockFactoryRoute(tx: Tx, requested: readonly RequestedWork[]): Promise<boolean> {
  return lockRouteWhere(tx, isOnFactoryRoute(requested));
}

/** A process session that an input names, and who sent it. */
export interface AskedSession extends Pick<RequestedWork, 'processSession'> {
  readonly viewer: Viewer;
}

/**
 * The facts of the work of an execution, with the route and all records locked. `path` is the input field of the id;
 * `asked` the session that a completion names.
 */
export async function lockedWorkOfExecution(
  tx: Tx,
  id: string,
  path: string,
  asked?: AskedSession,
): Promise<WorkFacts> {
  const onFactoryRoute = sql`EXISTS (SELECT FROM process_data d JOIN lots lot ON lot.id = d.lot_id WHERE d.id = ${id}::uuid AND lot.route_id IS NULL)`;
  const [isRouteLocked, execution] = await Promise.all([
    lockRouteWhere(tx, onFactoryRoute),
    workOfExecution(tx, id, asked ?? {}),
  ]);
  const named = found(execution, path, 'The execution with this id');
  if (asked !== undefined) enforce(sessionRejections(asked, named.session, asked.viewer));
  return factsOfOne(tx, named, isRouteLocked);
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

async function namedOrRejected(tx: Tx, requested: RequestedWork, viewer: Viewer): Promise<NamedWork> {
  const naming = await nameWork(tx, requested, viewer);
  return 'rejections' in naming ? reject(...naming.rejections) : naming.value;
}

async function lockRouteWhere(tx: Tx, condition: Sql): Promise<boolean> {
  const [lock] = await tx.prepared<{ isLocked: boolean }>(sql`SELECT ${routeLockWhere(condition)} AS "isLocked"`);
  return lock?.isLocked === true;
}

async function factsOfOne(tx: Tx, named: NamedWork, isRouteLocked: boolean): Promise<WorkFacts> {
  const { state, history } = found(await stateOfWork(tx, named, 'LOCK'), 'unit', 'The unit');
  const { lot } = state.unit;
  const routed = routedIfLocked(named, lot, await keptRoutesOf(tx, [lot]), isRouteLocked);
  return workFactsFrom(routed ?? startAgain(), state, history);
}

/** The step and the route of a work; undefined when the lot uses the factory route, and that is not locked. */
function routedIfLocked(
  named: RoutableWork,
  { routeId }: { readonly routeId: string | null },
  kept: ReadonlyMap<string, KeptRoute>,
  isRouteLocked: boolean,
): RoutedStep | undefined {
  return routeId === null && !isRouteLocked ? undefined : routedStep(named, routeId, kept);
}

/**
 * The facts of work on different units, all of whose records are locked; undefined where a record no longer exists.
 */
export async function factsOfMany(
  db: Reader,
  works: readonly NamedWork[],
  isRouteLocked: boolean,
): Promise<readonly (WorkFacts | undefined)[]> {
  if (works.length === 0) return [];
  const unitIds = works.map(({ unit }) => idOfUnitIds(unit));
  const [states, histories] = await Promise.all([currentStatesOf(db, works), stepHistoryOf(db, unitIds)]);
  const kept = await keptRoutesOf(
    db,
    [...states.values()].map(({ unit }) => unit.lot),
  );
  return works.map((work, index) => {
    const state = states.get(index);
    if (state === undefined) return undefined;
    const routed = routedIfLocked(work, state.unit.lot, kept, isRouteLocked);
    return workFactsFrom(routed ?? startAgain(), state, historyOf(histories, idOfUnitIds(work.unit)));
  });
}

/**
 * The facts of the requested work, in the order of the requests, with all records locked; the caller has locked the
 * factory route where it is needed. It never waits: an entry is undefined where another transaction holds a record, or where one does not exist.
 * The five statements are one pipelined batch.
 */
export async function unlockedWork(
  tx: Reader,
  requested: readonly RequestedWork[],
  routeLock: Promise<boolean>,
): Promise<readonly (WorkFacts | undefined)[]> {
  const [isRouteLocked, settings, units, histories] = await Promise.all([
    routeLock,
    workSettingsOf(tx, requested, sql`FOR SHARE ${SKIP_LOCKED}`),
    lockUnlockedUnits(tx, requested),
    // A statement of its own, which runs once the units are locked and so sees all that was committed until then.
    tx.prepared<StepHistory>(stepHistorySql(LOCKED_UNITS)),
  ]);
  const kept = await keptRoutesOf(
    tx,
    [...units.values()].map(({ unit }) => unit.lot),
  );
  return settings.map((setting, index) => {
    const { unit, session } = units.get(index) ?? {};
    const { process, factoryRoute, isStepEquipped, equipment, operator } = setting;
    if (process === undefined || equipment === undefined || operator === undefined || unit === undefined)
      return undefined;
    if (LEVEL_OF_UNIT[unit.kind] !== process.level) return undefined;
    if (session === undefined || (session === null && requested[index]?.processSession !== undefined)) return undefined;
    const routed = routedIfLocked({ process, factoryRoute, isStepEquipped }, unit.lot, kept, isRouteLocked);
    return (
      routed && workFactsFrom(routed, { unit, equipment, operator, session }, historyOf(histories, idOfUnit(unit)))
    );
  });
}

function historyOf(histories: readonly StepHistory[], unitId: string): readonly StepHistory[] {
  return histories.filter((entry) => entry.unitId === unitId);
}

/**
 * Names the requested work, in the order of the requests, and locks all records that are not in `held`, table by table
 * in the lock order; adds their ids to `held`. The caller has locked the factory route where it is
 * needed. It waits for other transactions.
 */
export async function nameAndLock(
  tx: Tx,
  requested: readonly RequestedWork[],
  viewer: Viewer,
  held: Set<string>,
): Promise<readonly Naming[]> {
  const names = await nameWorks(tx, requested, viewer);
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
    lockRows(sql`process_sessions`, 'SHARE', (work) => work.session?.id ?? null),
  ]);
  for (const id of locked.flat()) held.add(id);
}

/**
 * Everything that work on a unit is judged by, in three statements, however it is asked for.
 *
 * 1. `workNamed`, `workOfExecution`: which records are meant, the step, and the route. Ids never change, and the lock
 *    of the route keeps it.
 * 2. `standingOf`: how unit, equipment and operator stand. A command has them locked by the very same statement, in the
 *    order of locks.
 * 3. `stepWorkOf`: what was done on the unit so far, which the lock of the unit keeps as it is. It travels with the
 *    second, and in a transaction it sees the world as it is when that has its locks.
 */
import { equipmentTable } from '../../catalog/equipment/equipment.loaders.ts';
import { processes, STEP, stepOf, type StepRow } from '../../catalog/process/process.loaders.ts';
import type { Route, Step, StepName } from '../../catalog/process/route.rules.ts';
import { users } from '../../identity/user/user.loaders.ts';
import { matchesReference, referenceLabel } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { empty, arrayParameter, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row, Table } from '../../platform/postgres/table.ts';
import { rejection, type Rejection } from '../../platform/rules/rejection.ts';
import type { Instant } from '../../platform/values/time.ts';
import type { UnitKind } from '../lot/unit-number.rules.ts';
import type { Operator } from './operator.rules.ts';
import type { StartFacts, UsedEquipment } from './readiness.rules.ts';
import { noSuchUnit } from './unit-reference.rules.ts';
import { type UnitIds, unitSql } from './unit.loaders.ts';
import type { UnitItem, UnitLot, UnitSerial } from './unit.rules.ts';

/** What work is to be done, as an input names it. */
export interface RequestedWork {
  readonly unit: Reference;
  readonly process: Reference;
  readonly equipment?: Reference | undefined;
  readonly operator?: Reference | undefined;
}

/** The records that are meant. */
export interface NamedWork {
  readonly unit: UnitIds;
  readonly step: Step;
  readonly route: Route;
  readonly equipmentId: string | null;
  readonly operatorId: string | null;
}

/** As much of a unit as its next move takes. */
export type WorkLot = UnitLot & Pick<Row<'Lot'>, 'targetQuantity' | 'productModelId'>;
export type WorkItem = UnitItem &
  Pick<Row<'WipItem'>, 'sequence' | 'externalNumber' | 'currentProcessId' | 'completedAt' | 'convertedAt'>;
export type WorkUnit =
  | { readonly kind: 'LOT'; readonly lot: WorkLot }
  | { readonly kind: 'WIP_ITEM'; readonly lot: WorkLot; readonly wipItem: WorkItem }
  | { readonly kind: 'SERIAL'; readonly lot: WorkLot; readonly serial: UnitSerial };

/** What was done on a unit in one step. */
export interface StepHistory extends StepName {
  readonly unitId: string;
  readonly isPassed: boolean;
  readonly finishedAttempts: number;
  readonly lastAttempt: number;
  /** The open execution, of which there is one at most (PD-5). */
  readonly openId: string | null;
  readonly openStartedAt: Instant | null;
  readonly openOperator: string | null;
}

/** A unit, a step, and what was done so far. */
export interface WorkFacts {
  readonly unit: WorkUnit;
  readonly step: Step;
  readonly route: Route;
  readonly works: readonly StepHistory[];
  readonly passedStepIds: ReadonlySet<string>;
  readonly equipment: (UsedEquipment & { readonly id: string }) | undefined;
  readonly operator: Operator | undefined;
}

/** Whether the records are locked for the work, or only looked at. */
export type Hold = 'LOCKED' | 'SEEN';

/** The records that an input names, or which of them do not exist. */
export async function workNamed(
  db: Reader,
  asked: RequestedWork,
): Promise<{ readonly value: NamedWork } | { readonly rejections: readonly [Rejection, ...Rejection[]] }> {
  const [found] = await db.prepared<NamedRow>(sql`
    SELECT ${STEP}, ${ROUTE} AS route, (SELECT row_to_json(unit) FROM (${unitSql(asked.unit, sql`t.level`)}) AS unit) AS unit,
           ${idOf(equipmentTable, asked.equipment)} AS "equipmentId", ${idOf(users, asked.operator)} AS "operatorId"
    FROM processes t WHERE ${matchesReference(processes, asked.process)}`);
  if (found === undefined) return { rejections: [missing(asked.process, 'process', 'Step')] };
  const { unit, route, equipmentId, operatorId } = found;
  const [first, ...more] = [
    ...(unit === null ? [noSuchUnit(asked.unit)] : []),
    ...(asked.equipment !== undefined && equipmentId === null
      ? [missing(asked.equipment, 'equipment', 'Equipment')]
      : []),
    ...(asked.operator !== undefined && operatorId === null ? [missing(asked.operator, 'operator', 'User')] : []),
  ];
  if (unit === null || first !== undefined) return { rejections: [first ?? noSuchUnit(asked.unit), ...more] };
  return { value: { unit, step: stepOf(found), route, equipmentId, operatorId } };
}

/** The records that an execution stands on; undefined when there is no such execution. */
export async function workOfExecution(db: Reader, id: string): Promise<NamedWork | undefined> {
  const [found] = await db.prepared<Omit<NamedRow, 'unit'> & { readonly unit: UnitIds }>(sql`
    SELECT ${STEP}, ${ROUTE} AS route, NULL AS "equipmentId", NULL AS "operatorId",
           json_build_object('kind', CASE d.level WHEN 'WIP' THEN 'WIP_ITEM' ELSE d.level::text END, 'lotId', d.lot_id, 'wipItemId', d.wip_item_id, 'serialId', d.serial_id) AS unit
    FROM process_data d JOIN processes t ON t.id = d.process_id WHERE d.id = ${id}::uuid`);
  return found === undefined ? undefined : { ...found, step: stepOf(found) };
}

/** The facts of work that is named; undefined when the unit is gone since. */
export async function workFactsOf(db: Reader, named: NamedWork, hold: Hold): Promise<WorkFacts | undefined> {
  const [standing, works] = await Promise.all([
    currentStateOf(db, named, hold),
    stepHistoryOf(db, [idOfUnitIds(named.unit)]),
  ]);
  return standing && workFactsFrom(named, standing, works);
}

export function workFactsFrom(
  { step, route }: Pick<NamedWork, 'step' | 'route'>,
  { unit, equipment, operator }: CurrentState,
  works: readonly StepHistory[],
): WorkFacts {
  const passedStepIds = new Set(works.filter((work) => work.isPassed).map((work) => work.id));
  return {
    unit,
    step,
    route,
    works,
    passedStepIds,
    equipment: equipment ?? undefined,
    operator: operator ?? undefined,
  };
}

/** The facts of a start: those of the work, and the circumstances of the start. */
export function startFactsFrom(
  work: WorkFacts,
  circumstances: Pick<StartFacts, 'action' | 'viewer' | 'startedAt' | 'now'>,
): StartFacts & WorkFacts {
  const openExecutions = work.works.flatMap(({ openStartedAt, openOperator, ...process }) =>
    openStartedAt === null || openOperator === null
      ? []
      : [{ process, operatorUsername: openOperator, startedAt: openStartedAt }],
  );
  return { ...work, ...circumstances, openExecutions, finishedAttempts: workOfStep(work)?.finishedAttempts ?? 0 };
}

/** What was done on the unit in the step of the work; undefined when nothing was. */
export function workOfStep({ works, step }: WorkFacts): StepHistory | undefined {
  return works.find((work) => work.id === step.id);
}

/** The other steps that are open on the unit. */
export function otherOpenSteps({ works, step }: WorkFacts): readonly StepName[] {
  return works.filter((work) => work.openId !== null && work.id !== step.id);
}

interface NamedRow extends StepRow {
  readonly route: Route;
  readonly unit: UnitIds | null;
  readonly equipmentId: string | null;
  readonly operatorId: string | null;
}

/** How the records stand that work is judged by. */
export interface CurrentState {
  readonly unit: WorkUnit;
  readonly equipment: WorkFacts['equipment'] | null;
  readonly operator: Operator | null;
}

/** One SELECT locks its tables in the order of its FOR clauses: operator, equipment, lot, item, serial. */
async function currentStateOf(
  db: Reader,
  { unit, equipmentId, operatorId }: NamedWork,
  hold: Hold,
): Promise<CurrentState | undefined> {
  const [operator, equipment] = [operatorId === null ? NONE : OPERATOR, equipmentId === null ? NONE : EQUIPMENT];
  const { columns, tables, locks } = CURRENT_STATE[unit.kind];
  const [standing] = await db.prepared<CurrentState>(sql`
    SELECT ${columns} AS unit, ${equipment.columns} AS equipment, ${operator.columns} AS operator
    FROM lots l ${tables(unit)} ${equipment.table(equipmentId)} ${operator.table(operatorId)} WHERE l.id = ${unit.lotId}::uuid
    ${hold === 'LOCKED' ? sql`${operator.lock} ${equipment.lock} ${locks()}` : empty}`);
  return standing;
}

/** What was done on each of the units. A plan for any number of units is not that for one. */
export async function stepHistoryOf(db: Reader, unitIds: readonly string[]): Promise<readonly StepHistory[]> {
  const [unitId, ...more] = unitIds;
  return db.prepared(
    stepHistorySql(more.length === 0 ? sql`= ${unitId}::uuid` : sql`= ANY(${arrayParameter('uuid', unitIds)})`),
  );
}

/** A query for one row of each step that was ever begun on each of the units, in number order. */
export function stepHistorySql(units: Sql): Sql {
  return sql`
    SELECT d.unit_id AS "unitId", step.id, step.number, step.code, bool_or(d.result IS NOT DISTINCT FROM 'PASS') AS "isPassed",
           count(d.completed_at)::int AS "finishedAttempts", max(d.attempt) AS "lastAttempt",
           max(d.id::text) FILTER (WHERE d.completed_at IS NULL) AS "openId",
           max(d.started_at) FILTER (WHERE d.completed_at IS NULL) AS "openStartedAt",
           max(operator.username) FILTER (WHERE d.completed_at IS NULL) AS "openOperator"
    FROM process_data d JOIN processes step ON step.id = d.process_id JOIN users operator ON operator.id = d.operator_id
    WHERE d.unit_id ${units}
    GROUP BY d.unit_id, step.id ORDER BY step.number`;
}

/** The id under which the executions of a unit are kept. */
export function idOfUnitIds({ serialId, wipItemId, lotId }: UnitIds): string {
  return serialId ?? wipItemId ?? lotId;
}

function idOf<Model extends 'Equipment' | 'User'>(table: Table<Model>, reference: Reference | undefined): Sql {
  return reference === undefined
    ? sql`NULL`
    : sql`(SELECT t.id FROM ${table.name} t WHERE ${matchesReference(table, reference)})`;
}

function missing(reference: Reference, path: string, what: string): Rejection {
  return rejection('NOT_FOUND', path, `${referenceLabel(reference, what)} does not exist.`);
}

const ROUTE = sql`
  (SELECT coalesce(json_agg(json_build_object('id', id, 'number', number, 'code', code, 'type', type, 'level', level, 'isActive', is_active) ORDER BY number), '[]')
   FROM processes WHERE is_active)`;

const LOT = sql`json_build_object('id', l.id, 'number', l.number, 'status', l.status, 'disposition', l.disposition,
  'targetQuantity', l.target_quantity, 'productModelId', l.product_model_id)`;
const ITEM = sql`json_build_object('id', w.id, 'number', w.number, 'status', w.status, 'sequence', w.sequence, 'externalNumber', w.external_number,
  'currentProcessId', w.current_process_id, 'completedAt', ${instant(sql`w.completed_at`)}, 'convertedAt', ${instant(sql`w.converted_at`)})`;
const SERIAL = sql`json_build_object('id', s.id, 'number', s.number, 'status', s.status, 'wipItemId', s.wip_item_id)`;

interface UnitStateSql {
  readonly columns: Sql;
  /** Beside the lot `l`, by ids or by the columns that hold them. */
  readonly tables: (unit: Readonly<Record<'wipItemId' | 'serialId', string | Sql | null>>) => Sql;
  /** Waits for what others hold, unless told to leave it out. */
  readonly locks: (whatOthersHold?: Sql) => Sql;
}

export const CURRENT_STATE: Readonly<Record<UnitKind, UnitStateSql>> = {
  LOT: {
    columns: sql`json_build_object('kind', 'LOT', 'lot', ${LOT})`,
    tables: () => empty,
    locks: (held = empty) => sql`FOR NO KEY UPDATE OF l ${held}`,
  },
  WIP_ITEM: {
    columns: sql`json_build_object('kind', 'WIP_ITEM', 'lot', ${LOT}, 'wipItem', ${ITEM})`,
    tables: ({ wipItemId }) => sql`JOIN wip_items w ON w.id = ${wipItemId}::uuid`,
    locks: (held = empty) => sql`FOR SHARE OF l ${held} FOR NO KEY UPDATE OF w ${held}`,
  },
  SERIAL: {
    columns: sql`json_build_object('kind', 'SERIAL', 'lot', ${LOT}, 'serial', ${SERIAL})`,
    tables: ({ wipItemId, serialId }) =>
      sql`JOIN wip_items w ON w.id = ${wipItemId}::uuid JOIN serials s ON s.id = ${serialId}::uuid`,
    locks: (held = empty) => sql`FOR NO KEY UPDATE OF l ${held} FOR SHARE OF w ${held} FOR NO KEY UPDATE OF s ${held}`,
  },
};

/** An instant inside JSON, as the text that it is everywhere. */
function instant(column: Sql): Sql {
  return sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

const NONE = { columns: sql`NULL`, table: () => empty, lock: empty };
export const EQUIPMENT = {
  columns: sql`json_build_object('id', e.id, 'code', e.code, 'status', e.status, 'isActive', e.is_active, 'nextMaintenanceOn', e.next_maintenance_on)`,
  table: (id: string | null) => sql`JOIN equipment e ON e.id = ${id}::uuid`,
  lock: sql`FOR SHARE OF e`,
};

export const OPERATOR = {
  columns: sql`json_build_object('id', o.id, 'username', o.username, 'isActive', o.is_active)`,
  table: (id: string | null) => sql`JOIN users o ON o.id = ${id}::uuid`,
  lock: sql`FOR SHARE OF o`,
};

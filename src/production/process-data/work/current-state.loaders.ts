/**
 * The current state of the records that work is judged by: lot, item or serial, equipment, operator and session. A command reads
 * and locks them by one statement.
 */
import { empty, join, sql, arrayParameter, type Sql } from '../../../platform/postgres/sql.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import type { Row } from '../../../platform/postgres/table.ts';
import type { UnitKind } from '../../lot/unit-number.rules.ts';
import { kindsOf, type RequestedUnit, type UnitIds, unitLookups, unitsSql } from '../../unit/unit.loaders.ts';
import type { UnitItem, UnitLot, UnitSerial } from '../../unit/unit.rules.ts';
import type { Operator } from '../execution/operator.rules.ts';
import { SESSION_OF_WORK } from '../../process-session/process-session.loaders.ts';
import type { SessionOfWork } from '../../process-session/process-session.rules.ts';
import type { UsedEquipment } from './start.rules.ts';

/** The columns of a lot that rules and commands of the floor read. */
export type WorkLot = UnitLot & Pick<Row<'Lot'>, 'targetQuantity' | 'productModelId' | 'routeId'>;

/** The columns of an item that rules and commands of the floor read. */
export type WorkItem = UnitItem &
  Pick<
    Row<'WipItem'>,
    'sequence' | 'externalNumber' | 'currentProcessId' | 'completedAt' | 'convertedAt' | 'previousCompletedAt'
  >;

/** The unit of a work, with its lot. */
export type WorkUnit =
  | { readonly kind: 'LOT'; readonly lot: WorkLot }
  | { readonly kind: 'WIP_ITEM'; readonly lot: WorkLot; readonly wipItem: WorkItem }
  | { readonly kind: 'SERIAL'; readonly lot: WorkLot; readonly serial: UnitSerial };

/** The current state of a work's records; null where the input names no equipment, operator or session. */
export interface CurrentState {
  readonly unit: WorkUnit;
  readonly equipment: (UsedEquipment & { readonly id: string }) | null;
  readonly operator: Operator | null;
  readonly session: SessionOfWork | null;
}

/** The ids of the records of a work. */
export interface WorkIds {
  readonly unit: UnitIds;
  readonly equipmentId: string | null;
  readonly operatorId: string | null;
  readonly session: { readonly id: string } | null;
}

/** Whether the statement that reads the records locks them too, waiting for other transactions. */
export type StateLocking = 'LOCK' | 'NONE';

/**
 * The current state of one work; undefined when its unit no longer exists. One SELECT locks its tables in the order of
 * its FOR clauses: operator, equipment, lot, item, serial, session.
 */
export async function currentStateOf(
  db: Reader,
  { unit, equipmentId, operatorId, session: namedSession }: WorkIds,
  locking: StateLocking,
): Promise<CurrentState | undefined> {
  const [operator, equipment] = [operatorId === null ? NONE : OPERATOR, equipmentId === null ? NONE : EQUIPMENT];
  const session = namedSession === null ? NONE : SESSION;
  const { columns, tables, locks } = UNIT_STATE[unit.kind];
  const [state] = await db.prepared<CurrentState>(sql`
    SELECT ${columns} AS unit, ${equipment.columns} AS equipment, ${operator.columns} AS operator, ${session.columns} AS session
    FROM lots l ${tables(unit)} ${equipment.table(equipmentId)} ${operator.table(operatorId)} ${session.table(namedSession?.id ?? null)} WHERE l.id = ${unit.lotId}::uuid
    ${locking === 'LOCK' ? sql`${operator.lock} ${equipment.lock} ${locks()} ${session.lock}` : empty}`);
  return state;
}

/** The current state of many works whose records are locked already, by their index; without those that are gone. */
export async function currentStatesOf(
  db: Reader,
  works: readonly WorkIds[],
): Promise<ReadonlyMap<number, CurrentState>> {
  const lots = works.map(({ unit }) => unit.lotId);
  const items = works.map(({ unit }) => unit.wipItemId);
  const serials = works.map(({ unit }) => unit.serialId);
  const equipment = works.map(({ equipmentId }) => equipmentId);
  const operators = works.map(({ operatorId }) => operatorId);
  const sessions = works.map(({ session }) => session?.id ?? null);
  const rows = await db.prepared<CurrentState & { readonly place: number }>(sql`
    SELECT asked.place::int AS place,
           CASE WHEN s.id IS NOT NULL THEN ${UNIT_STATE.SERIAL.columns} WHEN w.id IS NOT NULL THEN ${UNIT_STATE.WIP_ITEM.columns} ELSE ${UNIT_STATE.LOT.columns} END AS unit,
           CASE WHEN e.id IS NOT NULL THEN ${EQUIPMENT.columns} END AS equipment, CASE WHEN o.id IS NOT NULL THEN ${OPERATOR.columns} END AS operator,
           CASE WHEN ps.id IS NOT NULL THEN ${SESSION.columns} END AS session
    FROM unnest(${arrayParameter('uuid', lots)}, ${arrayParameter('uuid', items)}, ${arrayParameter('uuid', serials)}, ${arrayParameter('uuid', equipment)}, ${arrayParameter('uuid', operators)}, ${arrayParameter('uuid', sessions)})
      WITH ORDINALITY AS asked(lot_id, wip_item_id, serial_id, equipment_id, operator_id, session_id, place)
    JOIN lots l ON l.id = asked.lot_id
    LEFT JOIN wip_items w ON w.id = asked.wip_item_id
    LEFT JOIN serials s ON s.id = asked.serial_id
    LEFT JOIN equipment e ON e.id = asked.equipment_id
    LEFT JOIN users o ON o.id = asked.operator_id
    LEFT JOIN process_sessions ps ON ps.id = asked.session_id
    WHERE (w.id, s.id, e.id, o.id, ps.id) IS NOT DISTINCT FROM (asked.wip_item_id, asked.serial_id, asked.equipment_id, asked.operator_id, asked.session_id)`);
  // WITH ORDINALITY counts from 1.
  return new Map(rows.map(({ place, ...state }) => [place - 1, state]));
}

/** A unit that was named, locked and read, with the session of its work; null where the input names none, or one that is not free. */
export interface UnlockedUnit {
  readonly unit: WorkUnit;
  readonly session: SessionOfWork | null;
}

/**
 * Names, locks and reads items and serials with their lots, and the sessions of their works, by one statement; what
 * other transactions hold is left out (`SKIP LOCKED`). By the index of the request. The ids stay in the setting `lotgraph.units` of the transaction, for
 * `historyOfUnlockedUnits`, which runs behind this statement without waiting for its answer. A text that has the form
 * of an own number is not looked up as an external one.
 */
export async function lockUnlockedUnits(
  tx: Reader,
  requested: readonly (RequestedUnit & { readonly processSession?: string | undefined })[],
): Promise<ReadonlyMap<number, UnlockedUnit>> {
  const lookups = unitLookups(requested);
  const kinds = kindsOf(lookups);
  const parts = LOCKABLE_KINDS.filter((kind) => kinds.has(kind)).map(unlockedUnitsSql);
  if (parts.length === 0) return new Map();
  const sessions = requested.map(({ processSession }) => processSession ?? null);
  const session = sessions.every((id) => id === null)
    ? { table: empty, columns: sql`NULL` }
    : freeSessionsSql(sessions);
  const rows = await tx.prepared<UnlockedUnit & { readonly place: number }>(sql`
    WITH named AS MATERIALIZED (${unitsSql(lookups)}), free AS MATERIALIZED (${join(parts, ' UNION ALL ')}) ${session.table}
    SELECT place, unit, ${session.columns} AS session FROM free WHERE (SELECT set_config('lotgraph.units', coalesce(string_agg(id::text, ','), ''), true) FROM free) IS NOT NULL`);
  return new Map(rows.map(({ place, ...found }) => [place - 1, found]));
}

/** The sessions that no other transaction is changing, and the one of the request at `free.place`. */
function freeSessionsSql(sessions: readonly (string | null)[]): { readonly table: Sql; readonly columns: Sql } {
  const ids = arrayParameter('uuid', sessions);
  return {
    table: sql`, sessions AS MATERIALIZED (
      SELECT ps.id, ${SESSION.columns} AS session FROM process_sessions ps WHERE ps.id = ANY(${ids}) ORDER BY ps.id ${SESSION.lock} ${SKIP_LOCKED})`,
    columns: sql`(SELECT sessions.session FROM sessions WHERE sessions.id = (${ids})[free.place])`,
  };
}

/** Completes the condition of `stepHistorySql`: the units that `lockUnlockedUnits` has locked in this transaction. */
export const LOCKED_UNITS = sql`= ANY((SELECT string_to_array(current_setting('lotgraph.units', true), ',')::uuid[])::uuid[])`;

/** Leaves out the rows that other transactions hold. */
export const SKIP_LOCKED = sql`SKIP LOCKED`;

/** Records of lots are never grouped: everything of a lot depends on them. */
const LOCKABLE_KINDS = ['WIP_ITEM', 'SERIAL'] as const;

function unlockedUnitsSql(kind: (typeof LOCKABLE_KINDS)[number]): Sql {
  const { columns, tables, locks } = UNIT_STATE[kind];
  return sql`
    SELECT * FROM (SELECT named.place, coalesce(named.serial_id, named.wip_item_id) AS id, ${columns} AS unit
      FROM named JOIN lots l ON l.id = named.lot_id ${tables(NAMED)} WHERE named.kind = ${kind} ${locks(SKIP_LOCKED)}) AS held`;
}

const NAMED = { wipItemId: sql`named.wip_item_id`, serialId: sql`named.serial_id` };

const LOT = sql`json_build_object('id', l.id, 'number', l.number, 'status', l.status, 'disposition', l.disposition,
  'targetQuantity', l.target_quantity, 'productModelId', l.product_model_id, 'productionLineId', l.production_line_id, 'routeId', l.route_id)`;
const ITEM = sql`json_build_object('id', w.id, 'number', w.number, 'status', w.status, 'sequence', w.sequence, 'externalNumber', w.external_number,
  'currentProcessId', w.current_process_id, 'completedAt', ${instantText(sql`w.completed_at`)}, 'convertedAt', ${instantText(sql`w.converted_at`)},
  'previousCompletedAt', ${instantText(sql`w.previous_completed_at`)})`;
const SERIAL = sql`json_build_object('id', s.id, 'number', s.number, 'status', s.status, 'wipItemId', s.wip_item_id)`;

interface UnitStateSql {
  readonly columns: Sql;
  /** Joins to the lot `l`, by ids or by the columns that hold them. */
  readonly tables: (unit: Readonly<Record<'wipItemId' | 'serialId', string | Sql | null>>) => Sql;
  /** The locking clauses. They wait for other transactions unless `option` says otherwise. */
  readonly locks: (option?: Sql) => Sql;
}

const UNIT_STATE: Readonly<Record<UnitKind, UnitStateSql>> = {
  LOT: {
    columns: sql`json_build_object('kind', 'LOT', 'lot', ${LOT})`,
    tables: () => empty,
    locks: (option = empty) => sql`FOR NO KEY UPDATE OF l ${option}`,
  },
  WIP_ITEM: {
    columns: sql`json_build_object('kind', 'WIP_ITEM', 'lot', ${LOT}, 'wipItem', ${ITEM})`,
    tables: ({ wipItemId }) => sql`JOIN wip_items w ON w.id = ${wipItemId}::uuid`,
    locks: (option = empty) => sql`FOR SHARE OF l ${option} FOR NO KEY UPDATE OF w ${option}`,
  },
  SERIAL: {
    columns: sql`json_build_object('kind', 'SERIAL', 'lot', ${LOT}, 'serial', ${SERIAL})`,
    tables: ({ wipItemId, serialId }) =>
      sql`JOIN wip_items w ON w.id = ${wipItemId}::uuid JOIN serials s ON s.id = ${serialId}::uuid`,
    locks: (option = empty) =>
      sql`FOR NO KEY UPDATE OF l ${option} FOR SHARE OF w ${option} FOR NO KEY UPDATE OF s ${option}`,
  },
};

const NONE = { columns: sql`NULL`, table: () => empty, lock: empty };

const EQUIPMENT = {
  columns: sql`json_build_object('id', e.id, 'code', e.code, 'type', e.type, 'status', e.status, 'isActive', e.is_active, 'nextMaintenanceOn', e.next_maintenance_on,
    'processId', e.process_id, 'productionLineId', e.production_line_id)`,
  table: (id: string | null) => sql`JOIN equipment e ON e.id = ${id}::uuid`,
  lock: sql`FOR SHARE OF e`,
};

const OPERATOR = {
  columns: sql`json_build_object('id', o.id, 'username', o.username, 'isActive', o.is_active)`,
  table: (id: string | null) => sql`JOIN users o ON o.id = ${id}::uuid`,
  lock: sql`FOR SHARE OF o`,
};

const SESSION = {
  columns: SESSION_OF_WORK,
  table: (id: string | null) => sql`JOIN process_sessions ps ON ps.id = ${id}::uuid`,
  lock: sql`FOR SHARE OF ps`,
};

/** An instant inside JSON, in the text form that instants have everywhere. */
function instantText(column: Sql): Sql {
  return sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

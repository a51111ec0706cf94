/** Names the records of work: the unit, the process, the equipment, the operator and the session that an input refers to. */
import { equipmentTable } from '../../../catalog/equipment/equipment.loaders.ts';
import {
  FACTORY_ROUTE,
  factoryRouteIn,
  processes,
  STEP,
  stepOf,
  type StepRow,
  stepsOf,
} from '../../../catalog/process/process.loaders.ts';
import { factoryRouteOf, type NamedRoute, type Route, type Step } from '../../../catalog/process/route.rules.ts';
import { users } from '../../../identity/user/user.loaders.ts';
import { matchesReference, referenceLabel, rowsByReference } from '../../../platform/command/row-lock.ts';
import type { Reference } from '../../../platform/input/schemas.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../../platform/postgres/sql.ts';
import type { Row, Table } from '../../../platform/postgres/table.ts';
import type { Viewer } from '../../../platform/rules/access.ts';
import { rejection, type Rejection } from '../../../platform/rules/rejection.ts';
import { present } from '../../../platform/values/assert.ts';
import { isOwnSession } from '../../process-session/process-session.rules.ts';
import { unitSql, type UnitIds, unitsOf } from '../../unit/unit.loaders.ts';
import { noSuchUnit } from '../../unit/unit-reference.rules.ts';
import { LEVEL_OF_UNIT } from '../../unit/unit.rules.ts';

/** Work as an input names it. Without equipment, operator or session the input names none. */
export interface RequestedWork {
  readonly unit: Reference;
  readonly process: Reference;
  readonly equipment?: Reference | undefined;
  readonly operator?: Reference | undefined;
  /** The id of the process session. */
  readonly processSession?: string | undefined;
}

/** The session of a work, as naming finds it; its station never changes. */
export interface NamedSession {
  readonly id: string;
  readonly stationId: string;
}

/** Work by its records; null where the input names no equipment, operator or session. */
export interface NamedWork {
  readonly unit: UnitIds;
  /** The process as a step of the factory route. */
  readonly process: Step;
  /** Null when the lot has a route of its own. */
  readonly factoryRoute: NamedRoute | null;
  readonly equipmentId: string | null;
  readonly operatorId: string | null;
  readonly session: NamedSession | null;
  /** EQP-5: whether active equipment has the step as its own; false where the input names no equipment. */
  readonly isStepEquipped: boolean;
}

/** The records of a work, or why they cannot be named. */
export type Naming = { readonly value: NamedWork } | { readonly rejections: readonly [Rejection, ...Rejection[]] };

/** The records of one work, found by one statement. `viewer` is who names them: a station names its own sessions only. */
export async function nameWork(db: Reader, requested: RequestedWork, viewer: Viewer | null): Promise<Naming> {
  const [found] = await db.prepared<NamedRow>(sql`
    SELECT ${STEP}, ${FACTORY_ROUTE_OF_LOT} AS route, row_to_json(unit) AS unit,
           ${requested.equipment === undefined ? sql`FALSE` : IS_EQUIPPED} AS "isStepEquipped",
           ${idOf(equipmentTable, requested.equipment)} AS "equipmentId", ${idOf(users, requested.operator)} AS "operatorId", ${sessionOf(requested)} AS session
    FROM processes t LEFT JOIN LATERAL (${unitSql(requested.unit, sql`t.level`)}) AS unit ON TRUE
      LEFT JOIN lots lot ON lot.id = unit."lotId"
    WHERE ${matchesReference(processes, requested.process)}`);
  return namingOf(
    requested,
    viewer,
    found && { ...found, process: stepOf(found), factoryRoute: factoryRouteFrom(found.route) },
  );
}

/** The records of an existing execution, and the session that a completion names; undefined when there is no such execution. */
export async function workOfExecution(
  db: Reader,
  id: string,
  requested: Pick<RequestedWork, 'processSession'>,
): Promise<NamedWork | undefined> {
  const [found] = await db.prepared<Omit<NamedRow, 'unit'> & { readonly unit: UnitIds }>(sql`
    SELECT ${STEP}, ${FACTORY_ROUTE_OF_LOT} AS route, NULL AS "equipmentId", NULL AS "operatorId", FALSE AS "isStepEquipped", ${sessionOf(requested)} AS session,
           json_build_object('kind', CASE d.level WHEN 'WIP' THEN 'WIP_ITEM' ELSE d.level::text END, 'lotId', d.lot_id, 'wipItemId', d.wip_item_id, 'serialId', d.serial_id) AS unit
    FROM process_data d JOIN processes t ON t.id = d.process_id JOIN lots lot ON lot.id = d.lot_id WHERE d.id = ${id}::uuid`);
  return found && { ...found, process: stepOf(found), factoryRoute: factoryRouteFrom(found.route) };
}

/** The records of many works, in the order of the requests, by one statement for each kind of record. */
export async function nameWorks(
  db: Reader,
  requested: readonly RequestedWork[],
  viewer: Viewer,
): Promise<readonly Naming[]> {
  const [settings, units, sessions] = await Promise.all([
    workSettingsOf(db, requested),
    unitsOf(db, requested),
    sessionsOf(db, requested),
  ]);
  return requested.map((request, index) => {
    const { process, equipment, operator, ...setting } = present(settings[index], 'The setting of a request');
    const ids = { equipmentId: equipment?.id ?? null, operatorId: operator?.id ?? null };
    const session = sessions.get(request.processSession ?? '') ?? null;
    return namingOf(request, viewer, process && { ...setting, process, unit: units[index] ?? null, ...ids, session });
  });
}

/**
 * SES-5: why a work cannot name its session: there is none, or it is not of the station whose key is used. Nothing where
 * the input names none.
 */
export function sessionRejections(
  { processSession }: Pick<RequestedWork, 'processSession'>,
  session: NamedSession | null,
  viewer: Viewer | null,
): readonly Rejection[] {
  if (processSession === undefined) return [];
  const forbidden = isOwnSession(viewer, session, { rule: 'SES-5', path: 'processSession' });
  if (forbidden !== undefined) return [forbidden];
  const reference = { key: 'id', value: processSession } as const;
  return session === null ? [missing(reference, 'processSession', 'Process session')] : [];
}

/**
 * Whether the naming of a work may change once an item is converted: its unit does not exist yet, or its external
 * number means an item now and will mean the serial.
 */
export function isSettled(naming: Naming): boolean {
  if ('rejections' in naming) return !naming.rejections.some(({ path }) => path[0] === 'unit');
  return LEVEL_OF_UNIT[naming.value.unit.kind] === naming.value.process.level;
}

/**
 * All records that an input names, except the unit: undefined where the record does not exist, null where the input
 * names none.
 */
export interface WorkSetting extends Pick<NamedWork, 'factoryRoute' | 'isStepEquipped'> {
  readonly process: Step | undefined;
  readonly equipment: Row<'Equipment'> | null | undefined;
  readonly operator: Row<'User'> | null | undefined;
}

/**
 * The settings of many works, in the order of the requests. `locks` is the locking clause for operators and equipment;
 * without it they are only read.
 */
export async function workSettingsOf(
  db: Reader,
  requested: readonly RequestedWork[],
  locks?: Sql,
): Promise<readonly WorkSetting[]> {
  const operators = requested.flatMap(({ operator }) => operator ?? []);
  const machines = requested.flatMap(({ equipment }) => equipment ?? []);
  const [steps, operatorOf, equipmentOf] = await Promise.all([
    stepsOf(db),
    rowsByReference(db, users, operators, locks),
    rowsByReference(db, equipmentTable, machines, locks),
  ]);
  const factory = factoryRouteIn(steps);
  const settings = requested.map((work) => ({
    process: steps.find((each) => Reflect.get(each, work.process.key) === work.process.value),
    factoryRoute: factory,
    equipment: work.equipment === undefined ? null : equipmentOf(work.equipment),
    operator: work.operator === undefined ? null : operatorOf(work.operator),
  }));
  const equipped = await equippedAmong(db, settings.flatMap(stepOfForeignEquipment));
  return settings.map((setting) => ({ ...setting, isStepEquipped: equipped.has(setting.process?.id ?? '') }));
}

/** EQP-5: the step, where the equipment belongs to another one: only then it matters whether the step is equipped. */
function stepOfForeignEquipment({ process, equipment }: Pick<WorkSetting, 'process' | 'equipment'>): readonly string[] {
  const belongsTo = equipment?.processId ?? null;
  return process === undefined || belongsTo === null || belongsTo === process.id ? [] : [process.id];
}

/** The steps, among these, that have active equipment of their own; no statement where there are none. */
async function equippedAmong(db: Reader, stepIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (stepIds.length === 0) return new Set();
  const rows = await db.prepared<{ id: string }>(
    sql`SELECT t.id FROM processes t WHERE t.id = ANY(${arrayParameter('uuid', [...new Set(stepIds)])}) AND ${IS_EQUIPPED}`,
  );
  return new Set(rows.map(({ id }) => id));
}

interface NamedRow extends StepRow, Pick<NamedWork, 'isStepEquipped'> {
  /** Null when the lot has a route of its own. */
  readonly route: Route | null;
  readonly unit: UnitIds | null;
  readonly equipmentId: string | null;
  readonly operatorId: string | null;
  readonly session: NamedSession | null;
}

/** Null stands for what does not exist, and for what the input does not name; no records at all: no such step. */
function namingOf(
  requested: RequestedWork,
  viewer: Viewer | null,
  found: (Omit<NamedWork, 'unit'> & { readonly unit: UnitIds | null }) | undefined,
): Naming {
  if (found === undefined) return { rejections: [missing(requested.process, 'process', 'Step')] };
  const { unit, equipmentId, operatorId } = found;
  const [first, ...more] = [
    ...(unit === null ? [noSuchUnit(requested.unit)] : []),
    ...(requested.equipment !== undefined && equipmentId === null
      ? [missing(requested.equipment, 'equipment', 'Equipment')]
      : []),
    ...(requested.operator !== undefined && operatorId === null
      ? [missing(requested.operator, 'operator', 'User')]
      : []),
    ...sessionRejections(requested, found.session, viewer),
  ];
  if (unit === null || first !== undefined) return { rejections: [first ?? noSuchUnit(requested.unit), ...more] };
  return { value: { ...found, unit } };
}

function idOf<Model extends 'Equipment' | 'User'>(table: Table<Model>, reference: Reference | undefined): Sql {
  return reference === undefined
    ? sql`NULL`
    : sql`(SELECT t.id FROM ${table.name} t WHERE ${matchesReference(table, reference)})`;
}

function sessionOf({ processSession }: Pick<RequestedWork, 'processSession'>): Sql {
  return processSession === undefined
    ? sql`NULL`
    : sql`(SELECT ${NAMED_SESSION} FROM process_sessions ps WHERE ps.id = ${processSession}::uuid)`;
}

/** The sessions that works name, by their ids; no statement where none is named. */
async function sessionsOf(db: Reader, requested: readonly RequestedWork[]): Promise<ReadonlyMap<string, NamedSession>> {
  const ids = [...new Set(requested.flatMap(({ processSession }) => processSession ?? []))];
  if (ids.length === 0) return new Map();
  const rows = await db.prepared<{ readonly session: NamedSession }>(
    sql`SELECT ${NAMED_SESSION} AS session FROM process_sessions ps WHERE ps.id = ANY(${arrayParameter('uuid', ids)})`,
  );
  return new Map(rows.map(({ session }) => [session.id, session]));
}

const NAMED_SESSION = sql`json_build_object('id', ps.id, 'stationId', ps.station_id)`;

function missing(reference: Reference, path: string, what: string): Rejection {
  return rejection('NOT_FOUND', path, `${referenceLabel(reference, what)} does not exist.`);
}

/** RTE-4: the factory route, where the lot, of the alias `lot`, has no route of its own; otherwise null. */
const FACTORY_ROUTE_OF_LOT = sql`CASE WHEN lot.route_id IS NULL THEN ${FACTORY_ROUTE} END`;

/** EQP-5: whether active equipment has the step, of the alias `t`, as its own. */
const IS_EQUIPPED = sql`EXISTS (SELECT FROM equipment own WHERE own.process_id = t.id AND own.is_active)`;

function factoryRouteFrom(steps: Route | null): NamedRoute | null {
  return steps === null ? null : factoryRouteOf(steps);
}

/**
 * Work on a unit: a step, the unit it is run on, and everything that the rules judge it by.
 *
 * 1. An input names the work (`RequestedWork`); `nameWork`, `nameWorks` and `workOfExecution` find the records
 *    (`NamedWork`). Ids never change, and the lock of the route keeps the step and the route.
 * 2. `current-state.loaders.ts` reads the current state of the records, and locks them in the same statement.
 * 3. `step-history.loaders.ts` reads what was done on the unit so far, which the lock of the unit keeps as it is.
 * 4. `workFactsFrom` puts the three together (`WorkFacts`).
 */
import { equipmentTable } from '../../../catalog/equipment/equipment.loaders.ts';
import { processes, STEP, stepOf, type StepRow, stepsOf } from '../../../catalog/process/process.loaders.ts';
import type { Route, Step } from '../../../catalog/process/route.rules.ts';
import { users } from '../../../identity/user/user.loaders.ts';
import { matchesReference, referenceLabel, rowsByReference } from '../../../platform/command/row-lock.ts';
import type { Reference } from '../../../platform/input/schemas.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../../platform/postgres/sql.ts';
import type { Row, Table } from '../../../platform/postgres/table.ts';
import { rejection, type Rejection } from '../../../platform/rules/rejection.ts';
import { present } from '../../../platform/values/assert.ts';
import { unitSql, type UnitIds, unitsOf } from '../../unit/unit.loaders.ts';
import { noSuchUnit } from '../../unit/unit-reference.rules.ts';
import { LEVEL_OF_UNIT } from '../../unit/unit.rules.ts';
import type { Operator } from '../execution/operator.rules.ts';
import type { CurrentState, WorkUnit } from './current-state.loaders.ts';
import type { UsedEquipment, StartFacts } from './start.rules.ts';
import type { StepHistory } from './step-history.loaders.ts';

/** Work as an input names it. Without equipment or operator the input names none. */
export interface RequestedWork {
  readonly unit: Reference;
  readonly process: Reference;
  readonly equipment?: Reference | undefined;
  readonly operator?: Reference | undefined;
}

/** Work by its records; null where the input names no equipment or operator. */
export interface NamedWork {
  readonly unit: UnitIds;
  readonly step: Step;
  readonly route: Route;
  readonly equipmentId: string | null;
  readonly operatorId: string | null;
  /** EQP-5: whether active equipment has the step as its own; false where the input names no equipment. */
  readonly isStepEquipped: boolean;
}

/** Everything that work is judged by. */
export interface WorkFacts {
  readonly unit: WorkUnit;
  readonly step: Step;
  readonly route: Route;
  /** One entry for each step that was ever started on the unit, in number order. */
  readonly history: readonly StepHistory[];
  readonly passedStepIds: ReadonlySet<string>;
  readonly equipment: (UsedEquipment & { readonly id: string }) | undefined;
  readonly isStepEquipped: boolean;
  readonly operator: Operator | undefined;
}

/** The records of a work, or why they cannot be named. */
export type Naming = { readonly value: NamedWork } | { readonly rejections: readonly [Rejection, ...Rejection[]] };

/** The records of one work, found by one statement. */
export async function nameWork(db: Reader, requested: RequestedWork): Promise<Naming> {
  const [found] = await db.prepared<NamedRow>(sql`
    SELECT ${STEP}, ${ROUTE} AS route, (SELECT row_to_json(unit) FROM (${unitSql(requested.unit, sql`t.level`)}) AS unit) AS unit,
           ${requested.equipment === undefined ? sql`FALSE` : IS_EQUIPPED} AS "isStepEquipped", ${idOf(equipmentTable, requested.equipment)} AS "equipmentId", ${idOf(users, requested.operator)} AS "operatorId"
    FROM processes t WHERE ${matchesReference(processes, requested.process)}`);
  return namingOf(requested, found && { ...found, step: stepOf(found) });
}

/** The records of an existing execution; undefined when there is no such execution. */
export async function workOfExecution(db: Reader, id: string): Promise<NamedWork | undefined> {
  const [found] = await db.prepared<Omit<NamedRow, 'unit'> & { readonly unit: UnitIds }>(sql`
    SELECT ${STEP}, ${ROUTE} AS route, NULL AS "equipmentId", NULL AS "operatorId", FALSE AS "isStepEquipped",
           json_build_object('kind', CASE d.level WHEN 'WIP' THEN 'WIP_ITEM' ELSE d.level::text END, 'lotId', d.lot_id, 'wipItemId', d.wip_item_id, 'serialId', d.serial_id) AS unit
    FROM process_data d JOIN processes t ON t.id = d.process_id WHERE d.id = ${id}::uuid`);
  return found === undefined ? undefined : { ...found, step: stepOf(found) };
}

/** The records of many works, in the order of the requests, by one statement for each kind of record. */
export async function nameWorks(db: Reader, requested: readonly RequestedWork[]): Promise<readonly Naming[]> {
  const [settings, units] = await Promise.all([workSettingsOf(db, requested), unitsOf(db, requested)]);
  return requested.map((request, index) => {
    const { step, equipment, operator, ...setting } = present(settings[index], 'The setting of a request');
    const ids = { equipmentId: equipment?.id ?? null, operatorId: operator?.id ?? null };
    return namingOf(request, step && { ...setting, step, unit: units[index] ?? null, ...ids });
  });
}

/**
 * Whether the naming of a work may change once an item is converted: its unit does not exist yet, or its external
 * number means an item now and will mean the serial.
 */
export function isSettled(naming: Naming): boolean {
  if ('rejections' in naming) return !naming.rejections.some(({ path }) => path[0] === 'unit');
  return LEVEL_OF_UNIT[naming.value.unit.kind] === naming.value.step.level;
}

/**
 * All records that an input names, except the unit: undefined where the record does not exist, null where the input
 * names none.
 */
export interface WorkSetting extends Pick<NamedWork, 'route' | 'isStepEquipped'> {
  readonly step: Step | undefined;
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
  const route = steps.filter((step) => step.isActive);
  const settings = requested.map((work) => ({
    step: steps.find((each) => Reflect.get(each, work.process.key) === work.process.value),
    route,
    equipment: work.equipment === undefined ? null : equipmentOf(work.equipment),
    operator: work.operator === undefined ? null : operatorOf(work.operator),
  }));
  const equipped = await equippedAmong(db, settings.flatMap(stepOfForeignEquipment));
  return settings.map((setting) => ({ ...setting, isStepEquipped: equipped.has(setting.step?.id ?? '') }));
}

/** EQP-5: the step, where the equipment belongs to another one: only then it matters whether the step is equipped. */
function stepOfForeignEquipment({ step, equipment }: Pick<WorkSetting, 'step' | 'equipment'>): readonly string[] {
  const belongsTo = equipment?.processId ?? null;
  return step === undefined || belongsTo === null || belongsTo === step.id ? [] : [step.id];
}

/** The steps, among these, that have active equipment of their own; no statement where there are none. */
async function equippedAmong(db: Reader, stepIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (stepIds.length === 0) return new Set();
  const rows = await db.prepared<{ id: string }>(
    sql`SELECT t.id FROM processes t WHERE t.id = ANY(${arrayParameter('uuid', [...new Set(stepIds)])}) AND ${IS_EQUIPPED}`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** The facts of work whose records, current state and history are known. */
export function workFactsFrom(
  { step, route, isStepEquipped }: Pick<NamedWork, 'step' | 'route' | 'isStepEquipped'>,
  { unit, equipment, operator }: CurrentState,
  history: readonly StepHistory[],
): WorkFacts {
  return {
    unit,
    step,
    route,
    history,
    passedStepIds: new Set(history.filter((entry) => entry.isPassed).map((entry) => entry.id)),
    equipment: equipment ?? undefined,
    isStepEquipped,
    operator: operator ?? undefined,
  };
}

/** The facts of a start: those of the work, who starts it, and when. */
export function startFactsFrom(
  work: WorkFacts,
  circumstances: Pick<StartFacts, 'action' | 'viewer' | 'startedAt' | 'now'>,
): StartFacts & WorkFacts {
  const openExecutions = work.history.flatMap(({ openStartedAt, openOperator, ...process }) =>
    openStartedAt === null || openOperator === null
      ? []
      : [{ process, operatorUsername: openOperator, startedAt: openStartedAt }],
  );
  return { ...work, ...circumstances, openExecutions, finishedAttempts: historyOfStep(work)?.finishedAttempts ?? 0 };
}

/** What was done on the unit in the step of the work; undefined when the step was never started. */
export function historyOfStep({ history, step }: WorkFacts): StepHistory | undefined {
  return history.find((entry) => entry.id === step.id);
}

/** The other steps that are open on the unit, in number order. */
export function otherOpenSteps({ history, step }: WorkFacts): readonly StepHistory[] {
  return history.filter((entry) => entry.openId !== null && entry.id !== step.id);
}

interface NamedRow extends StepRow, Pick<NamedWork, 'isStepEquipped'> {
  readonly route: Route;
  readonly unit: UnitIds | null;
  readonly equipmentId: string | null;
  readonly operatorId: string | null;
}

/** Null stands for what does not exist, and for what the input does not name; no records at all: no such step. */
function namingOf(
  requested: RequestedWork,
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
  ];
  if (unit === null || first !== undefined) return { rejections: [first ?? noSuchUnit(requested.unit), ...more] };
  return { value: { ...found, unit } };
}

function idOf<Model extends 'Equipment' | 'User'>(table: Table<Model>, reference: Reference | undefined): Sql {
  return reference === undefined
    ? sql`NULL`
    : sql`(SELECT t.id FROM ${table.name} t WHERE ${matchesReference(table, reference)})`;
}

function missing(reference: Reference, path: string, what: string): Rejection {
  return rejection('NOT_FOUND', path, `${referenceLabel(reference, what)} does not exist.`);
}

/** EQP-5: whether active equipment has the step, of the alias `t`, as its own. */
const IS_EQUIPPED = sql`EXISTS (SELECT FROM equipment own WHERE own.process_id = t.id AND own.is_active)`;

const ROUTE = sql`
  (SELECT coalesce(json_agg(json_build_object('id', id, 'number', number, 'code', code, 'type', type, 'level', level, 'isActive', is_active) ORDER BY number), '[]')
   FROM processes WHERE is_active)`;

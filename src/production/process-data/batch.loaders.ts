/**
 * What the records of a batch are judged by, by one statement each for all of them, where `work.loaders.ts` reads for
 * one.
 */
import { equipmentTable } from '../../catalog/equipment/equipment.loaders.ts';
import { stepsOf } from '../../catalog/process/process.loaders.ts';
import { users } from '../../identity/user/user.loaders.ts';
import { rowsByReference } from '../../platform/command/row-lock.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { unitsOf } from './unit.loaders.ts';
import { LEVEL_OF_UNIT } from './unit.rules.ts';
import {
  type RequestedWork,
  EQUIPMENT,
  idOfUnitIds,
  type NamedWork,
  OPERATOR,
  type CurrentState,
  CURRENT_STATE,
  stepHistoryOf,
  type WorkFacts,
  workFactsFrom,
} from './work.loaders.ts';

/**
 * The records that inputs name, in their order; undefined for an input that names one which does not exist, or a unit
 * that is not on the level of the step: by its external number it may be another one once an earlier record has made it
 * a serial.
 */
export async function worksNamed(
  db: Reader,
  asked: readonly RequestedWork[],
): Promise<readonly (NamedWork | undefined)[]> {
  const [settings, units] = await Promise.all([settingsOf(db, asked), unitsOf(db, asked)]);
  return settings.map((setting, index) => {
    const unit = units[index];
    if (setting === undefined || unit === undefined || unit === null || LEVEL_OF_UNIT[unit.kind] !== setting.step.level)
      return undefined;
    return {
      unit,
      step: setting.step,
      route: setting.route,
      equipmentId: setting.equipment?.id ?? null,
      operatorId: setting.operator?.id ?? null,
    };
  });
}

/** What a work is done in, and by whom: all that an input names, but the unit. */
export interface WorkSetting extends Pick<NamedWork, 'step' | 'route'> {
  readonly equipment: Row<'Equipment'> | null;
  readonly operator: Row<'User'> | null;
}

/**
 * Of inputs, in their order; undefined for one that names what does not exist. `locks` says how operators and equipment
 * are locked.
 */
export async function settingsOf(
  db: Reader,
  asked: readonly RequestedWork[],
  locks?: Sql,
): Promise<readonly (WorkSetting | undefined)[]> {
  const [steps, operatorOf, equipmentOf] = await Promise.all([
    stepsOf(db),
    rowsByReference(
      db,
      users,
      asked.flatMap(({ operator }) => operator ?? []),
      locks,
    ),
    rowsByReference(
      db,
      equipmentTable,
      asked.flatMap(({ equipment }) => equipment ?? []),
      locks,
    ),
  ]);
  const route = steps.filter((step) => step.isActive);
  return asked.map((work) => {
    const step = steps.find((each) => Reflect.get(each, work.process.key) === work.process.value);
    const [equipment, operator] = [
      work.equipment === undefined ? null : equipmentOf(work.equipment),
      work.operator === undefined ? null : operatorOf(work.operator),
    ];
    return step === undefined || equipment === undefined || operator === undefined
      ? undefined
      : { step, route, equipment, operator };
  });
}

/**
 * The facts of works on different units, in their order; undefined where a record is gone since. All that is there is
 * locked already.
 */
export async function workFactsOfAll(
  db: Reader,
  works: readonly NamedWork[],
): Promise<readonly (WorkFacts | undefined)[]> {
  if (works.length === 0) return [];
  const [stood, done] = await Promise.all([
    standingsOf(db, works),
    stepHistoryOf(
      db,
      works.map(({ unit }) => idOfUnitIds(unit)),
    ),
  ]);
  const standings = new Map(stood.map((standing) => [standing.place, standing]));
  return works.map((work, index) => {
    const standing = standings.get(index + 1);
    const unitId = idOfUnitIds(work.unit);
    return (
      standing &&
      workFactsFrom(
        work,
        standing,
        done.filter((each) => each.unitId === unitId),
      )
    );
  });
}

/** The place counts from 1. */
async function standingsOf(
  db: Reader,
  works: readonly NamedWork[],
): Promise<readonly (CurrentState & { readonly place: number })[]> {
  const [lots, items, serials] = [
    works.map(({ unit }) => unit.lotId),
    works.map(({ unit }) => unit.wipItemId),
    works.map(({ unit }) => unit.serialId),
  ];
  const [equipment, operators] = [
    works.map(({ equipmentId }) => equipmentId),
    works.map(({ operatorId }) => operatorId),
  ];
  return db.prepared(sql`
    SELECT asked.place::int AS place,
           CASE WHEN s.id IS NOT NULL THEN ${CURRENT_STATE.SERIAL.columns} WHEN w.id IS NOT NULL THEN ${CURRENT_STATE.WIP_ITEM.columns} ELSE ${CURRENT_STATE.LOT.columns} END AS unit,
           CASE WHEN e.id IS NOT NULL THEN ${EQUIPMENT.columns} END AS equipment, CASE WHEN o.id IS NOT NULL THEN ${OPERATOR.columns} END AS operator
    FROM unnest(${arrayParameter('uuid', lots)}, ${arrayParameter('uuid', items)}, ${arrayParameter('uuid', serials)}, ${arrayParameter('uuid', equipment)}, ${arrayParameter('uuid', operators)})
      WITH ORDINALITY AS asked(lot_id, wip_item_id, serial_id, equipment_id, operator_id, place)
    JOIN lots l ON l.id = asked.lot_id
    LEFT JOIN wip_items w ON w.id = asked.wip_item_id
    LEFT JOIN serials s ON s.id = asked.serial_id
    LEFT JOIN equipment e ON e.id = asked.equipment_id
    LEFT JOIN users o ON o.id = asked.operator_id
    WHERE (w.id, s.id, e.id, o.id) IS NOT DISTINCT FROM (asked.wip_item_id, asked.serial_id, asked.equipment_id, asked.operator_id)`);
}

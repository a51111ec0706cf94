/**
 * What records that go together are judged by: named, locked where they are free, and read, in one trip to the
 * database. What others hold is left out, so nobody waits and the order of locks does not matter.
 */
import type { Reader } from '../../platform/postgres/client.ts';
import { join, sql, type Sql } from '../../platform/postgres/sql.ts';
import { settingsOf } from './batch.loaders.ts';
import { type RequestedUnit, kindsOf, unitLookups, unitsSql } from './unit.loaders.ts';
import { idOfUnit, LEVEL_OF_UNIT } from './unit.rules.ts';
import {
  type RequestedWork,
  stepHistorySql,
  CURRENT_STATE,
  type StepHistory,
  type WorkFacts,
  workFactsFrom,
  type WorkUnit,
} from './work.loaders.ts';

/**
 * The facts of the works that inputs name, in their order, everything locked but the route, which whoever asks has
 * locked. Undefined for a work on a lot, for one that names what does not exist or what others hold, and for a unit
 * that is not on the level of the step.
 */
export async function freeWorks(
  tx: Reader,
  asked: readonly RequestedWork[],
): Promise<readonly (WorkFacts | undefined)[]> {
  const [settings, units, done] = await Promise.all([
    settingsOf(tx, asked, sql`FOR SHARE ${IF_FREE}`),
    freeUnits(tx, asked),
    doneOnFreeUnits(tx),
  ]);
  return settings.map((setting, index) => {
    const unit = units.get(index + 1);
    if (setting === undefined || unit === undefined || LEVEL_OF_UNIT[unit.kind] !== setting.step.level)
      return undefined;
    const unitId = idOfUnit(unit);
    return workFactsFrom(
      setting,
      { ...setting, unit },
      done.filter((each) => each.unitId === unitId),
    );
  });
}

const IF_FREE = sql`SKIP LOCKED`;

/**
 * Items and serials with their lots, by their places from 1. Their ids stay in the transaction, for the statement
 * behind this one. What has the form of an own number is not looked for among the external ones.
 */
async function freeUnits(tx: Reader, asked: readonly RequestedUnit[]): Promise<ReadonlyMap<number, WorkUnit>> {
  const meant = unitLookups(asked);
  const kinds = kindsOf(meant);
  const free = FREE_KINDS.filter((kind) => kinds.has(kind)).map(freeOf);
  if (free.length === 0) return new Map();
  const rows = await tx.prepared<{ readonly place: number; readonly unit: WorkUnit }>(sql`
    WITH named AS MATERIALIZED (${unitsSql(meant)}), free AS MATERIALIZED (${join(free, ' UNION ALL ')})
    SELECT place, unit FROM free WHERE (SELECT set_config('lotgraph.units', coalesce(string_agg(id::text, ','), ''), true) FROM free) IS NOT NULL`);
  return new Map(rows.map(({ place, unit }) => [place, unit]));
}

const FREE_KINDS = ['WIP_ITEM', 'SERIAL'] as const;

function freeOf(kind: (typeof FREE_KINDS)[number]): Sql {
  const { columns, tables, locks } = CURRENT_STATE[kind];
  return sql`
    SELECT * FROM (SELECT named.place, coalesce(named.serial_id, named.wip_item_id) AS id, ${columns} AS unit
      FROM named JOIN lots l ON l.id = named.lot_id ${tables(NAMED)} WHERE named.kind = ${kind} ${locks(IF_FREE)}) AS held`;
}

const NAMED = { wipItemId: sql`named.wip_item_id`, serialId: sql`named.serial_id` };

/** What was done on them so far: seen by a statement of its own, it is what there is now that they are held. */
function doneOnFreeUnits(db: Reader): Promise<readonly StepHistory[]> {
  return db.prepared(stepHistorySql(UNITS));
}

const UNITS = sql`= ANY((SELECT string_to_array(current_setting('lotgraph.units', true), ',')::uuid[])::uuid[])`;

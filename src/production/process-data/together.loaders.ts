/**
 * What records that go together are judged by: named, locked where they are free, and read, in one trip to the database. What others hold
 * is left out, so nobody waits and the order of locks does not matter.
 */
import { equipmentTable } from '../../catalog/equipment/equipment.loaders.ts';
import { processes, stepOf } from '../../catalog/process/process.loaders.ts';
import { users } from '../../identity/user/user.loaders.ts';
import type { Reader } from '../../platform/database.ts';
import { rowsOf } from '../../platform/row.ts';
import { sql, type Sql } from '../../platform/sql.ts';
import type { Row } from '../../platform/table.ts';
import { unitsSql, type AskedUnit } from './unit.loaders.ts';
import { LEVEL_OF_UNIT, idOfUnit } from './unit.rules.ts';
import { STANDING_OF, doneOn, workFactsFrom, type AskedWork, type StepWork, type WorkFacts, type WorkUnit } from './work.loaders.ts';

/**
 * The facts of the works that inputs name, in their order, everything locked but the route, which whoever asks has locked. Undefined for a
 * work on a lot, for one that names what does not exist or what others hold, and for a unit that is not on the level of the step.
 */
export async function freeWorks(tx: Reader, asked: readonly AskedWork[]): Promise<readonly (WorkFacts | undefined)[]> {
  const [rows, operatorOf, equipmentOf, units, done] = await Promise.all([
    tx.prepared<Row<'Process'>>(sql`SELECT ${processes.columns} FROM processes t ORDER BY t.number`),
    rowsOf(tx, users, asked.flatMap(({ operator }) => operator ?? []), FREE),
    rowsOf(tx, equipmentTable, asked.flatMap(({ equipment }) => equipment ?? []), FREE),
    freeUnits(tx, asked),
    doneOnFreeUnits(tx),
  ]);
  const steps = rows.map(stepOf);
  const route = steps.filter((step) => step.isActive);
  return asked.map(({ process, equipment: machine, operator: person }, index) => {
    const [unit, step] = [units.get(index + 1), steps.find((each) => Reflect.get(each, process.key) === process.value)];
    const [equipment, operator] = [machine && equipmentOf(machine), person && operatorOf(person)];
    const isIncomplete = (machine !== undefined && equipment === undefined) || (person !== undefined && operator === undefined);
    if (unit === undefined || step === undefined || LEVEL_OF_UNIT[unit.kind] !== step.level || isIncomplete) return undefined;
    const unitId = idOfUnit(unit);
    return workFactsFrom({ step, route }, { unit, equipment: equipment ?? null, operator: operator ?? null }, done.filter((each) => each.unitId === unitId));
  });
}

const FREE = sql`FOR SHARE SKIP LOCKED`;

/** Items and serials with their lots, by their places from 1. Their ids stay in the transaction, for the statement behind this one. */
async function freeUnits(tx: Reader, asked: readonly AskedUnit[]): Promise<ReadonlyMap<number, WorkUnit>> {
  const rows = await tx.prepared<{ readonly place: number; readonly unit: WorkUnit }>(sql`
    WITH named AS MATERIALIZED (${unitsSql(asked)}), free AS MATERIALIZED (
      SELECT * FROM (SELECT named.place, w.id, ${STANDING_OF.WIP_ITEM.columns} AS unit
        FROM named JOIN lots l ON l.id = named.lot_id JOIN wip_items w ON w.id = named.wip_item_id WHERE named.kind = 'WIP_ITEM'
        FOR SHARE OF l SKIP LOCKED FOR NO KEY UPDATE OF w SKIP LOCKED) AS item
      UNION ALL
      SELECT * FROM (SELECT named.place, s.id, ${STANDING_OF.SERIAL.columns} AS unit
        FROM named JOIN lots l ON l.id = named.lot_id JOIN wip_items w ON w.id = named.wip_item_id JOIN serials s ON s.id = named.serial_id WHERE named.kind = 'SERIAL'
        FOR NO KEY UPDATE OF l SKIP LOCKED FOR SHARE OF w SKIP LOCKED FOR NO KEY UPDATE OF s SKIP LOCKED) AS serial)
    SELECT place::int AS place, unit FROM free WHERE (SELECT set_config('lotgraph.units', coalesce(string_agg(id::text, ','), ''), true) FROM free) IS NOT NULL`);
  return new Map(rows.map(({ place, unit }) => [place, unit]));
}

/** What was done on them so far: seen by a statement of its own, it is what there is now that they are held. */
function doneOnFreeUnits(db: Reader): Promise<readonly StepWork[]> {
  return db.prepared(doneOn(UNITS));
}

const UNITS: Sql = sql`= ANY((SELECT string_to_array(current_setting('lotgraph.units', true), ',')::uuid[])::uuid[])`;

/** Common cause: what bad and good units met, by one statement. A unit is an item with the serial that it became. */
import type { Period } from '../../quality/report/report.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, join, sql, type Sql } from '../../platform/postgres/sql.ts';
import { hasCode, isAskedFor, VERDICT } from '../measurement/reading.loaders.ts';
import { bucketNumbers, isInPeriod } from '../period/bucket.loaders.ts';
import { bucketsOf, type Clocks } from '../period/bucket.rules.ts';
import type { Scope } from '../scope/scope.rules.ts';
import { COMPARED_UNITS, type CommonalityFactor, type Exposure } from './commonality.rules.ts';

/** What makes a unit bad: an execution that failed, with a defect or a reading out of specification if one is named. */
export interface UnitFailure {
  readonly defectCode: string | undefined;
  readonly outOfSpecCode: string | undefined;
}

/** Which units are bad, and which are good. Ids are of items or serials. */
export interface CommonalityQuery {
  readonly units: readonly string[] | undefined;
  readonly failure: UnitFailure | undefined;
  readonly against: readonly string[] | undefined;
  readonly period: Period;
  readonly scope: Scope;
  readonly by: readonly CommonalityFactor[];
  readonly clocks: Clocks;
}

/** How many units are compared, and how many of them met each key. */
export interface Comparison {
  readonly bad: number;
  readonly good: number;
  readonly exposures: readonly Exposure[];
}

/** Common cause: the units, and what they met. With more than 20,000 units it counts one more, and meets nothing. */
export async function compareUnits(db: Reader, query: CommonalityQuery): Promise<Comparison> {
  const { units, failure, against, period, by } = query;
  const counted = isAskedFor({ process: undefined, period, scope: query.scope, firstAttemptsOnly: false }, sql`NULL`);
  const worked = sql`SELECT DISTINCT t.wip_item_id AS unit FROM process_data t WHERE t.wip_item_id IS NOT NULL AND ${counted}`;
  const failed = sql`${worked} AND ${isFailure(failure ?? { defectCode: undefined, outOfSpecCode: undefined })}`;
  const rows = await db.query<
    Exposure | { readonly factor: null; readonly key: null; readonly bad: number; readonly good: number }
  >(sql`
    WITH bad AS MATERIALIZED (${units === undefined ? failed : itemsOf(units)}), pool AS MATERIALIZED (
      SELECT unit, TRUE AS is_bad FROM bad
      UNION ALL SELECT unit, FALSE FROM (${against === undefined ? worked : itemsOf(against)}) AS good WHERE unit NOT IN (SELECT unit FROM bad)
      LIMIT ${COMPARED_UNITS + 1}
    ), work AS MATERIALIZED (
      SELECT pool.unit, t.process_id, t.equipment_id, t.operator_id, t.station_id, t.completed_at FROM pool JOIN process_data t ON t.wip_item_id = pool.unit
      WHERE t.result IS NOT NULL AND t.attempt = 1 AND ${isInPeriod(sql`t.completed_at`, period)}
    ), met AS (${join(
      by.map((factor) => metSql(factor, query)),
      ' UNION ',
    )})
    SELECT NULL AS factor, NULL AS key, count(*) FILTER (WHERE is_bad)::int AS bad, count(*) FILTER (WHERE NOT is_bad)::int AS good FROM pool
    UNION ALL
    SELECT met.factor, met.key, count(*) FILTER (WHERE pool.is_bad)::int, count(*) FILTER (WHERE NOT pool.is_bad)::int
    FROM met JOIN pool USING (unit) WHERE met.key IS NOT NULL GROUP BY met.factor, met.key HAVING bool_or(pool.is_bad)`);
  const total = rows.find(({ factor }) => factor === null);
  return {
    bad: total?.bad ?? 0,
    good: total?.good ?? 0,
    exposures: rows.flatMap((row) => (row.factor === null ? [] : [row])),
  };
}

/** The items with these ids, and those that became serials with these ids. */
function itemsOf(ids: readonly string[]): Sql {
  return sql`
    SELECT item.id AS unit FROM wip_items item WHERE item.id = ANY(${ids}::uuid[])
    UNION SELECT serial.wip_item_id FROM serials serial WHERE serial.id = ANY(${ids}::uuid[])`;
}

function isFailure({ defectCode, outOfSpecCode }: UnitFailure): Sql {
  return allOf([
    ...(outOfSpecCode === undefined ? [sql`t.result = 'FAIL'`] : []),
    ...(defectCode === undefined ? [] : [sql`t.defects @> ${JSON.stringify([{ code: defectCode }])}::jsonb`]),
    ...(outOfSpecCode === undefined
      ? []
      : [
          sql`EXISTS (SELECT FROM jsonb_array_elements(t.measurements) AS r(reading) WHERE ${hasCode(outOfSpecCode)} AND ${VERDICT} = 'OUT_OF_SPEC')`,
        ]),
  ]);
}

/** What each unit met of a factor: the columns `unit, factor, key`, each once. */
function metSql(factor: CommonalityFactor, { period, clocks }: CommonalityQuery): Sql {
  const name = sql`${factor}::text AS factor`;
  switch (factor) {
    case 'LOT':
      return sql`SELECT pool.unit, ${name}, lot.number::text AS key FROM pool JOIN wip_items item ON item.id = pool.unit JOIN lots lot ON lot.id = item.lot_id`;
    case 'COMPONENT_LOT':
      return sql`
        SELECT used.unit, ${name}, lot.number::text AS key FROM (${USES}) AS used
          LEFT JOIN serials part ON part.id = used.component_id JOIN lots lot ON lot.id = coalesce(part.lot_id, used.component_id)`;
    case 'EXTERNAL_LOT':
      return sql`SELECT used.unit, ${name}, used.external_lot_number::text AS key FROM (${USES}) AS used`;
    case 'PROCESS':
      return sql`SELECT work.unit, ${name}, named.code::text AS key FROM work JOIN processes named ON named.id = work.process_id`;
    case 'EQUIPMENT':
      return sql`SELECT work.unit, ${name}, named.code::text AS key FROM work JOIN equipment named ON named.id = work.equipment_id`;
    case 'OPERATOR':
      return sql`SELECT work.unit, ${name}, named.username::text AS key FROM work JOIN users named ON named.id = work.operator_id`;
    case 'STATION':
      return sql`SELECT work.unit, ${name}, named.code::text AS key FROM work JOIN stations named ON named.id = work.station_id`;
    default: {
      const { number, keys } = bucketNumbers(sql`work.completed_at`, bucketsOf(factor, period, clocks));
      return sql`SELECT work.unit, ${name}, (${[...keys]}::text[])[${number} + 1] AS key FROM work`;
    }
  }
}

/**
 * What was ever built into a unit itself: its item, its serial or its lot. `OFFSET 0` keeps each look-up a look-up by
 * index for each unit: the planner guesses the size of the pool, and would read whole tables for a few units.
 */
const USES: Sql = sql`
  SELECT pool.unit, used.component_id, used.external_lot_number
  FROM pool CROSS JOIN LATERAL (
    SELECT pool.unit AS consumer_id
    UNION ALL SELECT consumer.id FROM (SELECT s.id FROM serials s WHERE s.wip_item_id = pool.unit OFFSET 0) AS consumer
    UNION ALL SELECT consumer.id FROM (SELECT i.lot_id AS id FROM wip_items i WHERE i.id = pool.unit OFFSET 0) AS consumer
  ) AS consumer
  CROSS JOIN LATERAL (SELECT u.component_id, u.external_lot_number FROM component_uses u WHERE u.consumer_id = consumer.consumer_id OFFSET 0) AS used`;

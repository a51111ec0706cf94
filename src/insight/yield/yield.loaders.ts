import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, empty, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';
import { type Counted, DEFECT_QUANTITY_SUM, isCounted, RESULT_COUNTS } from '../figure/execution.loaders.ts';
import { bucketNumbers, isInPeriod } from '../period/bucket.loaders.ts';
import { bucketsOf, type Clocks, TIME_DIMENSIONS } from '../period/bucket.rules.ts';
import { itemInScope } from '../scope/scope.loaders.ts';
import {
  type SerialCounts,
  type SerialYield,
  serialYieldOf,
  type StepCounts,
  type YieldDimension,
  type YieldReport,
  yieldReportOf,
} from './yield.rules.ts';

/** KPI-1: The yield of the serials that reached their end in the period, by one statement. */
export async function loadSerialYield(db: Reader, { period, scope }: Counted): Promise<SerialYield> {
  const where = allOf([
    sql`(s.status = 'PASSED' OR (s.status = 'FAILED' AND s.rework_count >= s.max_reworks))`,
    isInPeriod(sql`s.completed_at`, period),
    itemInScope(sql`s.lot_id`, sql`s.wip_item_id`, scope),
  ]);
  const [counts] = await db.query<SerialCounts>(sql`
    SELECT count(*)::int AS "terminalCount", count(*) FILTER (WHERE s.status = 'PASSED')::int AS "passedCount",
           count(*) FILTER (WHERE s.status = 'PASSED' AND s.rework_count = 0)::int AS "passedFirstTimeCount",
           count(*) FILTER (WHERE s.rework_count > 0)::int AS "reworkedCount"
    FROM serials s WHERE ${where}`);
  return serialYieldOf(present(counts, 'The counts of serials'));
}

/**
 * KPI-2, KPI-3: The yields of steps, divided by a dimension where one is given, by one statement. A unit is counted at its
 * first attempt in the group: a count of different units would sort all executions.
 */
export async function loadYieldReport(
  db: Reader,
  counted: Counted,
  by: YieldDimension | undefined,
  clocks: Clocks,
): Promise<YieldReport> {
  const { group, lots, names, key, keyOf } = divisionBy(by, counted, clocks);
  const isFirstOfUnit = sql`d.attempt = 1 OR NOT EXISTS (
    SELECT FROM process_data earlier
    WHERE earlier.unit_id = d.unit_id AND earlier.process_id = d.process_id AND earlier.attempt < d.attempt AND ${isCounted(counted, 'earlier')}
      AND ${group('earlier')} IS NOT DISTINCT FROM ${group('d')})`;
  const rows = await db.query<StepCounts & { readonly key: string | number | null }>(sql`
    SELECT p.id AS "processId", p.code AS step, p.number, p.level, p.type = 'MANUFACTURING' AS "isManufacturing", ${key} AS key, counts.*
    FROM (
      SELECT d.process_id, ${group('d')} AS group_key, count(*) FILTER (WHERE d.attempt = 1)::int AS "firstAttempts",
             count(*) FILTER (WHERE d.attempt = 1 AND d.result = 'PASS')::int AS "firstPasses", count(*) FILTER (WHERE ${isFirstOfUnit})::int AS units,
             ${RESULT_COUNTS}, ${DEFECT_QUANTITY_SUM}
      FROM process_data d ${lots} WHERE ${isCounted(counted)} GROUP BY 1, 2
    ) AS counts JOIN processes p ON p.id = counts.process_id ${names}`);
  return yieldReportOf(
    rows.map((row) => ({ ...row, key: keyOf(row.key) })),
    by ?? null,
  );
}

interface Division {
  /** What executions of an alias are grouped by, in addition to the step. */
  readonly group: (alias: 'd' | 'earlier') => Sql;
  /** The join of the lots, where they are needed. */
  readonly lots: Sql;
  /** The join of the table that names what was grouped by. */
  readonly names: Sql;
  readonly key: Sql;
  readonly keyOf: (key: string | number | null) => string | null;
}

const OF_LOTS = sql`JOIN lots l ON l.id = d.lot_id`;

/** A column of the lot; earlier executions of a unit are of the same lot. */
function ofLot(name: string): Division['group'] {
  return () => identifier(`l.${name}`);
}

/** A column of the execution. */
function column(name: string): Division['group'] {
  return (alias) => identifier(`${alias}.${name}`);
}

/** The entities that a report is divided by: their group, whether lots are needed for it, their names. */
const ENTITIES: Readonly<Partial<Record<YieldDimension, Omit<Division, 'keyOf'>>>> = {
  PRODUCT_MODEL: {
    group: ofLot('product_model_id'),
    lots: OF_LOTS,
    names: sql`JOIN product_models named ON named.id = counts.group_key`,
    key: sql`named.code`,
  },
  PRODUCTION_LINE: {
    group: ofLot('production_line_id'),
    lots: OF_LOTS,
    names: sql`JOIN production_lines named ON named.id = counts.group_key`,
    key: sql`named.code`,
  },
  LOT: {
    group: column('lot_id'),
    lots: empty,
    names: sql`JOIN lots named ON named.id = counts.group_key`,
    key: sql`named.number`,
  },
  EQUIPMENT: {
    group: column('equipment_id'),
    lots: empty,
    names: sql`LEFT JOIN equipment named ON named.id = counts.group_key`,
    key: sql`named.code`,
  },
  OPERATOR: {
    group: column('operator_id'),
    lots: empty,
    names: sql`JOIN users named ON named.id = counts.group_key`,
    key: sql`named.username`,
  },
};

function divisionBy(by: YieldDimension | undefined, { period }: Counted, clocks: Clocks): Division {
  const time = TIME_DIMENSIONS.find((dimension) => dimension === by);
  if (time !== undefined) {
    const buckets = bucketsOf(time, period, clocks);
    const group: Division['group'] = (alias) => bucketNumbers(column('completed_at')(alias), buckets).number;
    const { keys } = bucketNumbers(sql`NULL`, buckets);
    const key = sql`counts.group_key`;
    return { group, lots: empty, names: empty, key, keyOf: (place) => keys[Number(place)] ?? null };
  }
  const entity = by === undefined ? undefined : ENTITIES[by];
  return { ...(entity ?? UNDIVIDED), keyOf: (key) => (key === null ? null : String(key)) };
}

const UNDIVIDED = { group: () => sql`NULL::int`, lots: empty, names: empty, key: sql`NULL` };

/** KPI-16: What the readings of a code are like, and which codes there are. One statement each. */
import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, empty, identifier, join, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Clocks } from '../period/bucket.rules.ts';
import type { MeasurementDimension } from './dimension.rules.ts';
import { SUMMARY_LIMITS } from './dimension.rules.ts';
import { dimensionSql } from './dimension.loaders.ts';
import {
  exactSum,
  type ExecutionQuery,
  hasCode,
  isAskedFor,
  LOWER_LIMIT,
  READINGS,
  stepIdOf,
  UPPER_LIMIT,
  VALUE,
  verdictSql,
} from './reading.loaders.ts';

/** The counts and sums of a group of readings. Sums are whole numbers of 1e-10 and 1e-20. */
export interface SummaryRow {
  readonly keys: readonly (string | null)[];
  readonly count: number;
  readonly sum: string;
  readonly squares: string;
  readonly min: string | null;
  readonly max: string | null;
  readonly median: number | null;
  readonly inSpecCount: number;
  readonly outOfSpecCount: number;
  readonly notJudgedCount: number;
}

/** Which readings are summarised, and how they are divided. */
export interface SummaryQuery extends ExecutionQuery {
  readonly code: string;
  readonly by: readonly MeasurementDimension[];
  readonly clocks: Clocks;
}

/**
 * KPI-16: The summary of each group that has readings, in the order of the dimensions, one more row than allowed at most;
 * without dimensions one row. `OFFSET 0` makes it take value and limits out of the JSON once for each reading.
 */
export function summarise(db: Reader, query: SummaryQuery): Promise<readonly SummaryRow[]> {
  const groups = query.by.map((dimension, at) => ({
    ...dimensionSql(dimension, query.period, query.clocks),
    column: identifier(`g${at}`),
  }));
  const grouped = groups.map(({ value, column }) => sql`${value} AS ${column}`);
  const columns = groups.map(({ column }) => column);
  const keys = groups.map(({ keyOf, column }) => keyOf(sql`g.${column}`));
  const order = groups.map(({ column }, at) =>
    isOfTime(query.by[at]) ? sql`g.${column}` : sql`${keys[at]} COLLATE "C" NULLS LAST`,
  );
  return db.query(sql`
    SELECT ${keys.length === 0 ? sql`'{}'::text[]` : sql`ARRAY[${join(keys, ', ')}]`} AS keys, g.count, g.sum, g.squares, g.min, g.max, g.median,
           g."inSpecCount", g."outOfSpecCount", g."notJudgedCount"
    FROM (
      SELECT ${listed(columns)}count(value)::int AS count, ${exactSum(sql`value`)} AS sum, ${exactSum(sql`value`, 2)} AS squares,
             min(value)::text AS min, max(value)::text AS max, percentile_cont(0.5) WITHIN GROUP (ORDER BY value::float8) AS median,
             count(*) FILTER (WHERE verdict = 'IN_SPEC')::int AS "inSpecCount", count(*) FILTER (WHERE verdict = 'OUT_OF_SPEC')::int AS "outOfSpecCount",
             count(*) FILTER (WHERE verdict = 'NOT_JUDGED')::int AS "notJudgedCount"
      FROM (
        SELECT taken.*, ${verdictSql(sql`value`, sql`lower_limit`, sql`upper_limit`)} AS verdict FROM (
          SELECT ${listed(grouped)}${VALUE} AS value, ${LOWER_LIMIT} AS lower_limit, ${UPPER_LIMIT} AS upper_limit
          FROM ${READINGS}${isOfLot(query) ? sql` JOIN lots lot ON lot.id = t.lot_id` : empty}
          WHERE ${allOf([isAskedFor(query, stepIdOf(query)), hasCode(query.code)])} OFFSET 0
        ) AS taken OFFSET 0
      ) AS judged
      ${groups.length === 0 ? empty : sql`GROUP BY ${join(columns, ', ')}`}
    ) AS g
    ${order.length === 0 ? sql`` : sql`ORDER BY ${join(order, ', ')}`} LIMIT ${SUMMARY_LIMITS.rows + 1}`);
}

/** A code of readings with everything that is read under it. */
export interface CodeRow {
  readonly code: string;
  readonly units: readonly string[];
  readonly readingCount: number;
  readonly processIds: readonly string[];
}

/**
 * KPI-16: The codes that were read, each once, one more than `limit` at most. `search` is a part of the code, in upper case.
 * Readings are counted for each code, unit and step first, so that none is sorted.
 */
export function codesRead(
  db: Reader,
  query: ExecutionQuery & { readonly search: string | undefined },
  limit: number,
): Promise<readonly CodeRow[]> {
  const search = query.search === undefined ? [] : [sql`position(${query.search} IN r.reading ->> 'code') > 0`];
  return db.query(sql`
    SELECT read.code, sum(read.count)::int AS "readingCount",
           coalesce(array_agg(DISTINCT read.unit) FILTER (WHERE read.unit IS NOT NULL), '{}') AS units, array_agg(DISTINCT read.process_id::text) AS "processIds"
    FROM (
      SELECT r.reading ->> 'code' AS code, r.reading ->> 'unit' AS unit, t.process_id, count(*) AS count
      FROM ${READINGS} WHERE ${allOf([isAskedFor(query, stepIdOf(query)), ...search])} GROUP BY 1, 2, 3
    ) AS read
    GROUP BY 1 ORDER BY 1 LIMIT ${limit + 1}`);
}

/** Columns with a comma after each. */
function listed(columns: readonly Sql[]): Sql {
  return columns.length === 0 ? empty : sql`${join(columns, ', ')}, `;
}

function isOfLot({ by }: SummaryQuery): boolean {
  return by.includes('PRODUCT_MODEL') || by.includes('PRODUCTION_LINE');
}

function isOfTime(dimension: MeasurementDimension | undefined): boolean {
  return (
    dimension === 'HOUR' ||
    dimension === 'SHIFT' ||
    dimension === 'DAY' ||
    dimension === 'WEEK' ||
    dimension === 'MONTH'
  );
}

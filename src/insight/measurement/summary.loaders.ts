/** KPI-16: What the readings of a code are like, and which codes there are. One statement each. */
import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, identifier, join, sql } from '../../platform/postgres/sql.ts';
import type { Clocks } from '../period/bucket.rules.ts';
import type { MeasurementDimension } from './dimension.rules.ts';
import { SUMMARY_LIMITS } from './dimension.rules.ts';
import { dimensionSql } from './dimension.loaders.ts';
import {
  exactSum,
  type ExecutionQuery,
  hasCode,
  isAskedFor,
  READINGS,
  stepIdOf,
  VALUE,
  VERDICT,
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

/** KPI-16: The summary of each group that has readings, in the order of the dimensions, one more row than allowed at most; without dimensions one row. */
export function summarise(db: Reader, query: SummaryQuery): Promise<readonly SummaryRow[]> {
  const groups = query.by.map((dimension, at) => ({
    ...dimensionSql(dimension, query.period, query.clocks),
    column: identifier(`g${at}`),
  }));
  const grouped = groups.map(({ value, column }) => sql`${value} AS ${column}`);
  const keys = groups.map(({ keyOf, column }) => keyOf(sql`g.${column}`));
  const order = groups.map(({ column }, at) =>
    isOfTime(query.by[at]) ? sql`g.${column}` : sql`${keys[at]} COLLATE "C" NULLS LAST`,
  );
  return db.query(sql`
    SELECT ${keys.length === 0 ? sql`'{}'::text[]` : sql`ARRAY[${join(keys, ', ')}]`} AS keys, g.count, g.sum, g.squares, g.min, g.max, g.median,
           g."inSpecCount", g."outOfSpecCount", g."notJudgedCount"
    FROM (
      SELECT ${grouped.length === 0 ? sql`` : sql`${join(grouped, ', ')}, `}count(${VALUE})::int AS count,
             ${exactSum(VALUE)} AS sum, ${exactSum(VALUE, 2)} AS squares, min(${VALUE})::text AS min, max(${VALUE})::text AS max,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY ${VALUE}::float8) AS median,
             count(*) FILTER (WHERE ${VERDICT} = 'IN_SPEC')::int AS "inSpecCount",
             count(*) FILTER (WHERE ${VERDICT} = 'OUT_OF_SPEC')::int AS "outOfSpecCount",
             count(*) FILTER (WHERE ${VERDICT} = 'NOT_JUDGED')::int AS "notJudgedCount"
      FROM ${READINGS}${isOfLot(query) ? sql` JOIN lots lot ON lot.id = t.lot_id` : sql``}
      WHERE ${allOf([isAskedFor(query, stepIdOf(query)), hasCode(query.code)])}
      ${
        groups.length === 0
          ? sql``
          : sql`GROUP BY ${join(
              groups.map((_group, at) => sql`${identifier(String(at + 1))}`),
              ', ',
            )}`
      }
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

/** KPI-16: The codes that were read, each once, one more than `limit` at most. `search` is a part of the code, in upper case. */
export function codesRead(
  db: Reader,
  query: ExecutionQuery & { readonly search: string | undefined },
  limit: number,
): Promise<readonly CodeRow[]> {
  const search = query.search === undefined ? [] : [sql`position(${query.search} IN r.reading ->> 'code') > 0`];
  return db.query(sql`
    SELECT r.reading ->> 'code' AS code, count(*)::int AS "readingCount",
           coalesce(array_agg(DISTINCT r.reading ->> 'unit') FILTER (WHERE r.reading ->> 'unit' IS NOT NULL), '{}') AS units,
           array_agg(DISTINCT t.process_id::text) AS "processIds"
    FROM ${READINGS} WHERE ${allOf([isAskedFor(query, stepIdOf(query)), ...search])}
    GROUP BY 1 ORDER BY 1 LIMIT ${limit + 1}`);
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

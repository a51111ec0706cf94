/** SPC-1, SPC-5: Readings and executions in subgroups. One statement each. */
import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, empty, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Instant } from '../../platform/values/time.ts';
import {
  exactSum,
  type ExecutionQuery,
  hasCode,
  isAskedFor,
  LOWER_LIMIT,
  READINGS,
  stepSql,
  UPPER_LIMIT,
  VALUE,
} from '../measurement/reading.loaders.ts';
import { bucketNumbers } from '../period/bucket.loaders.ts';
import { bucketsOf, type Clocks } from '../period/bucket.rules.ts';
import { SUBGROUP_SIZES } from './constants.rules.ts';
import { type Grouping, type Measured, SUBGROUPS_MOST } from './spc.rules.ts';

/** What is put together, of which step, and how. */
export interface SubgroupQuery extends ExecutionQuery {
  readonly process: Reference;
  readonly grouping: Grouping;
  readonly clocks: Clocks;
}

/** A subgroup: its label, when its first and its last execution ended, and how many readings or executions it has. */
export interface SubgroupRow {
  readonly label: string;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly size: number;
}

/** A subgroup of readings. Sums are whole numbers of 1e-10 and 1e-20. */
export interface ReadingsRow extends SubgroupRow {
  readonly sum: string;
  readonly squares: string;
  readonly smallest: string;
  readonly largest: string;
}

/** A subgroup of executions. */
export interface ExecutionsRow extends SubgroupRow {
  readonly failCount: number;
  readonly defectQuantity: number;
}

/** The newest subgroups, in time order, and what was left out. */
export interface Subgroups<Row> {
  readonly measured: Measured;
  readonly rows: readonly Row[];
  /** Readings or executions that are in no subgroup, because it was not full, too small or too large. */
  readonly discarded: number;
  readonly isTruncated: boolean;
}

/** SPC-1: Readings in subgroups; undefined when there is no such step. */
export function readingGroups(
  db: Reader,
  query: SubgroupQuery & { readonly code: string },
): Promise<Subgroups<ReadingsRow> | undefined> {
  const items = readingItems(query);
  const figures = sql`${exactSum(sql`value`)} AS sum, ${exactSum(sql`value`, 2)} AS squares,
    trunc(min(value) * 1e10)::text AS smallest, trunc(max(value) * 1e10)::text AS largest`;
  const { grouping } = query;
  const fits =
    grouping.by === 'SIZE' ? isFull(grouping) : sql`size BETWEEN ${SUBGROUP_SIZES.min} AND ${SUBGROUP_SIZES.max}`;
  return subgroups(db, query, { items, figures, fits, code: query.code });
}

/**
 * SPC-1: Executions in subgroups, with their failures, and with their defects if asked for; undefined when there is no such
 * step. Failures in parts of time are counted by an index alone.
 */
export function executionGroups(
  db: Reader,
  query: SubgroupQuery & { readonly countsDefects: boolean },
): Promise<Subgroups<ExecutionsRow> | undefined> {
  const place = query.grouping.by === 'SIZE' ? sql`t.id, 1 AS position, ` : empty;
  // A PASS has no defects.
  const defects = query.countsDefects
    ? sql`
    CASE WHEN t.result IN ('FAIL', 'REWORK')
         THEN (SELECT coalesce(sum((defects.defect ->> 'quantity')::int), 0)::int FROM jsonb_array_elements(t.defects) AS defects(defect)) ELSE 0 END`
    : sql`0`;
  const items = sql`
    SELECT ${place}t.completed_at, ${partOf(query)} AS part, (t.result = 'FAIL')::int AS failed, ${defects} AS defects
    FROM process_data t WHERE ${isAskedFor(query, sql`(SELECT id FROM step)`)}`;
  const figures = sql`sum(failed)::int AS "failCount", sum(defects)::int AS "defectQuantity"`;
  return subgroups(db, query, {
    items,
    figures,
    fits: query.grouping.by === 'SIZE' ? isFull(query.grouping) : sql`TRUE`,
    code: null,
  });
}

/** Readings with their place in time and what they are grouped by: `id, position, completed_at, part, value`. */
export function readingItems(query: SubgroupQuery & { readonly code: string }): Sql {
  return sql`
    SELECT t.id, r.position, t.completed_at, ${partOf(query)} AS part, ${VALUE} AS value,
           ${LOWER_LIMIT} AS lower_limit, ${UPPER_LIMIT} AS upper_limit
    FROM ${READINGS} WHERE ${allOf([isAskedFor(query, sql`(SELECT id FROM step)`), hasCode(query.code), sql`r.reading ? 'value'`])}`;
}

/** The subgroup of each item; consecutive ones by SIZE. */
export function inParts({ grouping }: SubgroupQuery, items: Sql): Sql {
  if (grouping.by !== 'SIZE') return items;
  return sql`
    SELECT item.*, ((row_number() OVER (ORDER BY item.completed_at, item.id, item.position)) - 1) / ${grouping.size} AS number
    FROM (${items}) AS item`;
}

/** The name of the column that has the subgroup of an item. */
export function partColumn({ grouping }: SubgroupQuery): Sql {
  return grouping.by === 'SIZE' ? sql`number` : sql`part`;
}

/** The unit of a characteristic of the step; null when it has none. */
export function unitOfReadings(code: string | null): Sql {
  return sql`step.quality_criteria -> 'characteristics' -> ${code}::text ->> 'unit'`;
}

function isFull({ size }: Grouping): Sql {
  return sql`size = ${size}`;
}

async function subgroups<Row extends SubgroupRow>(
  db: Reader,
  query: SubgroupQuery,
  {
    items,
    figures,
    fits,
    code,
  }: { readonly items: Sql; readonly figures: Sql; readonly fits: Sql; readonly code: string | null },
): Promise<Subgroups<Row> | undefined> {
  const part = partColumn(query);
  const rows = await db.query<
    Row & {
      readonly label: string | null;
      readonly discarded: number;
      readonly found: number;
      readonly step: string;
      readonly unit: string | null;
    }
  >(sql`
    WITH step AS (${stepSql(query.process)}), parts AS (
      SELECT ${part} AS part, count(*)::int AS size, min(completed_at) AS "startsAt", max(completed_at) AS "endsAt", ${figures}
      FROM (${inParts(query, items)}) AS placed GROUP BY ${part}
    ), judged AS (
      SELECT *, part IS NOT NULL AND ${fits} AS fits FROM parts
    ), newest AS (
      SELECT * FROM judged WHERE fits ORDER BY "startsAt" DESC, part DESC LIMIT ${SUBGROUPS_MOST}
    )
    SELECT ${labelOf(query)} AS label, newest.*, step.code::text AS step, ${unitOfReadings(code)} AS unit,
           (SELECT coalesce(sum(size), 0)::int FROM judged WHERE NOT fits) AS discarded,
           (SELECT count(*)::int FROM judged WHERE fits) AS found
    FROM step LEFT JOIN newest ON TRUE ORDER BY newest."startsAt", newest.part`);
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    measured: { step: first.step, code, unit: first.unit },
    rows: rows.filter(({ label }) => label !== null),
    discarded: first.discarded,
    isTruncated: first.found > SUBGROUPS_MOST,
  };
}

/** What an execution `t` is grouped by; the order decides for SIZE. */
function partOf({ grouping: { by }, period, clocks }: SubgroupQuery): Sql {
  if (by === 'SIZE') return sql`NULL::int`;
  if (by === 'LOT') return sql`t.lot_id`;
  if (by === 'SESSION') return sql`t.process_session_id`;
  return bucketNumbers(sql`t.completed_at`, bucketsOf(by, period, clocks)).number;
}

/** The label of a subgroup: the number of the lot, the code of the batch, the key of the time, or when its first execution ended. */
function labelOf({ grouping: { by }, period, clocks }: SubgroupQuery): Sql {
  if (by === 'SIZE') return sql`to_char(newest."startsAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  if (by === 'LOT') return sql`(SELECT lot.number::text FROM lots lot WHERE lot.id = newest.part)`;
  if (by === 'SESSION')
    return sql`(SELECT session.batch_code::text FROM process_sessions session WHERE session.id = newest.part)`;
  const { keys } = bucketNumbers(sql`NULL`, bucketsOf(by, period, clocks));
  return sql`(${[...keys]}::text[])[newest.part + 1]`;
}

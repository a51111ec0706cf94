/** SPC-5: What capability is computed from, by one statement, however many readings there are. */
import type { Reader } from '../../platform/postgres/client.ts';
import { empty, sql, type Sql } from '../../platform/postgres/sql.ts';
import { unscaled } from '../../platform/values/decimal.ts';
import { exactSum, stepSql } from '../measurement/reading.loaders.ts';
import { meanOf, standardDeviationOf } from '../measurement/reading.rules.ts';
import { type CapabilityFigures, capabilityOf } from './capability.rules.ts';
import { type ConstantSet, SUBGROUP_SIZES } from './constants.rules.ts';
import { type HistogramBin, histogramOf } from './histogram.rules.ts';
import type { DrawnCapability } from './histogram-picture.rules.ts';
import { inParts, partColumn, readingItems, type SubgroupQuery, unitOfReadings } from './subgroup.loaders.ts';
import { type SigmaEstimator, sigmaOf, type Variation } from './subgroup.rules.ts';

/** Limits as decimal text; null for none. */
export interface GivenLimits {
  readonly lowerLimit: string | null;
  readonly upperLimit: string | null;
  readonly target: string | null;
}

/** Subgroups of one size. Sums are whole numbers of 1e-10 and 1e-20. */
export interface SpreadRow {
  readonly size: number;
  readonly groups: number;
  readonly ranges: string;
  readonly deviations: string;
  readonly squares: string;
}

/** A column of the histogram: its number from 1, and how many readings are in it. */
export interface BinRow {
  readonly bin: number;
  readonly count: number;
}

/** What the statement finds. */
export interface CapabilityRow extends GivenLimits {
  readonly step: string;
  /** The unit of the step's characteristic; null for none. */
  readonly unit: string | null;
  /** The limits of the step's characteristic; each null for none. */
  readonly hasCharacteristic: boolean;
  readonly count: number;
  readonly sum: string;
  readonly squares: string;
  readonly min: string | null;
  readonly max: string | null;
  readonly movingCount: number;
  readonly movingSum: string;
  readonly discarded: number;
  readonly otherLimitsCount: number;
  readonly spreads: readonly SpreadRow[];
  readonly bins: readonly BinRow[];
  readonly binCount: number;
}

/** Which readings, and which limits they are compared with; limits that are not given are those of the characteristic. */
export interface CapabilityQuery extends SubgroupQuery {
  readonly code: string;
  readonly limits: GivenLimits;
  /** How many subgroups from the oldest on; null for all. */
  readonly baseline: number | null;
}

/** SPC-5: Sums, ranges and the histogram of readings; undefined when there is no such step. */
export async function capabilityFacts(db: Reader, query: CapabilityQuery): Promise<CapabilityRow | undefined> {
  const { limits, code } = query;
  const [row] = await db.query<CapabilityRow>(sql`
    WITH step AS (${stepSql(query.process)}), used AS (
      SELECT step.code::text AS step, ${unitOfReadings(code)} AS unit, step.quality_criteria -> 'characteristics' -> ${code}::text IS NOT NULL AS has_characteristic,
             ${limitOf('lowerLimit', limits.lowerLimit, code)} AS lower_limit, ${limitOf('upperLimit', limits.upperLimit, code)} AS upper_limit,
             ${limitOf('target', limits.target, code)} AS target
      FROM step
    ), ${isOfSingles(query) ? singles(query) : groups(query)}, moving AS (
      SELECT abs(value - lag(value) OVER (ORDER BY completed_at, id, position)) AS range FROM kept
    ), whole AS (
      SELECT count(*)::int AS count, ${exactSum(sql`value`)} AS sum, ${exactSum(sql`value`, 2)} AS squares, min(value) AS min, max(value) AS max,
             count(*) FILTER (WHERE kept.lower_limit IS DISTINCT FROM used.lower_limit OR kept.upper_limit IS DISTINCT FROM used.upper_limit)::int AS other,
             least(30, greatest(5, ceil(sqrt(count(*)))))::int AS bins
      FROM kept CROSS JOIN used
    ), binned AS (
      SELECT CASE WHEN whole.min = whole.max THEN 1 ELSE least(width_bucket(value, whole.min, whole.max, whole.bins), whole.bins) END AS bin, count(*)::int AS count
      FROM kept CROSS JOIN whole GROUP BY 1
    )
    SELECT used.step, used.unit, used.has_characteristic AS "hasCharacteristic", used.lower_limit::text AS "lowerLimit", used.upper_limit::text AS "upperLimit", used.target::text AS target,
           whole.count, whole.sum, whole.squares, whole.min::text AS min, whole.max::text AS max, whole.other AS "otherLimitsCount",
           CASE WHEN whole.min = whole.max THEN 1 ELSE whole.bins END AS "binCount",
           (SELECT count(range)::int FROM moving) AS "movingCount", (SELECT ${exactSum(sql`range`)} FROM moving) AS "movingSum",
           (SELECT count FROM left_out) AS discarded,
           (SELECT coalesce(json_agg(spread ORDER BY size), '[]') FROM spread) AS spreads,
           (SELECT coalesce(json_agg(binned ORDER BY bin), '[]') FROM binned) AS bins
    FROM used CROSS JOIN whole`);
  return row;
}

/** Whether each reading is a subgroup by itself: then all fit, and none has a spread. */
function isOfSingles({ grouping }: CapabilityQuery): boolean {
  return grouping.by === 'SIZE' && grouping.size === 1;
}

/** The readings that count, `kept`, as the common table expressions of single readings. */
function singles(query: CapabilityQuery): Sql {
  const { baseline } = query;
  const oldest = baseline === null ? empty : sql`ORDER BY completed_at, id, position LIMIT ${baseline}`;
  return sql`
    kept AS MATERIALIZED (
      SELECT id, position, completed_at, value, lower_limit, upper_limit FROM (${readingItems(query)}) AS item ${oldest}
    ), left_out AS (SELECT 0 AS count), spread AS (SELECT NULL::int AS size WHERE FALSE)`;
}

/** The readings that count, `kept`, and the `spread` of the subgroups of each size, as common table expressions. */
function groups(query: CapabilityQuery): Sql {
  const { grouping, baseline } = query;
  const fits =
    grouping.by === 'SIZE'
      ? sql`size = ${grouping.size}`
      : sql`size BETWEEN ${SUBGROUP_SIZES.min} AND ${SUBGROUP_SIZES.max}`;
  return sql`
    placed AS (
      SELECT id, position, completed_at, value, lower_limit, upper_limit, ${partColumn(query)} AS part FROM (${inParts(query, readingItems(query))}) AS item
    ), parts AS (
      SELECT part, count(*)::int AS size, min(completed_at) AS starts_at, max(value) - min(value) AS range, coalesce(stddev_samp(value), 0) AS deviation,
             count(*) * sum(value * value) - sum(value) * sum(value) AS squares
      FROM placed GROUP BY part
    ), judged AS (
      SELECT *, part IS NOT NULL AND ${fits} AS fits FROM parts
    ), based AS (
      SELECT * FROM judged WHERE fits ORDER BY starts_at, part LIMIT ${baseline}
    ), kept AS (
      SELECT placed.* FROM placed JOIN based USING (part)
    ), left_out AS (
      SELECT coalesce(sum(size), 0)::int AS count FROM judged WHERE NOT fits
    ), spread AS (
      SELECT size, count(*)::int AS groups, trunc(sum(range) * 1e10)::text AS ranges, sum(deviation)::text AS deviations,
             trunc(sum(squares) * 1e20)::text AS squares
      FROM based WHERE size >= ${SUBGROUP_SIZES.min} GROUP BY size
    )`;
}

function limitOf(name: keyof GivenLimits, given: string | null, code: string): Sql {
  return sql`coalesce(${given}::numeric, (step.quality_criteria -> 'characteristics' -> ${code}::text ->> ${name})::numeric)`;
}

/** How capability is computed: the estimator of σ within, its constants, and the probability of the intervals. */
export interface CapabilityMethod {
  readonly estimator: SigmaEstimator;
  readonly constants: ConstantSet;
  readonly confidence: number;
}

/** The indices with what they were computed from. */
export interface CapabilityAnswer extends CapabilityFigures, CapabilityMethod {
  readonly row: CapabilityRow;
  readonly mean: number | null;
  readonly sigmaWithin: number | null;
  readonly sigmaOverall: number | null;
  readonly histogram: readonly HistogramBin[];
}

/** SPC-5: The capability of the readings that the statement found. */
export function capabilityWith(row: CapabilityRow, how: CapabilityMethod): CapabilityAnswer {
  const readings = { count: row.count, sum: BigInt(row.sum), squares: BigInt(row.squares) };
  const variation: Variation = {
    all: readings,
    spreads: row.spreads.map((spread) => ({
      ...spread,
      ranges: BigInt(spread.ranges),
      deviations: Number(spread.deviations),
      squares: BigInt(spread.squares),
    })),
    movingRanges: { count: row.movingCount, sum: BigInt(row.movingSum) },
  };
  const [sigmaWithin, sigmaOverall] = [sigmaOf(variation, how.estimator, how.constants), standardDeviationOf(readings)];
  const figures = capabilityOf({
    readings,
    sigmaWithin,
    sigmaOverall,
    lowerLimit: unitsOf(row.lowerLimit),
    upperLimit: unitsOf(row.upperLimit),
    target: unitsOf(row.target),
    confidence: how.confidence,
  });
  return { ...figures, ...how, row, mean: meanOf(readings), sigmaWithin, sigmaOverall, histogram: histogramOf(row) };
}

function unitsOf(decimal: string | null): bigint | null {
  return decimal === null ? null : unscaled(decimal);
}

/** What the picture of a capability shows; its limits are drawn as numbers. */
export function drawnCapability({ row, ...capability }: CapabilityAnswer, code: string): DrawnCapability {
  const { step, unit, count, lowerLimit, upperLimit, target } = row;
  const numberOf = (decimal: string | null): number | null => (decimal === null ? null : Number(decimal));
  return {
    ...capability,
    measured: { step, code, unit },
    readingCount: count,
    lowerLimit: numberOf(lowerLimit),
    upperLimit: numberOf(upperLimit),
    target: numberOf(target),
  };
}

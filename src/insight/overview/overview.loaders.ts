import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';
import { startOfDayIn } from '../../platform/values/zoned-time.ts';
import { type Counted, isCounted, RESULT_COUNTS } from '../figure/execution.loaders.ts';
import { bucketNumbers, isInPeriod } from '../period/bucket.loaders.ts';
import { daysFrom } from '../period/bucket.rules.ts';
import { type DayRange, periodOfDays } from '../period/period.rules.ts';
import { itemInScope, lotInScope, sampleInScope, stepInScope } from '../scope/scope.loaders.ts';
import type { Scope } from '../scope/scope.rules.ts';
import { loadSerialYield } from '../yield/yield.loaders.ts';
import type { SerialYield } from '../yield/yield.rules.ts';
import {
  type InspectionSums,
  type QualityMetrics,
  qualityMetricsOf,
  type QualityTrend,
  qualityTrendOf,
  type StepOutcomes,
} from './overview.rules.ts';

/** What was made in a period. */
export interface ProductionCounts {
  readonly lotsCreated: number;
  readonly lotsCompleted: number;
  readonly lotsClosed: number;
  readonly wipItemsCreated: number;
  readonly wipItemsCompleted: number;
  readonly serialsCreated: number;
}

/** What was made in a period, and the yield of its serials. */
export interface ProductionStatistics extends ProductionCounts {
  readonly serialYield: SerialYield;
}

/** KPI-4: What was created, completed and closed, each by its own time, by two statements. */
export async function loadProductionStatistics(db: Reader, counted: Counted): Promise<ProductionStatistics> {
  const { period, scope } = counted;
  const lotsBy = (column: string): Sql =>
    sql`(SELECT count(*)::int FROM lots l WHERE ${isInPeriod(identifier(`l.${column}`), period)} AND ${lotInScope(sql`l.id`, scope)})`;
  const itemsBy = (column: string): Sql =>
    sql`(SELECT count(*)::int FROM wip_items i WHERE ${isInPeriod(identifier(`i.${column}`), period)} AND ${itemInScope(sql`i.lot_id`, sql`i.id`, scope)})`;
  const serials = allOf([isInPeriod(sql`s.created_at`, period), itemInScope(sql`s.lot_id`, sql`s.wip_item_id`, scope)]);
  const [[counts], serialYield] = await Promise.all([
    db.query<ProductionCounts>(sql`
      SELECT ${lotsBy('created_at')} AS "lotsCreated", ${lotsBy('completed_at')} AS "lotsCompleted", ${lotsBy('closed_at')} AS "lotsClosed",
             ${itemsBy('created_at')} AS "wipItemsCreated", ${itemsBy('completed_at')} AS "wipItemsCompleted",
             (SELECT count(*)::int FROM serials s WHERE ${serials}) AS "serialsCreated"`),
    loadSerialYield(db, counted),
  ]);
  return { ...present(counts, 'The counts of production'), serialYield };
}

/** KPI-5: The quality of serials and steps, by two statements. */
export async function loadQualityMetrics(db: Reader, counted: Counted): Promise<QualityMetrics> {
  const [serials, steps] = await Promise.all([
    loadSerialYield(db, counted),
    db.query<StepOutcomes>(sql`
      SELECT p.id AS "processId", coalesce(done.executions, 0) AS executions, coalesce(done."passCount", 0) AS "passCount",
             coalesce(done."failCount", 0) AS "failCount", coalesce(done."reworkCount", 0) AS "reworkCount"
      FROM processes p LEFT JOIN (SELECT d.process_id, ${RESULT_COUNTS} FROM process_data d WHERE ${isCounted(counted)} GROUP BY 1) AS done ON done.process_id = p.id
      WHERE (p.is_active OR done.process_id IS NOT NULL) AND ${stepInScope(sql`p.id`, counted.scope)} ORDER BY p.number`),
  ]);
  return qualityMetricsOf(serials, steps);
}

/** KPI-12: The quality of each day, by one statement. */
export async function loadQualityTrend(
  db: Reader,
  { days, timeZone, scope }: { readonly days: DayRange; readonly timeZone: string; readonly scope: Scope },
): Promise<QualityTrend> {
  const starts = daysFrom(days.from, days.to);
  const buckets = starts.map((key) => ({ start: startOfDayIn(timeZone, key), key }));
  const where = allOf([
    sql`i.status = 'COMPLETED'`,
    isInPeriod(sql`i.completed_at`, periodOfDays(days, timeZone)),
    sampleInScope('i', scope),
  ]);
  const rows = await db.query<InspectionSums & { readonly place: number }>(sql`
    SELECT ${bucketNumbers(sql`i.completed_at`, buckets).number} AS place, count(*)::int AS "completedCount", count(*) FILTER (WHERE i.verdict = 'PASS')::int AS "passCount",
           count(i.quality_score)::int AS "scoredCount", coalesce(sum(i.quality_score), 0)::float8 AS "scoreSum"
    FROM inspections i WHERE ${where} GROUP BY 1`);
  return qualityTrendOf(starts, new Map(rows.map(({ place, ...sums }): [number, InspectionSums] => [place, sums])));
}

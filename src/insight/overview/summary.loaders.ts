import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';
import type { DateText } from '../../platform/values/time.ts';
import { plusCalendarDays } from '../../platform/values/zoned-time.ts';
import { firstDayOf } from '../period/bucket.rules.ts';
import { isInPeriod } from '../period/bucket.loaders.ts';
import { periodOfDays } from '../period/period.rules.ts';
import {
  type ExecutionsOfDay,
  type LotSummary,
  type ProductionSummary,
  productionSummaryOf,
  type SerialSums,
  type WipItemSummary,
} from './summary.rules.ts';

/** KPI-14: The summary of a day of the time zone, by four statements: one for each kind of record. */
export async function loadProductionSummary(db: Reader, date: DateText, timeZone: string): Promise<ProductionSummary> {
  const monday = firstDayOf('WEEK', date);
  const day = periodOfDays({ from: date, to: date }, timeZone);
  const week = periodOfDays({ from: monday, to: plusCalendarDays(monday, 6) }, timeZone);
  const [[lots], [wipItems], [serials], [executions]] = await Promise.all([
    db.query<LotSummary>(sql`
      SELECT count(*)::int AS total, count(*) FILTER (WHERE ${isInPeriod(sql`created_at`, day)})::int AS "createdOnDay",
             count(*) FILTER (WHERE ${isInPeriod(sql`created_at`, week)})::int AS "createdInWeek", count(*) FILTER (WHERE status IN ('CREATED', 'IN_PROGRESS'))::int AS "activeCount",
             count(*) FILTER (WHERE disposition IN ('QUARANTINED', 'REJECTED'))::int AS "heldCount",
             count(*) FILTER (WHERE ${isInPeriod(sql`completed_at`, day)})::int AS "completedOnDay", count(*) FILTER (WHERE ${isInPeriod(sql`closed_at`, day)})::int AS "closedOnDay"
      FROM lots`),
    db.query<WipItemSummary>(sql`
      SELECT count(*) FILTER (WHERE ${isInPeriod(sql`created_at`, day)})::int AS "createdOnDay", count(*) FILTER (WHERE ${isInPeriod(sql`completed_at`, day)})::int AS "completedOnDay",
             count(*) FILTER (WHERE ${isInPeriod(sql`converted_at`, day)})::int AS "convertedOnDay",
             count(*) FILTER (WHERE status = 'IN_PROGRESS')::int AS "inProgressCount", count(*) FILTER (WHERE status = 'FAILED')::int AS "failedCount"
      FROM wip_items`),
    db.query<SerialSums>(sql`
      SELECT count(*)::int AS total, count(*) FILTER (WHERE ${isInPeriod(sql`created_at`, day)})::int AS "createdOnDay",
             count(*) FILTER (WHERE ${isInPeriod(sql`created_at`, week)})::int AS "createdInWeek", count(*) FILTER (WHERE status = 'IN_PROGRESS')::int AS "inProgressCount",
             count(*) FILTER (WHERE status = 'PASSED' AND ${isInPeriod(sql`completed_at`, day)})::int AS "passedOnDay",
             count(*) FILTER (WHERE is_out AND ${isInPeriod(sql`completed_at`, day)})::int AS "failedOnDay",
             count(*) FILTER (WHERE status = 'PASSED' OR is_out)::int AS "terminalCount", count(*) FILTER (WHERE status = 'PASSED')::int AS "passedCount",
             count(*) FILTER (WHERE (status = 'PASSED' OR is_out) AND rework_count > 0)::int AS "reworkedCount"
      FROM (SELECT *, status = 'FAILED' AND rework_count >= max_reworks AS is_out FROM serials) AS serial`),
    db.query<ExecutionsOfDay>(sql`
      SELECT count(*)::int AS executions, count(*) FILTER (WHERE result = 'PASS')::int AS "passCount", count(*) FILTER (WHERE result = 'FAIL')::int AS "failCount",
             coalesce(sum(duration_seconds), 0)::float8 AS "durationSum"
      FROM process_data WHERE ${isInPeriod(sql`completed_at`, day)}`),
  ]);
  return productionSummaryOf(
    present(lots, 'The counts of lots'),
    present(wipItems, 'The counts of items'),
    present(serials, 'The counts of serials'),
    present(executions, 'The counts of executions'),
  );
}

import type { Reader } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import type { DateText, Instant } from '../../platform/values/time.ts';
import { IS_REVIEW_OPEN } from '../defect/defect.loaders.ts';
import type { DefectFigure, InspectionCounts, InspectionFigure } from './statistics.rules.ts';

/** INS-4: The counts and means of a group of inspections, the same for the query and for reports. Only COMPLETED ones have a verdict. */
const COUNTS: Sql = sql`
  count(*)::int AS count, count(*) FILTER (WHERE status = 'COMPLETED')::int AS "completedCount",
  count(*) FILTER (WHERE verdict = 'PASS')::int AS "passCount", count(*) FILTER (WHERE verdict = 'FAIL')::int AS "failCount",
  round(avg(quality_score), 4) AS "meanQualityScore", round(avg(confidence), 4) AS "meanConfidence"`;

/** How the inspections that match a filter, on the alias `t`, spread over status and type, by one statement. */
export function inspectionFigures(db: Reader, where: Sql): Promise<readonly InspectionFigure[]> {
  return db.query(sql`
    SELECT CASE WHEN status IS NOT NULL THEN 'STATUS' WHEN type IS NOT NULL THEN 'TYPE' ELSE 'TOTAL' END AS facet,
           coalesce(status::text, type::text) AS value, ${COUNTS}
    FROM inspections t WHERE ${where} GROUP BY GROUPING SETS ((status), (type), ())`);
}

/** A day, as far as it is in a period. */
export interface Day {
  readonly day: DateText;
  readonly from: Instant;
  readonly to: Instant;
}

/** How the inspections that match a filter, on the alias `t`, spread over the days of their completion. A day without any has no row. */
export async function inspectionFiguresByDay(
  db: Reader,
  where: Sql,
  days: readonly Day[],
): Promise<ReadonlyMap<DateText, InspectionCounts>> {
  const rows = await db.query<InspectionCounts & { readonly day: DateText }>(sql`
    SELECT day.name AS day, ${COUNTS}
    FROM unnest(${days.map(({ day }) => day)}::text[], ${days.map(({ from }) => from)}::timestamptz[], ${days.map(({ to }) => to)}::timestamptz[]) AS day(name, starts_at, ends_at)
    JOIN inspections t ON t.completed_at >= day.starts_at AND t.completed_at < day.ends_at
    WHERE ${where} GROUP BY day.name`);
  return new Map(rows.map(({ day, ...counts }) => [day, counts]));
}

/** How many findings of the inspections that match a filter, on the alias `t`, wait for a reviewer. */
export async function countOpenReviews(db: Reader, where: Sql): Promise<number> {
  const [open] = await db.query<{ readonly count: number }>(sql`
    SELECT count(*)::int AS count FROM defects
    WHERE ${IS_REVIEW_OPEN} AND inspection_id IN (SELECT t.id FROM inspections t WHERE ${where})`);
  return open?.count ?? 0;
}

/** How the findings that match a filter, on the alias `t`, spread over all that distinguishes them, by one statement. */
export function defectFigures(db: Reader, where: Sql): Promise<readonly DefectFigure[]> {
  return db.query(sql`
    SELECT CASE WHEN severity IS NOT NULL THEN 'SEVERITY' WHEN type IS NOT NULL THEN 'TYPE'
                WHEN detection_method IS NOT NULL THEN 'DETECTION_METHOD' WHEN review_status IS NOT NULL THEN 'REVIEW_STATUS'
                ELSE 'TOTAL' END AS facet,
           coalesce(severity::text, type::text, detection_method::text, review_status::text) AS value,
           count(*)::int AS count, round(avg(confidence), 4) AS "meanConfidence"
    FROM defects t WHERE ${where} GROUP BY GROUPING SETS ((severity), (type), (detection_method), (review_status), ())`);
}

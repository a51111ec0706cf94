import type { Reader } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import type { DefectFigure, InspectionFigure } from './statistics.rules.ts';

/** How the inspections that match a filter, on the alias `t`, spread over status and type, by one statement. */
export function inspectionFigures(db: Reader, where: Sql): Promise<readonly InspectionFigure[]> {
  return db.query(sql`
    SELECT CASE WHEN status IS NOT NULL THEN 'STATUS' WHEN type IS NOT NULL THEN 'TYPE' ELSE 'TOTAL' END AS facet,
           coalesce(status::text, type::text) AS value, count(*)::int AS count,
           count(*) FILTER (WHERE verdict = 'PASS')::int AS "passCount", count(*) FILTER (WHERE verdict = 'FAIL')::int AS "failCount",
           round(avg(quality_score), 4) AS "meanQualityScore", round(avg(confidence), 4) AS "meanConfidence"
    FROM inspections t WHERE ${where} GROUP BY GROUPING SETS ((status), (type), ())`);
}

/** How many findings of the inspections that match a filter, on the alias `t`, wait for a reviewer. */
export async function countOpenReviews(db: Reader, where: Sql): Promise<number> {
  const [open] = await db.query<{ readonly count: number }>(sql`
    SELECT count(*)::int AS count FROM defects
    WHERE review_status IN ('PENDING', 'NEEDS_REVIEW') AND inspection_id IN (SELECT t.id FROM inspections t WHERE ${where})`);
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

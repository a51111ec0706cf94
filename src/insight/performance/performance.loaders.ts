import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, sql, type Sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';
import { type Counted, DURATION_SUM, isCounted, RESULT_COUNTS } from '../figure/execution.loaders.ts';
import { isInPeriod } from '../period/bucket.loaders.ts';
import { executionInScope, itemInScope, stepInScope } from '../scope/scope.loaders.ts';
import {
  type CycleTimes,
  cycleTimesOf,
  type ItemTimes,
  type OperatorPerformance,
  operatorPerformanceOf,
  type OperatorWork,
  type ProcessPerformance,
  processPerformanceOf,
  type StepCycle,
  type StepWork,
} from './performance.rules.ts';

/** KPI-9: What the steps did in the period, and what is open at them now, by one statement. */
export async function loadProcessPerformance(db: Reader, counted: Counted): Promise<ProcessPerformance> {
  const { scope } = counted;
  const rows = await db.query<StepWork>(sql`
    SELECT p.id AS "processId", p.planned_seconds AS "plannedSeconds", coalesce(opened.count, 0) AS "openCount",
           coalesce(done.executions, 0) AS executions, coalesce(done."passCount", 0) AS "passCount", coalesce(done."failCount", 0) AS "failCount",
           coalesce(done."reworkCount", 0) AS "reworkCount", coalesce(done."durationSum", 0) AS "durationSum"
    FROM processes p
      LEFT JOIN (SELECT d.process_id, ${RESULT_COUNTS}, ${DURATION_SUM} FROM process_data d WHERE ${isCounted(counted)} GROUP BY 1) AS done
        ON done.process_id = p.id
      LEFT JOIN (SELECT d.process_id, count(*)::int AS count FROM process_data d WHERE d.completed_at IS NULL AND ${executionInScope('d', scope)} GROUP BY 1) AS opened
        ON opened.process_id = p.id
    WHERE (p.is_active OR done.process_id IS NOT NULL OR opened.process_id IS NOT NULL) AND ${stepInScope(sql`p.id`, scope)} ORDER BY p.number`);
  return processPerformanceOf(rows);
}

/** KPI-13: What people did in the period, by one statement. */
export async function loadOperatorPerformance(db: Reader, counted: Counted): Promise<readonly OperatorPerformance[]> {
  const rows = await db.query<OperatorWork>(sql`
    SELECT u.id AS "operatorId", u.username, done.executions, done."passCount", done."failCount", done."reworkCount", done."durationSum"
    FROM (SELECT d.operator_id, ${RESULT_COUNTS}, ${DURATION_SUM} FROM process_data d WHERE ${isCounted(counted)} GROUP BY 1) AS done
      JOIN users u ON u.id = done.operator_id`);
  return operatorPerformanceOf(rows);
}

/** KPI-10: How long executions and items took, by two statements. */
export async function loadCycleTimes(db: Reader, counted: Counted): Promise<CycleTimes> {
  const [steps, [items]] = await Promise.all([
    db.query<StepCycle>(sql`
      SELECT p.id AS "processId", p.code AS step, p.planned_seconds AS "plannedSeconds", done.count, done."durationSum", done."medianSeconds", done."p95Seconds"
      FROM (
        SELECT d.process_id, count(*)::int AS count, ${DURATION_SUM}, percentile_cont(0.5) WITHIN GROUP (ORDER BY d.duration_seconds) AS "medianSeconds",
               percentile_disc(0.95) WITHIN GROUP (ORDER BY d.duration_seconds) AS "p95Seconds"
        FROM process_data d WHERE ${isCounted(counted)} GROUP BY 1
      ) AS done JOIN processes p ON p.id = done.process_id ORDER BY p.number`),
    db.query<ItemTimes>(itemTimesSql(counted)),
  ]);
  return cycleTimesOf(steps, present(items, 'The times of items'));
}

/** Lead and touch of the items that were completed in the period. One that was completed without an execution has neither. */
function itemTimesSql({ period, scope }: Counted): Sql {
  const where = allOf([isInPeriod(sql`i.completed_at`, period), itemInScope(sql`i.lot_id`, sql`i.id`, scope)]);
  return sql`
    SELECT count(*)::int AS count, coalesce(sum(lead), 0)::float8 AS "leadSum", coalesce(sum(touch), 0)::float8 AS "touchSum",
           percentile_cont(0.5) WITHIN GROUP (ORDER BY lead) AS "medianLeadSeconds"
    FROM (
      SELECT floor(extract(epoch FROM i.completed_at - min(d.started_at)))::float8 AS lead, coalesce(sum(d.duration_seconds), 0) AS touch
      FROM wip_items i JOIN process_data d ON d.unit_id = i.id WHERE ${where} GROUP BY i.id
    ) AS item`;
}

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
    db.query<StepCycle>(stepCyclesSql(counted)),
    db.query<ItemTimes>(itemTimesSql(counted)),
  ]);
  return cycleTimesOf(steps, present(items, 'The times of items'));
}

/**
 * Mean, median and 95th percentile of the durations of each step. Durations are whole seconds, so few of them differ:
 * `place` counts how many executions took at most as long, and no execution is sorted.
 */
function stepCyclesSql(counted: Counted): Sql {
  const isUpTo = (rank: Sql): Sql => sql`FILTER (WHERE place.at_most >= ${rank})`;
  return sql`
    WITH duration AS (
      SELECT d.process_id, d.duration_seconds AS seconds, count(*) AS count FROM process_data d WHERE ${isCounted(counted)} GROUP BY 1, 2
    ), place AS (
      SELECT *, sum(count) OVER (PARTITION BY process_id ORDER BY seconds) AS at_most, sum(count) OVER (PARTITION BY process_id) AS total FROM duration
    )
    SELECT p.id AS "processId", p.code AS step, p.planned_seconds AS "plannedSeconds", max(place.total)::int AS count, sum(place.seconds * place.count)::float8 AS "durationSum",
           (min(place.seconds) ${isUpTo(sql`ceil(place.total / 2)`)} + min(place.seconds) ${isUpTo(sql`floor(place.total / 2) + 1`)}) / 2.0::float8 AS "medianSeconds",
           min(place.seconds) ${isUpTo(sql`ceil(place.total * 95 / 100)`)}::float8 AS "p95Seconds"
    FROM place JOIN processes p ON p.id = place.process_id GROUP BY p.id ORDER BY p.number`;
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

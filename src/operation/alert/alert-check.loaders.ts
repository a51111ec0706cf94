/** KPI-17: The figures that the checks judge, each by one statement. All times are those of the database. */
import type { Reader } from '../../platform/postgres/client.ts';
import { present } from '../../platform/values/assert.ts';
import type { FailedMigration } from './process-alert.rules.ts';
import {
  CHECKS,
  type IdleEquipment,
  type DelayedExecution,
  type QualityFigures,
  type StepFigures,
} from './alert-check.rules.ts';

/** Migrations whose newest run has failed. */
export function failedMigrations(db: Reader): Promise<readonly FailedMigration[]> {
  return db.sql<FailedMigration>`
    SELECT name, error_message AS "errorMessage" FROM (
      SELECT DISTINCT ON (name) name, outcome, error_message FROM migration_history ORDER BY name, started_at DESC
    ) AS newest WHERE outcome = 'FAILED' ORDER BY name`;
}

/** What ended at each step within the last hour, at steps where enough did. */
export function recentStepFigures(db: Reader): Promise<readonly StepFigures[]> {
  return db.sql<StepFigures>`
    SELECT process.id, process.number, process.code, recent.finished AS "finishedCount", recent.failed AS "failCount"
    FROM (
      SELECT process_id, count(*)::int AS finished, (count(*) FILTER (WHERE result = 'FAIL'))::int AS failed FROM process_data
      WHERE completed_at > now() - make_interval(mins => ${CHECKS.recentMinutes}) AND completed_at <= now() GROUP BY process_id
    ) AS recent JOIN processes process ON process.id = recent.process_id
    WHERE recent.finished > ${CHECKS.recentCount} AND recent.failed > 0 ORDER BY process.number`;
}

/** Active equipment that is out of use for too long and has no open alert about that, the longest first. */
export function idleEquipment(db: Reader): Promise<readonly IdleEquipment[]> {
  return db.sql<IdleEquipment>`
    SELECT t.id, t.code, t.name, t.status, extract(epoch FROM now() - t.status_changed_at)::float8 / 60 AS minutes FROM equipment t
    WHERE t.is_active AND t.status IN ('MAINTENANCE', 'OUT_OF_SERVICE')
      AND t.status_changed_at < now() - make_interval(mins => ${CHECKS.equipmentMinutes})
      AND NOT EXISTS (SELECT FROM alerts open WHERE open.dedup_key = 'EQUIPMENT_FAILURE:equipment:' || t.id AND open.status <> 'ARCHIVED')
    ORDER BY t.status_changed_at, t.id LIMIT ${CHECKS.recordsAtOnce}`;
}

/**
 * Executions that are open for longer than allowed and have no open alert about that, the oldest first. The plan is that
 * of the step in the route of the lot; that of the process where the lot has none, or the step is not part of it.
 */
export function delayedExecutions(db: Reader): Promise<readonly DelayedExecution[]> {
  return db.sql<DelayedExecution>`
    SELECT * FROM (
      SELECT t.id, coalesce(serial.number, item.number, lot.number) AS "unitNumber",
        json_build_object('id', process.id, 'number', coalesce(step.number, process.number), 'code', process.code) AS process,
        t.lot_id AS "lotId", t.wip_item_id AS "wipItemId", t.serial_id AS "serialId", t.equipment_id AS "equipmentId",
        CASE WHEN step.id IS NULL THEN process.planned_seconds ELSE step.planned_seconds END AS "plannedSeconds",
        extract(epoch FROM now() - t.started_at)::float8 AS "openSeconds"
      FROM process_data t JOIN processes process ON process.id = t.process_id JOIN lots lot ON lot.id = t.lot_id
        LEFT JOIN route_steps step ON step.route_id = lot.route_id AND step.process_id = t.process_id
        LEFT JOIN wip_items item ON item.id = t.wip_item_id LEFT JOIN serials serial ON serial.id = t.serial_id
      WHERE t.completed_at IS NULL
        AND NOT EXISTS (SELECT FROM alerts open WHERE open.dedup_key = 'PROCESS_DELAY:execution:' || t.id AND open.status <> 'ARCHIVED')
    ) AS execution
    WHERE "openSeconds" > coalesce(greatest(${CHECKS.delayFactor} * "plannedSeconds", ${CHECKS.delayLeastSeconds}), ${CHECKS.delayUnplannedSeconds})
    ORDER BY "openSeconds" DESC, id LIMIT ${CHECKS.recordsAtOnce}`;
}

/** The figures of quality of the whole plant. */
export async function qualityFigures(db: Reader): Promise<QualityFigures> {
  const [figures] = await db.sql<QualityFigures>`
    SELECT recent.*, review.*, (SELECT count(*)::int FROM inspections WHERE status = 'PENDING') AS "pendingCount"
    FROM (
      SELECT count(*)::int AS "completedCount", (count(*) FILTER (WHERE verdict = 'FAIL'))::int AS "failCount",
        (avg(quality_score) FILTER (WHERE completed_at > now() - make_interval(mins => ${CHECKS.scoreMinutes})))::float8 AS "meanScore"
      FROM inspections WHERE completed_at > now() - make_interval(mins => ${CHECKS.recentMinutes}) AND completed_at <= now()
    ) AS recent, (
      SELECT count(*)::int AS "defectCount", (count(*) FILTER (WHERE review_status IN ('PENDING', 'NEEDS_REVIEW')))::int AS "unreviewedCount",
        (count(*) FILTER (WHERE review_status = 'FALSE_POSITIVE'))::int AS "falsePositiveCount"
      FROM defects WHERE created_at > now() - make_interval(hours => ${CHECKS.reviewHours})
    ) AS review`;
  return present(figures, 'The figures of quality');
}

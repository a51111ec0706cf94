import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { sumOf } from '../figure/ratio.rules.ts';
import { itemInScope, stepInScope } from '../scope/scope.loaders.ts';
import type { Scope } from '../scope/scope.rules.ts';
import { type StepLoad, type WipByProcess, wipByProcessOf } from './wip.rules.ts';

/**
 * KPI-11: Where the items of lots in work are, by one statement.
 *
 * 1. `step` has the WIP-level steps of the factory route and of the routes of these lots.
 * 2. `work` has the steps at which an item has a finished execution, and whether one of them is a PASS.
 * 3. `place` is the step of the open execution of an item, else its next step, as the rule `nextStepOfItem` finds it: the
 *    first step without a PASS that must be passed, else the conversion. An optional step must be passed once it was
 *    finished without a PASS.
 *
 * A step of the scope narrows the rows, because an item waits at a step before it has an execution there.
 */
export async function loadWipByProcess(db: Reader, scope: Scope): Promise<WipByProcess> {
  const where = itemInScope(sql`l.id`, sql`i.id`, { ...scope, processes: undefined });
  const rows = await db.query<LoadRow>(sql`
    WITH item AS MATERIALIZED (
      SELECT i.id, i.status, coalesce(l.route_id, ${FACTORY}::uuid) AS route_id, l.disposition IN ('QUARANTINED', 'REJECTED') AS is_held
      FROM lots l JOIN wip_items i ON i.lot_id = l.id WHERE l.status IN ('CREATED', 'IN_PROGRESS') AND i.status <> 'CONVERTED' AND ${where}
    ), step AS MATERIALIZED (
      SELECT ${FACTORY}::uuid AS route_id, p.id, p.number, false AS is_optional, p.type = 'SERIAL_CONVERSION' AS is_conversion
      FROM processes p WHERE p.is_active AND p.is_in_factory_route AND p.level = 'WIP'
      UNION ALL
      SELECT s.route_id, p.id, s.number, s.is_optional, coalesce(s.type, p.type) = 'SERIAL_CONVERSION'
      FROM route_steps s JOIN processes p ON p.id = s.process_id WHERE coalesce(s.level, p.level) = 'WIP' AND s.route_id IN (SELECT route_id FROM item)
    ), work AS MATERIALIZED (
      SELECT d.unit_id, d.process_id, bool_or(d.result = 'PASS') AS is_passed
      FROM item JOIN process_data d ON d.unit_id = item.id WHERE d.completed_at IS NOT NULL GROUP BY 1, 2
    ), opened AS MATERIALIZED (
      SELECT DISTINCT ON (d.unit_id) d.unit_id, d.process_id
      FROM item JOIN process_data d ON d.unit_id = item.id WHERE d.completed_at IS NULL ORDER BY d.unit_id, d.started_at DESC, d.id DESC
    ), next AS (
      SELECT DISTINCT ON (item.id) item.id, step.id AS process_id
      FROM item JOIN step ON step.route_id = item.route_id LEFT JOIN work ON work.unit_id = item.id AND work.process_id = step.id
      WHERE CASE WHEN step.is_conversion THEN NOT step.is_optional ELSE work.is_passed IS NOT TRUE AND (NOT step.is_optional OR work.unit_id IS NOT NULL) END
      ORDER BY item.id, step.is_conversion, step.number
    ), place AS (
      SELECT coalesce(opened.process_id, next.process_id) AS process_id,
             count(*) FILTER (WHERE opened.unit_id IS NOT NULL)::int AS opened_count,
             count(*) FILTER (WHERE opened.unit_id IS NULL AND item.status <> 'FAILED')::int AS waiting_count,
             count(*) FILTER (WHERE opened.unit_id IS NULL AND item.status = 'FAILED')::int AS failed_count,
             count(*) FILTER (WHERE item.is_held)::int AS held_count, count(*) FILTER (WHERE item.status = 'COMPLETED')::int AS completed_count
      FROM item LEFT JOIN opened ON opened.unit_id = item.id LEFT JOIN next ON next.id = item.id GROUP BY 1
    )
    SELECT p.id AS "processId", p.planned_seconds AS "plannedSeconds", coalesce(place.opened_count, 0) AS "inProgressCount",
           coalesce(place.waiting_count, 0) AS "waitingCount", coalesce(place.failed_count, 0) AS "failedCount", coalesce(place.held_count, 0) AS "heldCount",
           CASE WHEN p.id IS NULL THEN place.completed_count ELSE 0 END AS "withoutStepCount"
    FROM (SELECT * FROM processes WHERE level = 'WIP') AS p FULL JOIN place ON place.process_id = p.id
    WHERE p.id IS NULL OR (p.is_active OR place.process_id IS NOT NULL) AND ${stepInScope(sql`p.id`, scope)} ORDER BY p.number`);
  const steps = rows.flatMap(({ processId, ...load }) => (processId === null ? [] : [{ ...load, processId }]));
  return wipByProcessOf(
    steps,
    sumOf(rows, ({ withoutStepCount }) => withoutStepCount),
  );
}

/** The items at a step; those without any have no step. */
interface LoadRow extends Omit<StepLoad, 'processId'> {
  readonly processId: string | null;
  readonly withoutStepCount: number;
}

/** Stands for the factory route, which has no id: the id of no record. */
const FACTORY = '00000000-0000-0000-0000-000000000000';

import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { processDataTable } from '../../production/process-data/execution/process-data.loaders.ts';
import { LATEST_FAILURES, LIVE_WINDOW_MINUTES, type LiveCounts } from './live.rules.ts';

/** The state of the factory at an instant. */
export interface LiveState {
  readonly counts: LiveCounts;
  readonly latestFailures: readonly Row<'ProcessData'>[];
}

/**
 * KPI-15: The state of the factory: what was finished in the hour before the instant, and what is going on now. Two
 * statements.
 */
export async function liveState(db: Reader, at?: Instant): Promise<LiveState> {
  const [counts, latestFailures] = await Promise.all([countNow(db, at), newestFailures(db, at)]);
  return { counts, latestFailures };
}

/** Items in progress are looked for in the lots that are not done: all others have none (LOT-9). */
async function countNow(db: Reader, at: Instant | undefined): Promise<LiveCounts> {
  const instant = instantSql(at);
  const [counts] = await db.sql<LiveCounts>`
    SELECT ${instant} AS at, last_hour.executions AS "executionsLastHour", last_hour.passes AS "passCount", last_hour.fails AS "failCount",
      (SELECT count(*)::int FROM process_data WHERE completed_at IS NULL) AS "openExecutions",
      (SELECT count(*)::int FROM lots l JOIN wip_items i ON i.lot_id = l.id AND i.status = 'IN_PROGRESS'
        WHERE l.status IN ('CREATED', 'IN_PROGRESS')) AS "wipInProgressCount",
      machines.used AS "equipmentInUseCount", machines.active AS "equipmentActiveCount",
      (SELECT count(*)::int FROM lots WHERE disposition IN ('QUARANTINED', 'REJECTED')) AS "heldLotCount",
      (SELECT count(*)::int FROM alerts WHERE status = 'UNREAD') AS "unreadAlertCount",
      (SELECT count(*)::int FROM inspections WHERE status = 'PENDING') AS "pendingInspectionCount"
    FROM (
      SELECT count(*)::int AS executions, count(*) FILTER (WHERE result = 'PASS')::int AS passes, count(*) FILTER (WHERE result = 'FAIL')::int AS fails
      FROM process_data
      WHERE completed_at >= ${instant} - make_interval(mins => ${LIVE_WINDOW_MINUTES}::int) AND completed_at < ${instant}
    ) last_hour, (
      SELECT count(*) FILTER (WHERE status = 'IN_USE')::int AS used, count(*)::int AS active FROM equipment WHERE is_active
    ) machines`;
  return present(counts, 'The counts');
}

/** The newest failures of each step by its index, and the newest of these. */
function newestFailures(db: Reader, at: Instant | undefined): Promise<readonly Row<'ProcessData'>[]> {
  return db.query(sql`
    SELECT ${processDataTable.columns} FROM processes step CROSS JOIN LATERAL (
      SELECT * FROM process_data failed WHERE failed.process_id = step.id AND failed.result = 'FAIL' AND failed.completed_at < ${instantSql(at)}
      ORDER BY failed.completed_at DESC LIMIT ${LATEST_FAILURES}
    ) t ORDER BY t.completed_at DESC, t.id DESC LIMIT ${LATEST_FAILURES}`);
}

function instantSql(at: Instant | undefined) {
  return at === undefined ? sql`now()` : sql`${at}::timestamptz`;
}

import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';
import type { LotStatus } from '../../production/lot/lot.rules.ts';
import { type LotDashboard, lotDashboardRowOf, type LotSums } from './dashboard.rules.ts';

/** Which lots the dashboard shows. */
export interface DashboardWish {
  readonly status?: LotStatus | undefined;
  readonly first: number;
}

/**
 * KPI-14: The lots of the view, the newest first, by one statement. A lot that was deleted since the refresh is left
 * out.
 */
export async function loadLotDashboard(db: Reader, { status, first }: DashboardWish): Promise<LotDashboard> {
  const hasStatus = status === undefined ? sql`true` : sql`m.status = ${status}::lot_status`;
  const rows = await db.query<Pick<LotDashboard, 'refreshedAt'> & (LotSums | { readonly lotId: null })>(sql`
    SELECT view.refreshed_at AS "refreshedAt", lot.lot_id AS "lotId", lot.status, lot.target_quantity AS "targetQuantity",
           lot.created_count AS "CREATED", lot.in_progress_count AS "IN_PROGRESS", lot.completed_count AS "COMPLETED", lot.failed_count AS "FAILED", lot.converted_count AS "CONVERTED",
           lot.lead_count::float8 AS "leadCount", lot.lead_sum AS "leadSum",
           lot.actual_quantity AS "actualQuantity", lot.passed_quantity AS "passedQuantity", lot.failed_quantity AS "failedQuantity"
    FROM (SELECT refreshed_at FROM mv_lot_dashboard WHERE lot_id IS NULL) AS view
    LEFT JOIN LATERAL (
      SELECT m.* FROM mv_lot_dashboard m WHERE EXISTS (SELECT FROM lots l WHERE l.id = m.lot_id) AND ${hasStatus}
      ORDER BY m.lot_created_at DESC, m.lot_id DESC LIMIT ${first}
    ) AS lot ON true
    ORDER BY lot.lot_created_at DESC, lot.lot_id DESC`);
  const { refreshedAt } = present(rows[0], 'The row of the refresh');
  return { rows: rows.flatMap((row) => (row.lotId === null ? [] : lotDashboardRowOf(row))), refreshedAt };
}

import type { Tx } from '../../platform/postgres/client.ts';
import { REFRESH_AFTER_SECONDS } from './dashboard.rules.ts';

/**
 * KPI-14: Refreshes what `lotDashboard` reads, without blocking its readers. It then knows everything that was committed
 * before the transaction began.
 */
export async function refreshLotDashboard(tx: Tx): Promise<void> {
  await tx.sql`SELECT refresh_lot_dashboard()`;
}

/** KPI-14: Whether what `lotDashboard` reads is old enough to be refreshed. */
export async function isLotDashboardDue(tx: Tx): Promise<boolean> {
  const due = await tx.sql`
    SELECT FROM mv_lot_dashboard WHERE lot_id IS NULL AND refreshed_at <= now() - make_interval(secs => ${REFRESH_AFTER_SECONDS})`;
  return due.length > 0;
}

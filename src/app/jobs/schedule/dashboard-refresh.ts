/** Refreshes what the dashboard of lots reads once a minute, however many processes run (KPI-14). */
import { isLotDashboardDue, refreshLotDashboard } from '../../../insight/dashboard/dashboard.commands.ts';
import { exclusive } from '../background-work.ts';

/** The refresh of the dashboard of lots. The pause is how late a refresh is at most. */
export const dashboardRefresh = exclusive({
  name: 'dashboard-refresh',
  pauseMilliseconds: 5_000,
  async run(tx) {
    if (await isLotDashboardDue(tx)) await refreshLotDashboard(tx);
    return false;
  },
});

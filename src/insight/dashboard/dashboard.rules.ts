import type { Instant } from '../../platform/values/time.ts';
import { progressRatio } from '../../production/lot/lot-quantity.rules.ts';
import type { LotStatus } from '../../production/lot/lot.rules.ts';
import { WIP_ITEM_STATUSES, type WipItemStatus } from '../../production/wip-item/wip-item.rules.ts';
import { ratioOf, sumOf } from '../figure/ratio.rules.ts';

/** KPI-14: How many lots an answer has. */
export const DASHBOARD_LOTS = { min: 1, max: 100, default: 20 } as const;

/** KPI-14: The age in seconds at which the view is refreshed. */
export const REFRESH_AFTER_SECONDS = 60;

/** What the view knows of a lot: its items by status, its serials, and the whole seconds of the lead of `leadCount` items. */
export interface LotSums extends Readonly<Record<WipItemStatus, number>> {
  readonly lotId: string;
  readonly status: LotStatus;
  readonly targetQuantity: number;
  readonly actualQuantity: number;
  readonly passedQuantity: number;
  readonly failedQuantity: number;
  readonly leadCount: number;
  readonly leadSum: number;
}

/** The number of items of a lot in one status. */
export interface WipItemCount {
  readonly status: WipItemStatus;
  readonly count: number;
}

/** The state of one lot. */
export interface LotDashboardRow {
  readonly lotId: string;
  readonly status: LotStatus;
  readonly targetQuantity: number;
  readonly wipItemCount: number;
  readonly wipItemCounts: readonly WipItemCount[];
  readonly completionRatio: number | null;
  readonly failureRatio: number | null;
  readonly passedQuantity: number;
  readonly failedQuantity: number;
  readonly progressRatio: number;
  readonly meanLeadSeconds: number | null;
}

/** The state of the lots at an instant. */
export interface LotDashboard {
  readonly rows: readonly LotDashboardRow[];
  readonly refreshedAt: Instant;
}

/** KPI-14: The state of a lot. Each status has its count, 0 too; ratios and means are null without items. */
export function lotDashboardRowOf(sums: LotSums): LotDashboardRow {
  const { lotId, status, targetQuantity, passedQuantity, failedQuantity } = sums;
  const wipItemCounts = WIP_ITEM_STATUSES.map((each) => ({ status: each, count: sums[each] }));
  const wipItemCount = sumOf(wipItemCounts, ({ count }) => count);
  return {
    lotId,
    status,
    targetQuantity,
    wipItemCount,
    wipItemCounts,
    completionRatio: ratioOf(sums.COMPLETED + sums.CONVERTED, wipItemCount),
    failureRatio: ratioOf(sums.FAILED, wipItemCount),
    passedQuantity,
    failedQuantity,
    progressRatio: progressRatio({ targetQuantity }, { ...sums, wipItemCount }),
    meanLeadSeconds: ratioOf(sums.leadSum, sums.leadCount),
  };
}

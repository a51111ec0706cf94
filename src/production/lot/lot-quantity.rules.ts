import { secondsBetween, type Instant } from '../../platform/values/time.ts';
import type { LotStatus } from './lot.rules.ts';

/**
 * LOT-12: the quantities of a lot are counted, never typed in. Failed are the serials that FAILED with no rework left;
 * a serial that may still be reworked is pending.
 */
export interface LotCounts {
  readonly wipItemCount: number;
  readonly actualQuantity: number;
  readonly passedQuantity: number;
  readonly failedQuantity: number;
}

interface Target {
  readonly targetQuantity: number;
}

/** LOT-8: a lot completes itself when its terminal serials reach its target. */
export function completesItself(lot: Target & { readonly status: LotStatus }, counts: LotCounts): boolean {
  return lot.status === 'IN_PROGRESS' && terminalQuantity(counts) === lot.targetQuantity;
}

/** Serials that are not decided yet. */
export function pendingQuantity(counts: LotCounts): number {
  return counts.actualQuantity - terminalQuantity(counts);
}

/** Items that the target still asks for. */
export function remainingQuantity(lot: Target, counts: Pick<LotCounts, 'wipItemCount'>): number {
  return lot.targetQuantity - counts.wipItemCount;
}

/** Passed serials among all; null while there is none. */
export function passRatio(counts: LotCounts): number | null {
  return counts.actualQuantity === 0 ? null : counts.passedQuantity / counts.actualQuantity;
}

/** Failed serials among all; null while there is none. */
export function defectRatio(counts: LotCounts): number | null {
  return counts.actualQuantity === 0 ? null : counts.failedQuantity / counts.actualQuantity;
}

/** Decided serials as a part of the target. */
export function progressRatio(lot: Target, counts: LotCounts): number {
  return terminalQuantity(counts) / lot.targetQuantity;
}

/** Whole seconds from start to completion; null while the lot is open. */
export function lotLeadTimeSeconds(lot: {
  readonly startedAt: Instant | null;
  readonly completedAt: Instant | null;
}): number | null {
  if (lot.startedAt === null || lot.completedAt === null) return null;
  return secondsBetween(lot.startedAt, lot.completedAt);
}

function terminalQuantity(counts: LotCounts): number {
  return counts.passedQuantity + counts.failedQuantity;
}

import { secondsBetween, type Instant } from '../../platform/values/time.ts';
import type { LotStatus } from './lot.rules.ts';

/**
 * LOT-12: The quantities of a lot are counted, never entered. A serial counts as failed when it FAILED with no rework
 * left; a serial that may still be reworked is pending.
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

/** LOT-8: A lot completes itself when the number of its terminal serials reaches its target. */
export function completesItself(lot: Target & { readonly status: LotStatus }, counts: LotCounts): boolean {
  return lot.status === 'IN_PROGRESS' && terminalQuantity(counts) === lot.targetQuantity;
}

/** LOT-12: How many serials are not decided yet. */
export function pendingQuantity(counts: LotCounts): number {
  return counts.actualQuantity - terminalQuantity(counts);
}

/** LOT-12: How many more items the target needs. */
export function remainingQuantity(lot: Target, counts: Pick<LotCounts, 'wipItemCount'>): number {
  return lot.targetQuantity - counts.wipItemCount;
}

/** LOT-12: The ratio of passed serials to all serials, the undecided ones too; null while there are none. */
export function passRatio(counts: LotCounts): number | null {
  return counts.actualQuantity === 0 ? null : counts.passedQuantity / counts.actualQuantity;
}

/** LOT-12: The yield of a lot: the ratio of passed serials to decided serials; null while none is decided. */
export function yieldRatio(counts: LotCounts): number | null {
  const decided = terminalQuantity(counts);
  return decided === 0 ? null : counts.passedQuantity / decided;
}

/** LOT-12: The ratio of failed serials to all serials; null while there are none. */
export function defectRatio(counts: LotCounts): number | null {
  return counts.actualQuantity === 0 ? null : counts.failedQuantity / counts.actualQuantity;
}

/** LOT-12: The ratio of decided serials to the target. */
export function progressRatio(lot: Target, counts: LotCounts): number {
  return terminalQuantity(counts) / lot.targetQuantity;
}

/** LOT-12: The mandatory steps that a lot and its units have passed, and those of its route: of the lot, and of each unit. */
export interface StepsDone {
  readonly passedSteps: number;
  readonly lotSteps: number;
  readonly unitSteps: number;
}

/**
 * LOT-12: The ratio of passed steps to the steps of the lot and of each unit of its target; null while the route has no
 * mandatory step.
 */
export function stepProgressRatio(lot: Target, { passedSteps, lotSteps, unitSteps }: StepsDone): number | null {
  const steps = lotSteps + unitSteps * lot.targetQuantity;
  return steps === 0 ? null : passedSteps / steps;
}

/** LOT-12: Whole seconds from start to completion; null while the lot is open. */
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

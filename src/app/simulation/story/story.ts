import type { ExecutionRow, LotRow, SerialRow, WipItemRow } from '../rows.ts';
import type { PlannedLot } from '../schedule.ts';
export interface LotStory {
  readonly plan: PlannedLot;
  readonly lot: LotRow;
  readonly wipItems: readonly WipItemRow[];
  readonly serials: readonly SerialRow[];
  readonly executions: readonly ExecutionRow[];
}

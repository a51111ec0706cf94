import type { OfficeStory } from '../office/office-story.ts';
import type { QualityStory } from '../quality/quality-story.ts';
import type { ComponentUseRow, ExecutionRow, LotRow, ProcessSessionRow, SerialRow, WipItemRow } from '../rows.ts';
import type { PlannedLot } from '../schedule.ts';

/** A simulated lot with everything that belongs to it. */
export interface LotStory {
  readonly plan: PlannedLot;
  readonly lot: LotRow;
  readonly wipItems: readonly WipItemRow[];
  readonly serials: readonly SerialRow[];
  readonly executions: readonly ExecutionRow[];
}

/** A simulated lot with its inspections. */
export interface InspectedLot extends LotStory {
  readonly quality: QualityStory;
}

/** A simulated lot as it is written: with its process sessions, what was built into its items, and its paperwork. */
export interface WrittenLot extends InspectedLot {
  readonly sessions: readonly ProcessSessionRow[];
  readonly componentUses: readonly ComponentUseRow[];
  readonly office: OfficeStory;
}

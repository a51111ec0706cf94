import { ratioOf } from '../figure/ratio.rules.ts';

/** The lots, and those of one day. */
export interface LotSummary {
  readonly total: number;
  readonly createdOnDay: number;
  readonly createdInWeek: number;
  readonly activeCount: number;
  readonly heldCount: number;
  readonly completedOnDay: number;
  readonly closedOnDay: number;
}

/** The WIP items, and those of one day. */
export interface WipItemSummary {
  readonly createdOnDay: number;
  readonly completedOnDay: number;
  readonly convertedOnDay: number;
  readonly inProgressCount: number;
  readonly failedCount: number;
}

/** The serials, and those of one day. */
export interface SerialSummary {
  readonly total: number;
  readonly createdOnDay: number;
  readonly createdInWeek: number;
  readonly inProgressCount: number;
  readonly passedOnDay: number;
  readonly failedOnDay: number;
}

/** The serials with those that ever reached their end. */
export interface SerialSums extends SerialSummary {
  readonly terminalCount: number;
  readonly passedCount: number;
  readonly reworkedCount: number;
}

/** The executions that were completed on a day. Durations are in whole seconds. */
export interface ExecutionsOfDay {
  readonly executions: number;
  readonly passCount: number;
  readonly failCount: number;
  readonly durationSum: number;
}

/** The summary of a day. */
export interface ProductionSummary {
  readonly lots: LotSummary;
  readonly wipItems: WipItemSummary;
  readonly serials: SerialSummary;
  readonly executionsOnDay: number;
  readonly failsOnDay: number;
  readonly passRatioOnDay: number | null;
  readonly meanDurationSecondsOnDay: number | null;
  readonly passRatioOverall: number | null;
  readonly reworkRatioOverall: number | null;
}

/** KPI-14: The summary of a day; ratios and means are null without data. */
export function productionSummaryOf(
  lots: LotSummary,
  wipItems: WipItemSummary,
  serials: SerialSums,
  { executions, passCount, failCount, durationSum }: ExecutionsOfDay,
): ProductionSummary {
  return {
    lots,
    wipItems,
    serials,
    executionsOnDay: executions,
    failsOnDay: failCount,
    passRatioOnDay: ratioOf(passCount, executions),
    meanDurationSecondsOnDay: ratioOf(durationSum, executions),
    passRatioOverall: ratioOf(serials.passedCount, serials.terminalCount),
    reworkRatioOverall: ratioOf(serials.reworkedCount, serials.terminalCount),
  };
}

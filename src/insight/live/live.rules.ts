import type { Instant } from '../../platform/values/time.ts';

/** KPI-15: The minutes before the instant whose finished executions are counted. */
export const LIVE_WINDOW_MINUTES = 60;
/** KPI-15: How many of the newest failures are shown. */
export const LATEST_FAILURES = 5;
/** KPI-15: The seconds between two events: at least, at most, and unless given. */
export const LIVE_INTERVAL = { min: 1, max: 60, default: 5 } as const;

/** What is counted for live metrics. */
export interface LiveCounts {
  readonly at: Instant;
  readonly executionsLastHour: number;
  readonly passCount: number;
  readonly failCount: number;
  readonly openExecutions: number;
  readonly wipInProgressCount: number;
  readonly equipmentInUseCount: number;
  readonly equipmentActiveCount: number;
  readonly heldLotCount: number;
  readonly unreadAlertCount: number;
  readonly pendingInspectionCount: number;
}

/** A version of a record. */
export interface VersionedRecord {
  readonly id: string;
  readonly version: number;
}

/** KPI-15: A part of the executions of the last hour; null without any. */
export function ratioOfLastHour(part: number, { executionsLastHour }: LiveCounts): number | null {
  return executionsLastHour === 0 ? null : part / executionsLastHour;
}

/** KPI-15: A text that changes when something shown changes, other than the time itself. */
export function liveText({ at: _at, ...counts }: LiveCounts, latestFailures: readonly VersionedRecord[]): string {
  return JSON.stringify([counts, latestFailures.map(({ id, version }) => [id, version])]);
}

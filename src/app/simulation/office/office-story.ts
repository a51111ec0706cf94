import type { AlertRow, BackgroundJobItemRow, BackgroundJobRow, LabelPrintRow } from '../rows.ts';

/** What was printed, reported and sent about a lot while it was made. */
export interface OfficeStory {
  readonly labelPrints: readonly LabelPrintRow[];
  readonly alerts: readonly AlertRow[];
  readonly backgroundJobs: readonly BackgroundJobRow[];
  readonly backgroundJobItems: readonly BackgroundJobItemRow[];
}

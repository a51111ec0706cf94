import { occurrence } from '../../platform/command/reaction.ts';
import type { InspectionName, InspectionVerdict } from '../inspection/inspection.rules.ts';

/** What an inspection says, and whether it has a critical finding that is not dismissed. */
export interface JudgedAs {
  readonly verdict: InspectionVerdict;
  readonly isCritical: boolean;
}

/** An inspection that was judged, or judged again after a review. */
export interface JudgedInspection extends JudgedAs {
  readonly inspection: InspectionName & {
    readonly id: string;
    readonly lotId: string;
    readonly wipItemId: string | null;
    readonly serialId: string | null;
  };
  /** What it said before a review; undefined at its completion. */
  readonly before?: JudgedAs;
}

/** INS-4, INS-6: An inspection was judged. */
export const inspectionJudged = occurrence<JudgedInspection>('inspection.judged');

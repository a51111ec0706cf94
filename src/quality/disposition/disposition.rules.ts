import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import type { DefectSeverity } from '../../production/process-data/result/result.rules.ts';
import { defectLabel, type DefectType, type ReviewStatus } from '../defect/defect.rules.ts';
import { inspectionLabel, type InspectionName, type InspectionStatus } from '../inspection/inspection.rules.ts';

/** INS-9: What keeps a lot from being released. */
export interface OpenFindings {
  /** The inspections that are PENDING or IN_PROGRESS. */
  readonly inspections: readonly (InspectionName & { readonly status: InspectionStatus })[];
  /** The critical findings that are PENDING or NEEDS_REVIEW. */
  readonly defects: readonly (InspectionName & {
    readonly defectType: DefectType;
    readonly severity: DefectSeverity;
    readonly reviewStatus: ReviewStatus;
  })[];
}

/** INS-9: How many inspections and findings a rejection names; the others are counted. */
export const NAMED_FINDINGS = 5;

/**
 * INS-9: A lot is released only when its inspections are done and its critical findings are reviewed. A confirmed one
 * does not keep it: the reason of the release answers for it.
 */
export function inspectionsAreDone(lot: { readonly number: string }, open: OpenFindings): Answer {
  const named = [
    ...open.inspections.map((inspection) => `${inspectionLabel(inspection)} is ${inspection.status}`),
    ...open.defects.map(
      ({ defectType, severity, reviewStatus, ...inspection }) =>
        `${defectLabel({ type: defectType, severity })} of ${inspectionLabel(inspection)} is ${reviewStatus}`,
    ),
  ];
  if (named.length === 0) return undefined;
  const shown = named.slice(0, NAMED_FINDINGS).join('; ');
  const others = named.length - NAMED_FINDINGS;
  const more = others > 0 ? `; and ${others} more` : '';
  const message = `Lot ${lot.number} can be released when its inspections are done and its critical findings are reviewed: ${shown}${more}.`;
  return rejection('INS-9', 'lot', message);
}

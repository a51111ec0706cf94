import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { inspectionLabel, type InspectionName } from '../inspection/inspection.rules.ts';
import { isDismissed, type ReviewStatus } from '../defect/defect.rules.ts';
import { type Finding, type Judgement, judgementOf } from './score.rules.ts';

/** A finding with its review, as the judgement needs both. */
export interface ReviewedFinding extends Finding {
  readonly id: string;
  readonly reviewStatus: ReviewStatus;
}

/** INS-4: An inspection is completed only when no model looks for findings any more. */
export function hasNoOpenJobs(inspection: InspectionName, openJobCount: number): Answer {
  if (openJobCount === 0) return undefined;
  const jobs = openJobCount === 1 ? 'job is' : 'jobs are';
  const message = `${openJobCount} inference ${jobs} still QUEUED or PROCESSING for ${inspectionLabel(inspection)}; wait for the answer, or cancel it.`;
  return rejection('INS-4', 'id', message);
}

/** INS-4: The judgement of an inspection by those of its findings that are not dismissed. */
export function judgementOfReviewed(findings: readonly ReviewedFinding[]): Judgement {
  return judgementOf(findings.filter((finding) => !isDismissed(finding)));
}

/** INS-8: Whether the findings stop the lot: one of them is critical and not dismissed, so the inspection is a FAIL. */
export function stopTheLot(findings: readonly ReviewedFinding[]): boolean {
  return findings.some((finding) => finding.severity === 'CRITICAL' && !isDismissed(finding));
}

/** The findings after the review of one of them. */
export function afterReview(
  findings: readonly ReviewedFinding[],
  defectId: string,
  reviewStatus: ReviewStatus,
): readonly ReviewedFinding[] {
  return findings.map((finding) => (finding.id === defectId ? { ...finding, reviewStatus } : finding));
}

/** Whether two judgements say the same. */
export function isSameJudgement(
  judgement: Judgement,
  stored: { readonly [Field in keyof Judgement]: string | null },
): boolean {
  return (
    judgement.verdict === stored.verdict &&
    judgement.qualityScore === stored.qualityScore &&
    judgement.confidence === stored.confidence
  );
}

/** INS-8: Why a lot is held by an inspection. */
export function holdReason({ type, sampleCode }: InspectionName): string {
  return `Inspection ${type} of ${sampleCode} failed`;
}

import { compareDecimals } from '../../platform/values/decimal.ts';
import { rejection, type Answer, type Rejection } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import type { DefectSeverity } from '../../production/process-data/result/result.rules.ts';
import { inspectionLabel, type InspectionName, type InspectionStatus } from '../inspection/inspection.rules.ts';

/** The kinds of faults that an inspection can find. */
export const DEFECT_TYPES = [
  'SCRATCH',
  'VOID',
  'CONTAMINATION',
  'MISALIGNMENT',
  'SHORT',
  'OPEN',
  'CRACK',
  'BURN',
  'FOREIGN_OBJECT',
  'DELAMINATION',
  'CORROSION',
] as const;
/** The kind of fault that a finding is. */
export type DefectType = (typeof DEFECT_TYPES)[number];

/** The ways in which a finding can be made. */
export const DETECTION_METHODS = ['ML_AUTOMATED', 'MANUAL_REVIEW', 'HYBRID', 'RULE_BASED'] as const;
/** How a finding was made. */
export type DetectionMethod = (typeof DETECTION_METHODS)[number];
/** How a finding was made that an inspector records without saying so. */
export const DEFAULT_DETECTION_METHOD: DetectionMethod = 'MANUAL_REVIEW';

/** DEF-3: The review states of a finding. */
export const REVIEW_STATUSES = ['PENDING', 'CONFIRMED', 'REJECTED', 'NEEDS_REVIEW', 'FALSE_POSITIVE'] as const;
/** The review state of a finding. */
export type ReviewStatus = (typeof REVIEW_STATUSES)[number];

/** DEF-3: What a reviewer can say about a finding. */
export const REVIEW_OUTCOMES = ['CONFIRMED', 'REJECTED', 'FALSE_POSITIVE', 'NEEDS_REVIEW'] as const;
/** What a reviewer says about a finding. */
export type ReviewOutcome = (typeof REVIEW_OUTCOMES)[number];

/** DEF-3: The review states to which a finding may move. Only `reopenDefectReview` leaves a decision again. */
export const REVIEW_FLOW: StateMachine<ReviewStatus> = {
  machine: 'defects.review_status',
  rule: 'DEF-3',
  moves: {
    PENDING: ['CONFIRMED', 'REJECTED', 'FALSE_POSITIVE', 'NEEDS_REVIEW'],
    NEEDS_REVIEW: ['CONFIRMED', 'REJECTED', 'FALSE_POSITIVE'],
    CONFIRMED: ['NEEDS_REVIEW'],
    REJECTED: ['NEEDS_REVIEW'],
    FALSE_POSITIVE: ['NEEDS_REVIEW'],
  },
};

/** INS-5: How many findings one call adds. */
export const DEFECTS_PER_CALL = { min: 1, max: 100 } as const;
/** The most characters of the texts of a defect. */
export const DEFECT_TEXT_LENGTH = 2_000;
/** DEF-2: The largest number in a location, so that its area is a number. */
export const LARGEST_COORDINATE = 1_000_000_000;

/** DEF-2: Where a finding is on its sample. Other keys are free. */
export type DefectLocation = Readonly<Record<string, unknown>>;

/** DEF-1: A confidence is 0 to 1, with at most four decimals. */
export function isConfidence(confidence: string): boolean {
  const [, decimals = ''] = confidence.split('.');
  return decimals.length <= 4 && compareDecimals(confidence, '0') >= 0 && compareDecimals(confidence, '1') <= 0;
}

/** DEF-2: A location is complete: x and y are at least 0, width and height are more. */
export function locationFits(location: DefectLocation): readonly Rejection[] {
  return LOCATION_FIELDS.flatMap(([field, isLengthInside]) => {
    const value = location[field];
    const form = isLengthInside ? 'more than 0' : '0 or more';
    const fits = typeof value === 'number' && value <= LARGEST_COORDINATE && (isLengthInside ? value > 0 : value >= 0);
    const message = `A location needs ${field}, a number of ${form} and at most ${LARGEST_COORDINATE}.`;
    return fits ? [] : [rejection('DEF-2', `location.${field}`, message, 'INVALID_INPUT')];
  });
}

const LOCATION_FIELDS = [
  ['x', false],
  ['y', false],
  ['width', true],
  ['height', true],
] as const;

/** DEF-2: Width times height of a stored location; null when the finding has none. */
export function areaOf(location: unknown): number | null {
  if (typeof location !== 'object' || location === null) return null;
  return Number(Reflect.get(location, 'width')) * Number(Reflect.get(location, 'height'));
}

/** DEF-3: Whether a reviewer says that this is not a fault of the sample. It does not count in the verdict then. */
export function isDismissed({ reviewStatus }: { readonly reviewStatus: ReviewStatus }): boolean {
  return reviewStatus === 'REJECTED' || reviewStatus === 'FALSE_POSITIVE';
}

/** DEF-3: Whether a finding waits for a reviewer. */
export function isReviewOpen({ reviewStatus }: { readonly reviewStatus: ReviewStatus }): boolean {
  return reviewStatus === 'PENDING' || reviewStatus === 'NEEDS_REVIEW';
}

/** INS-5: Findings are added only while the inspection is IN_PROGRESS; later ones need a new round. */
export function takesDefects(inspection: InspectionName & { readonly status: InspectionStatus }): Answer {
  if (inspection.status === 'IN_PROGRESS') return undefined;
  const right = inspection.status === 'PENDING' ? 'start it first' : 'later findings need a new round';
  const message = `${inspectionLabel(inspection)} is ${inspection.status} and takes no findings; ${right}.`;
  return rejection('INS-5', 'inspection', message);
}

/** A finding in messages: `Defect CRITICAL CRACK`. */
export function defectLabel({ type, severity }: { readonly type: DefectType; readonly severity: DefectSeverity }) {
  return `Defect ${severity} ${type}`;
}

/** INS-4: Whether every finding of a COMPLETED inspection is decided. `openReviewCount` findings are not. */
export function isInspectionReviewed(status: InspectionStatus, openReviewCount: number): boolean {
  return status === 'COMPLETED' && openReviewCount === 0;
}

/** A finding that is reviewed. */
export interface ReviewedDefect {
  readonly type: DefectType;
  readonly severity: DefectSeverity;
  readonly reviewStatus: ReviewStatus;
}

/** DEF-3: A finding is reviewed while nobody has decided about it, and again when a review was asked for. */
export function mayReview(defect: ReviewedDefect, to: ReviewOutcome, notes: string | undefined): Answer {
  if (!isReviewOpen(defect)) {
    const message = `${defectLabel(defect)} is ${defect.reviewStatus}; a lead reopens its review first.`;
    return rejection('DEF-3', 'id', message);
  }
  const move = mayMove(REVIEW_FLOW, defectLabel(defect), defect.reviewStatus, to);
  if (move !== undefined) return { ...move, path: ['id'] };
  if (to !== 'NEEDS_REVIEW' || notes !== undefined) return undefined;
  return rejection('DEF-3', 'notes', 'Notes must say what the next reviewer has to look at.');
}

/** DEF-3: Only a decision about a finding is reopened. */
export function mayReopen(defect: ReviewedDefect): Answer {
  if (!isReviewOpen(defect)) return undefined;
  const message = `${defectLabel(defect)} is ${defect.reviewStatus}: nothing is decided yet, so nothing can be reopened.`;
  return rejection('DEF-3', 'id', message);
}

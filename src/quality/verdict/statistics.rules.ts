/** The figures of many inspections and findings, from the counts that the database gives. */
import { DEFECT_SEVERITIES, type DefectSeverity } from '../../production/process-data/result/result.rules.ts';
import {
  DEFECT_TYPES,
  type DefectType,
  DETECTION_METHODS,
  type DetectionMethod,
  REVIEW_STATUSES,
  type ReviewStatus,
} from '../defect/defect.rules.ts';
import {
  INSPECTION_STATUSES,
  INSPECTION_TYPES,
  type InspectionStatus,
  type InspectionType,
} from '../inspection/inspection.rules.ts';

/** The number of records of one value. */
export interface KeyCount<Key extends string> {
  readonly key: Key;
  readonly count: number;
}

/** The counts and means of a group of inspections. Means are null without a value. */
export interface InspectionCounts {
  readonly count: number;
  readonly completedCount: number;
  readonly passCount: number;
  readonly failCount: number;
  readonly meanQualityScore: string | null;
  readonly meanConfidence: string | null;
}

/** The inspections of one status, of one type, or all of them. */
export interface InspectionFigure extends InspectionCounts {
  readonly facet: 'STATUS' | 'TYPE' | 'TOTAL';
  readonly value: string | null;
}

/** The findings of one severity, type, detection method or review state, or all of them. */
export interface DefectFigure {
  readonly facet: 'SEVERITY' | 'TYPE' | 'DETECTION_METHOD' | 'REVIEW_STATUS' | 'TOTAL';
  readonly value: string | null;
  readonly count: number;
  readonly meanConfidence: string | null;
}

/** The figures of COMPLETED inspections. Ratio and means are null when there is none. */
export interface CompletedFigures {
  readonly completedCount: number;
  readonly passCount: number;
  readonly failCount: number;
  readonly passRatio: number | null;
  readonly meanQualityScore: string | null;
  readonly meanConfidence: string | null;
}

/** The figures of inspections. */
export interface InspectionStatistics extends CompletedFigures {
  readonly total: number;
  readonly byStatus: readonly KeyCount<InspectionStatus>[];
  readonly byType: readonly KeyCount<InspectionType>[];
  readonly backlogCount: number;
  readonly openReviewCount: number;
}

/** The figures of findings. */
export interface DefectStatistics {
  readonly total: number;
  readonly bySeverity: readonly KeyCount<DefectSeverity>[];
  readonly byType: readonly KeyCount<DefectType>[];
  readonly byDetectionMethod: readonly KeyCount<DetectionMethod>[];
  readonly byReviewStatus: readonly KeyCount<ReviewStatus>[];
  readonly confirmedCount: number;
  readonly falsePositiveCount: number;
  readonly meanConfidence: string | null;
}

/** INS-4: The figures of the COMPLETED inspections of a group; of no group, those of none. */
export function completedFigures(counts: InspectionCounts | undefined): CompletedFigures {
  const { completedCount, passCount, failCount, meanQualityScore, meanConfidence } = counts ?? NO_INSPECTIONS;
  const passRatio = completedCount === 0 ? null : passCount / completedCount;
  return { completedCount, passCount, failCount, passRatio, meanQualityScore, meanConfidence };
}

const NO_INSPECTIONS: InspectionCounts = {
  count: 0,
  completedCount: 0,
  passCount: 0,
  failCount: 0,
  meanQualityScore: null,
  meanConfidence: null,
};

/** INS-4: The figures of inspections. Ratio and means are over the COMPLETED ones. */
export function inspectionStatistics(
  figures: readonly InspectionFigure[],
  openReviewCount: number,
): InspectionStatistics {
  const all = figures.find(({ facet }) => facet === 'TOTAL');
  const byStatus = countsOf(INSPECTION_STATUSES, figures, 'STATUS');
  return {
    ...completedFigures(all),
    total: all?.count ?? 0,
    byStatus,
    byType: countsOf(INSPECTION_TYPES, figures, 'TYPE'),
    backlogCount: countOf(byStatus, 'PENDING'),
    openReviewCount,
  };
}

/** DEF-3: The figures of findings. The mean is over the stated confidences, and null when there is none. */
export function defectStatistics(figures: readonly DefectFigure[]): DefectStatistics {
  const all = figures.find(({ facet }) => facet === 'TOTAL');
  const byReviewStatus = countsOf(REVIEW_STATUSES, figures, 'REVIEW_STATUS');
  return {
    total: all?.count ?? 0,
    bySeverity: countsOf(DEFECT_SEVERITIES, figures, 'SEVERITY'),
    byType: countsOf(DEFECT_TYPES, figures, 'TYPE'),
    byDetectionMethod: countsOf(DETECTION_METHODS, figures, 'DETECTION_METHOD'),
    byReviewStatus,
    confirmedCount: countOf(byReviewStatus, 'CONFIRMED'),
    falsePositiveCount: countOf(byReviewStatus, 'FALSE_POSITIVE'),
    meanConfidence: all?.meanConfidence ?? null,
  };
}

/** The counts of all values in their order, zeros included. */
function countsOf<Key extends string>(
  keys: readonly Key[],
  figures: readonly (InspectionFigure | DefectFigure)[],
  facet: (InspectionFigure | DefectFigure)['facet'],
): readonly KeyCount<Key>[] {
  const counts = new Map(figures.filter((each) => each.facet === facet).map(({ value, count }) => [value, count]));
  return keys.map((key) => ({ key, count: counts.get(key) ?? 0 }));
}

function countOf<Key extends string>(counts: readonly KeyCount<Key>[], key: Key): number {
  return counts.reduce((sum, each) => sum + (each.key === key ? each.count : 0), 0);
}

import { builder, enumeration } from '../../platform/graphql/builder.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived } from '../../platform/read/field.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { countedField, Defect, ReviewStatus } from '../defect/defect.graphql.ts';
import { defectById } from '../defect/defect.loaders.ts';
import { DEFECT_TEXT_LENGTH } from '../defect/defect.rules.ts';
import { Inspection } from '../inspection/inspection.graphql.ts';
import { inspectionById } from '../inspection/inspection.loaders.ts';
import { gradeOf, QUALITY_GRADES, QUALITY_VIOLATIONS, violationsOf } from './score.rules.ts';
import {
  cancelInspection,
  completeInspection,
  failInspection,
  reopenDefectReview,
  reviewDefect,
} from './verdict.commands.ts';

export const QualityGrade = enumeration('QualityGrade', QUALITY_GRADES, 'The grade of a quality score.', {
  EXCELLENT: 'At least 0.95.',
  GOOD: 'At least 0.85.',
  ACCEPTABLE: 'At least 0.75: enough for a PASS.',
  POOR: 'Below 0.75.',
});

export const QualityViolation = enumeration('QualityViolation', QUALITY_VIOLATIONS, 'Why an inspection is a FAIL.', {
  CRITICAL_DEFECTS: 'It has a critical finding that is not dismissed.',
  QUALITY_SCORE: 'Its quality score is below 0.75.',
});

builder.objectFields(Inspection, (t) => ({
  grade: t.field({
    type: QualityGrade,
    nullable: true,
    description: 'The grade of its quality score; null unless it is COMPLETED.',
    ...derived(['qualityScore'], ({ qualityScore }: Row<'Inspection'>) => gradeOf(qualityScore)),
  }),
  violations: t.field({
    type: [QualityViolation],
    description: 'Why it is a FAIL; empty for a PASS, and unless it is COMPLETED.',
    ...countedField(['qualityScore'], ({ criticalCount }, { qualityScore }) => [
      ...violationsOf(qualityScore, criticalCount),
    ]),
  }),
}));

mutation(completeInspection, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the inspection to complete.' }) }),
  payload: (t) => ({
    inspection: t.field({
      type: Inspection,
      nullable: true,
      description: 'The completed inspection.',
      resolve: (p, _args, context, info) => loadById(inspectionById, p.inspection, context, info),
    }),
  }),
});

for (const [end, what] of [
  [failInspection, 'The id of the inspection that cannot be carried out.'],
  [cancelInspection, 'The id of the inspection that is not wanted any more.'],
] as const) {
  mutation(end, {
    isVersioned: true,
    hasReason: true,
    input: (t) => ({ id: t.id({ required: true, description: what }) }),
    payload: (t) => ({
      inspection: t.field({
        type: Inspection,
        nullable: true,
        description: 'The ended inspection.',
        resolve: (p, _args, context, info) => loadById(inspectionById, p.inspection, context, info),
      }),
    }),
  });
}

mutation(reviewDefect, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'The id of the finding.' }),
    reviewStatus: t.field({
      type: ReviewStatus,
      required: true,
      description: 'What the reviewer says about it: CONFIRMED, REJECTED, FALSE_POSITIVE or NEEDS_REVIEW (DEF-3).',
    }),
    notes: t.string({
      description: `What the reviewer notes, at most ${DEFECT_TEXT_LENGTH} characters; required for NEEDS_REVIEW.`,
    }),
  }),
  payload: (t) => ({
    defect: t.field({
      type: Defect,
      nullable: true,
      description: 'The reviewed finding.',
      resolve: (p, _args, context, info) => loadById(defectById, p.defect, context, info),
    }),
    inspection: t.field({
      type: Inspection,
      nullable: true,
      description: 'Its inspection, judged again if it is COMPLETED.',
      resolve: (p, _args, context, info) => loadById(inspectionById, p.inspection, context, info),
    }),
  }),
});

mutation(reopenDefectReview, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the finding.' }) }),
  payload: (t) => ({
    defect: t.field({
      type: Defect,
      nullable: true,
      description: 'The finding, which needs a review again.',
      resolve: (p, _args, context, info) => loadById(defectById, p.defect, context, info),
    }),
    inspection: t.field({
      type: Inspection,
      nullable: true,
      description: 'Its inspection, judged again if it is COMPLETED.',
      resolve: (p, _args, context, info) => loadById(inspectionById, p.inspection, context, info),
    }),
  }),
});

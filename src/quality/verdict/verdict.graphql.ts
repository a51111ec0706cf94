import { builder, enumeration } from '../../platform/graphql/builder.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived } from '../../platform/read/field.ts';
import { countedField } from '../defect/defect.graphql.ts';
import { Inspection } from '../inspection/inspection.graphql.ts';
import { gradeOf, QUALITY_GRADES, QUALITY_VIOLATIONS, violationsOf } from './score.rules.ts';

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

import { z } from 'zod';
import { list, refineTo } from '../../platform/input/schemas.ts';
import { DEFECTS_PER_CALL } from '../defect/defect.rules.ts';
import { recordedFindingFields } from '../defect/defect.shapes.ts';
import { inspectionId } from '../inspection/inspection.shapes.ts';
import { ARTIFACTS_PER_FINDING } from './artifact.rules.ts';
import { artifactId } from './artifact.shapes.ts';

const finding = z.strictObject({
  ...recordedFindingFields,
  artifacts: list(artifactId, ARTIFACTS_PER_FINDING, { rule: 'ART-6' }),
});

/** INS-5: 1 to 100 findings. */
const findings = refineTo(list(finding, DEFECTS_PER_CALL.max, { rule: 'INS-5' }), (given) =>
  given.length < DEFECTS_PER_CALL.min ? { message: 'must have at least one entry.', rule: 'INS-5' } : { value: given },
);

/** The input of `recordDefects`. */
export const RecordDefects = z.strictObject({ inspection: inspectionId, defects: findings });

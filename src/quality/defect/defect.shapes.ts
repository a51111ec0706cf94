import { z } from 'zod';
import {
  checkRule,
  decimal,
  expectedVersion,
  globalId,
  lines,
  nullableUpdate,
  oneOf,
  optional,
  reason,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import { DEFECT_SEVERITIES } from '../../production/process-data/result/result.rules.ts';
import {
  DEFAULT_DETECTION_METHOD,
  DEFECT_TEXT_LENGTH,
  DEFECT_TYPES,
  DETECTION_METHODS,
  isConfidence,
  locationFits,
  REVIEW_OUTCOMES,
} from './defect.rules.ts';

/** The id of a finding. */
export const defectId = globalId('Defect');

/** DEF-1: How sure a finding is, from 0 to 1. */
export const confidence = refineTo(decimal({ rule: 'DEF-1' }), (text) =>
  isConfidence(text) ? { value: text } : { message: 'must be from 0 to 1, with at most 4 decimals.', rule: 'DEF-1' },
);

/** DEF-2: Where a finding is on its sample. */
const location = checkRule(jsonObject, locationFits);

/** The fields that every finding has, that of a person and that of a model. */
export const findingFields = {
  type: oneOf(DEFECT_TYPES),
  severity: oneOf(DEFECT_SEVERITIES),
  location: optional(location),
  description: optional(lines(DEFECT_TEXT_LENGTH)),
};

/** The fields of a finding that a person, a station or a rule records. */
export const recordedFindingFields = {
  ...findingFields,
  confidence: optional(confidence),
  detectionMethod: withDefault(oneOf(DETECTION_METHODS), DEFAULT_DETECTION_METHOD),
};

/** The input of `updateDefect`. */
export const UpdateDefect = z.strictObject({
  id: defectId,
  description: nullableUpdate(lines(DEFECT_TEXT_LENGTH)),
  correctiveAction: nullableUpdate(lines(DEFECT_TEXT_LENGTH)),
  location: nullableUpdate(location),
  expectedVersion,
});

/** The input of `reviewDefect`. */
export const ReviewDefect = z.strictObject({
  id: defectId,
  reviewStatus: oneOf(REVIEW_OUTCOMES),
  notes: optional(lines(DEFECT_TEXT_LENGTH)),
  expectedVersion,
});

/** The input of `reopenDefectReview`. */
export const ReopenDefectReview = z.strictObject({ id: defectId, reason, expectedVersion });

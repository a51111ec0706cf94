import { z } from 'zod';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import { parseStored } from '../../platform/input/parse.ts';
import {
  decimal,
  expectedVersion,
  flag,
  globalId,
  identifyingText,
  integer,
  lines,
  list,
  MAX_INT,
  optional,
  reason,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { artifactId } from '../artifact/artifact.shapes.ts';
import { isConfidence } from '../defect/defect.rules.ts';
import { confidence, findingFields } from '../defect/defect.shapes.ts';
import { inspectionId } from '../inspection/inspection.shapes.ts';
import {
  BATCH_SIZE,
  CLAIM_LIMIT,
  CLAIM_MODELS_MAX,
  FINDINGS_MAX,
  INFERENCE_JOB_LENGTHS as LENGTHS,
  INPUT_ARTIFACTS_MAX,
  JOB_PRIORITY,
  MAX_ATTEMPTS,
  OUTPUT_ARTIFACTS_MAX,
  THRESHOLD_DEFAULT,
} from './inference-job.rules.ts';
import { METRICS_MINUTES } from './inference-metrics.rules.ts';

/** The id of an inference job. */
export const inferenceJobId = globalId('InferenceJob');

const modelName = identifyingText(LENGTHS.modelName);

const threshold = refineTo(decimal(), (text) =>
  isConfidence(text) ? { value: text } : { message: 'must be from 0 to 1, with at most 4 decimals.' },
);

/** The input of `queueInferenceJob`. */
export const QueueInferenceJob = z.strictObject({
  inspection: inspectionId,
  modelName,
  modelVersion: identifyingText(LENGTHS.modelVersion),
  priority: withDefault(integer(JOB_PRIORITY.min, JOB_PRIORITY.max), JOB_PRIORITY.default),
  batchSize: withDefault(integer(BATCH_SIZE.min, MAX_INT), BATCH_SIZE.default),
  confidenceThreshold: withDefault(threshold, THRESHOLD_DEFAULT),
  processingParameters: withDefault(jsonObject, {}),
  inputArtifacts: list(artifactId, INPUT_ARTIFACTS_MAX, { rule: 'JOB-6' }),
  maxAttempts: withDefault(integer(MAX_ATTEMPTS.min, MAX_ATTEMPTS.max, { rule: 'JOB-4' }), MAX_ATTEMPTS.default),
  externalRequestId: optional(identifyingText(LENGTHS.externalRequestId)),
});

/** The input of `claimInferenceJobs`. No models means jobs of any model. */
export const ClaimInferenceJobs = z.strictObject({
  workerCode: identifyingText(LENGTHS.workerCode),
  limit: withDefault(integer(CLAIM_LIMIT.min, CLAIM_LIMIT.max, { rule: 'JOB-2' }), CLAIM_LIMIT.default),
  modelNames: list(modelName, CLAIM_MODELS_MAX),
});

/** What a worker wants to claim. */
export type ClaimInput = z.output<typeof ClaimInferenceJobs>;

/** JOB-3: The job, the worker that holds it, and the attempt in which it does. */
const held = {
  id: inferenceJobId,
  workerCode: identifyingText(LENGTHS.workerCode),
  attempt: integer(1, MAX_ATTEMPTS.max, { rule: 'JOB-3' }),
};

/** The input of `heartbeatInferenceJob`. */
export const HeartbeatInferenceJob = z.strictObject(held);

/** The input of `completeInferenceJob`. */
export const CompleteInferenceJob = z.strictObject({
  ...held,
  findings: list(z.strictObject({ ...findingFields, confidence }), FINDINGS_MAX, { rule: 'JOB-5' }),
  outputArtifacts: list(artifactId, OUTPUT_ARTIFACTS_MAX, { rule: 'JOB-5' }),
  performanceMetrics: withDefault(jsonObject, {}),
});

/** The input of `failInferenceJob`. */
export const FailInferenceJob = z.strictObject({
  ...held,
  errorMessage: lines(LENGTHS.errorMessage),
  isRetryable: withDefault(flag, true),
});

/** The input of `cancelInferenceJob`. */
export const CancelInferenceJob = z.strictObject({ id: inferenceJobId, reason, expectedVersion });

/** The input of `retryInferenceJob`. */
export const RetryInferenceJob = z.strictObject({ id: inferenceJobId, expectedVersion });

/** The ids of the artifacts that a job looks at, as they are stored. */
export function storedInputs(inputArtifactIds: unknown): readonly string[] {
  return parseStored(z.array(z.string()), inputArtifactIds, 'The input artifacts of inference jobs');
}

/** The arguments of `inferenceMetrics`. */
export const AskInferenceMetrics = z.strictObject({
  windowMinutes: integer(METRICS_MINUTES.min, METRICS_MINUTES.max),
});

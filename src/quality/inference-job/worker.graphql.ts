import { builder } from '../../platform/graphql/builder.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Context } from '../../platform/request/context.ts';
import { present } from '../../platform/values/assert.ts';
import { DefectSeverity } from '../../production/process-data/result/measurement.graphql.ts';
import { Defect, DefectType } from '../defect/defect.graphql.ts';
import { defectById } from '../defect/defect.loaders.ts';
import { DEFECT_TEXT_LENGTH } from '../defect/defect.rules.ts';
import { InferenceJob } from './inference-job.graphql.ts';
import { inferenceJobById } from './inference-job.loaders.ts';
import {
  CLAIM_LIMIT,
  CLAIM_MODELS_MAX,
  FINDINGS_MAX,
  INFERENCE_JOB_LENGTHS as LENGTHS,
  OUTPUT_ARTIFACTS_MAX,
} from './inference-job.rules.ts';
import {
  claimInferenceJobs,
  completeInferenceJob,
  failInferenceJob,
  heartbeatInferenceJob,
} from './worker.commands.ts';

const JOB_ID = 'The id of the job.';
const WORKER = 'The code of the worker that holds it (JOB-3).';
const ATTEMPT = 'The attempt in which it holds it: `attempts` of the claimed job (JOB-3).';

mutation(claimInferenceJobs, {
  input: (t) => ({
    workerCode: t.string({
      required: true,
      description: `Names the worker in all its answers, 1 to ${LENGTHS.workerCode} characters.`,
    }),
    limit: t.int({
      defaultValue: CLAIM_LIMIT.default,
      description: `How many jobs at most: ${CLAIM_LIMIT.min} to ${CLAIM_LIMIT.max} (JOB-2).`,
    }),
    modelNames: t.stringList({
      description: `The models that the worker has, at most ${CLAIM_MODELS_MAX}; any model unless given.`,
    }),
  }),
  payload: (t) => ({
    inferenceJobs: t.field({
      type: [InferenceJob],
      nullable: true,
      description: 'The claimed jobs, the most urgent first; empty when none is free, null when it was refused.',
      resolve: (p, _args, context) =>
        p.claimed === undefined ? loadAll(inferenceJobById, p.inferenceJobs, context) : [...p.claimed()],
    }),
  }),
});

mutation(heartbeatInferenceJob, {
  input: (t) => ({
    id: t.id({ required: true, description: JOB_ID }),
    workerCode: t.string({ required: true, description: WORKER }),
    attempt: t.int({ required: true, description: ATTEMPT }),
  }),
  payload: (t) => ({
    inferenceJob: t.field({
      type: InferenceJob,
      nullable: true,
      description: 'The job with its new `leaseUntil`.',
      resolve: (p, _args, context, info) => loadById(inferenceJobById, p.inferenceJob, context, info),
    }),
  }),
});

const FindingInput = builder.inputType('FindingInput', {
  description: 'What a model has found.',
  fields: (t) => ({
    type: t.field({ type: DefectType, required: true, description: 'What kind of fault it is.' }),
    severity: t.field({ type: DefectSeverity, required: true, description: 'How bad it is.' }),
    confidence: t.field({
      type: 'Decimal',
      required: true,
      description:
        'How sure the model is: 0 to 1, at most 4 decimals. Stored from the threshold of the job on (JOB-5).',
    }),
    location: t.field({
      type: 'JSONObject',
      description:
        'Where it is on the image: the numbers x and y (0 or more), width and height (more than 0); other keys are free (DEF-2).',
    }),
    description: t.string({ description: `What was seen, at most ${DEFECT_TEXT_LENGTH} characters.` }),
  }),
});

mutation(completeInferenceJob, {
  input: (t) => ({
    id: t.id({ required: true, description: JOB_ID }),
    workerCode: t.string({ required: true, description: WORKER }),
    attempt: t.int({ required: true, description: ATTEMPT }),
    findings: t.field({
      type: [FindingInput],
      description: `What the model has found, at most ${FINDINGS_MAX.toLocaleString('en')}; nothing unless given (JOB-5).`,
    }),
    outputArtifacts: t.idList({
      description: `The ids of artifacts of the inspection that the worker has uploaded as its outputs, at most ${OUTPUT_ARTIFACTS_MAX} (JOB-5).`,
    }),
    performanceMetrics: t.field({ type: 'JSONObject', description: 'Whatever the worker measured.' }),
  }),
  payload: (t) => ({
    inferenceJob: t.field({
      type: InferenceJob,
      nullable: true,
      description: 'The completed job.',
      resolve: (p, _args, context, info) => loadById(inferenceJobById, p.inferenceJob, context, info),
    }),
    defects: t.field({
      type: [Defect],
      nullable: true,
      description: 'The stored findings, in the order of the input; null when it was refused.',
      resolve: (p, _args, context) => loadAll(defectById, p.defects, context),
    }),
  }),
});

mutation(failInferenceJob, {
  input: (t) => ({
    id: t.id({ required: true, description: JOB_ID }),
    workerCode: t.string({ required: true, description: WORKER }),
    attempt: t.int({ required: true, description: ATTEMPT }),
    errorMessage: t.string({
      required: true,
      description: `What went wrong, 1 to ${LENGTHS.errorMessage.toLocaleString('en')} characters.`,
    }),
    isRetryable: t.boolean({
      defaultValue: true,
      description: 'Whether another attempt may succeed; false for input that no attempt can read (JOB-4).',
    }),
  }),
  payload: (t) => ({
    inferenceJob: t.field({
      type: InferenceJob,
      nullable: true,
      description: 'The job: QUEUED until `runAfter`, or FAILED.',
      resolve: (p, _args, context, info) => loadById(inferenceJobById, p.inferenceJob, context, info),
    }),
  }),
});

/** The records of a payload in the order of their ids; null when the mutation was refused. */
async function loadAll<Item>(
  loader: { loadMany(context: Context, ids: readonly string[]): Promise<readonly (Item | null)[]> },
  ids: readonly string[] | undefined,
  context: Context,
): Promise<Item[] | null> {
  if (ids === undefined) return null;
  const records = await loader.loadMany(context, ids);
  return records.map((record) => present(record, 'A record of a payload'));
}

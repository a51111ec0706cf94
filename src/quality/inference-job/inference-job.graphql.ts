import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived, optionalReference, reference } from '../../platform/read/field.ts';
import { needs } from '../../platform/read/field-extensions.ts';
import { relationFilter } from '../../platform/read/relation-filter.ts';
import { ANY } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { Artifact, ArtifactConnection } from '../artifact/artifact.graphql.ts';
import { artifactById, artifacts } from '../artifact/artifact.loaders.ts';
import { Defect, DefectConnection } from '../defect/defect.graphql.ts';
import { defects } from '../defect/defect.loaders.ts';
import { Inspection, InspectionConnection } from '../inspection/inspection.graphql.ts';
import { inspectionById } from '../inspection/inspection.loaders.ts';
import { cancelInferenceJob, queueInferenceJob, retryInferenceJob } from './inference-job.commands.ts';
import {
  inferenceJobById,
  inferenceJobList,
  inferenceJobsOfInspection,
  inferenceJobTarget,
} from './inference-job.loaders.ts';
import {
  attemptsLeft,
  BATCH_SIZE,
  INFERENCE_JOB_LENGTHS as LENGTHS,
  INFERENCE_STATUSES,
  INPUT_ARTIFACTS_MAX,
  JOB_PRIORITY,
  MAX_ATTEMPTS,
  millisecondsBetween,
  THRESHOLD_DEFAULT,
} from './inference-job.rules.ts';
import { storedInputs } from './inference-job.shapes.ts';

const InferenceStatus = enumeration('InferenceStatus', INFERENCE_STATUSES, 'How far an inference job has come.', {
  QUEUED: 'Waits for a worker.',
  PROCESSING: 'A worker holds it.',
  COMPLETED: 'Its findings are stored.',
  FAILED: 'No attempt is left, or the failure was final.',
  CANCELLED: 'Not wanted any more.',
  TIMEOUT: 'The worker of the last attempt was not heard of in time.',
});

export const InferenceJob = builder.prismaObject('InferenceJob', {
  fields: (t) => ({
    inspection: t.field({
      type: Inspection,
      description: 'The inspection that it is for.',
      ...reference(inspectionById, 'inspectionId', 'The inspection of an inference job'),
    }),
    modelName: t.exposeString('modelName'),
    modelVersion: t.exposeString('modelVersion'),
    status: t.expose('status', { type: InferenceStatus }),
    priority: t.exposeInt('priority'),
    batchSize: t.exposeInt('batchSize'),
    confidenceThreshold: t.expose('confidenceThreshold', { type: 'Decimal' }),
    processingParameters: t.expose('processingParameters', { type: 'JSONObject' }),
    performanceMetrics: t.expose('performanceMetrics', { type: 'JSONObject' }),
    inputArtifacts: t.field({
      type: [Artifact],
      description: 'The artifacts that it looks at, in the order in which they were given.',
      extensions: needs('inputArtifactIds'),
      resolve: async ({ inputArtifactIds }, _args, context) => {
        const inputs = await artifactById.loadMany(context, storedInputs(inputArtifactIds));
        return inputs.map((artifact) => present(artifact, 'An input artifact of an inference job'));
      },
    }),
    attempts: t.exposeInt('attempts'),
    maxAttempts: t.exposeInt('maxAttempts'),
    attemptsLeft: t.int({
      description: 'How often workers may still claim it before it is over.',
      ...derived(['attempts', 'maxAttempts'], attemptsLeft),
    }),
    queuedAt: t.expose('queuedAt', { type: 'DateTime' }),
    runAfter: t.expose('runAfter', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    queueMilliseconds: t.float({
      nullable: true,
      description: 'From queuing to the start of the present or last attempt, in milliseconds; null without one.',
      ...derived(['queuedAt', 'startedAt'], ({ queuedAt, startedAt }: Row<'InferenceJob'>) =>
        millisecondsBetween(queuedAt, startedAt),
      ),
    }),
    latencyMilliseconds: t.float({
      nullable: true,
      description: 'From the start of the last attempt to the end, in milliseconds; null while it has not ended.',
      ...derived(['startedAt', 'completedAt'], ({ startedAt, completedAt }: Row<'InferenceJob'>) =>
        millisecondsBetween(startedAt, completedAt),
      ),
    }),
    workerCode: t.exposeString('workerCode', { nullable: true }),
    leaseUntil: t.expose('leaseUntil', { type: 'DateTime', nullable: true }),
    externalRequestId: t.exposeString('externalRequestId', { nullable: true }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    discardedCount: t.exposeInt('discardedCount'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(InferenceJob, inferenceJobById);

const InferenceJobConnection = connectionType({
  connection: inferenceJobList,
  node: InferenceJob,
  name: 'InferenceJob',
  what: 'inference jobs',
});
InferenceJobConnection.root('inferenceJobs', { access: ANY, description: 'The inference jobs, newest first.' });
InferenceJobConnection.on(Inspection, 'inferenceJobs', 'inspectionId', {
  description: 'The jobs by which models look for its findings.',
});
InspectionConnection.filterBy('inferenceJobs', inferenceJobsOfInspection);

DefectConnection.on(InferenceJob, 'defects', 'inferenceJobId', {
  description: 'The findings that it reported, without those below the threshold.',
});
DefectConnection.filterBy(
  'inferenceJob',
  relationFilter(inferenceJobTarget, defects.column('inferenceJobId'), 'The job that found it.'),
);

ArtifactConnection.on(InferenceJob, 'outputArtifacts', 'inferenceJobId', {
  description: 'The artifacts that it made.',
});
ArtifactConnection.filterBy(
  'inferenceJob',
  relationFilter(inferenceJobTarget, artifacts.column('inferenceJobId'), 'The job that made it.'),
);

builder.objectField(Artifact, 'inferenceJob', (t) =>
  t.field({
    type: InferenceJob,
    nullable: true,
    description: 'The job that made it; null when no job did.',
    ...optionalReference(inferenceJobById, 'inferenceJobId'),
  }),
);

builder.objectField(Defect, 'inferenceJob', (t) =>
  t.field({
    type: InferenceJob,
    nullable: true,
    description: 'The job that found it; null when no job did.',
    ...optionalReference(inferenceJobById, 'inferenceJobId'),
  }),
);

const JOB_ID = 'The id of the job.';

mutation(queueInferenceJob, {
  input: (t) => ({
    inspection: t.id({ required: true, description: 'The id of the inspection; IN_PROGRESS (JOB-6).' }),
    modelName: t.string({
      required: true,
      description: `The model that is to be used, 1 to ${LENGTHS.modelName} characters; workers claim jobs by it.`,
    }),
    modelVersion: t.string({
      required: true,
      description: `The version of the model, 1 to ${LENGTHS.modelVersion} characters.`,
    }),
    priority: t.int({
      defaultValue: JOB_PRIORITY.default,
      description: `Place in the queue: ${JOB_PRIORITY.min} to ${JOB_PRIORITY.max}, ${JOB_PRIORITY.max} is the most urgent.`,
    }),
    batchSize: t.int({
      defaultValue: BATCH_SIZE.default,
      description: `How many images the model looks at together, from ${BATCH_SIZE.min}.`,
    }),
    confidenceThreshold: t.field({
      type: 'Decimal',
      defaultValue: THRESHOLD_DEFAULT,
      description: 'Findings with a confidence below it, from 0 to 1, are counted and not stored (JOB-5).',
    }),
    processingParameters: t.field({ type: 'JSONObject', description: 'Whatever the model needs to know.' }),
    inputArtifacts: t.idList({
      description: `The ids of the artifacts of the inspection that it looks at, at most ${INPUT_ARTIFACTS_MAX} (JOB-6).`,
    }),
    maxAttempts: t.int({
      defaultValue: MAX_ATTEMPTS.default,
      description: `How often workers may claim it: ${MAX_ATTEMPTS.min} to ${MAX_ATTEMPTS.max} (JOB-4).`,
    }),
    externalRequestId: t.string({
      description: `The number that another system gave the request, at most ${LENGTHS.externalRequestId} characters.`,
    }),
  }),
  payload: (t) => ({
    inferenceJob: t.field({
      type: InferenceJob,
      nullable: true,
      description: 'The new job.',
      resolve: (p, _args, context, info) => loadById(inferenceJobById, p.inferenceJob, context, info),
    }),
  }),
});

mutation(cancelInferenceJob, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ id: t.id({ required: true, description: JOB_ID }) }),
  payload: (t) => ({
    inferenceJob: t.field({
      type: InferenceJob,
      nullable: true,
      description: 'The cancelled job.',
      resolve: (p, _args, context, info) => loadById(inferenceJobById, p.inferenceJob, context, info),
    }),
  }),
});

mutation(retryInferenceJob, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: JOB_ID }) }),
  payload: (t) => ({
    inferenceJob: t.field({
      type: InferenceJob,
      nullable: true,
      description: 'The job in the queue again.',
      resolve: (p, _args, context, info) => loadById(inferenceJobById, p.inferenceJob, context, info),
    }),
  }),
});

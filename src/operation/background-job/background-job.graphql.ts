import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation, UserError } from '../../platform/graphql/mutation.ts';
import { derived, optionalReference, reference } from '../../platform/read/field.ts';
import { USERS } from '../../platform/rules/access.ts';
import { ProcessData } from '../../production/process-data/execution/process-data.graphql.ts';
import { processDataById } from '../../production/process-data/execution/process-data.loaders.ts';
import { CompleteProcessInput } from '../../production/process-data/recording/recording.graphql.ts';
import { AuditEntryConnection, recordHistory } from '../audit/audit-entry.graphql.ts';
import { cancelBackgroundJob, submitBatchCompletion } from './background-job.commands.ts';
import {
  backgroundJobById,
  backgroundJobItemList,
  backgroundJobList,
  isVisible,
  visibleJobById,
} from './background-job.loaders.ts';
import { JOB_ITEMS_MAX, JOB_KINDS, JOB_STATUSES } from './background-job.rules.ts';
import { storedErrors } from './background-job.shapes.ts';

const JobKind = enumeration('JobKind', JOB_KINDS, 'What a background job does.', {
  BATCH_COMPLETION: 'Gives many open executions their results, one after the other.',
  DATA_EXPORT: 'Writes the records of a list into a file.',
});

const JobStatus = enumeration('JobStatus', JOB_STATUSES, 'How far a background job is.', {
  QUEUED: 'Waits for a worker.',
  RUNNING: 'A worker does it.',
  SUCCEEDED: 'All of its items were worked off, whether or not each succeeded; an export has its file.',
  FAILED: 'It ended before its last item; `errorMessage` says why.',
  CANCELLED: 'Not wanted any more. What was done before stays.',
});

export const BackgroundJob = builder.prismaObject('BackgroundJob', {
  fields: (t) => ({
    kind: t.expose('kind', { type: JobKind }),
    status: t.expose('status', { type: JobStatus }),
    params: t.expose('params', { type: 'JSONObject' }),
    totalCount: t.exposeInt('totalCount'),
    doneCount: t.exposeInt('doneCount'),
    failedCount: t.exposeInt('failedCount'),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    requestedBy: t.field({
      type: User,
      description: 'The person who submitted it.',
      ...reference(userById, 'requestedById', 'The person who submitted a background job'),
    }),
    queuedAt: t.expose('queuedAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    attempts: t.exposeInt('attempts'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(BackgroundJob, visibleJobById);
AuditEntryConnection.on(BackgroundJob, 'history', 'recordId', recordHistory('background_jobs'));

const BackgroundJobItem = builder.prismaObject('BackgroundJobItem', {
  fields: (t) => ({
    index: t.exposeInt('index'),
    input: t.expose('input', { type: 'JSONObject' }),
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The execution that got its result; null while the item waits, and when it was refused.',
      ...optionalReference(processDataById, 'processDataId'),
    }),
    errors: t.field({
      type: [UserError],
      description: 'Why it was refused, with paths in the item; empty while it waits, and when it succeeded.',
      ...derived(['errors'], ({ errors }) => [...storedErrors(errors)]),
    }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
  }),
});

const BackgroundJobConnection = connectionType({
  connection: backgroundJobList,
  node: BackgroundJob,
  name: 'BackgroundJob',
  what: 'background jobs',
});
BackgroundJobConnection.root('backgroundJobs', {
  access: USERS,
  onlyFor: isVisible,
  description: 'The background jobs that you submitted; for LEADS all.',
});

const BackgroundJobItemConnection = connectionType({
  connection: backgroundJobItemList,
  node: BackgroundJobItem,
  name: 'BackgroundJobItem',
  what: 'items of a batch',
});
BackgroundJobItemConnection.on(BackgroundJob, 'items', 'backgroundJobId', {
  description: 'The items of a batch, in the order in which they were sent; none of an export.',
});

mutation(submitBatchCompletion, {
  input: (t) => ({
    items: t.field({
      type: [CompleteProcessInput],
      required: true,
      description: `1 to ${JOB_ITEMS_MAX.toLocaleString('en')} results. They have no idempotency keys of their own: the key of the batch counts for all. When one of them is malformed, the whole batch is refused.`,
    }),
  }),
  payload: (t) => ({
    backgroundJob: t.field({
      type: BackgroundJob,
      nullable: true,
      description: 'The job, which waits for a worker.',
      resolve: (p, _args, context, info) => loadById(backgroundJobById, p.backgroundJob, context, info),
    }),
  }),
});

mutation(cancelBackgroundJob, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the job.' }) }),
  payload: (t) => ({
    backgroundJob: t.field({
      type: BackgroundJob,
      nullable: true,
      description: 'The cancelled job.',
      resolve: (p, _args, context, info) => loadById(backgroundJobById, p.backgroundJob, context, info),
    }),
  }),
});

import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { listFilter, type ListedTarget, relationFilter } from '../../platform/read/relation-filter.ts';
import { inspections, inspectionTarget } from '../inspection/inspection.loaders.ts';
import { INFERENCE_STATUSES } from './inference-job.rules.ts';

/** The table of inference jobs. */
export const inferenceJobs = table('InferenceJob', 'inference_jobs');

/** Loads inference jobs by id. */
export const inferenceJobById = byId(inferenceJobs);

const { column } = inferenceJobs;

/** The list of inference jobs, with its filter and orders. */
export const inferenceJobList = connection({
  table: inferenceJobs,
  filter: {
    inspection: relationFilter(inspectionTarget, column('inspectionId'), 'The inspection that it is for.'),
    status: filter.enumFilter(INFERENCE_STATUSES, column('status'), 'How far it has come.'),
    modelName: filter.identifierFilter(column('modelName'), 'The model.'),
    modelVersion: filter.identifierFilter(column('modelVersion'), 'The version of the model.'),
    externalRequestId: filter.identifierFilter(
      column('externalRequestId'),
      'The number that another system gave the request.',
    ),
    priority: filter.integerFilter(column('priority'), 'Place in the queue: 1 to 10, 10 is the most urgent.'),
    queuedAt: filter.instantFilter(column('queuedAt'), 'When it was queued (UTC).'),
    completedAt: filter.instantFilter(column('completedAt'), 'When it ended (UTC); without a value while it has not.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when the job was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
    COMPLETED_AT: order('By when the job ended; one that has not comes last.', {
      field: 'completedAt',
      column: column('completedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
    STATUS: order('By status: QUEUED, PROCESSING, COMPLETED, FAILED, CANCELLED, TIMEOUT.', {
      field: 'status',
      column: column('status'),
      cast: 'inference_status',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/** Inference jobs as filters take them. */
export const inferenceJobTarget: ListedTarget = {
  name: 'InferenceJob',
  what: 'an inference job',
  keys: {},
  list: inferenceJobList,
};

/** The jobs of an inspection, as the filter of inspections takes them. */
export const inferenceJobsOfInspection = listFilter(
  inferenceJobTarget,
  { table: inferenceJobs, column: column('inspectionId'), equals: inspections.column('id') },
  'The jobs by which models look for its findings.',
);

import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import { lockRow, rowByReference } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { QUALITY, QUALITY_AND_STATION } from '../../platform/rules/access.ts';
import { lockArtifactsOf } from '../artifact/artifact.commands.ts';
import { lockInspection } from '../inspection/inspection.commands.ts';
import { inferenceJobs } from './inference-job.loaders.ts';
import { hasInputs, jobMayBecome, mayBeRetried, takesJobs } from './inference-job.rules.ts';
import { CancelInferenceJob, QueueInferenceJob, RetryInferenceJob } from './inference-job.shapes.ts';

/** JOB-6: Queues a job for the artifacts of an inspection that is IN_PROGRESS. */
export const queueInferenceJob = command({
  name: 'queueInferenceJob',
  action: 'inferenceJob.queued',
  description:
    'Asks a model server to look at artifacts of an inspection that is IN_PROGRESS (JOB-6). Workers claim jobs by priority, then age (JOB-2).',
  access: QUALITY_AND_STATION,
  input: QueueInferenceJob,
  async run({ tx }, { inspection: id, inputArtifacts, ...fields }) {
    // Completion waits for the jobs of its inspection, so none may be added while it looks.
    const inspection = await lockInspection(tx, id, 'SHARE', 'inspection');
    enforce(takesJobs(inspection), hasInputs(inputArtifacts, await lockArtifactsOf(tx, id, inputArtifacts, 'SHARE')));
    const { externalRequestId = null, ...given } = fields;
    const job = await tx.inferenceJob.create({
      data: { ...given, externalRequestId, inspectionId: id, inputArtifactIds: [...inputArtifacts] },
    });
    return { inferenceJob: job.id };
  },
});

/** JOB-1: Cancels a job that is QUEUED or PROCESSING. The answer of its worker will not be wanted. */
export const cancelInferenceJob = command({
  name: 'cancelInferenceJob',
  action: 'inferenceJob.cancelled',
  description:
    'Cancels a job that is QUEUED or PROCESSING. A worker that holds it gets its answer refused (JOB-1, JOB-3).',
  access: QUALITY,
  input: CancelInferenceJob,
  async run({ tx }, { id, expectedVersion }) {
    const job = await lockInferenceJob(tx, id);
    enforce(isCurrent(job, expectedVersion, { inferenceJob: id }), jobMayBecome(job, 'CANCELLED'));
    await tx.inferenceJob.update({
      where: { id },
      data: { status: 'CANCELLED', workerCode: null, leaseUntil: null },
    });
    return { inferenceJob: id };
  },
});

/** JOB-4: Queues a job again that is FAILED or TIMEOUT, with all its attempts. */
export const retryInferenceJob = command({
  name: 'retryInferenceJob',
  action: 'inferenceJob.retried',
  description:
    'Queues a job again that is FAILED or TIMEOUT, with all its attempts, in its former place (JOB-1, JOB-4).',
  access: QUALITY,
  input: RetryInferenceJob,
  async run({ tx, now }, { id, expectedVersion }) {
    const { inspection, job } = await lockJobOfInspection(tx, id);
    enforce(isCurrent(job, expectedVersion, { inferenceJob: id }), mayBeRetried(job), takesJobs(inspection));
    await tx.inferenceJob.update({
      where: { id },
      data: { status: 'QUEUED', attempts: 0, runAfter: now, startedAt: null, completedAt: null },
    });
    return { inferenceJob: id };
  },
});

/**
 * Cancels the jobs of an inspection that are QUEUED or PROCESSING: nobody wants their answers any more. The inspection is
 * locked for update, so that none is queued meanwhile. Returns how many there were.
 */
export async function cancelOpenJobs(tx: Tx, inspectionId: string): Promise<number> {
  const { count } = await tx.inferenceJob.updateMany({
    where: { inspectionId, status: { in: ['QUEUED', 'PROCESSING'] } },
    data: { status: 'CANCELLED', workerCode: null, leaseUntil: null },
  });
  return count;
}

/** Locks the inspection of a job, so that its status stays, and then the job for a change. */
export async function lockJobOfInspection(
  tx: Tx,
  id: string,
): Promise<{ readonly inspection: Row<'Inspection'>; readonly job: Row<'InferenceJob'> }> {
  const reference = { key: 'id', value: id };
  const { inspectionId } = found(await rowByReference(tx, inferenceJobs, reference), 'id', WHAT);
  const inspection = await lockInspection(tx, inspectionId, 'SHARE');
  return { inspection, job: await lockInferenceJob(tx, id) };
}

/** Locks a job for a change. */
export function lockInferenceJob(tx: Tx, id: string): Promise<Row<'InferenceJob'>> {
  const reference = { key: 'id', value: id };
  return lockRow(tx, inferenceJobs, { reference, lock: 'NO KEY UPDATE', path: 'id', what: 'Inference job' });
}

const WHAT = 'Inference job with this id';

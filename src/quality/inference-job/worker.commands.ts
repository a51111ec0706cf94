/**
 * What a worker does with inference jobs: it claims them, renews its lease, and completes or fails them.
 *
 * 1. A claim takes jobs that are free, by one statement that skips what others are claiming: no claim waits for another,
 *    and no two get the same job (JOB-2).
 * 2. A claim counts an attempt. Every answer names worker and attempt; one that does not fit is refused and changes
 *    nothing (JOB-3). So the reaper, a retry or a cancellation can take a job from its worker at any time.
 * 3. Findings, outputs, counts and status of an answer are written by one transaction (JOB-5). A job may be worked on twice; its
 *    result is stored once.
 */
import { command } from '../../platform/command/declaration.ts';
import { claimNext, finish, giveBack, leaseOf, renew } from '../../platform/command/lease.ts';
import { enforce } from '../../platform/command/rejection.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { OPS_AND_STATION } from '../../platform/rules/access.ts';
import { lockArtifactsOf, noteMadeBy } from '../artifact/artifact.commands.ts';
import { insertDefects } from '../defect/defect.commands.ts';
import { lockInferenceJob, lockJobOfInspection } from './inference-job.commands.ts';
import { afterFailure, hasOutputs, isHeldBy, LEASE_SECONDS, sortedOut, takesFindings } from './inference-job.rules.ts';
import { INFERENCE_QUEUE } from './inference-queue.commands.ts';
import {
  ClaimInferenceJobs,
  CompleteInferenceJob,
  FailInferenceJob,
  HeartbeatInferenceJob,
} from './inference-job.shapes.ts';

/** JOB-2: Claims free jobs for a worker. */
export const claimInferenceJobs = command({
  name: 'claimInferenceJobs',
  action: 'inferenceJob.claimed',
  description: `Gives a worker the most urgent, then oldest jobs that are free, for ${LEASE_SECONDS} seconds; no other worker gets them. An empty list when there are none (JOB-2).`,
  access: OPS_AND_STATION,
  input: ClaimInferenceJobs,
  async run({ tx }, { workerCode, limit, modelNames }) {
    const models = modelNames.length === 0 ? null : modelNames;
    const only = sql`AND (${models}::text[] IS NULL OR t.model_name = ANY(${models}::text[]))`;
    const claimed = await claimNext(tx, INFERENCE_QUEUE, { holder: workerCode, limit, only });
    return { inferenceJobs: claimed.map(({ id }) => id) };
  },
});

/** JOB-3: Renews the lease of a job. A worker whose lease is over may do so until the reaper takes the job. */
export const heartbeatInferenceJob = command({
  name: 'heartbeatInferenceJob',
  action: 'inferenceJob.renewed',
  description: `Renews the lease of the job for ${LEASE_SECONDS} seconds from now (JOB-3).`,
  access: OPS_AND_STATION,
  input: HeartbeatInferenceJob,
  async run({ tx }, { id, ...holder }) {
    const job = await lockInferenceJob(tx, id);
    enforce(isHeldBy(job, holder));
    await renew(tx, INFERENCE_QUEUE, leaseOf(INFERENCE_QUEUE, job));
    return { inferenceJob: id };
  },
});

/** JOB-3, JOB-5: Stores the findings of a job, and completes it. */
export const completeInferenceJob = command({
  name: 'completeInferenceJob',
  action: 'inferenceJob.completed',
  description:
    'Completes a job with its findings and outputs. Findings whose confidence is at least the threshold become defects of the inspection, the others are counted (JOB-3, JOB-5).',
  access: OPS_AND_STATION,
  input: CompleteInferenceJob,
  async run({ tx, now }, { id, findings, outputArtifacts, performanceMetrics, ...holder }) {
    const { inspection, job } = await lockJobOfInspection(tx, id);
    const outputs = await lockArtifactsOf(tx, job.inspectionId, outputArtifacts, 'NO KEY UPDATE');
    enforce(isHeldBy(job, holder), takesFindings(inspection), hasOutputs(outputArtifacts, outputs, id));
    const { kept, discardedCount } = sortedOut(findings, job.confidenceThreshold);
    const defects = await insertDefects(
      tx,
      job.inspectionId,
      kept.map((finding) => ({ ...finding, detectionMethod: 'ML_AUTOMATED', inferenceJobId: id })),
    );
    await noteMadeBy(tx, id, outputArtifacts);
    await finish(tx, INFERENCE_QUEUE, leaseOf(INFERENCE_QUEUE, job), {
      status: 'COMPLETED',
      result: [
        sql`completed_at = ${now}::timestamptz`,
        sql`discarded_count = ${discardedCount}::int`,
        sql`performance_metrics = ${JSON.stringify(performanceMetrics)}::jsonb`,
      ],
    });
    return { inferenceJob: id, defects };
  },
});

/** JOB-3, JOB-4: Ends an attempt that has failed: the job is queued again, or is FAILED. */
export const failInferenceJob = command({
  name: 'failInferenceJob',
  action: 'inferenceJob.failed',
  description:
    'Ends the attempt. The job is queued again, to be claimed after 10, 20, 40 s, …, while attempts are left and `isRetryable` says that it may help; otherwise it is FAILED (JOB-3, JOB-4).',
  access: OPS_AND_STATION,
  input: FailInferenceJob,
  async run({ tx, now }, { id, errorMessage, isRetryable, ...holder }) {
    const job = await lockInferenceJob(tx, id);
    enforce(isHeldBy(job, holder));
    const failure = afterFailure(job, { isRetryable, end: 'FAILED', now });
    await giveBack(tx, INFERENCE_QUEUE, [{ ...leaseOf(INFERENCE_QUEUE, job), ...failure, errorMessage }]);
    return { inferenceJob: id };
  },
});

/**
 * What a worker does with inference jobs: it claims them, renews its lease, and completes or fails them.
 *
 * 1. A claim takes jobs that are free, by one statement that skips what others are claiming: no claim waits for a job that
 *    another one holds, and no two get the same job (JOB-2). Claims that arrive at the same time share one transaction.
 * 2. A claim counts an attempt. Every answer names worker and attempt; one that does not fit is refused and changes
 *    nothing (JOB-3). So the reaper, a retry or a cancellation can take a job from its worker at any time.
 * 3. Findings, outputs, counts and status of an answer are written by one transaction (JOB-5). A job may be worked on twice; its
 *    result is stored once.
 */
import { command } from '../../platform/command/declaration.ts';
import { groupCommit, type GroupMember } from '../../platform/command/group-commit.ts';
import { claimNext, finish, giveBack, leaseOf, renew } from '../../platform/command/lease.ts';
import { enforce } from '../../platform/command/rejection.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { OPS_AND_STATION } from '../../platform/rules/access.ts';
import { lockArtifactsOf, noteMadeBy } from '../artifact/artifact.commands.ts';
import { insertDefects } from '../defect/defect.commands.ts';
import { lockInferenceJob, lockJobOfInspection } from './inference-job.commands.ts';
import { afterFailure, hasOutputs, isHeldBy, LEASE_SECONDS, sortedOut, takesFindings } from './inference-job.rules.ts';
import { INFERENCE_QUEUE } from './inference-queue.commands.ts';
import {
  type ClaimInput,
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
  async run({ tx }, input) {
    return claimJobs(tx, input);
  },
  group: groupCommit(claimGroup, () => sql`TRUE`),
});

/** The claimed jobs, as the payload needs them. */
interface ClaimedJobs {
  readonly inferenceJobs: readonly string[];
  /**
   * The rows as they were claimed; absent when a repeated request is answered. It is a function, so it is not stored with
   * the outcome of an idempotency key (IDK-1).
   */
  readonly claimed?: () => readonly Row<'InferenceJob'>[];
}

async function claimJobs(tx: Tx, { workerCode, limit, modelNames }: ClaimInput): Promise<ClaimedJobs> {
  const models = modelNames.length === 0 ? null : modelNames;
  const only = sql`AND (${models}::text[] IS NULL OR t.model_name = ANY(${models}::text[]))`;
  const claimed = await claimNext(tx, INFERENCE_QUEUE, { holder: workerCode, limit, only });
  return { inferenceJobs: claimed.map(({ id }) => id), claimed: () => claimed };
}

/** Claims for a group of requests in their order, each as its own worker and actor. No statement waits for a lock. */
async function claimGroup(
  _tx: Tx,
  _inputs: readonly ClaimInput[],
  joining: Promise<readonly (GroupMember<ClaimInput> | undefined)[]>,
): Promise<readonly (ClaimedJobs | undefined)[]> {
  const members = await joining;
  // All of them are requested before the first is answered, so they travel together.
  return Promise.all(members.map((member) => member && claimJobs(member.env.tx, member.input)));
}

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

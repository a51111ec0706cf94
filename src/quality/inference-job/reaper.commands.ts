import { returnLost } from '../../platform/command/lease.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { afterFailure } from './inference-job.rules.ts';
import { INFERENCE_QUEUE } from './inference-queue.commands.ts';

/**
 * JOB-2, JOB-4: Takes the jobs whose lease is over from their workers: they are queued again, or end with TIMEOUT when no
 * attempt is left. Returns how many jobs were taken.
 */
export async function reapInferenceJobs(tx: Tx): Promise<number> {
  const lost = await returnLost(tx, INFERENCE_QUEUE, {
    limit: REAPED_AT_ONCE,
    action: 'inferenceJob.leaseLost',
    judge: (job, now) => afterFailure(job, { isRetryable: true, end: 'TIMEOUT', now }),
  });
  return lost.length;
}

/** So many jobs are taken by one transaction; there are more only when a whole model server went down. */
export const REAPED_AT_ONCE = 500;

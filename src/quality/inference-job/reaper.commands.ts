import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { actAsSystem } from '../../platform/request/actor.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { inferenceJobs } from './inference-job.loaders.ts';
import { afterFailure, lostLeaseMessage } from './inference-job.rules.ts';

/**
 * JOB-2, JOB-4: Takes the jobs whose lease is over from their workers: they are queued again, or end with TIMEOUT when no
 * attempt is left. A job that its worker is just renewing or completing is left to it. Returns how many jobs were taken.
 */
export async function reapInferenceJobs(tx: Tx): Promise<number> {
  const [clock] = await tx.sql<{ now: Instant }>`SELECT now()::timestamptz(3) AS now`;
  const { now } = present(clock, 'The time of the transaction');
  const lost = await tx.query<Row<'InferenceJob'>>(sql`
    SELECT ${inferenceJobs.columns} FROM inference_jobs t WHERE t.status = 'PROCESSING' AND t.lease_until < now()
    ORDER BY t.lease_until LIMIT ${REAPED_AT_ONCE} FOR NO KEY UPDATE SKIP LOCKED`);
  if (lost.length === 0) return 0;
  await actAsSystem(tx, 'inferenceJob.leaseLost');
  const rows = lost.map((job) => {
    const { status, runAfter } = afterFailure(job, { isRetryable: true, end: 'TIMEOUT', now });
    return { id: job.id, status, runAfter: runAfter ?? job.runAfter, errorMessage: lostLeaseMessage(job) };
  });
  await tx.sql`
    UPDATE inference_jobs job SET status = next.status, run_after = next."runAfter", error_message = next."errorMessage", worker_code = NULL, lease_until = NULL,
      started_at = CASE next.status WHEN 'TIMEOUT' THEN job.started_at END, completed_at = CASE next.status WHEN 'TIMEOUT' THEN now() END
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS next(id uuid, status inference_status, "runAfter" timestamptz, "errorMessage" text)
    WHERE job.id = next.id`;
  return lost.length;
}

/** So many jobs are taken by one transaction; there are more only when a whole model server went down. */
export const REAPED_AT_ONCE = 500;

import type { LeaseQueue } from '../../platform/command/lease.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { inferenceJobs } from './inference-job.loaders.ts';
import { type InferenceStatus, LEASE_SECONDS } from './inference-job.rules.ts';

/** JOB-2: The queue of inference jobs: the most urgent first, then the oldest. A job that failed waits for its time (JOB-4). */
export const INFERENCE_QUEUE: LeaseQueue<'InferenceJob', InferenceStatus> = {
  table: inferenceJobs,
  statusType: 'inference_status',
  waiting: 'QUEUED',
  running: 'PROCESSING',
  holder: 'workerCode',
  until: 'leaseUntil',
  seconds: LEASE_SECONDS,
  ready: sql`t.run_after <= now()`,
  order: sql`t.priority DESC, t.queued_at, t.id`,
  afterFailure: [
    sql`run_after = coalesce(next.ready_at, t.run_after)`,
    sql`started_at = CASE next.status WHEN 'QUEUED' THEN NULL ELSE t.started_at END`,
    sql`completed_at = CASE next.status WHEN 'QUEUED' THEN NULL ELSE now() END`,
  ],
};

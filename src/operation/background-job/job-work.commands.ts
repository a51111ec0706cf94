/**
 * The steps by which workers do background jobs (BGJ-1, BGJ-2). The queue is that of lease.ts.
 *
 * 1. Each item is worked off by one transaction. It locks the job and checks the lease, so that an item is worked off by
 *    one worker at a time, and by none after a cancellation.
 * 2. What became of an item is written by the transaction that records its result. A worker may be killed at any time: an
 *    item is either finished, with its result, or it is not, and the next worker begins with it.
 * 3. Nothing of a refused item is kept but its errors, which a transaction of their own writes.
 */
import { command } from '../../platform/command/declaration.ts';
import {
  claimNext,
  type Failure,
  finish,
  giveBack,
  isValid,
  leaseOf,
  type LeaseQueue,
  renew,
  returnLost,
  type RowLease,
} from '../../platform/command/lease.ts';
import type { Reader, Tx } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { actAsSystem } from '../../platform/request/actor.ts';
import { PERSONS } from '../../platform/rules/access.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { assert } from '../../platform/values/assert.ts';
import { firstCharacters } from '../../platform/values/characters.ts';
import { completeProcess } from '../../production/process-data/recording/process-data.commands.ts';
import { announceJobs } from './background-job.commands.ts';
import { backgroundJobs } from './background-job.loaders.ts';
import {
  JOB_ERROR_LENGTH,
  JOB_LEASE_SECONDS,
  jobAfterFailure,
  type JobKind,
  type JobStatus,
  REQUESTER_GONE,
} from './background-job.rules.ts';
import { WorkOffItem } from './background-job.shapes.ts';

/** BGJ-1: The queue of background jobs, the oldest first. */
export const JOB_QUEUE: LeaseQueue<'BackgroundJob', JobStatus> = {
  table: backgroundJobs,
  statusType: 'job_status',
  waiting: 'QUEUED',
  running: 'RUNNING',
  holder: 'lockedBy',
  until: 'lockedUntil',
  seconds: JOB_LEASE_SECONDS,
  ready: sql`TRUE`,
  order: sql`t.queued_at, t.id`,
  afterFailure: [
    sql`started_at = CASE next.status WHEN 'QUEUED' THEN NULL ELSE t.started_at END`,
    sql`finished_at = CASE next.status WHEN 'QUEUED' THEN NULL ELSE now() END`,
  ],
};

/** A job that a worker has claimed. */
export type ClaimedJob = Row<'BackgroundJob'>;

/** BGJ-1: Claims the oldest job of the kind for a worker; undefined when none waits. */
export async function claimJob(tx: Tx, kind: JobKind, worker: string): Promise<ClaimedJob | undefined> {
  await actAsSystem(tx, 'backgroundJob.started');
  const only = sql`AND t.kind = ${kind}::job_kind`;
  const [claimed] = await claimNext(tx, JOB_QUEUE, { holder: worker, limit: 1, only });
  if (claimed !== undefined) announceJobs(tx);
  return claimed;
}

/** BGJ-1: Renews the lease; false when the worker does not have the job any more. */
export async function renewJob(tx: Tx, job: ClaimedJob): Promise<boolean> {
  return renew(tx, JOB_QUEUE, leaseOf(JOB_QUEUE, job));
}

/** An item that waits to be worked off. */
export type WaitingItem = Pick<Row<'BackgroundJobItem'>, 'index' | 'input'>;

/** The next items of a job after an index that wait, at most so many. */
export function waitingItems(db: Reader, jobId: string, after: number, count: number): Promise<readonly WaitingItem[]> {
  return db.sql<WaitingItem>`
    SELECT index, input FROM background_job_items WHERE background_job_id = ${jobId}::uuid AND index > ${after}::int AND finished_at IS NULL
    ORDER BY index LIMIT ${count}::int`;
}

/** BGJ-2: Records the result of an item as `completeProcess` does, for the person who submitted the job. */
export const workOffItem = command({
  name: 'workOffItem',
  action: completeProcess.action,
  description: 'Records the result of one item of a background job.',
  // BGJ-2: the rights were judged when the job was submitted. That the person may still sign in is judged here.
  access: PERSONS,
  input: WorkOffItem,
  bulkSize: () => 1,
  async run(env, { lease, index, item }): Promise<{ readonly outcome: 'DONE' | 'LOST' | 'REQUESTER_GONE' }> {
    const { tx } = env;
    const [held] = await tx.query<{ isActive: boolean }>(sql`
      SELECT requester.is_active AS "isActive" FROM background_jobs t JOIN users requester ON requester.id = t.requested_by_id
      WHERE ${isValid(JOB_QUEUE, lease)} FOR NO KEY UPDATE OF t`);
    if (held === undefined) return { outcome: 'LOST' };
    if (!held.isActive) return { outcome: 'REQUESTER_GONE' };
    const { processData } = await completeProcess.run(env, item, undefined);
    tx.send(sql`UPDATE background_jobs SET done_count = done_count + 1 WHERE id = ${lease.id}::uuid`);
    await finishItem(tx, lease, index, sql`process_data_id = ${processData}::uuid`);
    return { outcome: 'DONE' };
  },
});

/** BGJ-2: Notes why an item was refused; false when the worker does not have the job any more. */
export async function refuseItem(
  tx: Tx,
  lease: RowLease,
  { index, errors }: { readonly index: number; readonly errors: readonly Rejection[] },
): Promise<boolean> {
  await actAsSystem(tx, 'backgroundJob.itemRefused');
  const counted = await tx.query<object>(sql`
    UPDATE background_jobs t SET failed_count = failed_count + 1 WHERE ${isValid(JOB_QUEUE, lease)} RETURNING t.id`);
  if (counted.length === 0) return false;
  await finishItem(tx, lease, index, sql`errors = ${JSON.stringify(errors)}::jsonb`);
  return true;
}

async function finishItem(tx: Tx, { id }: RowLease, index: number, outcome: Sql): Promise<void> {
  const finished = await tx.query<object>(sql`
    UPDATE background_job_items SET finished_at = now(), ${outcome}
    WHERE background_job_id = ${id}::uuid AND index = ${index}::int AND finished_at IS NULL RETURNING id`);
  assert(finished.length === 1, `Item ${index} of the background job ${id} was finished before.`);
}

/** BGJ-1: Notes how many rows of an export there are, and how many are written. */
export async function noteRows(
  tx: Tx,
  job: ClaimedJob,
  { written, total }: { readonly written: number; readonly total: number },
): Promise<void> {
  await actAsSystem(tx, 'backgroundJob.started');
  await tx.query<object>(sql`
    UPDATE background_jobs t SET done_count = ${written}::int, total_count = ${total}::int WHERE ${isValid(JOB_QUEUE, leaseOf(JOB_QUEUE, job))}`);
  announceJobs(tx);
}

/** BGJ-1: Ends a job with success, and with its file if it has one; false when the worker does not have it any more. */
export async function succeedJob(tx: Tx, job: ClaimedJob, result: readonly Sql[] = []): Promise<boolean> {
  await actAsSystem(tx, 'backgroundJob.succeeded');
  return end(tx, job, 'SUCCEEDED', [sql`error_message = NULL`, ...result]);
}

/** BGJ-1: Ends a job that another attempt would not help. */
export async function failJob(tx: Tx, job: ClaimedJob, message: string): Promise<boolean> {
  await actAsSystem(tx, 'backgroundJob.failed');
  return end(tx, job, 'FAILED', [sql`error_message = ${firstCharacters(message, JOB_ERROR_LENGTH)}`]);
}

/** BGJ-1: Ends the job of a requester who was deactivated. */
export async function failOrphanedJob(tx: Tx, job: ClaimedJob): Promise<boolean> {
  return failJob(tx, job, REQUESTER_GONE);
}

/** BGJ-1: Notes a failed attempt: the job is queued again while attempts are left, and FAILED otherwise. */
export async function failAttempt(tx: Tx, job: ClaimedJob, message: string): Promise<void> {
  await actAsSystem(tx, 'backgroundJob.failed');
  const errorMessage = firstCharacters(message, JOB_ERROR_LENGTH);
  await giveBack(tx, JOB_QUEUE, [{ ...leaseOf(JOB_QUEUE, job), ...afterFailure(job), errorMessage }]);
  announceJobs(tx);
}

/** BGJ-1: Gives a job back because its worker is stopped. The attempt does not count. */
export async function handBack(tx: Tx, job: ClaimedJob): Promise<void> {
  await actAsSystem(tx, 'backgroundJob.handedBack');
  await finish(tx, JOB_QUEUE, leaseOf(JOB_QUEUE, job), {
    status: 'QUEUED',
    result: [sql`started_at = NULL`, sql`attempts = t.attempts - 1`],
  });
  announceJobs(tx);
}

/** BGJ-1: Takes the jobs whose lease is over from their workers. Returns how many. */
export async function returnLostJobs(tx: Tx): Promise<number> {
  const lost = await returnLost(tx, JOB_QUEUE, {
    limit: JOBS_AT_ONCE,
    action: 'backgroundJob.leaseLost',
    judge: afterFailure,
  });
  if (lost.length > 0) announceJobs(tx);
  return lost.length;
}

/** So many jobs are taken by one transaction. */
export const JOBS_AT_ONCE = 500;

async function end(tx: Tx, job: ClaimedJob, status: JobStatus, result: readonly Sql[]): Promise<boolean> {
  const isMine = await finish(tx, JOB_QUEUE, leaseOf(JOB_QUEUE, job), {
    status,
    result: [sql`finished_at = now()`, ...result],
  });
  announceJobs(tx);
  return isMine;
}

function afterFailure({ attempts }: Pick<ClaimedJob, 'attempts'>): Failure<JobStatus> {
  return { status: jobAfterFailure(attempts), readyAt: null };
}

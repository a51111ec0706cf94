/** Does the background jobs of the queue, one after the other (BGJ-1). */
import { announceJobs } from '../../operation/background-job/background-job.commands.ts';
import { JOB_LEASE_SECONDS, type JobKind } from '../../operation/background-job/background-job.rules.ts';
import {
  type ClaimedJob,
  claimJob,
  failAttempt,
  handBack,
  renewJob,
} from '../../operation/background-job/job-work.commands.ts';
import { WORKER, whileLeased } from '../../platform/command/lease-renewal.ts';
import type { Services } from '../../platform/request/context.ts';
import { AppError } from '../../platform/values/assert.ts';

/**
 * Does the work of a job and ends the job. The signal is aborted when the job is not wanted any more, or the process
 * stops: the work returns or throws then, and what it has not done is left to the next worker.
 */
type JobWork = (services: Services, job: ClaimedJob, ending: AbortSignal) => Promise<void>;

/** Does the oldest job of the kind; false when none waits, and when the process stops. */
export async function doNextJob(
  services: Services,
  stopping: AbortSignal,
  { kind, work }: { readonly kind: JobKind; readonly work: JobWork },
): Promise<boolean> {
  const { database, log, events } = services;
  const job = await database.transaction((tx) => claimJob(tx, kind, WORKER));
  if (job === undefined) return false;
  const { id: jobId, attempts: attempt } = job;
  try {
    await whileLeased(
      {
        seconds: JOB_LEASE_SECONDS,
        renew: () => database.transaction((tx) => renewJob(tx, job)),
        failed: (error) => log.debug({ event: 'job.lease_not_renewed', jobId, err: error }, 'a lease was not renewed'),
        stopping,
      },
      (ending) => work(services, job, ending),
    );
    events.note({
      level: 'DEBUG',
      event: 'job.ended',
      message: `A job of the kind ${kind} ended.`,
      details: { jobId },
    });
  } catch (error) {
    if (!stopping.aborted) {
      events.note({
        level: 'ERROR',
        event: 'job.failed',
        message: `Attempt ${attempt} of a job of the kind ${kind} failed; the log has the cause.`,
        details: { jobId, attempt },
      });
      log.warn({ event: 'job.failed', jobId, attempt, err: error }, 'a background job could not be done');
      await database.transaction((tx) => failAttempt(tx, job, messageOf(error)));
    }
  }
  // A job that is finished has no lease any more, and is left as it is.
  if (stopping.aborted) await database.transaction((tx) => handBack(tx, job));
  return !stopping.aborted;
}

/** Returns a function that announces progress to subscribers, at most once a second. */
export function progressAnnouncer({ database }: Services): () => Promise<void> {
  let announcedAt = Date.now();
  return async () => {
    if (Date.now() - announcedAt < ANNOUNCED_MILLISECONDS) return;
    announcedAt = Date.now();
    await database.transaction(async (tx) => announceJobs(tx));
  };
}

const ANNOUNCED_MILLISECONDS = 1_000;

/** What the requester reads: errors of the database may hold values, and are only in the log. */
function messageOf(error: unknown): string {
  return error instanceof AppError ? error.message : 'The job could not be done; the log of the server says why.';
}

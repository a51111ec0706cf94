import { LEADS, type Viewer } from '../../platform/rules/access.ts';
import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';

/** What a background job may do. */
export const JOB_KINDS = ['BATCH_COMPLETION', 'DATA_EXPORT'] as const;
/** One of JOB_KINDS. */
export type JobKind = (typeof JOB_KINDS)[number];

/** How far a background job may be. */
export const JOB_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
/** One of JOB_STATUSES. */
export type JobStatus = (typeof JOB_STATUSES)[number];

/** BGJ-1: The state machine of background jobs. */
export const JOB_FLOW: StateMachine<JobStatus> = {
  machine: 'background_jobs.status',
  rule: 'BGJ-1',
  moves: {
    QUEUED: ['RUNNING', 'CANCELLED'],
    RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELLED', 'QUEUED'],
    SUCCEEDED: [],
    FAILED: [],
    CANCELLED: [],
  },
};

/** BGJ-1: The most items of a batch. */
export const JOB_ITEMS_MAX = 10_000;
/** BGJ-1: How often a job is begun before it is FAILED. */
export const JOB_ATTEMPTS = 3;
/** BGJ-1: How long a worker has a job unless it renews its lease, which it does every 20 seconds. */
export const JOB_LEASE_SECONDS = 60;
/** The most characters of the message of a failure. */
export const JOB_ERROR_LENGTH = 2_000;

/** A job as messages and rights depend on it. */
export interface JudgedBackgroundJob {
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly requestedById: string;
}

/** A job is seen by who submitted it and by LEADS; of services, by those with a role of LEADS. */
export function maySeeJob(
  { requestedById }: Pick<JudgedBackgroundJob, 'requestedById'>,
  viewer: Viewer | null,
): boolean {
  if (viewer === null || viewer.kind === 'STATION') return false;
  return seesAllJobs(viewer) || (viewer.kind === 'USER' && viewer.id === requestedById);
}

/** Whether the viewer sees the jobs of everybody. */
export function seesAllJobs(viewer: Viewer): boolean {
  return viewer.kind !== 'STATION' && LEADS.roles.includes(viewer.role);
}

/** BGJ-3: A job is cancelled by who sees it, while it is QUEUED or RUNNING. To all others it does not exist. */
export function mayCancelJob(job: JudgedBackgroundJob, viewer: Viewer): Answer {
  if (!maySeeJob(job, viewer))
    return { ...rejection('NOT_FOUND', 'id', 'The background job with this id does not exist.'), rule: 'BGJ-3' };
  const answer = mayMove(JOB_FLOW, 'The background job', job.status, 'CANCELLED');
  return answer && { ...answer, path: ['id'], rule: 'BGJ-3' };
}

/** BGJ-1: What becomes of a job whose attempt has failed: it is tried again while attempts are left. */
export function jobAfterFailure(attempts: number): 'QUEUED' | 'FAILED' {
  return attempts < JOB_ATTEMPTS ? 'QUEUED' : 'FAILED';
}

/** Whether nothing happens to the job any more. */
export function isOver(status: JobStatus): boolean {
  return JOB_FLOW.moves[status].length === 0;
}

/** Why a job ends whose requester may not sign in any more. */
export const REQUESTER_GONE = 'The person who submitted the job was deactivated. The items before stay as they are.';

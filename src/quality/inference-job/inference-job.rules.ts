import { inspectionLabel, type InspectionName, type InspectionStatus } from '../inspection/inspection.rules.ts';
import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { compareDecimals } from '../../platform/values/decimal.ts';
import { type Instant, plusMilliseconds } from '../../platform/values/time.ts';

/** JOB-1: The statuses of an inference job. */
export const INFERENCE_STATUSES = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'] as const;
/** The status of an inference job. */
export type InferenceStatus = (typeof INFERENCE_STATUSES)[number];

/** JOB-1: The statuses to which an inference job may move. */
export const INFERENCE_JOB_FLOW: StateMachine<InferenceStatus> = {
  machine: 'inference_jobs.status',
  rule: 'JOB-1',
  moves: {
    QUEUED: ['PROCESSING', 'CANCELLED'],
    PROCESSING: ['COMPLETED', 'FAILED', 'TIMEOUT', 'QUEUED', 'CANCELLED'],
    COMPLETED: [],
    FAILED: ['QUEUED'],
    CANCELLED: [],
    TIMEOUT: ['QUEUED'],
  },
};

/** The greatest lengths of the texts of a job, in characters. */
export const INFERENCE_JOB_LENGTHS = {
  modelName: 100,
  modelVersion: 20,
  workerCode: 100,
  externalRequestId: 100,
  errorMessage: 2_000,
} as const;
/** The priorities of jobs; 10 is the most urgent. */
export const JOB_PRIORITY = { min: 1, max: 10, default: 5 } as const;
/** How many images a model looks at together. */
export const BATCH_SIZE = { min: 1, default: 1 } as const;
/** The threshold of a job that names none. */
export const THRESHOLD_DEFAULT = '0.7';
/** JOB-4: How often a job may be claimed. */
export const MAX_ATTEMPTS = { min: 1, max: 10, default: 3 } as const;
/** JOB-2: How many jobs a worker may claim at once. */
export const CLAIM_LIMIT = { min: 1, max: 10, default: 1 } as const;
/** How many models a claim may name. */
export const CLAIM_MODELS_MAX = 50;
/** JOB-6: The most artifacts that a job looks at. */
export const INPUT_ARTIFACTS_MAX = 100;
/** JOB-5: The most findings of a job. */
export const FINDINGS_MAX = 1_000;
/** JOB-5: The most artifacts that a job makes. */
export const OUTPUT_ARTIFACTS_MAX = 100;
/** JOB-2: How long a worker holds a job without a heartbeat. */
export const LEASE_SECONDS = 60;

/** A job as messages name it, with what the rules of its worker compare. */
export interface JudgedJob {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly status: InferenceStatus;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly workerCode: string | null;
}

/** The inspection of a job as its rules see it. */
type JobInspection = InspectionName & { readonly status: InspectionStatus };

/** The worker that sends an answer, and the attempt that the answer belongs to. */
export interface Holder {
  readonly workerCode: string;
  readonly attempt: number;
}

/** JOB-1: The status of a job moves only as its table allows. */
export function jobMayBecome(job: JudgedJob, status: InferenceStatus): Answer {
  const answer = mayMove(INFERENCE_JOB_FLOW, nameOfJob(job), job.status, status);
  return answer && { ...answer, path: ['id'] };
}

/** JOB-1, JOB-4: A person queues a job again that has failed for good. One that is held goes back to the queue by itself. */
export function mayBeRetried(job: JudgedJob): Answer {
  if (job.status === 'FAILED' || job.status === 'TIMEOUT') return undefined;
  return rejection(
    'JOB-1',
    'id',
    `${nameOfJob(job)} is ${job.status}; only a job that is FAILED or TIMEOUT is queued again.`,
  );
}

/** JOB-3: Only the worker that holds the job, in the attempt that it holds, may renew, complete or fail it. */
export function isHeldBy(job: JudgedJob, { workerCode, attempt }: Holder): Answer {
  if (job.status === 'PROCESSING' && job.workerCode === workerCode && job.attempts === attempt) return undefined;
  const present =
    job.status === 'PROCESSING' ? `is held by ${job.workerCode} in attempt ${job.attempts}` : `is ${job.status}`;
  return rejection(
    'JOB-3',
    'workerCode',
    `${nameOfJob(job)} ${present}; ${workerCode} does not hold it in attempt ${attempt}. Its answer is not wanted any more: claim another job.`,
  );
}

/** JOB-5: Findings are stored while the inspection is IN_PROGRESS. */
export function takesFindings(inspection: JobInspection): Answer {
  if (inspection.status === 'IN_PROGRESS') return undefined;
  const is = `${inspectionLabel(inspection)} is ${inspection.status}`;
  return rejection('JOB-5', 'inspection', `${is}; findings are stored only while it is IN_PROGRESS.`);
}

/** JOB-6: A job is queued only for an inspection IN_PROGRESS. */
export function takesJobs(inspection: JobInspection): Answer {
  if (inspection.status === 'IN_PROGRESS') return undefined;
  const is = `${inspectionLabel(inspection)} is ${inspection.status}`;
  return rejection('JOB-6', 'inspection', `${is}; a job is queued only while it is IN_PROGRESS.`);
}

/** JOB-6: A job looks at artifacts that its inspection has. */
export function hasInputs(ids: readonly string[], artifacts: readonly { readonly id: string }[]): readonly Answer[] {
  return ids.map((id, index) =>
    artifacts.some((artifact) => artifact.id === id)
      ? undefined
      : rejection(
          'JOB-6',
          `inputArtifacts.${index}`,
          'The inspection has no artifact with this id; a job looks at those.',
        ),
  );
}

/** JOB-5: The outputs of a job are artifacts that its inspection has, and that no other job has made. */
export function hasOutputs(
  ids: readonly string[],
  artifacts: readonly { readonly id: string; readonly inferenceJobId: string | null }[],
  jobId: string,
): readonly Answer[] {
  return ids.map((id, index) => {
    const artifact = artifacts.find((each) => each.id === id);
    if (artifact !== undefined && (artifact.inferenceJobId ?? jobId) === jobId) return undefined;
    const why =
      artifact === undefined ? 'The inspection has no artifact with this id' : 'Another job made this artifact';
    return rejection('JOB-5', `outputArtifacts.${index}`, `${why}; upload the output to the inspection of the job.`);
  });
}

/** JOB-5: The findings that are stored, and how many are not. One whose confidence equals the threshold is stored. */
export function sortedOut<Finding extends { readonly confidence: string }>(
  findings: readonly Finding[],
  threshold: string,
): { readonly kept: readonly Finding[]; readonly discardedCount: number } {
  const kept = findings.filter(({ confidence }) => compareDecimals(confidence, threshold) >= 0);
  return { kept, discardedCount: findings.length - kept.length };
}

/** What becomes of a job whose attempt has failed. */
export interface AfterFailure {
  readonly status: 'QUEUED' | 'FAILED' | 'TIMEOUT';
  /** When it may be claimed again; null when it is over. */
  readonly readyAt: Instant | null;
}

/**
 * JOB-4: A job whose attempt has failed is queued again after 5 s · 2^attempts (10, 20, 40 s, …) while attempts are left
 * and trying again may help; otherwise it ends. `end` is its status then.
 */
export function afterFailure(
  { attempts, maxAttempts }: Pick<JudgedJob, 'attempts' | 'maxAttempts'>,
  {
    isRetryable,
    end,
    now,
  }: { readonly isRetryable: boolean; readonly end: 'FAILED' | 'TIMEOUT'; readonly now: Instant },
): AfterFailure {
  return isRetryable && attempts < maxAttempts
    ? { status: 'QUEUED', readyAt: plusMilliseconds(now, RETRY_MILLISECONDS * 2 ** attempts) }
    : { status: end, readyAt: null };
}

const RETRY_MILLISECONDS = 5_000;

/** How often the job may be claimed until it is over. */
export function attemptsLeft({ attempts, maxAttempts }: Pick<JudgedJob, 'attempts' | 'maxAttempts'>): number {
  return maxAttempts - attempts;
}

/** Milliseconds between two instants; null while one of them is missing. */
export function millisecondsBetween(from: Instant | null, to: Instant | null): number | null {
  return from === null || to === null ? null : Date.parse(to) - Date.parse(from);
}

function nameOfJob({ modelName, modelVersion }: JudgedJob): string {
  return `The job of ${modelName} ${modelVersion}`;
}

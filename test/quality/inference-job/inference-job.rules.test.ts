import { describe, expect, test } from 'vitest';
import {
  afterFailure,
  attemptsLeft,
  hasInputs,
  hasOutputs,
  INFERENCE_JOB_FLOW,
  INFERENCE_STATUSES,
  type InferenceStatus,
  isHeldBy,
  jobMayBecome,
  type JudgedJob,
  mayBeRetried,
  millisecondsBetween,
  sortedOut,
  takesFindings,
  takesJobs,
} from '../../../src/quality/inference-job/inference-job.rules.ts';

const NOW = '2026-11-20T08:00:00.000Z';

function job(changes: Partial<JudgedJob> = {}): JudgedJob {
  return {
    modelName: 'spots',
    modelVersion: '1.0',
    status: 'PROCESSING',
    attempts: 1,
    maxAttempts: 3,
    workerCode: 'W1',
    ...changes,
  };
}

describe('the status of a job', () => {
  const ALLOWED: readonly (readonly [InferenceStatus, InferenceStatus])[] = [
    ['QUEUED', 'PROCESSING'],
    ['QUEUED', 'CANCELLED'],
    ['PROCESSING', 'COMPLETED'],
    ['PROCESSING', 'FAILED'],
    ['PROCESSING', 'TIMEOUT'],
    ['PROCESSING', 'QUEUED'],
    ['PROCESSING', 'CANCELLED'],
    ['FAILED', 'QUEUED'],
    ['TIMEOUT', 'QUEUED'],
  ];

  test.each(INFERENCE_STATUSES.flatMap((from) => INFERENCE_STATUSES.map((to) => [from, to] as const)))(
    'moves from %s to %s as its table says (JOB-1)',
    (from, to) => {
      const isAllowed = ALLOWED.some(([a, b]) => a === from && b === to);
      expect(jobMayBecome(job({ status: from }), to) === undefined).toBe(isAllowed);
      expect(INFERENCE_JOB_FLOW.moves[from].includes(to)).toBe(isAllowed);
    },
  );

  test('is refused at the id, with the states from which it would be right (JOB-1)', () => {
    expect(jobMayBecome(job({ status: 'COMPLETED' }), 'CANCELLED')).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'JOB-1',
      path: ['id'],
      message: 'The job of spots 1.0 is COMPLETED; only from QUEUED or PROCESSING can it become CANCELLED.',
    });
  });
});

test('a job is retried by a person when it is FAILED or TIMEOUT, and never while it waits or is held (JOB-1, JOB-4)', () => {
  for (const status of INFERENCE_STATUSES)
    expect(mayBeRetried(job({ status }))).toEqual(
      ['FAILED', 'TIMEOUT'].includes(status)
        ? undefined
        : {
            code: 'RULE_VIOLATED',
            rule: 'JOB-1',
            path: ['id'],
            message: `The job of spots 1.0 is ${status}; only a job that is FAILED or TIMEOUT is queued again.`,
          },
    );
});

describe('an answer of a worker', () => {
  test('fits the worker and the attempt that hold the job (JOB-3)', () => {
    expect(isHeldBy(job(), { workerCode: 'W1', attempt: 1 })).toBeUndefined();
  });

  test.each([
    [
      'of another worker',
      job(),
      { workerCode: 'W2', attempt: 1 },
      'is held by W1 in attempt 1; W2 does not hold it in attempt 1',
    ],
    [
      'of an earlier attempt',
      job({ attempts: 2 }),
      { workerCode: 'W1', attempt: 1 },
      'is held by W1 in attempt 2; W1 does not hold it in attempt 1',
    ],
    [
      'of a later attempt',
      job(),
      { workerCode: 'W1', attempt: 2 },
      'is held by W1 in attempt 1; W1 does not hold it in attempt 2',
    ],
    [
      'for a job in the queue',
      job({ status: 'QUEUED', workerCode: null }),
      { workerCode: 'W1', attempt: 1 },
      'is QUEUED; W1 does not hold it in attempt 1',
    ],
    [
      'for a completed job',
      job({ status: 'COMPLETED', workerCode: null }),
      { workerCode: 'W1', attempt: 1 },
      'is COMPLETED; W1 does not hold it in attempt 1',
    ],
  ])('%s is refused (JOB-3)', (_what, held, holder, sentence) => {
    expect(isHeldBy(held, holder)).toEqual({
      code: 'RULE_VIOLATED',
      rule: 'JOB-3',
      path: ['workerCode'],
      message: `The job of spots 1.0 ${sentence}. Its answer is not wanted any more: claim another job.`,
    });
  });
});

describe('an inspection', () => {
  const inspection = { type: 'VISUAL', sampleCode: 'S-1', round: 2 } as const;

  test('that is IN_PROGRESS takes jobs and findings (JOB-5, JOB-6)', () => {
    expect(takesJobs({ ...inspection, status: 'IN_PROGRESS' })).toBeUndefined();
    expect(takesFindings({ ...inspection, status: 'IN_PROGRESS' })).toBeUndefined();
  });

  test.each(['PENDING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const)(
    'that is %s takes neither (JOB-5, JOB-6)',
    (status) => {
      expect(takesJobs({ ...inspection, status })).toEqual({
        code: 'RULE_VIOLATED',
        rule: 'JOB-6',
        path: ['inspection'],
        message: `Inspection VISUAL of S-1, round 2 is ${status}; a job is queued only while it is IN_PROGRESS.`,
      });
      expect(takesFindings({ ...inspection, status })).toEqual({
        code: 'RULE_VIOLATED',
        rule: 'JOB-5',
        path: ['inspection'],
        message: `Inspection VISUAL of S-1, round 2 is ${status}; findings are stored only while it is IN_PROGRESS.`,
      });
    },
  );

  test('lends the artifacts that it has to a job, and no others (JOB-6)', () => {
    expect(hasInputs(['mine', 'other'], [{ id: 'mine' }])).toEqual([
      undefined,
      {
        code: 'RULE_VIOLATED',
        rule: 'JOB-6',
        path: ['inputArtifacts', '1'],
        message: 'The inspection has no artifact with this id; a job looks at those.',
      },
    ]);
  });

  test('has the outputs of its job, which no other job has made (JOB-5)', () => {
    const found = [
      { id: 'new', inferenceJobId: null },
      { id: 'own', inferenceJobId: 'job' },
      { id: 'theirs', inferenceJobId: 'other' },
    ];
    const refusal = (index: string, why: string) => ({
      code: 'RULE_VIOLATED',
      rule: 'JOB-5',
      path: ['outputArtifacts', index],
      message: `${why}; upload the output to the inspection of the job.`,
    });
    expect(hasOutputs(['new', 'own', 'theirs', 'none'], found, 'job')).toEqual([
      undefined,
      undefined,
      refusal('2', 'Another job made this artifact'),
      refusal('3', 'The inspection has no artifact with this id'),
    ]);
  });
});

describe('findings', () => {
  test('from the threshold on are kept, the others are counted; equal values are equal whatever their digits (JOB-5)', () => {
    const findings = ['0.6999', '0.7', '0.7000', '0.7001', '0', '1'].map((confidence) => ({ confidence }));
    expect(sortedOut(findings, '0.7000')).toEqual({
      kept: [{ confidence: '0.7' }, { confidence: '0.7000' }, { confidence: '0.7001' }, { confidence: '1' }],
      discardedCount: 2,
    });
    expect(sortedOut(findings, '0').discardedCount).toBe(0);
    expect(sortedOut(findings, '1').kept).toEqual([{ confidence: '1' }]);
    expect(sortedOut([], '0.7')).toEqual({ kept: [], discardedCount: 0 });
  });
});

describe('a job whose attempt has failed', () => {
  const after = (attempts: number, isRetryable = true, end: 'FAILED' | 'TIMEOUT' = 'FAILED') =>
    afterFailure(job({ attempts, maxAttempts: 4 }), { isRetryable, end, now: NOW });

  test('waits 10, 20 and 40 seconds for its next attempt (JOB-4)', () => {
    expect([1, 2, 3].map((attempts) => after(attempts))).toEqual([
      { status: 'QUEUED', readyAt: '2026-11-20T08:00:10.000Z' },
      { status: 'QUEUED', readyAt: '2026-11-20T08:00:20.000Z' },
      { status: 'QUEUED', readyAt: '2026-11-20T08:00:40.000Z' },
    ]);
  });

  test('ends with its last attempt, and when another one cannot help (JOB-4)', () => {
    expect(after(4)).toEqual({ status: 'FAILED', readyAt: null });
    expect(after(4, true, 'TIMEOUT')).toEqual({ status: 'TIMEOUT', readyAt: null });
    expect(after(1, false)).toEqual({ status: 'FAILED', readyAt: null });
  });
});

test('attempts that are left are the claims that may still come (JOB-4)', () => {
  expect(attemptsLeft({ attempts: 0, maxAttempts: 3 })).toBe(3);
  expect(attemptsLeft({ attempts: 3, maxAttempts: 3 })).toBe(0);
});

test('a duration is null while one of its ends is missing', () => {
  expect(millisecondsBetween('2026-11-20T08:00:00.000Z', '2026-11-20T08:00:01.250Z')).toBe(1_250);
  expect(millisecondsBetween(null, NOW)).toBeNull();
  expect(millisecondsBetween(NOW, null)).toBeNull();
});

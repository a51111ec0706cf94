import { describe, expect, test } from 'vitest';
import {
  isOver,
  JOB_FLOW,
  JOB_STATUSES,
  jobAfterFailure,
  mayCancelJob,
  maySeeJob,
} from '../../../src/operation/background-job/background-job.rules.ts';
import type { Role, Viewer } from '../../../src/platform/rules/access.ts';

const user = (id: string, role: Role = 'ENGINEER'): Viewer => ({ kind: 'USER', id, username: id, role });
const service = (role: Role): Viewer => ({ kind: 'SERVICE', id: 'key', name: 'ERP', role, isReadOnly: false });
const STATION: Viewer = { kind: 'STATION', id: 'station', code: 'ST-1' };
const job = { kind: 'BATCH_COMPLETION', status: 'RUNNING', requestedById: 'ann' } as const;

test('a job is finished, or returns to the queue when its worker is lost (BGJ-1)', () => {
  expect(JOB_FLOW.moves).toEqual({
    QUEUED: ['RUNNING', 'CANCELLED'],
    RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELLED', 'QUEUED'],
    SUCCEEDED: [],
    FAILED: [],
    CANCELLED: [],
  });
  expect(JOB_STATUSES.filter(isOver)).toEqual(['SUCCEEDED', 'FAILED', 'CANCELLED']);
});

test('a job is tried three times (BGJ-1)', () => {
  expect([1, 2, 3].map(jobAfterFailure)).toEqual(['QUEUED', 'QUEUED', 'FAILED']);
});

describe('a job', () => {
  test('is seen by who submitted it, by managers and by administrators', () => {
    expect(maySeeJob(job, user('ann', 'VIEWER'))).toBe(true);
    expect(maySeeJob(job, user('bob', 'MANAGER'))).toBe(true);
    expect(maySeeJob(job, user('bob', 'ADMIN'))).toBe(true);
    expect(maySeeJob(job, user('bob'))).toBe(false);
    expect(maySeeJob(job, service('MANAGER'))).toBe(true);
    expect(maySeeJob(job, service('ENGINEER'))).toBe(false);
    expect(maySeeJob(job, STATION)).toBe(false);
    expect(maySeeJob(job, null)).toBe(false);
  });

  test('is cancelled by who sees it; to all others it does not exist (BGJ-3)', () => {
    expect(mayCancelJob(job, user('ann'))).toBeUndefined();
    expect(mayCancelJob({ ...job, status: 'QUEUED' }, user('bob', 'MANAGER'))).toBeUndefined();
    expect(mayCancelJob(job, user('bob'))).toMatchObject({ code: 'NOT_FOUND', path: ['id'], rule: 'BGJ-3' });
  });

  test('that is finished is not cancelled (BGJ-3)', () => {
    expect(mayCancelJob({ ...job, status: 'SUCCEEDED' }, user('ann'))).toEqual({
      code: 'RULE_VIOLATED',
      message: 'The background job is SUCCEEDED; only from QUEUED or RUNNING can it become CANCELLED.',
      path: ['id'],
      rule: 'BGJ-3',
    });
  });
});

/** Workers of reports: claims, lost leases, failures, cancellations, schedules (RPT-2, RPT-4, RPT-6). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeNextReport } from '../../../src/app/reports/make-report.ts';
import {
  claimReport,
  completeReport,
  failReport,
  renewReport,
  requestDueReports,
  returnLostReports,
} from '../../../src/quality/report/report-work.commands.ts';
import { reportReaper, reportScheduler } from '../../../src/app/jobs/report-work.ts';
import { present } from '../../../src/platform/values/assert.ts';
import { type Api, startApi } from '../../support/api.ts';
import { call, done } from '../../support/expect.ts';

const RUNNING = new AbortController().signal;
const WHAT = {
  type: 'PRODUCTION_OVERVIEW',
  title: 'A report',
  format: 'JSON',
  period: { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
};
const FILE = { key: 'k', sha256: '0'.repeat(64), sizeBytes: 1, dataAsOf: '2026-12-01T00:00:00.000Z' };

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const requested = async (): Promise<string> => (await done(api, 'requestReport', WHAT, 'report { id }')).report.id;
const claimed = (worker: string) => api.database.transaction((tx) => claimReport(tx, worker));
const complete = async (report: Awaited<ReturnType<typeof claimed>>): Promise<boolean> =>
  api.database.transaction((tx) => completeReport(tx, present(report, 'A claim'), FILE, 30));
const reports = (): Promise<readonly Record<string, unknown>[]> =>
  api.database.reader().sql`
    SELECT status, attempts, error_message AS "errorMessage", locked_by AS "lockedBy", storage_key AS "storageKey" FROM reports ORDER BY created_at, id`;
const loseLeases = () =>
  api.database.reader().sql`UPDATE reports SET locked_until = now() - interval '1 second' WHERE status = 'GENERATING'`;

test('20 workers claim 10 reports: each report once, the oldest first (RPT-2)', async () => {
  for (let count = 0; count < 10; count += 1) await requested();
  const first = await claimed('first');
  const [oldest] = await api.database.reader().sql<{
    id: string;
  }>`SELECT id FROM reports ORDER BY created_at, id LIMIT 1`;
  expect(first?.id).toBe(oldest?.id);

  const claims = await Promise.all(Array.from({ length: 20 }, (_each, index) => claimed(`worker ${index}`)));
  const ids = claims.flatMap((claim) => claim?.id ?? []);
  expect([ids.length, new Set([...ids, first?.id]).size]).toEqual([9, 10]);
  expect(await makeNextReport(api.services, RUNNING)).toBe(false);
});

test('a report whose worker was killed goes to another one, and the late answer changes nothing (RPT-2)', async () => {
  await requested();
  const killed = present(await claimed('killed'), 'A claim');
  expect(await reportReaper.run(api.services, RUNNING)).toBe(false);
  expect(await reports()).toMatchObject([{ status: 'GENERATING', lockedBy: 'killed' }]);
  await loseLeases();
  await reportReaper.run(api.services, RUNNING);
  expect(await reports()).toEqual([
    {
      status: 'QUEUED',
      attempts: 1,
      errorMessage: 'Worker killed was not heard of for 60 s in attempt 1.',
      lockedBy: null,
      storageKey: null,
    },
  ]);

  const next = await claimed('next');
  expect(await complete(killed)).toBe(false);
  expect(await api.database.transaction((tx) => renewReport(tx, killed))).toBe(false);
  await api.database.transaction((tx) => failReport(tx, killed, 'Too late.'));
  expect(await complete(next)).toBe(true);
  expect(await reports()).toMatchObject([{ status: 'COMPLETED', attempts: 2, errorMessage: null, storageKey: 'k' }]);
});

test('a worker that gets its own report back in a later attempt cannot complete the earlier one (RPT-2)', async () => {
  await requested();
  const earlier = await claimed('same');
  await loseLeases();
  await api.database.transaction(returnLostReports);
  await claimed('same');
  expect(await complete(earlier)).toBe(false);
});

test('the third failure is the last: the report is FAILED and says why (RPT-2)', async () => {
  await requested();
  for (const status of ['QUEUED', 'QUEUED', 'FAILED']) {
    const report = present(await claimed('worker'), 'A claim');
    await api.database.transaction((tx) => failReport(tx, report, `Attempt ${report.attempts} failed.`));
    expect(await reports()).toMatchObject([{ status, errorMessage: `Attempt ${report.attempts} failed.` }]);
  }
  expect(await claimed('worker')).toBeUndefined();
});

test('what cannot be made is FAILED after three attempts, without what the database said (RPT-2)', async () => {
  await requested();
  await api.database.reader().sql`UPDATE reports SET filter = '{"lots": ["not an id"]}'`;
  for (const attempt of [1, 2, 3]) {
    expect(await makeNextReport(api.services, RUNNING)).toBe(true);
    expect(await reports()).toMatchObject([{ attempts: attempt }]);
  }
  expect(await reports()).toMatchObject([
    { status: 'FAILED', errorMessage: 'The report could not be made; the log of the server says why.' },
  ]);
});

test('a report that is cancelled while it is made stays cancelled (RPT-2)', async () => {
  const id = await requested();
  const report = await claimed('worker');
  await done(api, 'cancelReport', { id }, 'report { id }');
  expect(await complete(report)).toBe(false);
  expect(await reports()).toMatchObject([{ status: 'CANCELLED', storageKey: null }]);
});

test('completion and cancellation at once: one of them wins (RPT-2)', async () => {
  for (let round = 0; round < 10; round += 1) {
    const id = await requested();
    const report = await claimed('worker');
    const [isCompleted, { errors }] = await Promise.all([complete(report), call(api, 'cancelReport', { id })]);
    expect([isCompleted, errors.length === 0].filter(Boolean)).toHaveLength(1);
  }
});

test('the file expires after the days of the configuration (RPT-4)', async () => {
  await requested();
  const report = present(await claimed('worker'), 'A claim');
  await api.database.transaction((tx) => completeReport(tx, report, FILE, 7));
  const [row] = await api.database.reader().sql<{
    days: string;
  }>`SELECT extract(day FROM expires_at - completed_at)::text AS days FROM reports`;
  expect(row).toEqual({ days: '7' });
});

describe('a schedule', () => {
  const RHYTHM = {
    name: 'Every night',
    type: 'PRODUCTION_OVERVIEW',
    title: 'Yesterday',
    format: 'CSV',
    interval: 'DAILY',
    hour: 2,
    timeZone: 'Europe/Berlin',
  };
  const made = async (input: object = {}): Promise<string> =>
    (
      await done(
        api,
        'createReportSchedule',
        { ...RHYTHM, accessRoles: ['VIEWER'], ...input },
        'reportSchedule { id }',
        'MANAGER',
      )
    ).reportSchedule.id;
  /** Lets the schedule be due, since so many days. */
  const due = (days = 0) =>
    api.database.reader()
      .sql`UPDATE report_schedules SET next_run_at = now() - make_interval(days => ${days}) - interval '1 second'`;

  test('requests its report once, for its owner, on the previous day of its time zone (RPT-6)', async () => {
    await made();
    expect(await api.database.transaction(requestDueReports)).toBe(0);
    await due();
    expect(await api.database.transaction(requestDueReports)).toBe(1);
    expect(await api.database.transaction(requestDueReports)).toBe(0);
    const rows = await api.database.reader().sql`
      SELECT r.type, r.title, r.format, r.status, r.time_zone AS "timeZone", r.access_roles AS "accessRoles", u.username,
             r.schedule_id IS NOT NULL AS "isScheduled", s.last_run_at IS NOT NULL AS "hasRun", s.next_run_at > now() AS "isLater",
             to_char(r.period_from AT TIME ZONE 'Europe/Berlin', 'HH24:MI') AS starts, (r.period_to AT TIME ZONE 'Europe/Berlin')::date - (r.period_from AT TIME ZONE 'Europe/Berlin')::date AS days
      FROM reports r JOIN users u ON u.id = r.requested_by_id JOIN report_schedules s ON s.id = r.schedule_id`;
    expect(rows).toEqual([
      {
        type: 'PRODUCTION_OVERVIEW',
        title: 'Yesterday',
        format: 'CSV',
        status: 'QUEUED',
        timeZone: 'Europe/Berlin',
        accessRoles: ['VIEWER'],
        username: 'manager',
        isScheduled: true,
        hasRun: true,
        isLater: true,
        starts: '00:00',
        days: 1,
      },
    ]);
  });

  test('makes missed runs up once, not once each (RPT-6)', async () => {
    await made();
    await due(10);
    await api.database.transaction(requestDueReports);
    await api.database.transaction(requestDueReports);
    expect(await reports()).toHaveLength(1);
  });

  test('is served by one of ten workers at once (RPT-6)', async () => {
    await made();
    await due();
    await Promise.all(Array.from({ length: 10 }, () => reportScheduler.run(api.services, RUNNING)));
    expect(await reports()).toHaveLength(1);
  });

  test('requests nothing while it is switched off, and while its owner is deactivated or may not; it says so (RPT-6)', async () => {
    const id = await made();
    const isPaused = async (): Promise<boolean> =>
      (await api.ask('{ reportSchedules { nodes { isPaused } } }')).data.reportSchedules.nodes[0].isPaused;
    const owner = { user: { username: 'manager' } };
    await due();
    expect(await isPaused()).toBe(false);
    await done(api, 'updateUser', { ...owner, isActive: false }, 'user { id }');
    expect([await isPaused(), await api.database.transaction(requestDueReports)]).toEqual([true, 0]);
    await done(api, 'updateUser', { ...owner, isActive: true, role: 'OPERATOR' }, 'user { id }');
    expect([await isPaused(), await api.database.transaction(requestDueReports)]).toEqual([true, 0]);
    await done(api, 'updateUser', { ...owner, role: 'MANAGER' }, 'user { id }');
    await done(api, 'updateReportSchedule', { id, isActive: false }, 'reportSchedule { id }');
    await due();
    expect([await isPaused(), await api.database.transaction(requestDueReports)]).toEqual([false, 0]);
    await done(api, 'updateReportSchedule', { id, isActive: true }, 'reportSchedule { id }');
    await due();
    expect(await api.database.transaction(requestDueReports)).toBe(1);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { type Api, startApi } from '../../support/api.ts';
import { makeModel } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi({ siteTimeZone: 'Asia/Seoul' });
});
afterEach(() => api.close());

const SCHEDULE = {
  name: 'Every Monday',
  type: 'DEFECT_ANALYSIS',
  title: 'Defects',
  format: 'PDF',
  interval: 'WEEKLY',
  hour: 6,
};
const SHOWN = `reportSchedule { id name type title format filter interval hour timeZone accessRoles isActive isPaused owner { username } nextRunAt lastRunAt version }`;

async function made(input: object = {}): Promise<{ id: string; nextRunAt: string }> {
  return (await done(api, 'createReportSchedule', { ...SCHEDULE, ...input }, SHOWN, 'MANAGER')).reportSchedule;
}

describe('createReportSchedule', () => {
  test('makes a schedule of its creator in the time zone of the site (RPT-6)', async () => {
    const { id: model } = await makeModel(api);
    const schedule = await made({ filter: { productModels: [{ code: 'PSA' }] }, accessRoles: ['VIEWER'] });
    expect(schedule).toEqual({
      id: schedule.id,
      ...SCHEDULE,
      filter: { productModels: [model] },
      timeZone: 'Asia/Seoul',
      accessRoles: ['VIEWER'],
      isActive: true,
      isPaused: false,
      owner: { username: 'manager' },
      nextRunAt: schedule.nextRunAt,
      lastRunAt: null,
      version: 1,
    });
    // Monday, 06:00 in Seoul, is Sunday, 21:00 UTC.
    expect([new Date(schedule.nextRunAt).getUTCDay(), schedule.nextRunAt.slice(11)]).toEqual([0, '21:00:00.000Z']);
  });

  test('refuses a second schedule of the name of its owner, also when several are sent at once (RPT-6)', async () => {
    await made();
    await expectRefused(
      api,
      'createReportSchedule',
      SCHEDULE,
      [['CONFLICT', 'name', 'RPT-6', 'The owner has a schedule "Every Monday" already; choose another name.']],
      'MANAGER',
    );
    await done(api, 'createReportSchedule', SCHEDULE, 'reportSchedule { id }', 'ADMIN');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call(api, 'createReportSchedule', { ...SCHEDULE, name: 'Once' })),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors.map(({ code }) => code))).toEqual(Array(7).fill('CONFLICT'));
  });

  test('refuses an hour that no day has, an unknown time zone and key (RPT-1, RPT-6)', async () => {
    await expectRefused(
      api,
      'createReportSchedule',
      { ...SCHEDULE, hour: 24, timeZone: '+09:00', filter: { color: 1 } },
      [
        ['INVALID_INPUT', 'filter.color', null],
        ['INVALID_INPUT', 'hour', 'RPT-6'],
        ['INVALID_INPUT', 'timeZone', 'RPT-1'],
      ],
    );
    await expectRefused(api, 'createReportSchedule', { ...SCHEDULE, hour: -1 }, [['INVALID_INPUT', 'hour', 'RPT-6']]);
  });
});

describe('updateReportSchedule', () => {
  test('changes what is given, and plans the next run again when the rhythm changes (RPT-6)', async () => {
    const schedule = await made();
    const titled = await done(
      api,
      'updateReportSchedule',
      { id: schedule.id, title: 'Other', filter: { inspectionTypes: ['VISUAL'] } },
      SHOWN,
    );
    expect(titled.reportSchedule).toEqual({
      ...schedule,
      title: 'Other',
      filter: { inspectionTypes: ['VISUAL'] },
      version: 2,
    });
    const moved = await done(api, 'updateReportSchedule', { id: schedule.id, hour: 7, name: 'At seven' }, SHOWN);
    expect(moved.reportSchedule).toMatchObject({ name: 'At seven', hour: 7, owner: { username: 'manager' } });
    expect(moved.reportSchedule.nextRunAt.slice(11)).toBe('22:00:00.000Z');
  });

  test('refuses the name of another schedule of the owner (RPT-6)', async () => {
    const { id } = await made();
    await made({ name: 'Other' });
    await expectRefused(api, 'updateReportSchedule', { id, name: 'Other' }, [['CONFLICT', 'name', 'RPT-6']]);
    await done(api, 'updateReportSchedule', { id, name: SCHEDULE.name }, 'reportSchedule { id }');
  });
});

test('a deleted schedule leaves its reports, without it (RPT-6)', async () => {
  const { id } = await made();
  await api.database.reader().sql`
    INSERT INTO reports (type, title, format, period_from, period_to, time_zone, requested_by_id, schedule_id)
    SELECT type, title, format, now() - interval '1 day', now(), time_zone, owner_id, id FROM report_schedules`;
  const shown = async () => (await api.ask('{ reports { nodes { title schedule { name } } } }')).data.reports.nodes;
  expect(await shown()).toEqual([{ title: 'Defects', schedule: { name: 'Every Monday' } }]);
  expect((await done(api, 'deleteReportSchedule', { id }, 'deletedId')).deletedId).toBe(id);
  expect(await shown()).toEqual([{ title: 'Defects', schedule: null }]);
});

test.each(['updateReportSchedule', 'deleteReportSchedule'])(
  '%s refuses an unknown schedule and an outdated view (GEN-2)',
  async (mutation) => {
    const { id } = await made();
    await expectRefused(api, mutation, { id: encodeGlobalId('ReportSchedule', api.userIdOf('ADMIN')) }, [
      ['NOT_FOUND', 'id', null],
    ]);
    await expectRefused(api, mutation, { id, expectedVersion: 9 }, [['STALE_VERSION', 'expectedVersion', 'GEN-2']]);
  },
);

test('take the same statements for 1, 10 and 100 schedules', async () => {
  const statements: number[] = [];
  let made = 0;
  for (const count of [1, 9, 90]) {
    await api.database.reader().sql`
      INSERT INTO report_schedules (name, type, title, format, interval, hour, time_zone, owner_id, next_run_at)
      SELECT 'Schedule ' || ${made}::int + n, 'DEFECT_ANALYSIS', 'Defects', 'PDF', 'DAILY', 6, 'UTC', ${api.userIdOf('MANAGER')}::uuid, now() FROM generate_series(1, ${count}::int) AS n`;
    made += count;
    const answer = await api.ask(
      '{ reportSchedules(first: 100) { totalCount nodes { name isPaused filter owner { username } } } }',
      {},
      'MANAGER',
    );
    expect([answer.errors, answer.data.reportSchedules.nodes.length]).toEqual([[], made]);
    statements.push(answer.statements);
  }
  expect(statements).toEqual([4, 4, 4]);
});

test('schedules are listed by name, and only for leads (RPT-6)', async () => {
  await made({ name: 'B' });
  await made({ name: 'A', type: 'COMPLIANCE_REPORT' });
  const list = async (args = '') =>
    (await api.ask(`{ reportSchedules${args} { nodes { name } } }`)).data.reportSchedules.nodes;
  expect(await list()).toEqual([{ name: 'A' }, { name: 'B' }]);
  expect(await list('(filter: { type: { eq: COMPLIANCE_REPORT }, isActive: true })')).toEqual([{ name: 'A' }]);
  const refused = await api.ask('{ reportSchedules { nodes { name } } }', {}, 'AUDITOR');
  expect(refused.errors[0]?.extensions['code']).toBe('FORBIDDEN');
});

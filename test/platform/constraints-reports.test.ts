import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Allowance,
  type Breach,
  insert,
  jsonBreach,
  openSqlWorld,
  type SqlWorld,
  sqlStateOf,
} from '../support/sql-world.ts';

const report = (values: Readonly<Record<string, string>>): string =>
  insert('reports', {
    id: ':nothing',
    type: "'INSPECTION_SUMMARY'",
    title: "'Inspections'",
    format: "'PDF'",
    period_from: "'2026-11-01T00:00Z'",
    period_to: "'2026-12-01T00:00Z'",
    time_zone: "'UTC'",
    requested_by_id: ':user',
    ...values,
  });
const schedule = (values: Readonly<Record<string, string>>): string =>
  insert('report_schedules', {
    id: ':nothing',
    name: "'Every day'",
    type: "'INSPECTION_SUMMARY'",
    title: "'Inspections'",
    format: "'PDF'",
    interval: "'DAILY'",
    hour: '6',
    time_zone: "'UTC'",
    owner_id: ':user',
    next_run_at: 'now()',
    ...values,
  });
const LEASE = { locked_by: "'worker'", locked_until: 'now()' };
const FILE = {
  file_name: "'a.pdf'",
  storage_key: "'sha256/00/00/00'",
  size_bytes: '0',
  checksum_sha256: "repeat('0', 64)",
  data_as_of: 'now()',
  completed_at: 'now()',
  expires_at: 'now()',
};
const set = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([column, value]) => `${column} = ${value}`)
    .join(', ');
const begun = `${report({})}; UPDATE reports SET status = 'GENERATING', ${set(LEASE)} WHERE id = :nothing`;
const released = 'locked_by = NULL, locked_until = NULL';

const BREACHES: readonly Breach[] = [
  {
    constraint: 'ck_reports_rpt_1_period_order',
    when: 'an empty period',
    sql: report({ period_to: "'2026-11-01T00:00Z'" }),
  },
  {
    constraint: 'ck_reports_rpt_2_status_flow',
    when: 'a queued report that is completed without a worker',
    sql: `${report({})}; UPDATE reports SET status = 'COMPLETED', ${set(FILE)} WHERE id = :nothing`,
  },
  {
    constraint: 'ck_reports_rpt_2_status_flow',
    when: 'a completed report that fails afterwards',
    sql: `${report({ status: "'COMPLETED'", ...FILE })}; UPDATE reports SET status = 'FAILED', ${Object.keys(FILE)
      .map((column) => `${column} = NULL`)
      .join(', ')} WHERE id = :nothing`,
  },
  ...Object.keys(FILE).map((column) => ({
    constraint: 'ck_reports_rpt_2_completed_has_file',
    when: `a completed report without ${column}`,
    sql: report({ status: "'COMPLETED'", ...FILE, [column]: 'NULL' }),
  })),
  {
    constraint: 'ck_reports_rpt_2_completed_has_file',
    when: 'a file of a report that is not completed',
    sql: report({ storage_key: "'sha256/00/00/00'" }),
  },
  {
    constraint: 'ck_reports_rpt_2_lease_fits_status',
    when: 'a report in the making that no worker has',
    sql: report({ status: "'GENERATING'" }),
  },
  {
    constraint: 'ck_reports_rpt_2_lease_fits_status',
    when: 'a worker that has a completed report',
    sql: report({ status: "'COMPLETED'", ...FILE, ...LEASE }),
  },
  { constraint: 'ck_reports_rpt_2_attempts_range', when: 'a fourth attempt', sql: report({ attempts: '4' }) },
  { constraint: 'ck_reports_rpt_2_attempts_range', when: 'less than none', sql: report({ attempts: '-1' }) },
  {
    constraint: 'ck_reports_checksum_format',
    when: 'a checksum in upper case',
    sql: report({ status: "'COMPLETED'", ...FILE, checksum_sha256: "repeat('A', 64)" }),
  },
  {
    constraint: 'ck_reports_size_not_negative',
    when: 'less than nothing',
    sql: report({ status: "'COMPLETED'", ...FILE, size_bytes: '-1' }),
  },
  { ...jsonBreach('reports', 'filter', 'object', ':nothing'), sql: report({ filter: "'[]'" }) },
  { constraint: 'ck_reports_access_roles_known', when: 'an unknown role', sql: report({ access_roles: "'{BOSS}'" }) },
  { constraint: 'ck_reports_access_roles_known', when: 'null', sql: report({ access_roles: 'NULL' }) },
  { constraint: 'fk_reports_requested_by_id', when: 'an unknown person', sql: report({ requested_by_id: ':nothing' }) },
  { constraint: 'fk_reports_schedule_id', when: 'an unknown schedule', sql: report({ schedule_id: ':nothing' }) },
  {
    constraint: 'uq_report_schedules_rpt_6_owner_name',
    when: 'a second schedule of the name',
    sql: `${schedule({})}; ${schedule({ id: 'uuid7()' })}`,
  },
  { constraint: 'ck_report_schedules_hour_range', when: '24', sql: schedule({ hour: '24' }) },
  { constraint: 'ck_report_schedules_hour_range', when: '-1', sql: schedule({ hour: '-1' }) },
  { ...jsonBreach('report_schedules', 'filter', 'object', ':nothing'), sql: schedule({ filter: "'[]'" }) },
  {
    constraint: 'ck_report_schedules_access_roles_known',
    when: 'an unknown role',
    sql: schedule({ access_roles: "'{ADMIN,BOSS}'" }),
  },
  { constraint: 'fk_report_schedules_owner_id', when: 'an unknown person', sql: schedule({ owner_id: ':nothing' }) },
];

const ALLOWANCES: readonly Allowance[] = [
  {
    constraint: 'ck_reports_rpt_2_status_flow',
    when: 'a report that is made, lost, made again, completed and regenerated',
    sql: `${begun}; UPDATE reports SET status = 'QUEUED', ${released} WHERE id = :nothing;
      UPDATE reports SET status = 'GENERATING', ${set(LEASE)} WHERE id = :nothing;
      UPDATE reports SET status = 'COMPLETED', ${released}, ${set(FILE)} WHERE id = :nothing;
      UPDATE reports SET status = 'QUEUED', ${Object.keys(FILE)
        .map((column) => `${column} = NULL`)
        .join(', ')} WHERE id = :nothing`,
  },
  {
    constraint: 'ck_reports_rpt_1_period_order',
    when: 'a millisecond',
    sql: report({ period_to: "'2026-11-01T00:00:00.001Z'" }),
  },
  { constraint: 'ck_reports_access_roles_known', when: 'two roles', sql: report({ access_roles: "'{ADMIN,VIEWER}'" }) },
  { constraint: 'ck_report_schedules_hour_range', when: '23', sql: schedule({ hour: '23' }) },
];

describe('the constraints of reports and their schedules', () => {
  let world: SqlWorld;
  beforeAll(async () => {
    world = await openSqlWorld();
  });
  afterAll(() => world.close());

  it.each(BREACHES)('$constraint refuses $when', async ({ constraint, sql }) => {
    expect(await world.violationOf(sql)).toEqual({ sqlState: sqlStateOf(constraint), constraint });
  });

  it.each(ALLOWANCES)('$constraint allows $when', async ({ sql }) => {
    expect(await world.violationOf(sql)).toBeUndefined();
  });

  it('each have a statement that they refuse', async () => {
    expect([...new Set(BREACHES.map(({ constraint }) => constraint))].toSorted()).toEqual(
      await world.constraintsOf(['reports', 'report_schedules']),
    );
  });
});

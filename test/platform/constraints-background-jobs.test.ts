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

const job = (values: Readonly<Record<string, string>>): string =>
  insert('background_jobs', {
    id: ':nothing',
    kind: "'BATCH_COMPLETION'",
    total_count: '2',
    requested_by_id: ':user',
    ...values,
  });
const item = (values: Readonly<Record<string, string>>): string =>
  `${job({})}; ${insert('background_job_items', { background_job_id: ':nothing', index: '0', ...values })}`;
const LEASE = { locked_by: "'worker'", locked_until: 'now()' };
const RUNNING = { status: "'RUNNING'", started_at: 'now()', ...LEASE };
const OVER = { started_at: 'now()', finished_at: 'now()' };
const FILE = {
  file_name: "'lots.csv'",
  storage_key: "'sha256/00/00/00'",
  size_bytes: '0',
  checksum_sha256: "repeat('0', 64)",
};
const EXPORTED = { kind: "'DATA_EXPORT'", status: "'SUCCEEDED'", total_count: '0', ...OVER, ...FILE };
const FINISHED = { process_data_id: ':passed', finished_at: 'now()' };

const BREACHES: readonly Breach[] = [
  {
    constraint: 'ck_background_jobs_bgj_1_status_flow',
    when: 'a job that succeeds before it was begun',
    sql: `${job({ total_count: '0' })}; UPDATE background_jobs SET status = 'SUCCEEDED', started_at = now(), finished_at = now() WHERE id = :nothing`,
  },
  {
    constraint: 'ck_background_jobs_bgj_1_status_flow',
    when: 'a cancelled job that is begun again',
    sql: `${job({ status: "'CANCELLED'", finished_at: 'now()' })}; UPDATE background_jobs SET status = 'QUEUED', finished_at = NULL WHERE id = :nothing`,
  },
  {
    constraint: 'ck_background_jobs_bgj_1_times_fit_status',
    when: 'a waiting job that has begun',
    sql: job({ started_at: 'now()' }),
  },
  {
    constraint: 'ck_background_jobs_bgj_1_times_fit_status',
    when: 'a cancelled job without an end',
    sql: job({ status: "'CANCELLED'" }),
  },
  {
    constraint: 'ck_background_jobs_bgj_1_times_fit_status',
    when: 'an end before the begin',
    sql: job({ status: "'FAILED'", started_at: 'now()', finished_at: "now() - interval '1 second'" }),
  },
  {
    constraint: 'ck_background_jobs_bgj_1_lease_fits_status',
    when: 'a running job that nobody has',
    sql: job({ ...RUNNING, locked_by: 'NULL' }),
  },
  { constraint: 'ck_background_jobs_bgj_1_lease_fits_status', when: 'a waiting job with a lease', sql: job(LEASE) },
  { constraint: 'ck_background_jobs_bgj_1_attempts_range', when: 'a fourth attempt', sql: job({ attempts: '4' }) },
  {
    constraint: 'ck_background_jobs_bgj_1_counts',
    when: 'more items worked off than there are',
    sql: job({ done_count: '2', failed_count: '1' }),
  },
  {
    constraint: 'ck_background_jobs_bgj_1_counts',
    when: 'success before the last item',
    sql: job({ status: "'SUCCEEDED'", done_count: '1', ...OVER }),
  },
  ...Object.keys(FILE).map((column) => ({
    constraint: 'ck_background_jobs_bgj_1_file_fits_status',
    when: `an export that has succeeded without ${column}`,
    sql: job({ ...EXPORTED, [column]: 'NULL' }),
  })),
  { constraint: 'ck_background_jobs_bgj_1_file_fits_status', when: 'a batch with a file', sql: job(FILE) },
  { ...jsonBreach('background_jobs', 'params', 'object', ':nothing'), sql: job({ params: "'[]'" }) },
  {
    constraint: 'ck_background_jobs_checksum_format',
    when: 'a checksum in upper case',
    sql: job({ ...EXPORTED, checksum_sha256: "repeat('A', 64)" }),
  },
  {
    constraint: 'ck_background_jobs_size_not_negative',
    when: 'a negative size',
    sql: job({ ...EXPORTED, size_bytes: '-1' }),
  },
  {
    constraint: 'fk_background_jobs_requested_by_id',
    when: 'an unknown requester',
    sql: job({ requested_by_id: ':nothing' }),
  },
  {
    constraint: 'uq_background_job_items_job_index',
    when: 'two items at one place',
    sql: `${item({})}; ${insert('background_job_items', { background_job_id: ':nothing', index: '0' })}`,
  },
  { constraint: 'ck_background_job_items_index_not_negative', when: 'a negative place', sql: item({ index: '-1' }) },
  { ...jsonBreach('background_job_items', 'input', 'object', ':nothing'), sql: item({ input: "'[]'" }) },
  {
    ...jsonBreach('background_job_items', 'errors', 'array', ':nothing'),
    sql: item({ errors: "'{}'", finished_at: 'now()' }),
  },
  {
    constraint: 'ck_background_job_items_bgj_2_one_outcome',
    when: 'a result of an item that waits',
    sql: item({ process_data_id: ':passed' }),
  },
  {
    constraint: 'ck_background_job_items_bgj_2_one_outcome',
    when: 'an item that was worked off without an outcome',
    sql: item({ finished_at: 'now()' }),
  },
  {
    constraint: 'ck_background_job_items_bgj_2_one_outcome',
    when: 'a result beside errors',
    sql: item({ ...FINISHED, errors: "'[{}]'" }),
  },
  {
    constraint: 'ck_background_job_items_bgj_1_done_once',
    when: 'a second outcome',
    sql: `${item(FINISHED)}; UPDATE background_job_items SET process_data_id = NULL, errors = '[{}]' WHERE background_job_id = :nothing`,
  },
  {
    constraint: 'fk_background_job_items_background_job_id',
    when: 'an item of no job',
    sql: insert('background_job_items', { background_job_id: ':nothing', index: '0' }),
  },
  {
    constraint: 'fk_background_job_items_process_data_id',
    when: 'a result that does not exist',
    sql: item({ ...FINISHED, process_data_id: ':nothing' }),
  },
];

const ALLOWANCES: readonly Allowance[] = [
  {
    constraint: 'ck_background_jobs_bgj_1_status_flow',
    when: 'a lost job that succeeds in the next attempt',
    sql: `${job({})}; UPDATE background_jobs SET status = 'RUNNING', attempts = 1, started_at = now(), locked_by = 'a', locked_until = now() WHERE id = :nothing;
      UPDATE background_jobs SET status = 'QUEUED', started_at = NULL, locked_by = NULL, locked_until = NULL WHERE id = :nothing;
      UPDATE background_jobs SET status = 'RUNNING', attempts = 2, started_at = now(), locked_by = 'b', locked_until = now() WHERE id = :nothing;
      UPDATE background_jobs SET status = 'SUCCEEDED', finished_at = now(), locked_by = NULL, locked_until = NULL, done_count = 1, failed_count = 1 WHERE id = :nothing`,
  },
  { constraint: 'ck_background_jobs_bgj_1_file_fits_status', when: 'an export with its file', sql: job(EXPORTED) },
  {
    constraint: 'ck_background_job_items_bgj_2_one_outcome',
    when: 'an item that was refused',
    sql: item({ finished_at: 'now()', errors: "'[{}]'" }),
  },
  {
    constraint: 'ck_background_job_items_bgj_1_done_once',
    when: 'the first outcome',
    sql: `${item({})}; UPDATE background_job_items SET process_data_id = :passed, finished_at = now() WHERE background_job_id = :nothing`,
  },
];

describe('the constraints of background jobs and their items', () => {
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
      await world.constraintsOf(['background_jobs', 'background_job_items']),
    );
  });
});

/** Exports in the background, from their submission to the fetched file (BGJ-1, AUD-6, RPT-7). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportWorker, jobReaper } from '../../../src/app/jobs/job-work.ts';
import { makeExport } from '../../../src/app/jobs/export/make-export.ts';
import { claimJob } from '../../../src/operation/background-job/job-work.commands.ts';
import { FILTER_TARGETS } from '../../../src/operation/filter-target/filter-target.rules.ts';
import { sweepFiles } from '../../../src/platform/file-store/sweep.ts';
import { present } from '../../../src/platform/values/assert.ts';
import type { Role } from '../../../src/platform/rules/access.ts';
import { type Api, startApi } from '../../support/api.ts';
import { makeDefect, makeInspection, makeLot, makeManyItems, uuidOf } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeFloor, oneItem, record } from '../../support/work.ts';

const RUNNING = new AbortController().signal;

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const submitted = async (input: object, role: Role = 'ADMIN'): Promise<string> =>
  (await done(api, 'submitExport', input, 'backgroundJob { id }', role)).backgroundJob.id;
const job = async (id: string, role: Role = 'ADMIN') =>
  (
    await api.ask(
      'query($id: ID!) { node(id: $id) { ... on BackgroundJob { status totalCount doneCount errorMessage result { downloadUrl rowCount fileName sizeBytes checksumSha256 expiresAt } } } }',
      { id },
      role,
    )
  ).data.node;
const fetched = (url: string): Promise<Response> => fetch(new URL(url, api.url));
/** The text of the file of an export that is made now. */
async function exported(input: object, role: Role = 'ADMIN'): Promise<string> {
  const id = await submitted(input, role);
  await exportWorker.run(api.services, RUNNING);
  const { status, errorMessage, result } = await job(id, role);
  expect([status, errorMessage]).toEqual(['SUCCEEDED', null]);
  return (await fetched(result.downloadUrl)).text();
}
const operations = () =>
  api.database.reader().sql`
    SELECT operation, action, record_id AS id, actor_id AS actor FROM audit_entries
    WHERE operation IN ('EXPORT', 'DOWNLOAD') ORDER BY seq`;

/** A sweep two days from now, when new contents may be removed. */
const swept = () => sweepFiles(api.services, { nowMilliseconds: Date.now() + 2 * 24 * 3_600_000 });

describe('submitExport', () => {
  test('makes a file that can be fetched; making and fetching it leave entries in the audit trail (BGJ-1, AUD-6)', async () => {
    await makeFloor(api);
    const first = await makeLot(api);
    const second = await makeLot(api, { externalNumber: '-5' });
    const id = await submitted({ target: 'LOTS' }, 'INSPECTOR');
    expect(await job(id)).toMatchObject({ status: 'QUEUED', result: null });
    expect(await exportWorker.run(api.services, RUNNING)).toBe(true);
    expect(await exportWorker.run(api.services, RUNNING)).toBe(false);

    const { result, ...state } = await job(id, 'INSPECTOR');
    expect(state).toEqual({ status: 'SUCCEEDED', totalCount: 2, doneCount: 2, errorMessage: null });
    expect(result.rowCount).toBe(2);
    const made = { operation: 'EXPORT', action: 'backgroundJob.exported' };
    const by = { id: uuidOf({ id }), actor: api.userIdOf('INSPECTOR') };
    expect(await operations()).toEqual([{ ...made, ...by }]);

    const response = await fetched(result.downloadUrl);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/x-ndjson; charset=utf-8',
    ]);
    const lines = (await response.text()).trimEnd().split('\n');
    const rows = lines.map((line) => JSON.parse(line));
    expect(rows.map(({ number, externalNumber }) => [number, externalNumber])).toEqual([
      [first.number, null],
      [second.number, '-5'],
    ]);
    expect(rows[0]).toMatchObject({ id: first.id, productModel: 'PSA', productionLine: 'KR01', status: 'CREATED' });
    expect(await operations()).toEqual([
      { ...made, ...by },
      { operation: 'DOWNLOAD', action: 'backgroundJob.downloaded', ...by },
    ]);
  });

  test('writes the columns of the schema file in CSV, with a guard in front of every text that looks like a formula (RPT-7)', async () => {
    await makeFloor(api);
    await makeLot(api, { externalNumber: '-5' });
    const [header = '', line = '', ...more] = (await exported({ target: 'LOTS', format: 'CSV' })).split('\r\n');
    expect(more).toEqual(['']);
    const names = header.split(',');
    expect(names).toEqual([...names].toSorted());
    const cells = Object.fromEntries(line.split(',').map((cell, index) => [names[index], cell]));
    expect(cells).toMatchObject({ externalNumber: "'-5", productModel: 'PSA', targetQuantity: '100' });
  });

  test('takes the filter of the list, and exports exactly what the list shows (BGJ-1)', async () => {
    const { mount } = await makeFloor(api);
    const { item, lot } = await oneItem(api);
    await record(api, item, mount);
    await record(api, (await oneItem(api)).item, mount, { result: 'FAIL', notes: 'a "quoted", one' });
    const filter = { result: { eq: 'FAIL' } };
    const rows = (await exported({ target: 'PROCESS_DATA', filter })).trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row))).toMatchObject([
      { result: 'FAIL', process: 'MOUNT', operator: 'admin', defects: [{ code: 'BENT' }], notes: 'a "quoted", one' },
    ]);
    const csv = await exported({ target: 'PROCESS_DATA', filter, format: 'CSV' });
    expect(csv).toContain(',"a ""quoted"", one",');
    expect(csv).toContain('""code"":""BENT""');
    expect(lot.number).not.toBe('');
  });

  test('exports more than one page, each record once, in a steady order', async () => {
    await makeFloor(api);
    const numbers = (await makeManyItems(api, 250)).map(({ number }) => number);
    const rows = (await exported({ target: 'WIP_ITEMS' })).trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row).number).toSorted()).toEqual(numbers.toSorted());
  });

  test.each(FILTER_TARGETS)('exports %s, also when there is nothing', async (target) => {
    expect(await exported({ target })).toBe('');
  });

  test('exports inspections with their findings', async () => {
    await makeFloor(api);
    const inspection = await makeInspection(api, await makeLot(api));
    await makeDefect(api, inspection);
    expect(JSON.parse(await exported({ target: 'INSPECTIONS' }))).toMatchObject({ id: inspection.id });
    expect(JSON.parse(await exported({ target: 'DEFECTS' }))).toMatchObject({ inspection: inspection.id });
  });

  test('refuses a filter with an unknown field, operator or value, with its place (BGJ-1)', async () => {
    await expectRefused(api, 'submitExport', { target: 'LOTS', filter: { colour: { eq: 'red' } } }, [
      ['INVALID_INPUT', 'filter.colour', null],
    ]);
    await expectRefused(api, 'submitExport', { target: 'LOTS', filter: { status: { eq: 'LOST' } } }, [
      ['INVALID_INPUT', 'filter.status.eq', null],
    ]);
    await expectRefused(api, 'submitExport', { target: 'LOTS', filter: { status: { like: 'C' } } }, [
      ['INVALID_INPUT', 'filter.status.like', null],
    ]);
  });

  test('has one effect for one key (IDK-1)', async () => {
    const send = () => call(api, 'submitExport', { target: 'LOTS', idempotencyKey: 'once' }, 'backgroundJob { id }');
    const answers = await Promise.all([send(), send(), send()]);
    expect(new Set(answers.map(({ backgroundJob }) => backgroundJob.id)).size).toBe(1);
  });
});

describe('a worker of exports', () => {
  test('begins again where a lost one has stopped, and what the lost one still sends changes nothing (BGJ-1)', async () => {
    await makeFloor(api);
    await makeLot(api);
    const id = await submitted({ target: 'LOTS' });
    const lost = present(await api.database.transaction((tx) => claimJob(tx, 'DATA_EXPORT', 'lost')), 'A job');
    await api.database.reader().sql`UPDATE background_jobs SET locked_until = now() - interval '1 second'`;
    await jobReaper.run(api.services, RUNNING);
    await makeExport(api.services, lost, RUNNING);
    expect(await job(id)).toMatchObject({ status: 'QUEUED', result: null });
    expect(await operations()).toEqual([]);
    await exportWorker.run(api.services, RUNNING);
    expect(await job(id)).toMatchObject({ status: 'SUCCEEDED', doneCount: 1 });
    expect(await operations()).toHaveLength(1);
  });

  test('stops at a cancellation, and fails the job of a deactivated requester (BGJ-1, BGJ-3)', async () => {
    await makeFloor(api);
    await makeLot(api);
    const cancelled = await submitted({ target: 'LOTS' });
    const claimed = present(await api.database.transaction((tx) => claimJob(tx, 'DATA_EXPORT', 'worker')), 'A job');
    await done(api, 'cancelBackgroundJob', { id: cancelled }, 'backgroundJob { id }');
    const ending = new AbortController();
    ending.abort(new Error('not wanted'));
    await expect(makeExport(api.services, claimed, ending.signal)).rejects.toThrow('not wanted');
    expect(await job(cancelled)).toMatchObject({ status: 'CANCELLED', result: null });

    const orphaned = await submitted({ target: 'LOTS' }, 'AUDITOR');
    await api.database.reader().sql`UPDATE users SET is_active = false WHERE id = ${api.userIdOf('AUDITOR')}::uuid`;
    await exportWorker.run(api.services, RUNNING);
    expect(await job(orphaned)).toMatchObject({ status: 'FAILED', result: null });
  });
});

describe('the file of an export', () => {
  test('is for who submitted it and for leads; of others nobody gets an address', async () => {
    const id = await submitted({ target: 'LOTS' }, 'INSPECTOR');
    await exportWorker.run(api.services, RUNNING);
    expect((await job(id, 'MANAGER')).result.downloadUrl).toMatch(/^\/files\//);
    expect(await job(id, 'ENGINEER')).toBeNull();
  });

  test('is gone after 30 days: the address answers 410, and the sweep removes the content (BGJ-1)', async () => {
    await makeFloor(api);
    await makeLot(api);
    const id = await submitted({ target: 'LOTS' });
    await exportWorker.run(api.services, RUNNING);
    const { downloadUrl, expiresAt } = (await job(id)).result;
    const [{ days } = { days: 0 }] = await api.database.reader().sql<{ days: number }>`
      SELECT extract(day FROM ${expiresAt}::timestamptz - finished_at)::int AS days FROM background_jobs`;
    expect(days).toBe(30);
    expect((await swept()).removedFiles).toBe(0);
    await api.database.reader().sql`
      UPDATE background_jobs SET queued_at = queued_at - interval '30 days', started_at = started_at - interval '30 days', finished_at = finished_at - interval '30 days'`;
    expect((await job(id)).result.downloadUrl).toBeNull();
    expect((await fetched(downloadUrl)).status).toBe(410);
    expect((await swept()).removedFiles).toBe(1);
    expect((await swept()).removedFiles).toBe(0);
  });
});

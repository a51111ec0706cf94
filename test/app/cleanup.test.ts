import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startCleanup } from '../../src/app/jobs/cleanup.ts';
import { startApi, type Api } from '../support/api.ts';
import { withConnection } from '../support/database.ts';
import { call } from '../support/expect.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const query = (sql: string) => withConnection(api.databaseUrl, async (client) => (await client.query(sql)).rows);

/** Runs the cleanup of the server until the condition holds, then waits until the cleanup has finished. */
async function clearedAway(isDone: () => Promise<void>): Promise<void> {
  const cleanup = startCleanup(api.services);
  await vi.waitFor(isDone, 10_000);
  await cleanup.stop();
}

test('idempotency keys are deleted after 30 days, and not before (IDK-1)', async () => {
  for (const key of ['old', 'young'])
    await call(api, 'createProductionLine', { code: key, name: 'Line', idempotencyKey: key });
  await query(`UPDATE idempotency_keys SET expires_at = now() WHERE key = 'old'`);

  await clearedAway(async () => expect(await query('SELECT key FROM idempotency_keys')).toEqual([{ key: 'young' }]));

  expect(
    (await call(api, 'createProductionLine', { code: 'young', name: 'Line', idempotencyKey: 'young' })).errors,
  ).toEqual([]);
  expect(
    (await call(api, 'createProductionLine', { code: 'old', name: 'Line', idempotencyKey: 'old' })).errors,
  ).toMatchObject([{ code: 'CONFLICT' }]);
});

test('error entries are deleted after 180 days; a cleanup task that fails does not stop the others', async () => {
  await query(
    `INSERT INTO error_entries (request_id, code, message, created_at) SELECT uuid7(), 'X', 'x', now() - make_interval(days => d) FROM unnest(ARRAY[179, 181]) d`,
  );
  await query('ALTER TABLE idempotency_keys RENAME TO hidden_keys');

  await clearedAway(async () =>
    expect(await query('SELECT count(*)::int AS faults FROM error_entries')).toEqual([{ faults: 1 }]),
  );
});

test('system events are deleted after 90 days, and not before', async () => {
  await query(
    `INSERT INTO system_events (level, event, message, created_at) SELECT 'INFO', 'x.x', 'x', now() - make_interval(days => d) FROM unnest(ARRAY[89, 91]) d`,
  );

  await clearedAway(async () =>
    expect(await query(`SELECT count(*)::int AS events FROM system_events WHERE event = 'x.x'`)).toEqual([
      { events: 1 },
    ]),
  );
});

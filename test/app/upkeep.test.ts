import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startUpkeep } from '../../src/app/upkeep.ts';
import { startApi, PASSWORD, type Api } from '../support/api.ts';
import { withConnection } from '../support/database.ts';
import { send } from '../support/expect.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const query = (sql: string) => withConnection(api.databaseUrl, async (client) => (await client.query(sql)).rows);

/** The server clears away until the condition holds; then whatever it had begun is done. */
async function clearedAway(isDone: () => Promise<void>): Promise<void> {
  const upkeep = startUpkeep(api.services);
  await vi.waitFor(isDone, 10_000);
  await upkeep.stop();
}

test('keys of requests go after their 30 days, and not before (IDK-1)', async () => {
  for (const key of ['old', 'young']) await send(api, 'createProductionLine', { code: key, name: 'Line', idempotencyKey: key });
  await query(`UPDATE idempotency_keys SET expires_at = now() WHERE key = 'old'`);

  await clearedAway(async () => expect(await query('SELECT key FROM idempotency_keys')).toEqual([{ key: 'young' }]));

  expect((await send(api, 'createProductionLine', { code: 'young', name: 'Line', idempotencyKey: 'young' })).errors).toEqual([]);
  expect((await send(api, 'createProductionLine', { code: 'old', name: 'Line', idempotencyKey: 'old' })).errors).toMatchObject([{ code: 'CONFLICT' }]);
});

test('sessions go 30 days after the last of their family has expired, and the record tells of each (AUD-1)', async () => {
  const before = await query('SELECT id FROM login_sessions ORDER BY id');
  await query(`UPDATE login_sessions SET expires_at = now() - interval '31 days' WHERE user_id = '${api.userIdOf('OPERATOR')}'`);
  await query(`UPDATE login_sessions SET expires_at = now() - interval '29 days' WHERE user_id = '${api.userIdOf('VIEWER')}'`);
  const [gone] = await query(`SELECT id FROM login_sessions WHERE user_id = '${api.userIdOf('OPERATOR')}'`);

  await clearedAway(async () => expect(await query('SELECT id FROM login_sessions ORDER BY id')).toEqual(before.filter(({ id }) => id !== gone.id)));

  const entries = await query(`SELECT record_id AS id, operation, action, actor_kind AS actor, reason, old_values ->> 'token_hash' AS hash FROM audit_entries WHERE entity = 'login_sessions' AND operation = 'DELETE'`);
  expect(entries).toEqual([{ id: gone.id, operation: 'DELETE', action: 'session.forgotten', actor: 'SYSTEM', reason: 'Expired more than 30 days ago.', hash: '[redacted]' }]);
});

test('a family of which one session lives stays whole, so that a copy of its oldest token still ends it (AUT-4)', async () => {
  const { session: first } = await send(api, 'login', { username: 'operator', password: PASSWORD }, 'session { refreshToken }', null);
  const { session: second } = await send(api, 'refreshSession', { refreshToken: first.refreshToken }, 'session { refreshToken }', null);
  await query(`UPDATE login_sessions SET expires_at = now() - interval '31 days' WHERE rotated_at IS NOT NULL`);
  await query(`UPDATE login_sessions SET expires_at = now() - interval '31 days' WHERE user_id = '${api.userIdOf('VIEWER')}'`);

  await clearedAway(async () => expect(await query(`SELECT 1 FROM login_sessions WHERE user_id = '${api.userIdOf('VIEWER')}'`)).toEqual([]));

  expect(await query('SELECT count(*)::int AS count FROM login_sessions WHERE rotated_at IS NOT NULL')).toEqual([{ count: 1 }]);
  await send(api, 'refreshSession', { refreshToken: first.refreshToken }, '', null);
  expect((await send(api, 'refreshSession', { refreshToken: second.refreshToken }, '', null)).errors).toMatchObject([{ code: 'UNAUTHENTICATED', rule: 'AUT-4' }]);
});

test('more families than go at once go all the same; faults go after 180 days; one duty that fails keeps no other from being done', async () => {
  await query(`INSERT INTO login_sessions (user_id, token_hash, family_id, expires_at) SELECT '${api.userIdOf('VIEWER')}', lpad(n::text, 64, '0'), uuid7(), now() - interval '40 days' FROM generate_series(1, 250) n`);
  await query(`INSERT INTO error_entries (request_id, code, message, created_at) SELECT uuid7(), 'X', 'x', now() - make_interval(days => d) FROM unnest(ARRAY[179, 181]) d`);
  await query('ALTER TABLE idempotency_keys RENAME TO hidden_keys');

  await clearedAway(async () => expect(await query('SELECT (SELECT count(*)::int FROM login_sessions) AS sessions, (SELECT count(*)::int FROM error_entries) AS faults')).toEqual([{ sessions: 7, faults: 1 }]));
});

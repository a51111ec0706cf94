/** What happens in the running of the service, as rows. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditScrub } from '../../../src/app/jobs/schedule/audit-scrub.ts';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import { eventKeeper } from '../../../src/operation/system-event/system-event.commands.ts';
import { EVENTS_WAITING } from '../../../src/operation/system-event/system-event.rules.ts';
import { openDatabase } from '../../../src/platform/postgres/database.ts';
import type { Log } from '../../../src/platform/process/log.ts';
import { PASSWORD, startApi, type Api } from '../../support/api.ts';
import { makeLine } from '../../support/build.ts';
import { withConnection } from '../../support/database.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const SIGN_IN =
  'mutation SignIn($input: LoginInput!) { login(input: $input) { session { accessToken } errors { code } } }';
const read = async (filter: string): Promise<readonly Record<string, unknown>[]> => {
  await api.services.events.settled();
  const { data } = await api.ask(
    `{ systemEvents(first: 100, filter: ${filter}) { nodes { level event message requestId user { username } details createdAt } } }`,
  );
  return data.systemEvents.nodes;
};

test('sign-ins are events; a refused one is a WARNING that names nobody and no password', async () => {
  await api.ask(SIGN_IN, { input: { username: 'manager', password: PASSWORD } }, null);
  await api.ask(SIGN_IN, { input: { username: 'manager', password: 'Guessed-Secret-1' } }, null);

  expect(await read('{ event: { eq: "session.sign_in" }, level: { eq: INFO } }')).toMatchObject([
    { message: 'Somebody signed in.', user: { username: 'manager' }, requestId: expect.any(String) },
  ]);
  const refused = await read('{ level: { eq: WARNING } }');
  expect(refused).toMatchObject([
    {
      event: 'session.sign_in',
      message: 'A sign-in was refused.',
      user: null,
      details: { mutation: 'login', code: 'UNAUTHENTICATED' },
    },
  ]);
  expect(JSON.stringify(refused)).not.toMatch(/manager|Guessed/);
  expect(await read(`{ requestId: { eq: "${String(refused[0]?.['requestId'])}" } }`)).toEqual(refused);
});

test('a page of events with their users takes the same statements for 1, 10 and 100 of them', async () => {
  const actorId = api.userIdOf('ENGINEER');
  for (let index = 0; index < 100; index += 1)
    api.services.events.note({ level: 'DEBUG', event: 'test.noted', message: `Number ${index}.`, actorId });
  await api.services.events.settled();
  const counts: number[] = [];
  for (const first of [1, 10, 100]) {
    const answer = await api.ask(
      `{ systemEvents(first: ${first}, filter: { event: { eq: "test.noted" } }) { nodes { message user { username } } } }`,
    );
    expect(answer.data.systemEvents.nodes).toHaveLength(first);
    counts.push(answer.statements);
  }
  expect(new Set(counts).size).toBe(1);
});

test('long words are cut, and an event that cannot be stored is in the log and disturbs nobody', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = { warn: (line: Record<string, unknown>) => void lines.push(line) } as unknown as Log;
  const events = eventKeeper(api.database, log);
  events.note({ level: 'INFO', event: 'test.long', message: 'x'.repeat(2_000) });
  await events.settled();
  expect(await read('{ event: { eq: "test.long" } }')).toMatchObject([{ message: 'x'.repeat(500) }]);

  const nowhere = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/nothing',
    poolSize: 2,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  const lost = eventKeeper(nowhere, log);
  lost.note({ level: 'INFO', event: 'test.lost', message: 'Lost.' });
  await lost.settled();
  expect(lines).toMatchObject([{ event: 'events.not_stored', count: 1 }]);
  await nowhere.close();

  const many = eventKeeper(api.database, log);
  for (let index = 0; index < EVENTS_WAITING + 5; index += 1)
    many.note({ level: 'DEBUG', event: 'test.many', message: 'One of many.' });
  await many.settled();
  expect(lines.at(-1)).toEqual({ event: 'events.left_out', count: 5 });
});

test('a break of the audit trail is found piece by piece, raises one HIGH alert, and is a CRITICAL event (AUD-5)', async () => {
  for (let index = 0; index < 4; index += 1) {
    await makeLine(api, { code: `LINE${index}`, lotSegment: `L10${index}` });
    await sealNow(api.database);
  }
  const scrub = auditScrub(2);
  const run = () => scrub.run(api.services, new AbortController().signal);
  const alerts = async () => (await api.ask('{ alerts { nodes { type severity title message } } }')).data.alerts.nodes;
  for (let index = 0; index < 4; index += 1) await run();
  expect(await alerts()).toEqual([]);

  await withConnection(api.databaseUrl, (client) =>
    client.query(
      `SET session_replication_role = replica; UPDATE audit_entries SET action = 'tampered' WHERE id = (SELECT audit_entry_id FROM audit_positions ORDER BY position DESC LIMIT 1)`,
    ),
  );
  for (let index = 0; index < 8; index += 1) await run();

  expect(await alerts()).toEqual([
    {
      type: 'SYSTEM_ERROR',
      severity: 'HIGH',
      title: 'The audit trail is broken',
      message: expect.stringContaining('lotgraph audit verify'),
    },
  ]);
  expect(await read('{ level: { eq: CRITICAL } }')).toMatchObject([{ event: 'audit.broken', user: null }]);
});

test('events are for administrators and auditors', async () => {
  const query = '{ systemEvents { totalCount } }';
  expect((await api.ask(query, {}, 'AUDITOR')).errors).toEqual([]);
  expect((await api.ask(query, {}, 'ENGINEER')).errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
});

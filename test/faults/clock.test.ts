import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLotgraph, type RunningStart } from '../support/command-line.ts';
import { freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';
import { ask, failuresAmong, mutate, type Ending } from './client.ts';
import { QUIET } from './installation.ts';
import { expectChainWhole, makeMasterData, newLedger, settle, startWriters, through } from './writers.ts';

/** Less than the day for which the ready token of the writers lives, and more than the quarter of an hour of others. */
const JUMP = 23 * 3_600_000;
const HOUR = 3_600_000;
const PASSWORD = 'Lotgraph-2026';

let database: TestDatabase;
let server: RunningStart;

beforeAll(async () => {
  database = await freshDatabase();
  const clock = pathToFileURL(path.join(import.meta.dirname, 'shifted-clock.mjs')).href;
  server = await startLotgraph({
    ...QUIET,
    LOTGRAPH_REQUESTS_PER_SECOND: '1000',
    DATABASE_URL: database.url,
    NODE_OPTIONS: `--import ${clock}`,
  });
  await makeMasterData(server);
});
afterAll(async () => {
  server.child.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
  await database.drop();
});

/** Moves the clock of the server's machine; the clock of the database is not changed. */
async function jump(milliseconds: number): Promise<void> {
  server.child.kill('SIGUSR2');
  await expect.poll(server.words).toContain(`The clock is shifted by ${milliseconds} ms.`);
}

async function signIn(): Promise<string> {
  const { data } = await ask(
    { url: server.url, token: server.token },
    `mutation { login(input: { username: "admin", password: "${PASSWORD}" }) { session { accessToken } } }`,
  );
  return (data as { login: { session: { accessToken: string } } }).login.session.accessToken;
}

const codesWith = async (token: string): Promise<readonly string[]> =>
  (await ask({ url: server.url, token }, '{ viewer { role } }')).codes;

test("the server's clock jumps 23 hours ahead and back: the database's clock decides and dates, tokens expire or stay valid, keys and chain hold (IDK-1, AUT-1)", {
  timeout: 300_000,
}, async () => {
  const began = await databaseNow();
  const ledger = newLedger();
  const writers = startWriters(
    ledger,
    through(() => server),
  );
  await writers.untilMore(10);
  const before = await signIn();

  await jump(JUMP);
  await writers.untilMore(10);
  expect(await codesWith(before)).toEqual(['UNAUTHENTICATED']);
  const ahead = await signIn();
  expect(await codesWith(ahead)).toEqual([]);
  expect(await recordCompletedAt(Date.now() + HOUR)).toMatchObject({
    kind: 'REFUSED',
    said: expect.stringContaining('RULE_VIOLATED'),
  });

  await jump(-JUMP);
  await writers.untilMore(10);
  expect(await codesWith(await signIn())).toEqual([]);
  expect(await recordCompletedAt(Date.now())).toMatchObject({ kind: 'DONE' });

  await jump(0);
  await writers.untilMore(10);
  expect([await codesWith(before), await codesWith(ahead)]).toEqual([[], []]);

  await writers.stop();
  expect([...ledger.troubles]).toEqual([]);
  expect(await datedWrongly(began)).toEqual([]);
  expect(await failuresAmong(server, 40)).toEqual([]);
  await settle(
    ledger,
    through(() => server),
  );
  await expectChainWhole(server, database.url);
});

async function databaseNow(): Promise<string> {
  return withConnection(
    database.url,
    async (client) => (await client.query<{ now: string }>('SELECT now()::text AS now')).rows[0]?.now ?? '',
  );
}

/** The first step of a new unit, at the correct time. */
async function recordCompletedAt(milliseconds: number): Promise<Ending> {
  const made = await mutate(
    server,
    'createLot',
    { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate: '2090-01-01' },
    'lot { id }',
  );
  const lot = made.kind === 'DONE' ? (made.payload['lot'] as { id: string }) : { id: '' };
  const items = await mutate(server, 'generateWipItems', { lot: { id: lot.id }, quantity: 1 }, 'wipItems { id }');
  const [item] = items.kind === 'DONE' ? (items.payload['wipItems'] as { id: string }[]) : [];
  const instant = new Date(milliseconds).toISOString();
  return mutate(
    server,
    'recordProcessData',
    {
      unit: { id: item?.id },
      process: { code: 'MOUNT' },
      result: 'PASS',
      startedAt: new Date(Date.now() - HOUR).toISOString(),
      completedAt: instant,
    },
    'processData { id }',
  );
}

/** Rows with times outside the test. */
async function datedWrongly(began: string): Promise<readonly unknown[]> {
  return withConnection(database.url, async (client) => {
    const { rows } = await client.query(
      `SELECT 'lot' AS what, created_at AS at FROM lots WHERE created_at NOT BETWEEN $1::timestamptz AND now()
       UNION ALL SELECT 'execution', started_at FROM process_data WHERE notes LIKE 'act-%' AND started_at NOT BETWEEN $1::timestamptz AND now()
       UNION ALL SELECT 'entry', recorded_at FROM audit_entries WHERE recorded_at > now()
       UNION ALL SELECT 'key', expires_at FROM idempotency_keys WHERE expires_at - created_at <> interval '30 days'`,
      [began],
    );
    return rows;
  });
}

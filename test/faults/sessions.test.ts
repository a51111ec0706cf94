import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi } from '../support/api.ts';
import { startLotgraph, type RunningStart } from '../support/command-line.ts';
import { freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';
import { failuresAmong } from './client.ts';
import { QUIET } from './installation.ts';
import { chanceOf, rounds } from './rounds.ts';
import { expectRecordWhole, makeMasterData, newLedger, settle, startWriters, through } from './writers.ts';

const POOL = 4;
const chance = chanceOf('the sessions');
let database: TestDatabase;
let server: RunningStart;

beforeAll(async () => {
  database = await freshDatabase();
  server = await startLotgraph({
    ...QUIET,
    DATABASE_URL: database.url,
    LOTGRAPH_POOL_SIZE: String(POOL),
    LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: '1',
    LOTGRAPH_DEADLINE_SECONDS: '2',
  });
  await makeMasterData(server);
});
afterAll(async () => {
  server.child.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
  await database.drop();
});

test('PostgreSQL ends all sessions in the middle of writes, and a lock exhausts the pool: the clients continue, and nothing is lost or doubled (IDK-1)', {
  timeout: 300_000,
}, async () => {
  const ledger = newLedger();
  const writers = startWriters(
    ledger,
    through(() => server),
  );
  await writers.untilMore(5);

  for (let round = 1; round <= rounds(20, 4); round += 1) {
    await sleep(chance.between(0, 100));
    await withConnection(database.url, (client) =>
      client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    );
    await writers.untilMore(5);
  }
  expect(ledger.troubles.size).toBeGreaterThan(0);

  for (let round = 1; round <= rounds(5, 1); round += 1) {
    const failures = await withConnection(database.url, async (client) => {
      await client.query('BEGIN; LOCK TABLE lots IN ACCESS EXCLUSIVE MODE');
      const failures = await failuresAmong(server, POOL * 10);
      await client.query('ROLLBACK');
      return failures;
    });
    expect(failures).toEqual(Array.from({ length: POOL * 10 }, () => 'LIMIT_EXCEEDED'));
    await writers.untilMore(5);
  }

  await writers.stop();
  await settle(
    ledger,
    through(() => server),
  );
  await expectRecordWhole(ledger, server, database.url);
  // On a busy machine a query may miss its deadline; a lost connection fails on every attempt.
  await expect.poll(() => failuresAmong(server, POOL * 10)).toEqual([]);
});

test('a request that gets no connection within the maximum wait of the pool is refused with that reason, which is not an internal error', {
  timeout: 300_000,
}, async () => {
  await using api = await startApi({ poolSize: 2, statementTimeoutSeconds: 7, deadlineSeconds: 20 });
  const answers = await withConnection(api.databaseUrl, async (client) => {
    await client.query('BEGIN; LOCK TABLE production_lines IN ACCESS EXCLUSIVE MODE');
    const failures = await Promise.all(
      Array.from({ length: 8 }, () =>
        api.ask('mutation { createProductionLine(input: { code: "L1", name: "Line" }) { errors { code } } }'),
      ),
    );
    await client.query('ROLLBACK');
    return failures;
  });

  const codes = answers.map(
    ({ data, errors }) => data?.createProductionLine.errors[0].code ?? errors[0]?.extensions['code'],
  );
  expect(codes).toEqual(answers.map(() => 'LIMIT_EXCEEDED'));
  const { errorEntries, productionLines } = (
    await api.ask('{ errorEntries { totalCount } productionLines { totalCount } }')
  ).data;
  expect([errorEntries.totalCount, productionLines.totalCount]).toEqual([0, 0]);
});

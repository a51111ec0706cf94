import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startLotgraph, type RunningStart } from '../support/command-line.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { failuresAmong, type Endpoint } from './client.ts';
import { QUIET } from './installation.ts';
import { proxyTo, type Proxy } from './proxy.ts';
import { chanceOf, isFull, rounds } from './rounds.ts';
import { expectRecordWhole, makeMasterData, newLedger, settle, startWriters, through, type Ledger } from './writers.ts';

const POOL = 4;
/** The client gives up a statement two seconds after PostgreSQL's timeout, which is long after the deadline. */
const DEADLINE_SECONDS = 2;
const TIMES = {
  LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: '1',
  LOTGRAPH_DEADLINE_SECONDS: String(DEADLINE_SECONDS),
  LOTGRAPH_POOL_SIZE: String(POOL),
};
const STATEMENT_GIVEN_UP_MILLISECONDS = 3_000;

const ledger: Ledger = newLedger();
const chance = chanceOf('the network');
let database: TestDatabase;
let toDatabase: Proxy;
let toServer: Proxy;
let server: RunningStart;
/** Connects directly, without the proxy. */
let direct: Endpoint;
/** Connects through the proxy. */
let endpoint: Endpoint;

beforeAll(async () => {
  database = await freshDatabase();
  const address = new URL(database.url);
  toDatabase = await proxyTo(address.hostname, Number(address.port));
  const proxied = new URL(database.url);
  proxied.port = String(toDatabase.port);
  server = await startLotgraph({ ...QUIET, ...TIMES, DATABASE_URL: proxied.toString() });
  direct = server;
  const { hostname, port } = new URL(server.url);
  toServer = await proxyTo(hostname, Number(port));
  endpoint = { token: server.token, url: `http://127.0.0.1:${toServer.port}/graphql` };
  await makeMasterData(direct);
});
beforeEach(() => ledger.troubles.clear());
afterAll(async () => {
  server.child.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
  await toServer[Symbol.asyncDispose]();
  await toDatabase[Symbol.asyncDispose]();
  await database.drop();
});

/**
 * Expects that the same server still works: all connections of its pool work, every mutation has one effect, the audit
 * record is complete.
 */
async function expectAllWell(): Promise<void> {
  await settle(
    ledger,
    through(() => direct),
  );
  await expectRecordWhole(ledger, direct, database.url);
  // On a busy machine a query may miss its deadline; a lost connection fails on every attempt.
  await expect.poll(() => failuresAmong(direct, POOL * 4)).toEqual([]);
}

/** Writes while the fault occurs and ends. */
async function whileWriting(to: Endpoint, fault: () => Promise<void>): Promise<void> {
  const writers = startWriters(
    ledger,
    through(() => to),
  );
  await writers.untilMore(5);
  await fault();
  await writers.untilMore(10);
  await writers.stop();
}

describe('between client and server', () => {
  test('answers cut after COMMIT: a retry with the same key returns what was done (IDK-1)', {
    timeout: 300_000,
  }, async () => {
    for (let round = 1; round <= rounds(10, 2); round += 1) {
      await whileWriting(endpoint, async () => {
        ledger.troubles.clear();
        toServer.cutAnswers(true);
        await sleep(chance.between(20, 300));
        await expect.poll(() => [...ledger.troubles], { interval: 5 }).toContain('no answer');
        toServer.cutAnswers(false);
      });
    }

    await expectAllWell();
  });
});

test.runIf(isFull)(
  'PostgreSQL silent during a stop of the server: the server ends after its maximum wait and reports that it could not finish',
  { timeout: 120_000 },
  async () => {
    const address = new URL(database.url);
    await using proxy = await proxyTo(address.hostname, Number(address.port));
    address.port = String(proxy.port);
    const lonely = await startLotgraph({
      ...QUIET,
      ...TIMES,
      LOTGRAPH_DEADLINE_SECONDS: '8',
      LOTGRAPH_POOL_SIZE: '20',
      DATABASE_URL: address.toString(),
    });
    proxy.blackHole(true);
    expect(await failuresAmong(lonely, 20)).toContain('UNAVAILABLE');

    lonely.child.kill('SIGTERM');

    expect(await lonely.ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Not finished after 30 s; leaving all the same.'),
    });
  },
);

describe('between server and PostgreSQL', () => {
  test('connections reset in the middle of writes: the pool replaces them (IDK-1)', { timeout: 300_000 }, async () => {
    for (let round = 1; round <= rounds(20, 4); round += 1) {
      await whileWriting(direct, async () => {
        await sleep(chance.between(0, 20));
        toDatabase.reset();
      });
    }

    expect(ledger.troubles.size).toBeGreaterThan(0);
    await expectAllWell();
  });

  test('a slow network: a request beyond its deadline is answered as such, and its key finds the change (IDK-1)', {
    timeout: 300_000,
  }, async () => {
    await whileWriting(direct, async () => {
      toDatabase.delay(240);
      await expect.poll(() => [...ledger.troubles]).toContain('LIMIT_EXCEEDED');
      toDatabase.delay(0);
    });

    await expectAllWell();
  });

  test('a black hole: every query is answered by its deadline', async () => {
    toDatabase.blackHole(true);
    const failures = await failuresAmong(direct, POOL * 2);
    toDatabase.blackHole(false);

    expect(failures).toEqual(Array.from({ length: POOL * 2 }, () => 'LIMIT_EXCEEDED'));
    await expectAllWell();
  });

  test('connections dropped silently in the middle of transactions: their locks are released in time, and the clients continue (IDK-1)', {
    timeout: 300_000,
  }, async () => {
    for (let round = 1; round <= rounds(5, 1); round += 1) await whileWriting(direct, async () => toDatabase.forget());

    await expectAllWell();
  });

  test('a black hole in the middle of transactions: none of them continues afterwards (IDK-1)', {
    timeout: 300_000,
  }, async () => {
    for (let round = 1; round <= rounds(5, 1); round += 1) {
      const writers = startWriters(
        ledger,
        through(() => direct),
      );
      await writers.untilMore(5);
      toDatabase.blackHole(true);
      await writers.stop();
      // The statements sent at that moment time out first, and then the ROLLBACKs after them.
      await sleep(2 * STATEMENT_GIVEN_UP_MILLISECONDS + 500);
      toDatabase.blackHole(false);
      await settle(
        ledger,
        through(() => direct),
      );
    }

    await expectAllWell();
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { findPostmaster } from '../../src/platform/embedded-postgres/process.ts';
import { failuresAmong } from './client.ts';
import { newInstallation } from './installation.ts';
import { chanceOf, rounds } from './rounds.ts';
import { expectRecordWhole, makeMasterData, newLedger, settle, startWriters, through } from './writers.ts';

const ROUNDS = rounds(10, 2);

test('PostgreSQL is killed again and again in the middle of writes: the server starts it again, and no acknowledged change is lost or doubled (IDK-1)', {
  timeout: 600_000,
}, async () => {
  await using installation = await newInstallation();
  const server = await installation.start();
  await makeMasterData(server);
  const chance = chanceOf('PostgreSQL is killed');
  const ledger = newLedger();
  const writers = startWriters(
    ledger,
    through(() => server),
  );

  for (let round = 1; round <= ROUNDS; round += 1) {
    await writers.untilMore(chance.whole(1, 40));
    await sleep(chance.between(0, 15));
    const postmaster = await findPostmaster(installation.data);
    process.kill(postmaster?.pid ?? 0, 'SIGKILL');
    // The same clients continue by themselves: they retry the unanswered requests and then send more.
    await writers.untilMore(10);
    expect(await failuresAmong(server, 40)).toEqual([]);
  }

  await writers.stop();
  await settle(
    ledger,
    through(() => server),
  );
  await expectRecordWhole(ledger, server, await installation.databaseUrl());
  expect(ledger.troubles.size).toBeGreaterThan(0);
  server.child.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
  expect(await findPostmaster(installation.data)).toBeUndefined();
});

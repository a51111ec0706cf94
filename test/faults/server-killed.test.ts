import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { lotgraph } from '../support/command-line.ts';
import { failuresAmong } from './client.ts';
import { newInstallation } from './installation.ts';
import { chanceOf, rounds } from './rounds.ts';
import { expectRecordWhole, makeMasterData, newLedger, settle, startWriters, through } from './writers.ts';

const ROUNDS = rounds(20, 3);

test('the server is killed again and again in the middle of writes: every acknowledged change exists once, and a retry has one effect (IDK-1)', {
  timeout: 600_000,
}, async () => {
  await using installation = await newInstallation();
  const chance = chanceOf('the server is killed');
  const ledger = newLedger();

  for (let round = 1; round <= ROUNDS; round += 1) {
    const server = await installation.start();
    if (round === 1) await makeMasterData(server);
    const writers = startWriters(
      ledger,
      through(() => server),
    );
    await writers.untilMore(chance.whole(1, 40));
    await sleep(chance.between(0, 15));
    server.child.kill('SIGKILL');
    await server.ended;
    await writers.stop();
  }

  const server = await installation.start();
  expect(ledger.acts.some(({ answer }) => answer === undefined)).toBe(true);
  await settle(
    ledger,
    through(() => server),
  );
  await expectRecordWhole(ledger, server, await installation.databaseUrl());
  expect(await failuresAmong(server, 40)).toEqual([]);
  expect(await lotgraph(['audit', 'verify'], { LOTGRAPH_DATA: installation.directory })).toMatchObject({ code: 0 });
  server.child.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
});

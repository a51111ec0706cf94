import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startLotgraph, type RunningStart } from '../support/command-line.ts';
import { emptyDatabase } from '../support/database.ts';
import { failuresAmong, type Ending } from './client.ts';
import { QUIET } from './installation.ts';
import { chanceOf, rounds } from './rounds.ts';
import { expectRecordWhole, makeMasterData, newLedger, settle, startWriters, through, type Act } from './writers.ts';

test('two servers start at once on an empty database, both get every request at once, and one of them is killed: one effect for each key, one chain (IDK-1)', {
  timeout: 300_000,
}, async () => {
  const database = await emptyDatabase();
  const chance = chanceOf('two servers');
  const start = (): Promise<RunningStart> => startLotgraph({ ...QUIET, DATABASE_URL: database.url });
  const [first, started] = await Promise.all([start(), start()]);
  let second = started;
  try {
    await makeMasterData(first);
    const ledger = newLedger();
    const toBoth = async (act: Act): Promise<Ending> =>
      agreed(await Promise.all([through(() => first)(act), through(() => second)(act)]));

    for (let round = 1; round <= rounds(10, 1); round += 1) {
      const writers = startWriters(ledger, toBoth);
      await writers.untilMore(15);
      await sleep(chance.between(0, 15));
      second.child.kill('SIGKILL');
      await second.ended;
      await writers.untilMore(10);
      second = await start();
      await writers.untilMore(10);
      await writers.stop();
    }

    await settle(ledger, toBoth);
    await expectRecordWhole(ledger, second, database.url);
    expect([...(await failuresAmong(first, 40)), ...(await failuresAmong(second, 40))]).toEqual([]);
  } finally {
    for (const { child } of [first, second]) child.kill('SIGTERM');
    await Promise.all([first.ended, second.ended]);
    await database.drop();
  }
});

/** The combined result of two answers: the change is done if either says so; both must agree on its content. */
function agreed([one, other]: readonly [Ending, Ending]): Ending {
  if (one.kind === 'DONE' && other.kind === 'DONE' && !isDeepStrictEqual(one.payload, other.payload))
    return { kind: 'REFUSED', said: `Two answers: ${JSON.stringify([one.payload, other.payload])}` };
  return [one, other].find(({ kind }) => kind === 'REFUSED') ?? [one, other].find(({ kind }) => kind === 'DONE') ?? one;
}

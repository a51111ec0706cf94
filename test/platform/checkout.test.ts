import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { freshDatabase } from '../support/database.ts';

test('a connection that does not answer any more is replaced, and the request that would have got it is answered', async () => {
  const fresh = await freshDatabase();
  const database = openDatabase({
    url: fresh.url,
    poolSize: 1,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  const pidOf = async (): Promise<number> => {
    const [row] = await database.reader().sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`;
    return row?.pid ?? 0;
  };
  const first = await pidOf();
  expect(await pidOf()).toBe(first);
  // It is trusted for five seconds after its last use.
  await sleep(5_100);
  process.kill(first, 'SIGSTOP');
  try {
    expect(await pidOf()).not.toBe(first);
    expect(await database.transaction(async (tx) => (await tx.sql`SELECT 1 AS one`)[0])).toEqual({ one: 1 });
  } finally {
    process.kill(first, 'SIGCONT');
  }
  await database.close();
  await fresh.drop();
});

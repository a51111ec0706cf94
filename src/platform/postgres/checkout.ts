/**
 * Takes a connection out of the pool. One that nobody has used for a while is asked first whether it still answers: a
 * firewall or a failover may have cut it without a word, and a request would wait for it until its deadline.
 */
import type pg from 'pg';

/** A connection that was used less long ago is not asked. */
const TRUSTED_MILLISECONDS = 5_000;
/** How long a connection has to answer. */
const ANSWER_MILLISECONDS = 2_000;

const usedAt = new WeakMap<pg.PoolClient, number>();

/** A connection that answers. Those that do not are closed; the pool replaces them. */
export async function takeConnection(pool: pg.Pool): Promise<pg.PoolClient> {
  for (;;) {
    const client = await pool.connect();
    const last = usedAt.get(client);
    const now = performance.now();
    usedAt.set(client, now);
    // A new connection has just answered.
    if (last === undefined || now - last < TRUSTED_MILLISECONDS || (await answers(client))) return client;
    client.release(true);
  }
}

async function answers(client: pg.PoolClient): Promise<boolean> {
  const question = { text: 'SELECT 1', query_timeout: ANSWER_MILLISECONDS };
  try {
    await client.query(question);
    return true;
  } catch {
    // It is closed, and another one is taken.
    return false;
  }
}

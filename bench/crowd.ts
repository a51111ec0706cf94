/**
 * Ten users at once, each with a session of its own and one question after the other: how long they wait, and that the
 * pool is whole afterwards.
 */
import type { Contender } from './contenders/contender.ts';
import { POOL_SIZE } from './contenders/contender.ts';
import { signedIn } from './contenders/lotgraph.ts';
import { PASSWORD } from './plant.ts';
import { answerTo, type Ask, type World } from './questions/question.ts';
import { percentile } from './report.ts';

export interface Crowd {
  readonly users: number;
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Connections of the server to PostgreSQL when all is over. */
  readonly connections: number;
}

const USERS = 10;
const REQUESTS_OF_EACH = 100;

const CREATE = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { errors { code message } } }';

export async function measureCrowd(world: World, ask: Ask): Promise<Crowd> {
  const users: Readonly<Record<string, string>>[] = [];
  for (let each = 1; each <= USERS; each += 1) users.push(await newcomer(world, ask.contender, `bench_${each}`));
  await Promise.all(users.map((headers) => askInTurn(ask, headers, 3)));
  const waits = (await Promise.all(users.map((headers) => askInTurn(ask, headers, REQUESTS_OF_EACH)))).flat();
  return {
    users: USERS,
    requests: waits.length,
    p50: percentile(waits, 50),
    p95: percentile(waits, 95),
    p99: percentile(waits, 99),
    connections: await wholePool(world, ask),
  };
}

export function printCrowd(name: string, { users, requests, p50, p95, p99, connections }: Crowd): void {
  console.log(`\n${name}: ${users} users at once, ${requests} requests of Q1`);
  console.log(
    `  p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; afterwards ${connections} connections of at most ${POOL_SIZE}, none of them in a transaction`,
  );
}

async function newcomer(world: World, { url }: Contender, username: string): Promise<Readonly<Record<string, string>>> {
  const { createUser } = await world.graph('lotgraph', CREATE, {
    input: { username, fullName: 'A user of the bench', password: PASSWORD, role: 'VIEWER' },
  });
  if (createUser.errors.length > 0)
    throw new Error(`The users could not be made: ${JSON.stringify(createUser.errors)}`);
  return signedIn(url, username);
}

/** How many milliseconds each request took. */
async function askInTurn(
  { contender, body }: Ask,
  headers: Readonly<Record<string, string>>,
  requests: number,
): Promise<readonly number[]> {
  const waits: number[] = [];
  for (let request = 0; request < requests; request += 1) {
    const before = performance.now();
    const response = await fetch(contender.url, { method: 'POST', headers, body: body() });
    const text = await response.text();
    waits.push(performance.now() - before);
    if (!response.ok || text.startsWith('{"errors"'))
      throw new Error(`A user of the crowd was answered ${response.status}: ${text.slice(0, 1_000)}`);
  }
  return waits;
}

/**
 * Whoever comes next is answered, no connection is left in a transaction, and there are no more than the pool has room
 * for.
 */
async function wholePool(world: World, ask: Ask): Promise<number> {
  await answerTo(ask);
  const [pool] = await world.query<{ connections: number; inTransaction: number }>(`
    SELECT count(*)::int AS connections, (count(*) FILTER (WHERE state LIKE 'idle in transaction%'))::int AS "inTransaction" FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'lotgraph'`);
  if (pool === undefined || pool.connections === 0 || pool.connections > POOL_SIZE || pool.inTransaction > 0)
    throw new Error(`The pool is not whole: ${JSON.stringify(pool)}`);
  return pool.connections;
}

/**
 * Ten users at once, each with a session of its own and one request after another: how long they wait, and whether the
 * connection pool is intact afterwards.
 */
import type { Contender } from './contenders/contender.ts';
import { POOL_SIZE } from './contenders/contender.ts';
import { signedIn } from './contenders/lotgraph.ts';
import { PASSWORD } from './plant.ts';
import { answerOf, type BenchRequest, type World } from './questions/question.ts';
import { percentile } from './report.ts';

/** The latencies of the users, in milliseconds. */
export interface Crowd {
  readonly users: number;
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** The server's connections to PostgreSQL at the end. */
  readonly connections: number;
}

const USERS = 10;
const REQUESTS_PER_USER = 100;

const CREATE = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { errors { code message } } }';

export async function measureCrowd(world: World, request: BenchRequest): Promise<Crowd> {
  const users: Readonly<Record<string, string>>[] = [];
  for (let each = 1; each <= USERS; each += 1)
    users.push(await signInNewUser(world, request.contender, `bench_${each}`));
  await Promise.all(users.map((headers) => sendOneByOne(request, headers, 3)));
  const waits = (await Promise.all(users.map((headers) => sendOneByOne(request, headers, REQUESTS_PER_USER)))).flat();
  return {
    users: USERS,
    requests: waits.length,
    p50: percentile(waits, 50),
    p95: percentile(waits, 95),
    p99: percentile(waits, 99),
    connections: await intactPool(world, request),
  };
}

export function printCrowd(name: string, { users, requests, p50, p95, p99, connections }: Crowd): void {
  console.log(`\n${name}: ${users} users at once, ${requests} requests of Q1`);
  console.log(
    `  p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; afterwards ${connections} connections, none of them in a transaction`,
  );
}

async function signInNewUser(
  world: World,
  { url }: Contender,
  username: string,
): Promise<Readonly<Record<string, string>>> {
  const { createUser } = await world.graph('lotgraph', CREATE, {
    input: { username, fullName: 'A user of the bench', password: PASSWORD, role: 'VIEWER' },
  });
  if (createUser.errors.length > 0)
    throw new Error(`The users could not be made: ${JSON.stringify(createUser.errors)}`);
  return signedIn(url, username);
}

/** Sends the requests one after another, and returns the milliseconds that each took. */
async function sendOneByOne(
  { contender, body }: BenchRequest,
  headers: Readonly<Record<string, string>>,
  requests: number,
): Promise<readonly number[]> {
  const waits: number[] = [];
  for (let sent = 0; sent < requests; sent += 1) {
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
 * Checks the connection pool: the next request is answered, no connection is left in a transaction, and there are no
 * more connections than the pools of the running servers may have. Returns the number of connections.
 */
async function intactPool(world: World, request: BenchRequest): Promise<number> {
  await answerOf(request);
  const [pool] = await world.query<{ connections: number; inTransaction: number }>(`
    SELECT count(*)::int AS connections, (count(*) FILTER (WHERE state LIKE 'idle in transaction%'))::int AS "inTransaction" FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'lotgraph'`);
  if (
    pool === undefined ||
    pool.connections === 0 ||
    pool.connections > world.servers * POOL_SIZE ||
    pool.inTransaction > 0
  )
    throw new Error(`The pool is not intact: ${JSON.stringify(pool)}`);
  return pool.connections;
}

/**
 * `npm run bench -- [--lots 2000] [--seconds 5] [--connections 16]`: simulates a plant (once per size; it is kept), starts the built
 * server on it, asks each question for some seconds, and prints what came out. Timings are noisy: compare within one run only.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { family, processorMilliseconds } from './process-time.ts';
import { RECORD, questions, type Question } from './queries.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const MAIN = path.join(ROOT, 'dist/main.js');

const { values } = parseArgs({
  options: {
    lots: { type: 'string', default: '2000' },
    serials: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
  },
});
const [lots, serials, seconds, connections] = [Number(values.lots), Number(values.serials), Number(values.seconds), Number(values.connections)];
const environment = { ...process.env, NODE_ENV: 'development', LOTGRAPH_LOG_LEVEL: 'error', LOTGRAPH_REQUESTS_PER_SECOND: '0', LOTGRAPH_DATA: path.join(ROOT, `.lotgraph/bench-${lots}x${serials}`) };

interface Figures {
  readonly what: string;
  readonly 'requests/s': string;
  readonly 'p50 ms': number;
  readonly 'p99 ms': number;
  readonly 'node ms': string;
  readonly 'postgres ms': string;
  readonly statements: string;
  readonly bytes: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
  readonly postmaster: number;
}

const server = await start();
try {
  const lot = await lotWithSerials(server);
  const figures: Figures[] = [];
  for (const question of questions(lot)) figures.push(await measure(server, question));
  figures.push(await measureRecord(server));
  console.table(Object.fromEntries(figures.map(({ what, ...row }) => [what, row])));
  console.log(`${lots} lots of ${serials} serials, ${connections} connections, ${seconds} s each, Node ${process.version}. Milliseconds are processor time per request.`);
} finally {
  server.child.kill('SIGTERM');
}

async function start(): Promise<Running> {
  const simulated = spawnSync(process.execPath, [MAIN, 'simulate', '--lots', String(lots), '--serials-per-lot', String(serials), '--seed', '1'], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  if (simulated.status !== 0) console.log('The plant of an earlier run is used.');
  const child = spawn(process.execPath, [MAIN, 'start', '--port', '0'], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      words += String(chunk);
      if (/^ {2}eyJ\S+$/m.test(words)) resolve();
    });
    child.on('exit', () => reject(new Error(words)));
  });
  const url = /listens on (\S+)/.exec(words)?.[1] ?? '';
  const token = /^ {2}(eyJ\S+)$/m.exec(words)?.[1] ?? '';
  return { child, url, token, postmaster: postmasterPid() };
}

function postmasterPid(): number {
  const [line = '0'] = readFileSync(path.join(environment.LOTGRAPH_DATA, 'data/postmaster.pid'), 'utf8').split('\n');
  return Number(line);
}

async function lotWithSerials({ url, token }: Running): Promise<string> {
  const { body } = await ask(url, token, '{ lots(first: 50, filter: { status: { eq: COMPLETED } }) { nodes { number actualQuantity } } }', {});
  const nodes: readonly { number: string; actualQuantity: number }[] = body.data.lots.nodes;
  return nodes.toSorted((a, b) => b.actualQuantity - a.actualQuantity)[0]?.number ?? '';
}

async function measure(running: Running, { what, document, variables }: Question): Promise<Figures> {
  const { statements, body } = await ask(running.url, running.token, document, variables);
  if (body.errors !== undefined) throw new Error(`${what}: ${JSON.stringify(body.errors)}`);
  const payload = JSON.stringify({ query: document, variables });
  return fire(running, what, statements, () => payload);
}

/** Every unit passes each step once, so the write is measured as FAIL, which may be repeated on a WIP item that waits. */
async function measureRecord(running: Running): Promise<Figures> {
  const { body } = await ask(running.url, running.token, '{ route(level: WIP) { code type } wipItems(first: 100, filter: { status: { in: [CREATED, IN_PROGRESS, FAILED] } }, orderBy: [{ field: CREATED_AT, direction: DESC }]) { nodes { number nextProcess { code } openExecution { id } lot { isHeld isActive } } } equipment(first: 1, filter: { status: { eq: AVAILABLE }, isActive: true }) { nodes { code } } }', {});
  const items: readonly { number: string; nextProcess: { code: string } | null; openExecution: unknown; lot: { isHeld: boolean; isActive: boolean } }[] = body.data.wipItems.nodes;
  const free = items.filter((item) => item.openExecution === null && item.nextProcess !== null && item.lot.isActive && !item.lot.isHeld);
  let count = 0;
  const record = (): string => {
    const item = free[(count += 1) % free.length];
    const input = { unit: { number: item?.number }, process: { code: item?.nextProcess?.code }, result: 'FAIL', defects: [{ code: 'BENT' }], measurements: [{ code: 'TORQUE', value: '42.5', unit: 'Nm' }], idempotencyKey: `bench-${process.pid}-${count}` };
    return JSON.stringify({ query: RECORD, variables: { input } });
  };
  const first = await ask(running.url, running.token, RECORD, JSON.parse(record()).variables);
  console.log('recordProcessData answers', JSON.stringify(first.body.data ?? first.body));
  return fire(running, `recordProcessData, ${free.length} units in turn`, first.statements, record);
}

async function fire({ url, token, child, postmaster }: Running, what: string, statements: string, body: () => string): Promise<Figures> {
  const load = (duration: number) =>
    autocannon({ url, connections, duration, method: 'POST', headers: headersOf(token), requests: [{ method: 'POST', setupRequest: (request) => ({ ...request, body: body() }) }] });
  await load(1);
  const before = [processorMilliseconds(child.pid ?? 0), postgresMilliseconds(postmaster)] as const;
  const result = await load(seconds);
  const [node, postgres] = [processorMilliseconds(child.pid ?? 0) - before[0], postgresMilliseconds(postmaster) - before[1]];
  const { total } = result.requests;
  if (result.non2xx > 0) throw new Error(`${what}: ${result.non2xx} answers were no success.`);
  return {
    what,
    'requests/s': (total / result.duration).toFixed(1),
    'p50 ms': result.latency.p50,
    'p99 ms': result.latency.p99,
    'node ms': (node / total).toFixed(2),
    'postgres ms': (postgres / total).toFixed(2),
    statements,
    bytes: (result.throughput.total / total).toFixed(0),
  };
}

function postgresMilliseconds(postmaster: number): number {
  return family(postmaster).reduce((sum, pid) => sum + processorMilliseconds(pid), 0);
}

function headersOf(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' };
}

// oxlint-disable-next-line typescript/no-explicit-any -- the bench reads what it asked for
async function ask(url: string, token: string, query: string, variables: object): Promise<{ body: any; statements: string }> {
  const response = await fetch(url, { method: 'POST', headers: headersOf(token), body: JSON.stringify({ query, variables }) });
  return { body: await response.json(), statements: response.headers.get('x-lotgraph-statements') ?? '' };
}

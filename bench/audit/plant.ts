/** A simulated plant (made once per size, then kept), the built server on it, and the processor time of both. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { familyMilliseconds } from '../process-time.ts';

/** The running server and its plant. */
export interface Plant {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The directory of the built-in PostgreSQL. */
  readonly directory: string;
  /** Returns the milliseconds of processor time so far. */
  spent(): Spent;
  // oxlint-disable-next-line typescript/no-explicit-any -- the bench reads fields that it requested
  ask(query: string, variables?: object): Promise<{ readonly body: any; readonly statements: string }>;
  stop(): Promise<void>;
}

/** Processor time in milliseconds. */
export interface Spent {
  readonly node: number;
  readonly postgres: number;
}

/** The size of a plant. */
export interface PlantSize {
  readonly lots: number;
  readonly serials: number;
}

/** Simulates the plant if it does not exist yet, and starts the server. */
export async function startPlant({ lots, serials }: PlantSize): Promise<Plant> {
  const directory = path.join(ROOT, `.lotgraph/audit-${lots}x${serials}`);
  const environment = {
    ...process.env,
    NODE_ENV: 'development',
    LOTGRAPH_LOG_LEVEL: 'error',
    LOTGRAPH_REQUESTS_PER_SECOND: '0',
    LOTGRAPH_DATA: directory,
  };
  const simulated = spawnSync(
    process.execPath,
    [MAIN, 'simulate', '--lots', String(lots), '--serials-per-lot', String(serials), '--seed', '1'],
    { env: environment, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (simulated.status !== 0) console.log('The plant of an earlier run is used.');
  const child = spawn(process.execPath, [MAIN, 'start', '--port', '0'], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  let isReady = false;
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      if (isReady) return;
      output += String(chunk);
      isReady = /^ {2}eyJ\S+$/m.test(output);
      if (isReady) resolve();
    });
    child.on('exit', () => reject(new Error(output)));
  });
  const url = /listens on (\S+)/.exec(output)?.[1] ?? '';
  const token = /^ {2}(eyJ\S+)$/m.exec(output)?.[1] ?? '';
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' };
  const postmaster = Number(readFileSync(path.join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  return {
    url,
    headers,
    directory,
    spent: () => ({ node: familyMilliseconds(child.pid ?? 0), postgres: familyMilliseconds(postmaster) }),
    async ask(query, variables = {}) {
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      return { body: await response.json(), statements: response.headers.get('x-lotgraph-statements') ?? '' };
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const MAIN = path.join(ROOT, 'dist/main.js');

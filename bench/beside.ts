/**
 * What reads feel of results that come in bulk: the same reads, by turns while nothing else happens and while a bulk
 * runs.
 */
import { recordAll } from './bulk.ts';
import { fire } from './load.ts';
import { makeMaterial } from './questions/material.ts';
import type { Ask, World } from './questions/question.ts';
import { median } from './report.ts';

export interface Beside {
  readonly question: string;
  /** Milliseconds, one figure for each round. */
  readonly idle: readonly number[];
  readonly busy: readonly number[];
  /** Results recorded meanwhile, a second. */
  readonly rowsPerSecond: readonly number[];
}

/** Few, as the screens of a hall are: the reads alone must not fill the machine. */
const READERS = 2;
const WRITERS = 4;
const LOTS = 10;
const ROWS = 10_000;

export async function measureBeside(
  world: World,
  question: string,
  ask: Ask,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Beside> {
  const beside = { question, idle: [] as number[], busy: [] as number[], rowsPerSecond: [] as number[] };
  const headers = await ask.contender.headers();
  await fire(ask, headers, READERS, { duration: 2 });
  for (let round = 0; round < rounds; round += 1) {
    const { items, waitingFor } = await makeMaterial(world, LOTS, ROWS / LOTS);
    beside.idle.push((await fire(ask, headers, READERS, { duration: seconds })).latency.p99);
    const before = performance.now();
    const bulk = recordAll(world, items, waitingFor, WRITERS).then(() => performance.now() - before);
    const [reads, milliseconds] = await Promise.all([fire(ask, headers, READERS, { end: bulk }), bulk]);
    beside.busy.push(reads.latency.p99);
    beside.rowsPerSecond.push((ROWS * 1_000) / milliseconds);
  }
  return beside;
}

export function printBeside(name: string, { question, idle, busy, rowsPerSecond }: Beside): void {
  const ratios = busy.map((wait, round) => wait / (idle[round] ?? Number.NaN));
  console.log(
    `\n${name}: ${question} by ${READERS} readers, p99 ${median(idle).toFixed(0)} ms while nothing else happens, ${median(busy).toFixed(0)} ms while ${median(rowsPerSecond).toFixed(0)} results a second are recorded`,
  );
  console.log(
    `  busy ÷ idle: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
}

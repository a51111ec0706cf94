/**
 * How bulk recording slows down reads: the same reads are measured by turns, without other load and while results are
 * recorded in bulk.
 */
import { recordAll } from './bulk.ts';
import { fire } from './load.ts';
import { makeMaterial } from './questions/material.ts';
import type { BenchRequest, World } from './questions/question.ts';
import { median } from './report.ts';

/** The p99 of the reads with and without a running bulk. */
export interface MixedLoad {
  readonly question: string;
  /** Milliseconds, one value per round. */
  readonly idle: readonly number[];
  readonly busy: readonly number[];
  /** Results recorded per second during the reads. */
  readonly rowsPerSecond: readonly number[];
}

/** Only a few, like the screens of a production hall: the reads alone must not saturate the machine. */
const READERS = 2;
const WRITERS = 4;
const LOTS = 10;
const ROWS = 10_000;

export async function measureMixedLoad(
  world: World,
  question: string,
  request: BenchRequest,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<MixedLoad> {
  const measured = { question, idle: [] as number[], busy: [] as number[], rowsPerSecond: [] as number[] };
  const headers = await request.contender.headers();
  await fire(request, headers, READERS, { duration: 2 });
  for (let round = 0; round < rounds; round += 1) {
    const { items, waitingFor } = await makeMaterial(world, LOTS, ROWS / LOTS);
    measured.idle.push((await fire(request, headers, READERS, { duration: seconds })).latency.p99);
    const before = performance.now();
    const bulk = recordAll({ world, contender: 'lotgraph', items, waitingFor, connections: WRITERS }).then(
      () => performance.now() - before,
    );
    const [reads, milliseconds] = await Promise.all([fire(request, headers, READERS, { end: bulk }), bulk]);
    measured.busy.push(reads.latency.p99);
    measured.rowsPerSecond.push((ROWS * 1_000) / milliseconds);
  }
  return measured;
}

export function printMixedLoad(name: string, { question, idle, busy, rowsPerSecond }: MixedLoad): void {
  const ratios = busy.map((wait, round) => wait / (idle[round] ?? Number.NaN));
  console.log(
    `\n${name}: ${question} by ${READERS} readers, p99 ${median(idle).toFixed(0)} ms without a bulk, ${median(busy).toFixed(0)} ms while ${median(rowsPerSecond).toFixed(0)} results a second are recorded`,
  );
  console.log(
    `  busy ÷ idle: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
}

/**
 * The memory that the server keeps under load. All questions are sent again and again; after each pass, when the last
 * connections have closed, the garbage is collected twice, so that a sample contains only memory that is still in use.
 * The first fifth of the samples is left out of the slope: caches fill during that time, and code is compiled, which is
 * also part of the heap.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fire } from './load.ts';
import type { Memory } from './contenders/contender.ts';
import type { BenchRequest } from './questions/question.ts';

/** The memory of the server at one time. */
export interface Sample extends Memory {
  readonly hours: number;
  /** The number of requests so far. */
  readonly requests: number;
}

/** All samples, and how fast the memory grows. */
export interface Endurance {
  readonly samples: readonly Sample[];
  readonly slopes: readonly Slope[];
}

/** The growth in megabytes. */
interface Slope {
  readonly of: keyof Memory;
  readonly perHour: number;
  readonly per100000Requests: number;
}

const SECONDS_PER_QUESTION = 2;
const SETTLING_MILLISECONDS = 2_000;
/** More than are recorded in that time. */
const MAX_RECORDS = 10_000;

export async function measureEndurance(
  questions: readonly BenchRequest[],
  { minutes, connections }: { readonly minutes: number; readonly connections: number },
): Promise<Endurance> {
  const samples: Sample[] = [];
  const start = performance.now();
  let requests = 0;
  while (performance.now() - start < minutes * 60_000) {
    for (const question of questions) {
      await question.reserve(MAX_RECORDS);
      requests += (
        await fire(question, await question.contender.headers(), connections, { duration: SECONDS_PER_QUESTION })
      ).requests.total;
    }
    await sleep(SETTLING_MILLISECONDS);
    const memory = await questions[0]?.contender.memory();
    if (memory !== undefined) samples.push({ ...memory, hours: (performance.now() - start) / 3_600_000, requests });
  }
  const settled = samples.slice(Math.floor(samples.length / 5));
  return {
    samples,
    slopes: (['heap', 'rss'] as const).map((of) => ({
      of,
      perHour: slope(settled, of, ({ hours }) => hours),
      per100000Requests: slope(settled, of, (sample) => sample.requests / 100_000),
    })),
  };
}

export function printEndurance(name: string, { samples, slopes }: Endurance): void {
  const [first, last] = [samples.at(0), samples.at(-1)];
  console.log(
    `\n${name}: ${((last?.hours ?? 0) * 60).toFixed(1)} minutes, ${last?.requests ?? 0} requests, ${samples.length} samples`,
  );
  for (const { of, perHour, per100000Requests } of slopes) {
    console.log(
      `  ${of}: ${first?.[of].toFixed(1)} MB at first, ${last?.[of].toFixed(1)} MB at last; ${signed(perHour)} MB an hour, ${signed(per100000Requests)} MB for 100,000 requests`,
    );
  }
}

/** The slope of the least-squares line through the samples. */
function slope(samples: readonly Sample[], of: keyof Memory, along: (sample: Sample) => number): number {
  const mean = (value: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length;
  const [middle, level] = [mean(along), mean((sample) => sample[of])];
  return (
    mean((sample) => (along(sample) - middle) * (sample[of] - level)) / mean((sample) => (along(sample) - middle) ** 2)
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

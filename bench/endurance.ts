/**
 * What the server keeps in memory while it is asked everything, again and again. After each turn through all questions,
 * when the last connections have closed, its garbage is collected twice, so that a sample holds what is really kept.
 * The first fifth of the samples is left out of the slope: caches fill then, and code is compiled, which is in the heap
 * too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fire } from './load.ts';
import type { Memory } from './contenders/contender.ts';
import type { Ask } from './questions/question.ts';

export interface Sample extends Memory {
  readonly hours: number;
  /** So far. */
  readonly requests: number;
}

export interface Endurance {
  readonly samples: readonly Sample[];
  readonly slopes: readonly Slope[];
}

/** How many megabytes more there are for each. */
interface Slope {
  readonly of: keyof Memory;
  readonly perHour: number;
  readonly per100000Requests: number;
}

const SECONDS_OF_A_QUESTION = 2;
const SETTLING_MILLISECONDS = 2_000;
/** More than are recorded in that time. */
const MOST_RECORDS = 10_000;

export async function measureEndurance(
  asks: readonly Ask[],
  { minutes, connections }: { readonly minutes: number; readonly connections: number },
): Promise<Endurance> {
  const samples: Sample[] = [];
  const start = performance.now();
  let requests = 0;
  while (performance.now() - start < minutes * 60_000) {
    for (const ask of asks) {
      await ask.reserve(MOST_RECORDS);
      requests += (await fire(ask, await ask.contender.headers(), connections, { duration: SECONDS_OF_A_QUESTION }))
        .requests.total;
    }
    await sleep(SETTLING_MILLISECONDS);
    const memory = await asks[0]?.contender.memory();
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

/** Of the line with the least squares through the samples. */
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

/**
 * A believable running factory, made in one go.
 *
 * 1. The plant comes first: people, models, lines, steps, stations and machines with their histories.
 * 2. Lots are told one after another, each by its own seeded chance, and the rules of the product decide what follows
 *    from what.
 * 3. They are written in chunks while the next ones are told, so memory does not grow with the plant.
 * 4. The same seed, size and end of time give the same rows, ids included; only the hash of the people's password
 *    differs.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { simulateLot } from './story/lot.ts';
import { problemsOf, type SimulationOptions } from './options.ts';
import { plantOf } from './plant/plant.ts';
import { instantAt } from './rows.ts';
import { ordersOf, scheduleOf } from './schedule.ts';
import { countedIn, obstacleIn, refreshStatistics, storeLots, storePlant } from './store.ts';
import type { LotStory } from './story/story.ts';
import type { SimulationSummary } from './summary.ts';
import type { Database } from '../../platform/postgres/client.ts';
import { assert } from '../../platform/values/assert.ts';

/** Executions after which a chunk of lots is written. */
const CHUNK = 6_000;

/** Fills a database without masters and lots. `progress` is told how many lots are written. */
export async function simulate(
  database: Database,
  options: SimulationOptions,
  progress: (lots: number) => void = () => undefined,
): Promise<SimulationSummary> {
  const problems = problemsOf(options);
  assert(problems.length === 0, problems.join('\n'));
  const obstacle = await obstacleIn(database.reader());
  assert(obstacle === undefined, obstacle ?? '');

  const { isAudited = true } = options;
  const startedAt = performance.now();
  const until = Date.parse(options.until);
  const orders = ordersOf(options);
  const from = Math.min(...orders.map((order) => order.createdAt));
  const plant = plantOf(options, from);
  await storePlant(database, plant, isAudited);

  let chunk: LotStory[] = [];
  let executions = 0;
  let lots = 0;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    await writing;
    const stories = chunk;
    chunk = [];
    executions = 0;
    writing = storeLots(database, stories, isAudited).then(() => progress((lots += stories.length)));
    // A failure is met by the next `await writing`.
    writing.catch(() => undefined);
  };
  for (const plan of scheduleOf(orders, plant, options.seed)) {
    const story = simulateLot(plan, { seed: options.seed, until, plant });
    chunk.push(story);
    executions += story.executions.length;
    if (executions >= CHUNK) await write();
    await breathe();
  }
  await write();
  await writing;
  await refreshStatistics(database.reader());
  const counts = await countedIn(database.reader());
  return {
    seed: options.seed,
    from: instantAt(from),
    until: options.until,
    ...counts,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
}

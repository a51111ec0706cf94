/**
 * Simulates a realistic running factory.
 *
 * 1. The plant comes first: people, models, lines, steps, stations and machines with their histories.
 * 2. Lots are simulated one after another, each with its own seeded random numbers, by the rules of the product.
 * 3. Lots are written in chunks while the next ones are simulated, so that memory use does not grow with the plant.
 * 4. The same seed, size and end of time give the same rows, ids included; only the password hash of the people
 *    differs.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { simulateLot } from './story/lot.ts';
import { officeStoryOf } from './office/office.ts';
import { savedFiltersOf } from './office/saved-filters.ts';
import { problemsOf, type SimulationOptions } from './options.ts';
import { plantOf } from './plant/plant.ts';
import { instantAt } from './rows.ts';
import { ordersOf, routeChangeOf, scheduleOf } from './schedule.ts';
import { countRows, obstacleIn, refreshStatistics, storeLots, storePlant, type Target } from './store.ts';
import { batchRunsOf } from './story/batch-runs.ts';
import { builtInOf } from './story/built-in.ts';
import type { WrittenLot } from './story/story.ts';
import type { SimulationSummary } from './summary.ts';
import { refreshLotDashboard } from '../../insight/dashboard/dashboard.commands.ts';
import { assert } from '../../platform/values/assert.ts';

/** The number of executions after which a chunk of lots is written. The first chunks are small, so that progress shows. */
const EXECUTIONS_PER_CHUNK = { first: 500, most: 6_000 };

/**
 * Pictures, labels and alerts are made for so many of the newest lots only: enough to look at, and few enough for any
 * disk.
 */
const RECENT_LOTS = 24;

/** Fills a database that has no master data and no lots. `progress` receives the number of lots written so far. */
export async function simulate(
  target: Target,
  options: SimulationOptions,
  progress: (lots: number) => void = () => undefined,
): Promise<SimulationSummary> {
  const { database } = target;
  const problems = problemsOf(options);
  assert(problems.length === 0, problems.join('\n'));
  const obstacle = await obstacleIn(database.reader());
  assert(obstacle === undefined, obstacle ?? '');

  const { isAudited = true } = options;
  const startedAt = performance.now();
  const until = Date.parse(options.until);
  const orders = ordersOf(options);
  const from = Math.min(...orders.map((order) => order.createdAt));
  const plant = plantOf(options, { firstLotAt: from, routeChangedAt: routeChangeOf(orders, options).at });
  const savedFilters = savedFiltersOf(options.seed, plant.people, from);
  await storePlant(target, { ...plant, savedFilters }, isAudited);
  const batchRuns = batchRunsOf({ seed: options.seed, until, testProgram: plant.testProgram });
  const builtIn = builtInOf({ seed: options.seed, until, processes: plant.processes });

  let chunk: WrittenLot[] = [];
  let executions = 0;
  let chunkSize = EXECUTIONS_PER_CHUNK.first;
  let lots = 0;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    await writing;
    const stories = chunk;
    chunk = [];
    executions = 0;
    chunkSize = Math.min(2 * chunkSize, EXECUTIONS_PER_CHUNK.most);
    writing = storeLots(target, stories, isAudited).then(() => progress((lots += stories.length)));
    // The next `await writing` reports a failure.
    writing.catch(() => undefined);
  };
  const recentFrom = orders.length - RECENT_LOTS;
  for (const plan of scheduleOf(orders, plant, options)) {
    const story = simulateLot(plan, { seed: options.seed, until, plant, picturedFrom: recentFrom });
    const sessions = batchRuns.of(story);
    const office = officeStoryOf(story, { seed: options.seed, until, plant, recentFrom });
    chunk.push({ ...story, sessions, componentUses: builtIn.of(story), office });
    executions += story.executions.length;
    if (executions >= chunkSize) await write();
    await yieldToEventLoop();
  }
  await write();
  await writing;
  await refreshStatistics(database.reader());
  await database.transaction(refreshLotDashboard);
  const counts = await countRows(database.reader());
  return {
    seed: options.seed,
    from: instantAt(from),
    until: options.until,
    ...counts,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
}

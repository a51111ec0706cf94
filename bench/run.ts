/**
 * `npm run bench`: how fast this server answers, beside what else could answer the same.
 *
 * 1. All contenders stand on one database, a plant that is made once per size and copied for each run (plant.ts).
 * 2. No time counts before all of them have answered a question alike (question.ts).
 * 3. A question is asked of each in turn, round after round, so that what disturbs the machine disturbs all of them.
 * 4. Processor time is told beside requests per second: the load generator shares the machine with what it measures.
 *
 * Timings are noisy: compare within one run only.
 */
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { CONTENDERS, type Contender, type ContenderName } from './contenders/contender.ts';
import { startLotgraph } from './contenders/lotgraph.ts';
import { startPostgraphile } from './contenders/postgraphile.ts';
import { startSql, type Statements } from './contenders/sql.ts';
import { measureBulk, printBulk } from './bulk.ts';
import { slice, type Slice } from './load.ts';
import { SIZES, openPlant, type Plant, type Size } from './plant.ts';
import { DASHBOARD } from './questions/dashboard.ts';
import { DEEP_PAGE, FIRST_PAGE } from './questions/paging.ts';
import { askOf, checkEqual, type Ask, type Question } from './questions/question.ts';
import { EXECUTIONS, HISTORY, LOTS } from './questions/reads.ts';
import { RECORDING, RECORDING_BARE, SCANNING } from './questions/station.ts';
import { worldOf } from './questions/world.ts';
import { printMeasured, ratioOf, ratiosOf, textOf, type Measured } from './report.ts';

/** Reads first: what a write leaves would be read by those after it. */
const QUESTIONS: readonly Question[] = [LOTS, EXECUTIONS, HISTORY, FIRST_PAGE, DEEP_PAGE, DASHBOARD, SCANNING, RECORDING, RECORDING_BARE];
const BULK = 'Q8';

const { values: flags } = parseArgs({
  options: {
    size: { type: 'string', default: 'small' },
    only: { type: 'string', multiple: true, default: [] },
    without: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
    /** The Node that runs this server and the SQL contenders; PostGraphile has its own. */
    node: { type: 'string', default: process.execPath },
    'node-flag': { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
  },
});
const size = sizeOf(flags.size);
const [rounds, seconds, connections] = [Number(flags.rounds), Number(flags.seconds), Number(flags.connections)];
const isAsked = (name: string): boolean => flags.only.length === 0 || flags.only.some((only) => name.startsWith(only));

const plant = await openPlant(size, report);
const contenders: Contender[] = [];
try {
  await startContenders(plant);
  const world = worldOf(plant, contenders);
  const measured: Measured[] = [];
  for (const question of QUESTIONS.filter(({ name }) => isAsked(name))) {
    const tidy = await question.prepare?.(plant);
    const asks: Ask[] = [];
    for (const contender of contenders) asks.push(...[await askOf(question, contender, world)].filter((ask) => ask !== undefined));
    await checkEqual(question, asks);
    const slices: Partial<Record<ContenderName, Slice[]>> = {};
    for (let round = 0; round < rounds; round += 1) {
      const options = { connections, seconds, warmSeconds: round === 0 ? 2 : 0.5, postmaster: plant.postmaster };
      for (const ask of asks) (slices[ask.contender.name] ??= []).push(await slice(ask, options));
    }
    await tidy?.();
    const result = { question: question.name, what: question.what, slices };
    measured.push(result);
    printMeasured(result);
  }
  const bulk = isAsked(BULK) ? await measureBulk(world, { rounds, connections: 4 }) : undefined;
  if (bulk !== undefined) printBulk(BULK, bulk);
  const depth = depthRatio(measured);
  if (depth !== undefined) console.log(`\nQ5: the deep page ÷ ${textOf(depth)}`);
  const about = { at: new Date().toISOString(), size, rounds, seconds, connections, cores: cpus().length, processor: cpus()[0]?.model ?? '', gigabytes: Math.round(totalmem() / 2 ** 30), contenders: contenders.map(({ name, what }) => ({ name, what })) };
  console.log(`\n${JSON.stringify(about, null, 1)}`);
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({ about, measured, ratios: [...measured.flatMap(ratiosOf), ...(depth === undefined ? [] : [depth])], bulk }, null, 1)}\n`);
} finally {
  for (const contender of contenders) await contender.stop();
  await plant.close();
}

/** This server first: it brings the schema up to date. */
async function startContenders(on: Plant): Promise<void> {
  const statementsOf = (name: 'json_agg' | 'rows'): Statements => Object.fromEntries(QUESTIONS.flatMap((question) => (question[name] === undefined ? [] : [[question.name, question[name].text]])));
  const unknown = flags.without.filter((name) => !CONTENDERS.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`--without knows ${CONTENDERS.join(', ')}.`);
  const isWanted = (name: ContenderName): boolean => !flags.without.includes(name);
  contenders.push(await startLotgraph(on, flags.node, flags['node-flag']));
  if (isWanted('PostGraphile')) contenders.push(await startPostgraphile(on, report));
  for (const name of ['json_agg', 'rows'] as const) if (isWanted(name)) contenders.push(await startSql(name, on, flags.node, statementsOf(name)));
}

function depthRatio(all: readonly Measured[]): ReturnType<typeof ratioOf> | undefined {
  const of = (question: Question): readonly Slice[] | undefined => all.find((each) => each.question === question.name)?.slices.lotgraph;
  const [first, deep] = [of(FIRST_PAGE), of(DEEP_PAGE)];
  // The time of a request, not their number: the other way round.
  return first === undefined || deep === undefined ? undefined : ratioOf('Q5', 'the first page, in time', first, deep);
}

function sizeOf(text: string): Size {
  for (const known of ['tiny', 'small', 'large'] as const) if (known === text) return known;
  throw new Error(`--size is one of ${Object.keys(SIZES).join(', ')}.`);
}

function report(message: string): void {
  console.error(message);
}

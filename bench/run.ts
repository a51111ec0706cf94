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
import { measureBeside, printBeside } from './beside.ts';
import { measureBulk, printBulk } from './bulk.ts';
import { type Contender, type ContenderName } from './contenders/contender.ts';
import { startLotgraph } from './contenders/lotgraph.ts';
import { nodeOfPeer, startPostgraphile } from './contenders/postgraphile.ts';
import { startSql, type Statements } from './contenders/sql.ts';
import { measureCrowd, printCrowd } from './crowd.ts';
import { measureEndurance, printEndurance } from './endurance.ts';
import { readFlags, type Flags } from './flags.ts';
import { slice, type Slice } from './load.ts';
import { openPlant, type Plant } from './plant.ts';
import { DASHBOARD } from './questions/dashboard.ts';
import { DEEP_PAGE, FIRST_PAGE } from './questions/paging.ts';
import { askOf, checkEqual, type Ask, type Question, type World } from './questions/question.ts';
import { EXECUTIONS, HISTORY, LOTS } from './questions/reads.ts';
import { STAGES } from './questions/stages.ts';
import { RECORDING, RECORDING_BARE, SCANNING } from './questions/station.ts';
import { worldOf } from './questions/world.ts';
import { printMeasured, ratioOf, ratiosOf, textOf, type Measured } from './report.ts';

/** Reads first: what a write leaves would be read by those after it. */
const QUESTIONS: readonly Question[] = [
  LOTS,
  EXECUTIONS,
  HISTORY,
  FIRST_PAGE,
  DEEP_PAGE,
  DASHBOARD,
  SCANNING,
  RECORDING,
  RECORDING_BARE,
];
/** What this server is asked alone. */
const [CROWD, BULK, BESIDE] = ['crowd', 'Q8', 'beside'] as const;
/** Asked only when they are named. */
const [STAGE, ENDURANCE] = ['stage', 'endurance'] as const;
const NAMES = [...QUESTIONS.map(({ name }) => name), CROWD, BULK, BESIDE, STAGE, ENDURANCE];

const flags = readFlags();
if (flags !== undefined) await run(flags);

async function run(given: Flags): Promise<void> {
  const { size, rounds, seconds, connections, minutes, json } = given;
  const isAsked = (name: string): boolean =>
    given.only.length === 0 || given.only.some((only) => name.startsWith(only));
  const unknown = given.only.filter((only) => !NAMES.some((name) => name.startsWith(only)));
  if (unknown.length > 0)
    throw new Error(`--only knows ${NAMES.join(', ')}, and what they begin with; not ${unknown.join(', ')}.`);
  const plant = await openPlant(size, report);
  const contenders: Contender[] = [];
  try {
    await startContenders(given, plant, contenders);
    const world = worldOf(plant, contenders);
    const measured: Measured[] = [];
    for (const question of [
      ...QUESTIONS.filter(({ name }) => isAsked(name)),
      ...(given.only.includes(STAGE) ? STAGES : []),
    ]) {
      measured.push(await measure(question, world, contenders, given));
      measured.slice(-1).forEach(printMeasured);
    }
    const crowd = isAsked(CROWD) ? await measureCrowd(world, await ownAsk(LOTS, world, contenders)) : undefined;
    if (crowd !== undefined) printCrowd(CROWD, crowd);
    const bulk = isAsked(BULK) ? await measureBulk(world, { rounds, connections: 4 }) : undefined;
    if (bulk !== undefined) printBulk(BULK, bulk);
    const beside = [];
    for (const question of isAsked(BESIDE) ? [LOTS, FIRST_PAGE, SCANNING] : []) {
      beside.push(
        await measureBeside(world, question.name, await ownAsk(question, world, contenders), { rounds, seconds }),
      );
      beside.slice(-1).forEach((each) => printBeside(BESIDE, each));
    }
    const endurance = given.only.includes(ENDURANCE)
      ? await measureEndurance(await ownAsks(world, contenders), { minutes, connections })
      : undefined;
    if (endurance !== undefined) printEndurance(ENDURANCE, endurance);
    const depth = depthRatio(measured);
    if (depth !== undefined) console.log(`\nQ5: the deep page ÷ ${textOf(depth)}`);
    const about = {
      at: new Date().toISOString(),
      size,
      rounds,
      seconds,
      connections,
      cores: cpus().length,
      processor: cpus()[0]?.model ?? '',
      gigabytes: Math.round(totalmem() / 2 ** 30),
      contenders: contenders.map(({ name, what }) => ({ name, what })),
    };
    console.log(`\n${JSON.stringify(about, null, 1)}`);
    if (json !== undefined)
      writeFileSync(
        json,
        `${JSON.stringify({ about, measured, ratios: [...measured.flatMap(ratiosOf), ...(depth === undefined ? [] : [depth])], crowd, bulk, beside, endurance }, null, 1)}\n`,
      );
  } finally {
    for (const contender of contenders) await contender.stop();
    await plant.close();
  }
}

/**
 * This server first: it brings the schema up to date. Each is noted as soon as it runs, so that it is stopped whatever
 * comes.
 */
async function startContenders(
  { without, node: given, nodeFlags }: Flags,
  on: Plant,
  contenders: Contender[],
): Promise<void> {
  const statementsOf = (name: 'json_agg' | 'rows'): Statements =>
    Object.fromEntries(
      QUESTIONS.flatMap((question) => (question[name] === undefined ? [] : [[question.name, question[name].text]])),
    );
  const node = given ?? (without.includes('PostGraphile') ? process.execPath : nodeOfPeer(report));
  contenders.push(await startLotgraph(on, node, nodeFlags));
  if (!without.includes('PostGraphile')) contenders.push(await startPostgraphile(on, node));
  for (const name of ['json_agg', 'rows'] as const)
    if (!without.includes(name)) contenders.push(await startSql(name, on, node, statementsOf(name)));
}

async function measure(
  question: Question,
  world: World,
  contenders: readonly Contender[],
  { rounds, seconds, connections }: Flags,
): Promise<Measured> {
  const { plant } = world;
  const tidy = await question.prepare?.(plant);
  const asks: Ask[] = [];
  for (const contender of contenders)
    asks.push(...[await askOf(question, contender, world)].filter((ask) => ask !== undefined));
  await checkEqual(question, asks);
  const slices: Partial<Record<ContenderName, Slice[]>> = {};
  for (let round = 0; round < rounds; round += 1) {
    const options = { connections, seconds, warmSeconds: round === 0 ? 5 : 0.5, postmaster: plant.postmaster };
    for (const ask of begunAt(asks, round)) (slices[ask.contender.name] ??= []).push(await slice(ask, options));
  }
  await tidy?.();
  return { question: question.name, what: question.what, slices };
}

/** Each round begins with another one: what one has written is vacuumed and sealed while the next is measured. */
function begunAt<Each>(all: readonly Each[], round: number): readonly Each[] {
  return all.map((_each, place) => all[(place + round) % all.length] as Each);
}

/** A question, asked of this server. */
async function ownAsk(question: Question, world: World, contenders: readonly Contender[]): Promise<Ask> {
  const [own] = contenders;
  const ask = own && (await askOf(question, own, world));
  if (ask === undefined) throw new Error(`${question.name} is not for this server.`);
  return ask;
}

async function ownAsks(world: World, contenders: readonly Contender[]): Promise<readonly Ask[]> {
  const asks: Ask[] = [];
  for (const question of QUESTIONS.filter(({ prepare }) => prepare === undefined))
    asks.push(await ownAsk(question, world, contenders));
  return asks;
}

function depthRatio(all: readonly Measured[]): ReturnType<typeof ratioOf> | undefined {
  const of = (question: Question): readonly Slice[] | undefined =>
    all.find((each) => each.question === question.name)?.slices.lotgraph;
  const [first, deep] = [of(FIRST_PAGE), of(DEEP_PAGE)];
  // The time of a request, not their number: the other way round.
  return first === undefined || deep === undefined ? undefined : ratioOf('Q5', 'the first page, in time', first, deep);
}

function report(message: string): void {
  console.error(message);
}

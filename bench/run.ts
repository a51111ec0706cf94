/**
 * `npm run bench`: how fast this server answers, compared with other servers that can answer the same, and with another
 * build of itself.
 *
 * 1. All contenders use one database: a plant that is made once per size and copied for each run (plant.ts).
 * 2. Nothing is timed before all of them have given the same answer to a question (questions/question.ts).
 * 3. A question is sent to each contender by turns, round after round, so that disturbances of the machine affect all
 *    of them.
 * 4. Processor time is printed next to requests per second, because the load generator shares the machine with the
 *    contenders.
 *
 * Timings are noisy: compare within one run only.
 */
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { measureMixedLoad, printMixedLoad } from './mixed-load.ts';
import { measureBulk, printBulk } from './bulk.ts';
import { type Contender, type ContenderName } from './contenders/contender.ts';
import { startLotgraph } from './contenders/lotgraph.ts';
import { nodeOfPeer, startPostgraphile } from './contenders/postgraphile.ts';
import { startSql, type Statements } from './contenders/sql.ts';
import { measureCrowd, printCrowd } from './crowd.ts';
import { measureEndurance, printEndurance } from './endurance.ts';
import { readFlags, type Flags } from './flags.ts';
import { slice, type Slice } from './load.ts';
import { openPlant, ROOT, type Plant } from './plant.ts';
import { DASHBOARD } from './questions/dashboard.ts';
import { DEEP_PAGE, FIRST_PAGE } from './questions/paging.ts';
import { requestFor, checkEqual, type BenchRequest, type Question, type World } from './questions/question.ts';
import { EXECUTIONS, HISTORY, LOTS } from './questions/reads.ts';
import { STAGES } from './questions/stages.ts';
import { RECORDING, RECORDING_BARE, SCANNING } from './questions/station.ts';
import { worldOf } from './questions/world.ts';
import { printMeasured, ratioOf, ratiosOf, textOf, type Measured } from './report.ts';

/** Reads come first: otherwise they would read the rows that the writes leave. */
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
/** Measured on lotgraph alone. */
const [CROWD, BULK, MIXED] = ['crowd', 'Q8', 'mixed'] as const;
/** Measured only if they are named. */
const [STAGE, ENDURANCE] = ['stage', 'endurance'] as const;
const NAMES = [...QUESTIONS.map(({ name }) => name), CROWD, BULK, MIXED, STAGE, ENDURANCE];

const flags = readFlags();
if (flags !== undefined) await run(flags);

async function run(given: Flags): Promise<void> {
  const { size, rounds, seconds, connections, minutes, json } = given;
  const isSelected = (name: string): boolean =>
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
      ...QUESTIONS.filter(({ name }) => isSelected(name)),
      ...(given.only.includes(STAGE) ? STAGES : []),
    ]) {
      measured.push(await measure(question, world, contenders, given));
      measured.slice(-1).forEach(printMeasured);
    }
    const crowd = isSelected(CROWD) ? await measureCrowd(world, await ownRequest(LOTS, world, contenders)) : undefined;
    if (crowd !== undefined) printCrowd(CROWD, crowd);
    const bulk = isSelected(BULK)
      ? await measureBulk(world, { rounds, connections: 4, hasBefore: given.before !== undefined })
      : undefined;
    if (bulk !== undefined) printBulk(BULK, bulk);
    const mixed = [];
    for (const question of isSelected(MIXED) ? [LOTS, FIRST_PAGE, SCANNING] : []) {
      mixed.push(
        await measureMixedLoad(world, question.name, await ownRequest(question, world, contenders), {
          rounds,
          seconds,
        }),
      );
      mixed.slice(-1).forEach((each) => printMixedLoad(MIXED, each));
    }
    const endurance = given.only.includes(ENDURANCE)
      ? await measureEndurance(await ownRequests(world, contenders), { minutes, connections })
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
        `${JSON.stringify({ about, measured, ratios: [...measured.flatMap(ratiosOf), ...(depth === undefined ? [] : [depth])], crowd, bulk, mixed, endurance }, null, 1)}\n`,
      );
  } finally {
    for (const contender of contenders) await contender.stop();
    await plant.close();
  }
}

/**
 * Starts the contenders. This server is the first, because it brings the schema up to date. Each contender is added as
 * soon as it runs, so that it is stopped even if a later one does not start.
 */
async function startContenders(
  { without, before, node: given, nodeFlags }: Flags,
  plant: Plant,
  contenders: Contender[],
): Promise<void> {
  const statementsOf = (name: 'json_agg' | 'rows'): Statements =>
    Object.fromEntries(
      QUESTIONS.flatMap((question) => (question[name] === undefined ? [] : [[question.name, question[name].text]])),
    );
  const node = given ?? (without.includes('PostGraphile') ? process.execPath : nodeOfPeer(report));
  contenders.push(await startLotgraph(plant, { name: 'lotgraph', root: ROOT, node, nodeFlags }));
  if (before !== undefined)
    contenders.push(await startLotgraph(plant, { name: 'before', root: path.resolve(before), node, nodeFlags }));
  if (!without.includes('PostGraphile')) contenders.push(await startPostgraphile(plant, node));
  for (const name of ['json_agg', 'rows'] as const)
    if (!without.includes(name)) contenders.push(await startSql(name, plant, node, statementsOf(name)));
}

async function measure(
  question: Question,
  world: World,
  contenders: readonly Contender[],
  { rounds, seconds, connections }: Flags,
): Promise<Measured> {
  const { plant } = world;
  const restore = await question.prepare?.(plant);
  const requests: BenchRequest[] = [];
  for (const contender of contenders) {
    const request = await requestFor(question, contender, world);
    if (request !== undefined) requests.push(request);
  }
  await checkEqual(question, requests);
  const slices: Partial<Record<ContenderName, Slice[]>> = {};
  for (let round = 0; round < rounds; round += 1) {
    const options = { connections, seconds, warmSeconds: round === 0 ? 5 : 0.5, postmaster: plant.postmaster };
    for (const request of rotated(requests, round))
      (slices[request.contender.name] ??= []).push(await slice(request, options));
  }
  await restore?.();
  return { question: question.name, what: question.what, slices };
}

/** Begins with another contender each round: the rows of one are vacuumed and sealed while the next one is measured. */
function rotated<Each>(all: readonly Each[], round: number): readonly Each[] {
  return all.map((_each, index) => all[(index + round) % all.length] as Each);
}

/** Prepares a question for this server. */
async function ownRequest(question: Question, world: World, contenders: readonly Contender[]): Promise<BenchRequest> {
  const [own] = contenders;
  const request = own && (await requestFor(question, own, world));
  if (request === undefined) throw new Error(`${question.name} is not for this server.`);
  return request;
}

async function ownRequests(world: World, contenders: readonly Contender[]): Promise<readonly BenchRequest[]> {
  const requests: BenchRequest[] = [];
  for (const question of QUESTIONS.filter(({ prepare }) => prepare === undefined))
    requests.push(await ownRequest(question, world, contenders));
  return requests;
}

function depthRatio(all: readonly Measured[]): ReturnType<typeof ratioOf> | undefined {
  const of = (question: Question): readonly Slice[] | undefined =>
    all.find((each) => each.question === question.name)?.slices.lotgraph;
  const [first, deep] = [of(FIRST_PAGE), of(DEEP_PAGE)];
  // The arguments are swapped, because this is a ratio of times, not of requests per second.
  return first === undefined || deep === undefined ? undefined : ratioOf('Q5', 'the first page, in time', first, deep);
}

function report(message: string): void {
  console.error(message);
}

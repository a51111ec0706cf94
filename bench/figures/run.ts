/**
 * `npm run bench:figures -- [--executions 1000000] [--readings 2] [--rounds 5] [--only yieldReport] [--days 30] [--hold]`: what each figure costs
 * through HTTP, divided by what the plainest SQL costs that answers the same question on the same tables and indexes.
 *
 * 1. The plant has one year of work, and the figures are about all of it, unless their name says otherwise.
 * 2. Both alternate in one run, so that other load of the machine affects both. The order changes from round to round.
 * 3. Both answers are reduced to one number, which must be equal.
 * 4. In the end a dashboard of ten figures about the last `--days` is asked in one document; `--only dashboard` asks nothing else.
 * 5. `--hold` keeps the plant until a line is entered, and prints the address of its database, for EXPLAIN.
 */
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { median, type QualityPlant, spread, startQualityPlant } from '../quality/plant.ts';
import { makePlant } from './plant.ts';
import { dashboard, type Figure, FIGURES, type Span } from './questions.ts';

const { values } = parseArgs({
  options: {
    executions: { type: 'string', default: '1000000' },
    readings: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    days: { type: 'string', default: '30' },
    hold: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);

/** The proof of an answer, how long it took, and its processor time, in milliseconds. */
interface Timed {
  readonly proof: number;
  readonly milliseconds: number;
  readonly processor: number;
}

async function timed(plant: QualityPlant, run: () => Promise<number>): Promise<Timed> {
  const [spent, began] = [plant.spent(), performance.now()];
  const proof = await run();
  const [milliseconds, after] = [performance.now() - began, plant.spent()];
  return { proof, milliseconds, processor: after.node - spent.node + (after.postgres - spent.postgres) };
}

async function byHttp(plant: QualityPlant, { ask, proof }: Figure, span: Span): Promise<number> {
  return proof(await plant.ask(`{ payload: ${ask(span)} }`));
}

async function bySql(client: Client, { sql, isOfPeriod, isRecent }: Figure, span: Span): Promise<number> {
  const parameters = isOfPeriod === false ? [] : [isRecent ? span.recent : span.from, span.to];
  const { rows } = await client.query<{ proof: number }>(sql, parameters);
  return rows.reduce((sum, { proof }) => sum + proof, 0);
}

async function measure(plant: QualityPlant, client: Client, figure: Figure, span: Span): Promise<object> {
  const pairs: { readonly http: Timed; readonly sql: Timed }[] = [];
  // The first pair warms everything up.
  for (let round = -1; round < rounds; round += 1) {
    const http = () => timed(plant, () => byHttp(plant, figure, span));
    const sql = () => timed(plant, () => bySql(client, figure, span));
    const [first, second] = round % 2 === 0 ? [await http(), await sql()] : [await sql(), await http()];
    const [ours, theirs] = round % 2 === 0 ? [first, second] : [second, first];
    if (ours.proof !== theirs.proof)
      throw new Error(`${figure.name}: the server says ${ours.proof}, SQL ${theirs.proof}.`);
    if (round >= 0) pairs.push({ http: ours, sql: theirs });
  }
  const times = (of: 'http' | 'sql'): readonly number[] => pairs.map((pair) => pair[of].milliseconds);
  const costs = (of: 'http' | 'sql'): readonly number[] => pairs.map((pair) => pair[of].processor);
  return {
    'HTTP, ms': spread(times('http'), 0),
    'plain SQL, ms': spread(times('sql'), 0),
    'ratio (goal 3)': (median(times('http')) / median(times('sql'))).toFixed(2),
    'HTTP, processor ms': median(costs('http')).toFixed(0),
    'SQL, processor ms': median(costs('sql')).toFixed(0),
  };
}

// Other load of the machine must not end what is measured.
const plant = await startQualityPlant({
  LOTGRAPH_DEADLINE_SECONDS: '120',
  LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: '120',
});
try {
  const client = await plant.connect();
  const began = performance.now();
  const made = await makePlant(
    client,
    { executions: Number(values.executions), readings: Number(values.readings) },
    (what) => console.log(`${((performance.now() - began) / 1000).toFixed(0)} s: ${what}`),
  );
  // The settings of the server's own connections.
  await client.query(`SET jit = off; SET timezone = 'UTC'`);
  const daysAgo = (days: number): string => new Date(Date.parse(made.to) - days * 86_400_000).toISOString();
  const span: Span = {
    from: made.from,
    to: made.to,
    recent: daysAgo(Math.min(360, (20 * 1_000_000) / made.executions)),
  };
  const table: Record<string, object> = {};
  for (const figure of FIGURES.filter(({ name }) => name.startsWith(values.only))) {
    table[figure.name] = await measure(plant, client, figure, span);
    console.log(figure.name, JSON.stringify(table[figure.name]));
  }
  console.log(
    `${made.executions} executions from ${made.from} to ${made.to}, ${rounds} rounds, a load of ${loadavg()[0]?.toFixed(1)}.`,
  );
  console.table(table);
  const newest: Span = { from: daysAgo(Number(values.days)), to: made.to, recent: daysAgo(10) };
  const times: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const { milliseconds } = await timed(plant, async () => {
      await plant.ask(dashboard(newest));
      return 0;
    });
    if (round >= 0) times.push(milliseconds);
  }
  console.log(
    `A dashboard of ten figures about ${values.days} days: ${spread(times, 0)} ms (deadline 10,000 ms), a load of ${loadavg()[0]?.toFixed(1)}.`,
  );
  if (values.hold) {
    console.log(
      `The plant is at ${plant.databaseUrl}, its server at ${plant.environment['LOTGRAPH_DATA']}. Enter ends it.`,
    );
    await once(process.stdin, 'data');
    process.stdin.destroy();
  }
} finally {
  await plant.stop();
}

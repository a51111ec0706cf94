/**
 * `npm run bench:trace -- [--rounds 20]`: what a trace costs through HTTP, divided by what the bare recursive statement
 * costs on the same tables with the same indexes.
 *
 * 1. Both begin at a lot that is in about 15,000 units, and alternate in one run, so that other load of the machine
 *    affects both. The order changes from round to round.
 * 2. The bare statement reads the ids of all units and nothing else, through a driver, without joins to their tables.
 * 3. The answer of the server has all units with kind, number, depth and hold, and all edges, unless only counts are asked.
 * 4. Both must find the same number of units.
 * 5. In the end, a station asks about one of the serials: how many tables PostgreSQL reads from end to end for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { median, type QualityPlant, spread, startQualityPlant } from '../quality/plant.ts';
import { LADDER, makeGraph, RESIN } from './graph.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const rounds = Number(values.rounds);

const BARE = `
  WITH RECURSIVE reached (id) AS (
    SELECT id FROM lots WHERE number = $1
    UNION
    SELECT near.id FROM reached CROSS JOIN LATERAL (
      SELECT i.id FROM wip_items i WHERE i.lot_id = reached.id
      UNION ALL SELECT s.id FROM serials s WHERE s.wip_item_id = reached.id
      UNION ALL SELECT u.consumer_id FROM component_uses u WHERE u.component_id = reached.id AND u.removed_at IS NULL
    ) AS near
  )
  SELECT id FROM reached`;

const SELECTIONS = {
  counts: 'nodeCount edgeCount depth isTruncated',
  'all nodes and edges': 'nodeCount nodes { id kind number depth isHeld } edges { kind from to }',
  'all, with containsHeld': 'nodeCount nodes { id kind number depth isHeld containsHeld } edges { kind from to }',
} as const;

async function whereUsed(plant: QualityPlant, lot: string, selection: string): Promise<number> {
  const { trace } = await plant.ask(
    `query ($lot: String!) { payload: whereUsed(component: { lot: { number: $lot } }) { trace { ${selection} } } }`,
    { lot },
  );
  return trace.nodeCount;
}

async function bare(client: Client, lot: string): Promise<number> {
  const { rowCount } = await client.query({ name: 'bare', text: BARE, values: [lot] });
  return (rowCount ?? 0) - 1;
}

/** What a run found, how long it took, and its processor time in the server and in PostgreSQL, in milliseconds. */
interface Timed {
  readonly found: number;
  readonly milliseconds: number;
  readonly processor: number;
}

async function timed(plant: QualityPlant, run: () => Promise<number>): Promise<Timed> {
  const [spent, began] = [plant.spent(), performance.now()];
  const found = await run();
  const [milliseconds, after] = [performance.now() - began, plant.spent()];
  return { found, milliseconds, processor: after.node - spent.node + (after.postgres - spent.postgres) };
}

const STATION = `query ($code: String!) {
  payload: scan(code: $code, process: { code: "TEST" }) { kind readiness { isReady checks { rule isPassed } } } }`;

/**
 * The tables with more than ten thousand rows that PostgreSQL reads from end to end when a station scans serials, and how
 * long a scan takes.
 */
async function scans(asked: QualityPlant, client: Client): Promise<object> {
  const { rows } = await client.query<{ number: string }>(
    'SELECT number FROM serials TABLESAMPLE SYSTEM (1) REPEATABLE (7) LIMIT 40',
  );
  const readFromEndToEnd = async (): Promise<ReadonlyMap<string, number>> => {
    // The counters of a session arrive when it has been idle for a second.
    await sleep(1_500);
    const { rows: tables } = await client.query<{ name: string; count: string }>(
      'SELECT relname AS name, seq_scan AS count FROM pg_stat_user_tables WHERE n_live_tup > 10000',
    );
    return new Map(tables.map(({ name, count }) => [name, Number(count)]));
  };
  await asked.ask(
    'mutation { payload: createProcess(input: { code: "TEST", name: "Test", number: 1, level: SERIAL }) { errors { message } } }',
  );
  const before = await readFromEndToEnd();
  const times: number[] = [];
  for (const { number } of rows) {
    const { found, milliseconds } = await timed(asked, async () => {
      const { readiness } = await asked.ask(STATION, { code: number });
      return readiness.checks.length;
    });
    if (found === 0) throw new Error(`Nothing was judged for ${number}.`);
    times.push(milliseconds);
  }
  const after = await readFromEndToEnd();
  const read = [...after].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name);
  return { serials: rows.length, 'ms a scan': spread(times, 1), 'read from end to end': read.join(', ') || 'none' };
}

// Other load of the machine must not end what is measured.
const plant = await startQualityPlant({
  LOTGRAPH_DEADLINE_SECONDS: '120',
  LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: '120',
});
try {
  const client = await plant.connect();
  await makeGraph(client);
  const table: Record<string, object> = {};
  for (const [name, lot, selection] of [
    ...Object.entries(SELECTIONS).map(([selected, fields]) => [`resin: ${selected}`, RESIN, fields] as const),
    ['ladder: all nodes and edges', LADDER, SELECTIONS['all nodes and edges']] as const,
  ]) {
    const pairs: { readonly http: Timed; readonly sql: Timed }[] = [];
    let nodes = 0;
    // The first pair warms everything up.
    for (let round = -1; round < rounds; round += 1) {
      const http = () => timed(plant, () => whereUsed(plant, lot, selection));
      const sql = () => timed(plant, () => bare(client, lot));
      const [first, second] = round % 2 === 0 ? [await http(), await sql()] : [await sql(), await http()];
      const [ours, theirs] = round % 2 === 0 ? [first, second] : [second, first];
      if (ours.found !== theirs.found) throw new Error(`The server found ${ours.found}, SQL ${theirs.found}.`);
      nodes = ours.found;
      if (round >= 0) pairs.push({ http: ours, sql: theirs });
    }
    const [http, sql] = [pairs.map((each) => each.http), pairs.map((each) => each.sql)];
    const times = (runs: readonly Timed[]): readonly number[] => runs.map(({ milliseconds }) => milliseconds);
    const costs = (runs: readonly Timed[]): readonly number[] => runs.map(({ processor }) => processor);
    table[name] = {
      nodes,
      'HTTP, ms': spread(times(http), 0),
      'bare SQL, ms': spread(times(sql), 1),
      'ratio (goal 5)': (median(times(http)) / median(times(sql))).toFixed(2),
      'HTTP, processor ms': spread(costs(http), 0),
      'SQL, processor ms': spread(costs(sql), 0),
    };
  }
  console.log(`Traces: ${rounds} rounds.`);
  console.table(table);
  console.table({ 'scan with readiness': await scans(plant, client) });
} finally {
  await plant.stop();
}

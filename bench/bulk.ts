/**
 * Q8: 10,000 results at once, through GraphQL in batches of a hundred, with every rule checked and audited; compared
 * with COPY of as many rows into the same table, with and without its audit trigger. COPY reads a file on the database
 * server, so that no client slows it down.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { familyMilliseconds } from './process-time.ts';
import { switchAudit, withClient } from './plant.ts';
import { makeMaterial, type Item, type Waiting } from './questions/material.ts';
import type { World } from './questions/question.ts';
import { median } from './report.ts';

/** The figures of each way, one value per round. */
export interface Bulk {
  readonly rows: number;
  readonly rowsPerSecond: Readonly<Record<Way, readonly number[]>>;
  /** Processor time of PostgreSQL per row. */
  readonly postgresMilliseconds: Readonly<Record<Way, readonly number[]>>;
}

const WAYS = ['lotgraph', 'before', 'COPY, audited', 'COPY'] as const;
type Way = (typeof WAYS)[number];

const ROWS = 10_000;
const LOTS = 10;
const BATCH = 100;

const RECORD =
  'mutation ($input: RecordProcessDataBatchInput!) { recordProcessDataBatch(input: $input) { succeededCount failedCount errors { code message } } }';

interface BulkOptions {
  readonly rounds: number;
  readonly connections: number;
  /** True if another build of lotgraph takes part. */
  readonly hasBefore: boolean;
}

/** Measures all ways by turns. */
export async function measureBulk(world: World, { rounds, connections, hasBefore }: BulkOptions): Promise<Bulk> {
  const bulk: { rows: number; rowsPerSecond: Record<Way, number[]>; postgresMilliseconds: Record<Way, number[]> } = {
    rows: ROWS,
    rowsPerSecond: { lotgraph: [], before: [], 'COPY, audited': [], COPY: [] },
    postgresMilliseconds: { lotgraph: [], before: [], 'COPY, audited': [], COPY: [] },
  };
  const spare = await makeMaterial(world, LOTS, ROWS / LOTS);
  for (let round = 0; round < rounds; round += 1) {
    const recordingBy = async (contender: 'lotgraph' | 'before'): Promise<() => Promise<void>> => {
      const material = await makeMaterial(world, LOTS, ROWS / LOTS);
      return () => recordAll({ world, contender, ...material, connections });
    };
    const { waitingFor } = spare;
    const works: Readonly<Partial<Record<Way, () => Promise<void>>>> = {
      lotgraph: await recordingBy('lotgraph'),
      ...(hasBefore ? { before: await recordingBy('before') } : {}),
      'COPY, audited': await copying(world, spare.items, waitingFor, 2 * round + 1),
      COPY: await copying(world, spare.items, waitingFor, 2 * round + 2),
    };
    // The two builds take turns to be first.
    const [first, second, ...copies] = WAYS;
    for (const way of round % 2 === 0 ? WAYS : [second, first, ...copies]) {
      const work = works[way];
      if (work === undefined) continue;
      if (way === 'COPY') await switchAudit(world.plant, 'DISABLE');
      const before = [performance.now(), familyMilliseconds(world.plant.postmaster)] as const;
      await work();
      bulk.rowsPerSecond[way].push((ROWS * 1_000) / (performance.now() - before[0]));
      bulk.postgresMilliseconds[way].push((familyMilliseconds(world.plant.postmaster) - before[1]) / ROWS);
      if (way === 'COPY') await switchAudit(world.plant, 'ENABLE');
    }
  }
  return bulk;
}

/** Prints the figures of each way and the ratios. */
export function printBulk(name: string, { rows, rowsPerSecond, postgresMilliseconds }: Bulk): void {
  console.log(`\n${name}: ${rows} results at once`);
  console.table(
    Object.fromEntries(
      WAYS.filter((way) => rowsPerSecond[way].length > 0).map((way) => [
        way,
        {
          'rows/s': median(rowsPerSecond[way]).toFixed(0),
          'postgres ms': median(postgresMilliseconds[way]).toFixed(3),
        },
      ]),
    ),
  );
  for (const way of WAYS.slice(1).filter((each) => rowsPerSecond[each].length > 0)) {
    const ratios = rowsPerSecond.lotgraph.map((rate, round) => rate / (rowsPerSecond[way][round] ?? Number.NaN));
    console.log(
      `  lotgraph ÷ ${way}: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    );
  }
}

/** The items to record, and the server that records them. */
export interface BulkRecording {
  readonly world: World;
  readonly contender: 'lotgraph' | 'before';
  readonly items: readonly Item[];
  readonly waitingFor: Waiting;
  readonly connections: number;
}

/** Records a PASS of every item. Each connection has lots of its own, like each line of a plant. */
export async function recordAll({ items, connections, ...target }: BulkRecording): Promise<void> {
  const batches = Array.from({ length: items.length / BATCH }, (_each, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
  const share = Math.ceil(batches.length / connections);
  await Promise.all(
    Array.from({ length: connections }, (_each, index) =>
      recordBatches(target, batches.slice(index * share, (index + 1) * share)),
    ),
  );
}

async function recordBatches(
  { world, contender, waitingFor: { step, measurements } }: Pick<BulkRecording, 'world' | 'contender' | 'waitingFor'>,
  batches: readonly (readonly Item[])[],
): Promise<void> {
  for (const batch of batches) {
    const items = batch.map(({ number }) => ({
      unit: { number },
      process: { code: step },
      result: 'PASS',
      measurements,
    }));
    const { recordProcessDataBatch: payload } = await world.graph(contender, RECORD, {
      input: { items, idempotencyKey: `bench-bulk-${batch[0]?.number}` },
    });
    if (payload.succeededCount !== batch.length) throw new Error(`A batch was rejected: ${JSON.stringify(payload)}`);
  }
}

/**
 * Writes the rows to a file of the database server. Returns the work that copies them in; each attempt can be copied
 * once.
 */
async function copying(
  { plant }: World,
  items: readonly Item[],
  { step, measurements }: Waiting,
  attempt: number,
): Promise<() => Promise<void>> {
  return withClient(plant.adminUrl, async (client) => {
    const { rows } = await client.query<{ directory: string }>("SELECT current_setting('data_directory') AS directory");
    const file = path.join(rows[0]?.directory ?? '', `bench-${attempt}.copy`);
    const ids = items.map(({ id }) => client.escapeLiteral(id)).join(', ');
    await client.query(`
      COPY (SELECT uuid7(), 'WIP', w.lot_id, w.id, p.id, ${attempt}, u.id, 'REWORK', now(), now(), ${client.escapeLiteral(JSON.stringify(measurements))} FROM wip_items w, processes p, users u
        WHERE w.id IN (${ids}) AND p.code = ${client.escapeLiteral(step)} AND u.username = 'admin') TO ${client.escapeLiteral(file)}`);
    const copy = `COPY process_data (id, level, lot_id, wip_item_id, process_id, attempt, operator_id, result, started_at, completed_at, measurements) FROM ${client.escapeLiteral(file)}`;
    return async () => {
      await withClient(plant.adminUrl, (reader) => reader.query(copy));
      rmSync(file);
    };
  });
}

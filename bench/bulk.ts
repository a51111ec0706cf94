/**
 * Q8: 10,000 results at once, through GraphQL in batches of a hundred, every rule judged, audited; beside COPY of as
 * many rows into the same table, with and without its audit trigger. COPY reads a file on the server: nothing of a
 * client slows it down.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { familyMilliseconds } from './process-time.ts';
import { switchAudit, withClient } from './plant.ts';
import { makeMaterial, type Item, type Waiting } from './questions/material.ts';
import type { World } from './questions/question.ts';
import { median } from './report.ts';

export interface Bulk {
  readonly rows: number;
  /** Rows a second, by the way they took, one figure for each round. */
  readonly rowsPerSecond: Readonly<Record<Way, readonly number[]>>;
  /** Of PostgreSQL, for each row. */
  readonly postgresMilliseconds: Readonly<Record<Way, readonly number[]>>;
}

const WAYS = ['lotgraph', 'COPY, audited', 'COPY'] as const;
type Way = (typeof WAYS)[number];

const ROWS = 10_000;
const LOTS = 10;
const BATCH = 100;

const RECORD =
  'mutation ($input: RecordProcessDataBatchInput!) { recordProcessDataBatch(input: $input) { succeededCount failedCount errors { code message } } }';

export async function measureBulk(
  world: World,
  { rounds, connections }: { readonly rounds: number; readonly connections: number },
): Promise<Bulk> {
  const bulk: { rows: number; rowsPerSecond: Record<Way, number[]>; postgresMilliseconds: Record<Way, number[]> } = {
    rows: ROWS,
    rowsPerSecond: { lotgraph: [], 'COPY, audited': [], COPY: [] },
    postgresMilliseconds: { lotgraph: [], 'COPY, audited': [], COPY: [] },
  };
  const spare = await makeMaterial(world, LOTS, ROWS / LOTS);
  for (let round = 0; round < rounds; round += 1) {
    const { items, waitingFor } = await makeMaterial(world, LOTS, ROWS / LOTS);
    const works: Readonly<Record<Way, () => Promise<void>>> = {
      lotgraph: () => recordAll(world, items, waitingFor, connections),
      'COPY, audited': await copying(world, spare.items, waitingFor, 2 * round + 1),
      COPY: await copying(world, spare.items, waitingFor, 2 * round + 2),
    };
    for (const way of WAYS) {
      if (way === 'COPY') await switchAudit(world.plant, 'DISABLE');
      const before = [performance.now(), familyMilliseconds(world.plant.postmaster)] as const;
      await works[way]();
      bulk.rowsPerSecond[way].push((ROWS * 1_000) / (performance.now() - before[0]));
      bulk.postgresMilliseconds[way].push((familyMilliseconds(world.plant.postmaster) - before[1]) / ROWS);
      if (way === 'COPY') await switchAudit(world.plant, 'ENABLE');
    }
  }
  return bulk;
}

export function printBulk(name: string, { rows, rowsPerSecond, postgresMilliseconds }: Bulk): void {
  console.log(`\n${name}: ${rows} results at once`);
  console.table(
    Object.fromEntries(
      WAYS.map((way) => [
        way,
        {
          'rows/s': median(rowsPerSecond[way]).toFixed(0),
          'postgres ms': median(postgresMilliseconds[way]).toFixed(3),
        },
      ]),
    ),
  );
  for (const way of WAYS.slice(1)) {
    const ratios = rowsPerSecond.lotgraph.map((rate, round) => rate / (rowsPerSecond[way][round] ?? Number.NaN));
    console.log(
      `  lotgraph ÷ ${way}: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    );
  }
}

/** Each connection has lots of its own, as each of a plant's lines has. */
export async function recordAll(
  world: World,
  items: readonly Item[],
  waitingFor: Waiting,
  connections: number,
): Promise<void> {
  const batches = Array.from({ length: items.length / BATCH }, (_each, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
  const share = Math.ceil(batches.length / connections);
  await Promise.all(
    Array.from({ length: connections }, (_each, index) =>
      recordInTurn(world, batches.slice(index * share, (index + 1) * share), waitingFor),
    ),
  );
}

async function recordInTurn(
  world: World,
  batches: readonly (readonly Item[])[],
  { step, measurements }: Waiting,
): Promise<void> {
  for (const batch of batches) {
    const items = batch.map(({ number }) => ({
      unit: { number },
      process: { code: step },
      result: 'PASS',
      measurements,
    }));
    const { recordProcessDataBatch: payload } = await world.graph('lotgraph', RECORD, {
      input: { items, idempotencyKey: `bench-bulk-${batch[0]?.number}` },
    });
    if (payload.succeededCount !== batch.length) throw new Error(`A batch was refused: ${JSON.stringify(payload)}`);
  }
}

/** Writes the rows to a file of the server's; answers the work of reading them in. An attempt can be copied in once. */
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

/**
 * How fast workers claim inference jobs through the API, divided by how fast a bare loop in SQL claims them.
 *
 * 1. Both have the same number of workers, claim the same number of jobs at a time from the same table, and leave the
 *    same rows and audit entries. The loop sends nothing but `UPDATE … SKIP LOCKED RETURNING`, as a prepared statement,
 *    each in a transaction of its own.
 * 2. Slices of the queue alternate between the two, and the order changes from pair to pair, so that other load of the
 *    machine and the growing table affect both.
 * 3. The processor time of a job is that of the server plus that of PostgreSQL. The client of the bench is not in it.
 * 4. Nobody may get a job that another one got.
 */
import type { Client } from 'pg';
import { median, type QualityPlant, spread, uuidIn } from './plant.ts';

const CLAIM = `mutation ($worker: String!, $limit: Int!) { payload: claimInferenceJobs(input: { workerCode: $worker, limit: $limit }) {
  inferenceJobs { id } errors { code message } } }`;

const BARE = `
  WITH free AS MATERIALIZED (
    SELECT id FROM inference_jobs WHERE status = 'QUEUED' AND run_after <= now() ORDER BY priority DESC, queued_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
  UPDATE inference_jobs j SET status = 'PROCESSING', started_at = now(), attempts = attempts + 1, worker_code = $1, lease_until = now() + interval '60 seconds'
  FROM free WHERE j.id = free.id RETURNING j.*`;

/** What is measured: how many jobs and workers, and in how many slices. */
export interface ClaimLoad {
  readonly jobs: number;
  readonly workers: number;
  readonly slices: number;
}

/** Measures claims of one job and of ten jobs at a time, and prints both. */
export async function measureClaims(plant: QualityPlant, load: ClaimLoad): Promise<void> {
  const clients = await Promise.all(Array.from({ length: load.workers }, () => plant.connect()));
  const owner = await plant.connect();
  const table: Record<string, object> = {};
  for (const limit of [1, 10]) {
    await queueJobs(owner, plant, load.jobs);
    const ids = new Set<string>();
    const rates: { readonly api: Rate; readonly sql: Rate }[] = [];
    const size = Math.floor(load.jobs / load.slices);
    for (let slice = 0; slice < load.slices; slice += 2) {
      const api = (): Promise<Rate> => rate(plant, load, { size, limit, ids }, apiClaims(plant));
      const sql = (): Promise<Rate> => rate(plant, load, { size, limit, ids }, sqlClaims(clients));
      if (slice % 4 === 0) rates.push({ api: await api(), sql: await sql() });
      else {
        const first = await sql();
        rates.push({ sql: first, api: await api() });
      }
    }
    // The first pair warms everything up.
    rates.shift();
    if (ids.size !== size * load.slices) throw new Error(`${ids.size} jobs were claimed, not ${size * load.slices}.`);
    table[`${limit} at a time`] = {
      'API, jobs/s': spread(
        rates.map(({ api }) => api.rate),
        0,
      ),
      'SQL loop, jobs/s': spread(
        rates.map(({ sql }) => sql.rate),
        0,
      ),
      'ratio (goal 0.5)': spread(rates.map(({ api, sql }) => api.rate / sql.rate)),
      'API, ms a job': shownTime(rates.map(({ api }) => api)),
      'SQL, ms a job': shownTime(rates.map(({ sql }) => sql)),
      'ratio of processor time': spread(rates.map(({ api, sql }) => costOf(sql) / costOf(api))),
    };
  }
  console.log(`Claims: ${load.workers} workers, ${load.jobs} jobs, ${load.slices} slices.`);
  console.table(table);
}

/** How fast a slice was, and what one of its jobs cost: milliseconds of processor time. */
interface Rate {
  readonly rate: number;
  readonly node: number;
  readonly postgres: number;
}

const costOf = ({ node, postgres }: Rate): number => node + postgres;

function shownTime(rates: readonly Rate[]): string {
  const of = (pick: (rate: Rate) => number): string => median(rates.map(pick)).toFixed(2);
  return `${of(({ node }) => node)} + ${of(({ postgres }) => postgres)}`;
}

type Claims = (worker: number, limit: number) => Promise<readonly string[]>;

function apiClaims(plant: QualityPlant): Claims {
  return async (worker, limit) => {
    const { inferenceJobs } = await plant.ask(CLAIM, { worker: `W${worker}`, limit });
    return inferenceJobs.map(({ id }: { readonly id: string }) => uuidIn(id));
  };
}

function sqlClaims(clients: readonly Client[]): Claims {
  return async (worker, limit) => {
    const result = await clients[worker]?.query<{ id: string }>({
      name: 'bare claim',
      text: BARE,
      values: [`W${worker}`, limit],
    });
    return result?.rows.map(({ id }) => id) ?? [];
  };
}

interface Slice {
  readonly size: number;
  readonly limit: number;
  readonly ids: Set<string>;
}

/** Claims a slice of the queue by all workers. */
async function rate(
  plant: QualityPlant,
  { workers }: ClaimLoad,
  { size, limit, ids }: Slice,
  claims: Claims,
): Promise<Rate> {
  let left = size;
  const work = async (_each: unknown, worker: number): Promise<void> => {
    while (left > 0) {
      const count = Math.min(limit, left);
      left -= count;
      const claimed = await claims(worker, count);
      if (claimed.length !== count) throw new Error(`A claim of ${count} got ${claimed.length}.`);
      for (const id of claimed) {
        if (ids.has(id)) throw new Error(`Job ${id} was claimed twice.`);
        ids.add(id);
      }
    }
  };
  const before = plant.spent();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: workers }, work));
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = plant.spent();
  return {
    rate: size / seconds,
    node: (after.node - before.node) / size,
    postgres: (after.postgres - before.postgres) / size,
  };
}

async function queueJobs(owner: Client, { inspectionId }: QualityPlant, count: number): Promise<void> {
  await owner.query(
    `UPDATE inference_jobs SET status = 'CANCELLED', worker_code = NULL, lease_until = NULL WHERE status IN ('QUEUED', 'PROCESSING')`,
  );
  await owner.query(
    `INSERT INTO inference_jobs (inspection_id, model_name, model_version, priority) SELECT $1::uuid, 'spots', '1.0', n % 10 + 1 FROM generate_series(1, $2::int) n`,
    [inspectionId, count],
  );
  await owner.query('VACUUM ANALYZE inference_jobs');
}

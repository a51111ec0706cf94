/** Inference jobs, and workers that claim and answer them. */
import type { Api } from './api.ts';
import { type Identified, uuidOf } from './build.ts';
import { call, done, type Payload } from './expect.ts';

export interface ClaimedJob extends Identified {
  readonly attempts: number;
}

/** The answer of a worker: the job, who holds it, and in which attempt. */
export interface Held {
  readonly id: string;
  readonly workerCode: string;
  readonly attempt: number;
}

export const MODEL = { modelName: 'spots', modelVersion: '1.0' } as const;

export async function queueJob(api: Pick<Api, 'ask'>, inspection: Identified, input: object = {}): Promise<Identified> {
  const { inferenceJob } = await done(
    api,
    'queueInferenceJob',
    { inspection: inspection.id, ...MODEL, ...input },
    'inferenceJob { id }',
  );
  return inferenceJob;
}

/** Many jobs of an inspection, in SQL. Their priorities are 1 to 10 in turn, unless one is given. */
export async function queueMany(api: Api, inspection: Identified, count: number, priority?: number): Promise<void> {
  await api.database.reader().sql`
    INSERT INTO inference_jobs (inspection_id, model_name, model_version, priority)
    SELECT ${uuidOf(inspection)}::uuid, 'spots', '1.0', coalesce(${priority ?? null}::int, n % 10 + 1) FROM generate_series(1, ${count}::int) n`;
}

export async function claim(
  api: Pick<Api, 'ask'>,
  workerCode = 'W1',
  limit = 1,
  modelNames?: readonly string[],
): Promise<readonly ClaimedJob[]> {
  const { inferenceJobs } = await done(
    api,
    'claimInferenceJobs',
    { workerCode, limit, modelNames },
    'inferenceJobs { id attempts }',
  );
  return inferenceJobs;
}

/** Queues a job and claims it; the queue must be empty. */
export async function heldJob(api: Api, inspection: Identified, input: object = {}): Promise<Held> {
  await queueJob(api, inspection, input);
  const [job] = await claim(api, 'W1');
  return { id: job?.id ?? '', workerCode: 'W1', attempt: job?.attempts ?? 0 };
}

export function complete(api: Pick<Api, 'ask'>, held: Held, input: object = {}): Promise<Payload> {
  return call(
    api,
    'completeInferenceJob',
    { ...held, ...input },
    'inferenceJob { id status discardedCount } defects { id }',
  );
}

/** Ends the lease of a job, as if its worker had been silent for a minute. */
export async function endLease(api: Api, job: Identified): Promise<void> {
  await api.database.reader().sql`
    UPDATE inference_jobs SET lease_until = now() - interval '1 millisecond' WHERE id = ${uuidOf(job)}::uuid`;
}

/** Lets a job that waits for its next attempt be claimed now. */
export async function endDelay(api: Api, job: Identified): Promise<void> {
  await api.database.reader().sql`UPDATE inference_jobs SET run_after = now() WHERE id = ${uuidOf(job)}::uuid`;
}

/** An artifact whose content is kept elsewhere, in SQL. Returns its id. */
export async function makeArtifact(api: Api, of: Identified): Promise<string> {
  const [row] = await api.database.reader().sql<{ id: string }>`
    INSERT INTO artifacts (inspection_id, type, file_name, content_type, size_bytes, checksum_sha256, storage_key, is_stored)
    VALUES (${uuidOf(of)}::uuid, 'IMAGE', uuid7() || '.png', 'image/png', 1, repeat('0', 64), 'https://elsewhere.example', false) RETURNING id`;
  return Buffer.from(`Artifact:${row?.id}`).toString('base64url');
}

import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startBackgroundWork } from '../../src/app/jobs/background-work.ts';
import { inferenceJobReaper } from '../../src/app/jobs/reaper.ts';
import { raw } from '../../src/platform/postgres/sql.ts';
import { startApi, type Api } from '../support/api.ts';
import { makeInspection, makeLine, makeLot, makeModel } from '../support/build.ts';
import { queueMany } from '../support/inference.ts';
import { chanceOf, rounds } from './rounds.ts';

const JOBS = rounds(10_000, 400);
const KILLS = rounds(200, 12);

test('of two workers one is killed again and again, and live ones lose their leases: each job has one result, that of the attempt that held it (JOB-2, JOB-3, JOB-5)', {
  timeout: 1_800_000,
}, async () => {
  await using api = await startApi();
  await makeModel(api);
  await makeLine(api);
  await queueMany(api, await makeInspection(api, await makeLot(api)), JOBS, 5);
  await run(api, `UPDATE inference_jobs SET max_attempts = 10`);
  const chance = chanceOf('workers of inference jobs are killed');
  const reaper = startBackgroundWork(api.services, [{ ...inferenceJobReaper, pauseMilliseconds: 20 }]);
  const workers = [await startWorker(api), await startWorker(api)];

  const dead: Worker[] = [];

  for (let kills = 1; kills <= KILLS; kills += 1) {
    await untilMore(api, workers, chance.whole(1, Math.floor(JOBS / KILLS)));
    await sleep(chance.between(0, 15));
    // Now and then a worker is only silent for too long. Its answers come nevertheless.
    if (chance.whole(1, 4) === 1) await endLeases(api, workers[chance.whole(0, 1)]?.name ?? '');
    const victim = chance.whole(0, 1);
    const killed = workers[victim];
    await killed?.kill();
    workers[victim] = await startWorker(api);
    if (killed !== undefined) dead.push(killed);
    await endLeases(api, killed?.name ?? '');
  }
  // A claim of a killed worker may have been carried out after its death. A job that was lost in all its attempts is tried
  // again when a person says so.
  await expect
    .poll(
      async () => {
        for (const { name } of dead) await endLeases(api, name);
        await run(api, RETRY);
        return completedCount(api);
      },
      { timeout: 600_000, interval: 100 },
    )
    .toBe(JOBS);
  for (const worker of workers) await worker.kill();
  await reaper.stop();

  expect([...dead, ...workers].map(({ said }) => said()).filter((words) => words !== '')).toEqual([]);
  const db = api.database.reader();
  expect(
    await db.sql`
      SELECT count(*)::int AS results, count(DISTINCT job.id)::int AS jobs, count(*) FILTER (WHERE defect.description = 'attempt ' || job.attempts)::int AS "ofHolder"
      FROM inference_jobs job JOIN defects defect ON defect.inference_job_id = job.id`,
  ).toEqual([{ results: JOBS, jobs: JOBS, ofHolder: JOBS }]);
  expect(
    await db.sql`
      SELECT count(*)::int AS completions, count(DISTINCT record_id)::int AS jobs FROM audit_entries
      WHERE entity = 'inference_jobs' AND action = 'inferenceJob.completed'`,
  ).toEqual([{ completions: JOBS, jobs: JOBS }]);
  const [lost] = await db.sql<{ count: number }>`
    SELECT count(*)::int AS count FROM audit_entries WHERE action = 'inferenceJob.leaseLost'`;
  expect(lost?.count).toBeGreaterThan(0);
});

const RETRY =
  "UPDATE inference_jobs SET status = 'QUEUED', attempts = 0, started_at = NULL, completed_at = NULL, run_after = now() WHERE status = 'TIMEOUT'";

interface Worker {
  readonly name: string;
  readonly said: () => string;
  kill(): Promise<void>;
}

let started = 0;

async function startWorker(api: Api): Promise<Worker> {
  started += 1;
  const name = `W${started}`;
  const environment = { PATH: process.env['PATH'], URL: api.url, TOKEN: await api.tokenOf('ENGINEER'), WORKER: name };
  const child: ChildProcess = spawn(process.execPath, [path.join(import.meta.dirname, 'inference-worker.mjs')], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk) => (said += String(chunk)));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    name,
    said: () => said,
    kill() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

const run = (api: Api, statement: string) => api.database.reader().query(raw(statement));

async function completedCount(api: Api): Promise<number> {
  const [row] = await api.database.reader().sql<{ count: number }>`
    SELECT count(*)::int AS count FROM inference_jobs WHERE status = 'COMPLETED'`;
  return row?.count ?? 0;
}

/** Waits until so many more jobs are completed, or all are. Workers never end by themselves. */
async function untilMore(api: Api, workers: readonly Worker[], count: number): Promise<void> {
  const target = Math.min(JOBS, (await completedCount(api)) + count);
  await expect
    .poll(
      async () => {
        for (const { name, said } of workers) if (said() !== '') throw new Error(`${name} said: ${said()}`);
        return completedCount(api);
      },
      { interval: 5 },
    )
    .toBeGreaterThanOrEqual(target);
}

/** Ends the leases of a worker as if it had been silent for a minute, and spares its jobs the delay of the next attempt. */
async function endLeases(api: Api, workerCode: string): Promise<void> {
  await api.database.reader().sql`
    UPDATE inference_jobs SET lease_until = now() - interval '1 millisecond' WHERE worker_code = ${workerCode} AND status = 'PROCESSING'`;
  await run(api, "UPDATE inference_jobs SET run_after = now() WHERE status = 'QUEUED' AND run_after > now()");
}

/** Worker processes are killed while they do background jobs and send deliveries: others go on where they were. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { jobReaper } from '../../src/app/jobs/job-work.ts';
import { webhookReaper } from '../../src/app/jobs/outgoing/webhook-work.ts';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import { makeDeliveries } from '../../src/operation/webhook/delivery.commands.ts';
import { encodeGlobalId } from '../../src/platform/values/global-id.ts';
import { startApi, type Api } from '../support/api.ts';
import { makeManyItems, uuidOf } from '../support/build.ts';
import { spawnLotgraph } from '../support/command-line.ts';
import { done } from '../support/expect.ts';
import { makeFloor } from '../support/work.ts';
import { chanceOf, rounds } from './rounds.ts';

const RUNNING = new AbortController().signal;
const RESULTS = rounds(10_000, 150);
/** A job is given up when its third worker is lost. */
const KILLS = 2;
const EVENTS = rounds(300, 12);
/** Several processes work at the same time. */
const WORKERS = rounds(2, 1);

interface Workers {
  kill(): Promise<void>;
}

function startWorkers(api: Api): Workers {
  const workers = Array.from({ length: WORKERS }, () =>
    spawnLotgraph(['worker'], {
      DATABASE_URL: api.databaseUrl,
      LOTGRAPH_TOKEN_SECRET: api.config.tokenSecret,
      LOTGRAPH_WEBHOOK_PRIVATE: 'true',
      ...api.store.environment,
    }),
  );
  return {
    async kill() {
      for (const { child } of workers) child.kill('SIGKILL');
      await Promise.all(workers.map(({ ended }) => ended));
    },
  };
}

test('a batch of results is recorded once each, although its workers are killed, and its progress never falls (BGJ-1, BGJ-2)', {
  timeout: 1_800_000,
}, async () => {
  await using api = await startApi();
  const id = await submitResults(api);
  const chance = chanceOf('workers of a batch are killed');
  const seen: number[] = [];
  const progress = async (): Promise<number> => {
    const [job] = await api.database.reader().sql<{ done: number }>`
      SELECT done_count + failed_count AS done FROM background_jobs`;
    seen.push(job?.done ?? 0);
    return job?.done ?? 0;
  };

  let workers = startWorkers(api);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const part = Math.floor((RESULTS * kill) / (KILLS + 2));
    const target = part + chance.whole(0, Math.floor(RESULTS / 10));
    await expect.poll(progress, { timeout: 600_000, interval: 5 }).toBeGreaterThanOrEqual(target);
    await workers.kill();
    expect(await progress()).toBeLessThan(RESULTS);
    // As if a minute had passed.
    await api.database.reader().sql`
      UPDATE background_jobs SET locked_until = now() - interval '1 millisecond' WHERE status = 'RUNNING'`;
    await jobReaper.run(api.services, RUNNING);
    workers = startWorkers(api);
  }
  await expect.poll(progress, { timeout: 1_200_000, interval: 20 }).toBe(RESULTS);
  const job = () =>
    api.ask(
      'query($id: ID!) { node(id: $id) { ... on BackgroundJob { status totalCount doneCount failedCount attempts } } }',
      { id },
    );
  await expect.poll(async () => (await job()).data.node.status, { timeout: 60_000 }).toBe('SUCCEEDED');
  await workers.kill();

  expect((await job()).data.node).toEqual({
    status: 'SUCCEEDED',
    totalCount: RESULTS,
    doneCount: RESULTS,
    failedCount: 0,
    attempts: KILLS + 1,
  });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  const db = api.database.reader();
  expect(
    await db.sql`
      SELECT count(*)::int AS executions, count(*) FILTER (WHERE result = 'PASS')::int AS passes, max(attempt) AS attempt FROM process_data`,
  ).toEqual([{ executions: RESULTS, passes: RESULTS, attempt: 1 }]);
  expect(
    await db.sql`
      SELECT count(*)::int AS entries, count(DISTINCT record_id)::int AS executions FROM audit_entries
      WHERE entity = 'process_data' AND action = 'processData.completed'`,
  ).toEqual([{ entries: RESULTS, executions: RESULTS }]);
  expect(
    await db.sql`
      SELECT count(*)::int AS items, count(DISTINCT process_data_id)::int AS executions FROM background_job_items WHERE finished_at IS NOT NULL`,
  ).toEqual([{ items: RESULTS, executions: RESULTS }]);
});

test('every event reaches every endpoint at least once and in order, although senders are killed in the middle (WHK-2, WHK-3)', {
  timeout: 1_800_000,
}, async () => {
  await using api = await startApi({ webhookPrivate: true });
  const endpoints = [await openEndpoint(), await openEndpoint()];
  for (const [index, { url }] of endpoints.entries()) {
    const input = { name: `Endpoint ${index}`, url, secret: 'thirty-two-characters-of-a-secret', events: ['MANUAL'] };
    await done(api, 'createWebhook', input, 'webhook { id }');
  }
  const titles = Array.from({ length: EVENTS }, (_, index) => `Event ${index}`);
  for (const title of titles) await done(api, 'createAlert', { title, message: title }, 'alert { id }');
  await sealNow(api.database);
  while (await api.database.transaction(makeDeliveries));

  for (let kill = 1; kill <= KILLS; kill += 1) {
    for (const endpoint of endpoints) endpoint.holdBack(titles[Math.floor((EVENTS * kill) / (KILLS + 1))] ?? '');
    const workers = startWorkers(api);
    for (const { isHolding } of endpoints) await expect.poll(isHolding, { timeout: 120_000 }).toBe(true);
    await workers.kill();
    for (const endpoint of endpoints) endpoint.holdBack('');
    const leases = await api.database.reader().sql<{ attempts: number }>`
      UPDATE webhook_deliveries SET locked_until = now() - interval '1 millisecond' WHERE status = 'SENDING' RETURNING attempts`;
    expect(leases).toEqual(endpoints.map(() => ({ attempts: 1 })));
    await webhookReaper.run(api.services, RUNNING);
  }
  const workers = startWorkers(api);
  const waiting = async (): Promise<number> =>
    (await api.database.reader().sql`SELECT id FROM webhook_deliveries WHERE status <> 'DELIVERED'`).length;
  await expect.poll(waiting, { timeout: 300_000 }).toBe(0);
  await workers.kill();

  for (const { received, close } of endpoints) {
    expect(received.filter((title, index) => title !== received[index - 1])).toEqual(titles);
    expect(received).toHaveLength(EVENTS + KILLS);
    close();
  }
});

/** A batch that passes the open executions of as many items. */
async function submitResults(api: Api): Promise<string> {
  const { mount } = await makeFloor(api);
  await makeManyItems(api, RESULTS);
  const db = api.database.reader();
  await db.sql`UPDATE wip_items SET status = 'IN_PROGRESS', current_process_id = ${uuidOf(mount)}::uuid`;
  const executions = await db.sql<{ id: string }>`
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id)
    SELECT 'WIP', lot_id, id, ${uuidOf(mount)}::uuid, 1, ${api.userIdOf('ADMIN')}::uuid FROM wip_items RETURNING id`;
  const items = executions.map(({ id }) => ({ processData: encodeGlobalId('ProcessData', id), result: 'PASS' }));
  return (await done(api, 'submitBatchCompletion', { items }, 'backgroundJob { id }'))['backgroundJob'].id;
}

interface Endpoint {
  readonly url: string;
  /** The titles of the alerts as they came. */
  readonly received: readonly string[];
  /** From now on, no answer to the event with this title. */
  holdBack(title: string): void;
  readonly isHolding: () => boolean;
  readonly close: () => void;
}

async function openEndpoint(): Promise<Endpoint> {
  const received: string[] = [];
  const held = { title: '', isHolding: false };
  const answer = (text: string, response: ServerResponse): void => {
    const { title } = JSON.parse(text).data;
    received.push(title);
    if (title === held.title) held.isHolding = true;
    else response.writeHead(204).end();
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Buffer.concat(chunks).toString('utf8'), response));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    holdBack(title) {
      Object.assign(held, { title, isHolding: false });
    },
    isHolding: () => held.isHolding,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

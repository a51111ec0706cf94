/** Batches of results in the background, through the API and the worker (BGJ-1, BGJ-2, BGJ-3). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { completeBatch } from '../../../src/app/jobs/batch-completion.ts';
import { doNextJob } from '../../../src/app/jobs/job-runner.ts';
import { batchWorker, jobReaper } from '../../../src/app/jobs/job-work.ts';
import {
  claimJob,
  failAttempt,
  handBack,
  renewJob,
  returnLostJobs,
  succeedJob,
} from '../../../src/operation/background-job/job-work.commands.ts';
import type { Tx } from '../../../src/platform/postgres/client.ts';
import { present } from '../../../src/platform/values/assert.ts';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { type Api, startApi } from '../../support/api.ts';
import { makeItems, makeLot, type Named, uuidOf } from '../../support/build.ts';
import { withConnection } from '../../support/database.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { listen } from '../../support/stream.ts';
import { type Floor, makeFloor, start } from '../../support/work.ts';

const RUNNING = new AbortController().signal;
const JOB = 'backgroundJob { id kind status totalCount doneCount failedCount errorMessage attempts version }';

let api: Api;
let floor: Floor;
beforeEach(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterEach(() => api.close());

/** Open executions of the first step on new items of one lot. */
async function openExecutions(count: number): Promise<readonly string[]> {
  const lot = await makeLot(api);
  const ids: string[] = [];
  for (const item of await makeItems(api, lot, count)) ids.push((await start(api, item, floor.mount)).id);
  return ids;
}

const passes = (ids: readonly string[]): readonly object[] =>
  ids.map((processData) => ({ processData, result: 'PASS' }));
const submitted = async (items: readonly object[], role: 'ADMIN' | 'ENGINEER' = 'ENGINEER'): Promise<string> =>
  (await done(api, 'submitBatchCompletion', { items }, 'backgroundJob { id }', role)).backgroundJob.id;
const work = () => batchWorker.run(api.services, RUNNING);
const job = async (id: string) =>
  (
    await api.ask(
      `query($id: ID!) { node(id: $id) { ... on BackgroundJob { status totalCount doneCount failedCount errorMessage attempts
        items(first: 100) { totalCount nodes { index processData { id result operator { username } } errors { code path rule message } finishedAt } } } } }`,
      { id },
    )
  ).data.node;
const results = () =>
  api.database.reader()
    .sql`SELECT count(*)::int AS finished, max(attempt) AS attempt FROM process_data WHERE result IS NOT NULL`;
const loseLeases = () =>
  api.database.reader()
    .sql`UPDATE background_jobs SET locked_until = now() - interval '1 second' WHERE status = 'RUNNING'`;
const claimed = async (worker: string) =>
  present(await api.database.transaction((tx) => claimJob(tx, 'BATCH_COMPLETION', worker)), 'A job');

describe('submitBatchCompletion', () => {
  test('queues the results, which a worker records in their order, each with its own errors (BGJ-1, BGJ-2)', async () => {
    const [first, second, third] = await openExecutions(3);
    const items = [
      { processData: first, result: 'PASS' },
      { processData: second, result: 'FAIL' },
      { processData: encodeGlobalId('ProcessData', '00000000-0000-7000-8000-000000000000'), result: 'PASS' },
      { processData: third, result: 'FAIL', defects: [{ code: 'bent' }], notes: 'Seen at the edge.' },
    ];
    const { backgroundJob } = await done(api, 'submitBatchCompletion', { items }, JOB, 'ENGINEER');
    expect(backgroundJob).toEqual({
      id: backgroundJob.id,
      kind: 'BATCH_COMPLETION',
      status: 'QUEUED',
      totalCount: 4,
      doneCount: 0,
      failedCount: 0,
      errorMessage: null,
      attempts: 0,
      version: 1,
    });
    expect(await work()).toBe(true);
    expect(await work()).toBe(false);

    const { items: shown, ...state } = await job(backgroundJob.id);
    expect(state).toEqual({
      status: 'SUCCEEDED',
      totalCount: 4,
      doneCount: 2,
      failedCount: 2,
      errorMessage: null,
      attempts: 1,
    });
    expect(
      shown.nodes.map(({ index, processData, errors }: Record<string, never>) => [index, processData, errors]),
    ).toMatchObject([
      [0, { id: first, result: 'PASS' }, []],
      [1, null, [{ code: 'RULE_VIOLATED', path: ['defects'], rule: 'PD-2' }]],
      [2, null, [{ code: 'NOT_FOUND', path: ['processData'] }]],
      [3, { id: third, result: 'FAIL' }, []],
    ]);
    const [entry] = await api.database.reader().sql`
      SELECT actor_kind AS kind, actor_id AS id, request_id AS job FROM audit_entries
      WHERE action = 'processData.completed' ORDER BY seq LIMIT 1`;
    expect(entry).toEqual({ kind: 'USER', id: api.userIdOf('ENGINEER'), job: uuidOf(backgroundJob) });
  });

  test('refuses the whole batch when one item is malformed, and names each place (BGJ-1)', async () => {
    const [id] = await openExecutions(1);
    const good = { processData: id, result: 'PASS' };
    await expectRefused(
      api,
      'submitBatchCompletion',
      { items: [good, { result: 'PASS' }, { ...good, notes: ' ' }, { ...good, idempotencyKey: 'mine' }] },
      [
        ['INVALID_INPUT', 'items.1', null],
        ['INVALID_INPUT', 'items.2.notes', null],
        ['INVALID_INPUT', 'items.3.idempotencyKey', 'IDK-1'],
      ],
    );
    await expectRefused(api, 'submitBatchCompletion', { items: [] }, [['INVALID_INPUT', 'items', 'BGJ-1']]);
  });

  test('takes 10,000 items in a body of more than 1 MiB, and not one more (BGJ-1)', async () => {
    const [id] = await openExecutions(1);
    const item = { processData: id, result: 'PASS', notes: 'n'.repeat(120) };
    const items = Array.from({ length: 10_000 }, () => item);
    const { backgroundJob } = await done(api, 'submitBatchCompletion', { items }, JOB, 'ENGINEER');
    expect(backgroundJob).toMatchObject({ status: 'QUEUED', totalCount: 10_000 });
    await expectRefused(api, 'submitBatchCompletion', { items: [...items, item] }, [
      ['LIMIT_EXCEEDED', 'items', 'BGJ-1'],
    ]);
    const [stored] = await api.database.reader()
      .sql`SELECT count(*)::int AS count, max(index) AS last FROM background_job_items`;
    expect(stored).toEqual({ count: 10_000, last: 9_999 });
  });

  test('has one effect for one key (IDK-1)', async () => {
    const items = passes(await openExecutions(1));
    const send = () =>
      call(api, 'submitBatchCompletion', { items, idempotencyKey: 'once' }, 'backgroundJob { id }', 'ENGINEER');
    const answers = await Promise.all([send(), send(), send()]);
    expect(new Set(answers.map(({ backgroundJob }) => backgroundJob.id)).size).toBe(1);
    const [count] = await api.database.reader().sql`SELECT count(*)::int AS jobs FROM background_jobs`;
    expect(count).toEqual({ jobs: 1 });
  });
});

test('a claim finds its job by the index of the queue, and a lost lease by that of leases (BGJ-1)', async () => {
  await api.database.reader().sql`
    INSERT INTO background_jobs (kind, status, requested_by_id, queued_at, started_at, finished_at)
    SELECT 'BATCH_COMPLETION', 'SUCCEEDED', ${api.userIdOf('ADMIN')}::uuid, now() - interval '1 hour', now() - interval '1 hour', now()
    FROM generate_series(1, 20000)`;
  await submitted(passes(await openExecutions(1)));
  await withConnection(api.databaseUrl, async (client) => {
    await client.query('ANALYZE background_jobs');
    const planned = async (work: (tx: Tx) => Promise<unknown>): Promise<string> => {
      const sent: { readonly text: string; readonly values: readonly unknown[] }[] = [];
      await api.database.transaction((tx) => {
        const noting: Tx['query'] = (composed) => {
          sent.push(composed);
          return tx.query(composed);
        };
        const isNoted = (key: string | symbol): boolean => key === 'query' || key === 'prepared';
        return work(new Proxy(tx, { get: (real, key) => (isNoted(key) ? noting : Reflect.get(real, key)) }));
      });
      const statement = present(
        sent.find(({ text }) => /SKIP LOCKED/.test(text)),
        'The statement',
      );
      const { rows } = await client.query(`EXPLAIN ${statement.text}`, [...statement.values]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    const claim = await planned((tx) => claimJob(tx, 'BATCH_COMPLETION', 'planner'));
    expect(claim).toContain('ix_background_jobs_queue');
    const lost = await planned((tx) => returnLostJobs(tx));
    expect(lost).toContain('ix_background_jobs_leases');
    for (const plan of [claim, lost]) expect(plan).not.toContain('Seq Scan');
  });
});

describe('a body of more than 1 MiB', () => {
  const send = async (body: object, token: string | null) => {
    const response = await fetch(api.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    // oxlint-disable-next-line typescript/no-explicit-any -- the tests state what they expect
    return { status: response.status, answer: (await response.json()) as any };
  };
  const padding = ' '.repeat(1_100_000);

  test('is refused of a viewer who may not submit a batch, and without credentials', async () => {
    for (const token of [await api.tokenOf('VIEWER'), null]) {
      const { status, answer } = await send({ query: '{ __typename }', variables: { padding } }, token);
      expect([status, answer.errors[0].extensions.limit]).toEqual([413, 'body']);
    }
  });

  test('is refused for every other operation, also for two batches in one request', async () => {
    const token = await api.tokenOf('ENGINEER');
    const query = await send({ query: `{ __typename } ${padding}` }, token);
    expect([query.status, query.answer.errors[0].extensions.limit]).toEqual([400, 'body']);
    const submit = 'submitBatchCompletion(input: { items: [] }) { errors { code } }';
    const both = await send({ query: `mutation { a: ${submit} b: ${submit} }`, variables: { padding } }, token);
    expect([both.status, both.answer.errors[0].extensions.limit]).toEqual([400, 'body']);
  });

  test('of more than 16 MiB is refused', async () => {
    const { status } = await send({ query: ' '.repeat(16_800_000) }, await api.tokenOf('ENGINEER'));
    expect(status).toBe(413);
  });
});

describe('a worker', () => {
  test('goes on where a lost one has stopped: no item is worked off twice (BGJ-1)', async () => {
    const id = await submitted(passes(await openExecutions(4)));
    const lost = await claimed('lost');
    let items = 0;
    const silent = new AbortController();
    Object.defineProperty(silent.signal, 'aborted', { get: () => (items += 1) > 2 });
    // The lost worker has worked off two items when it is not heard of any more.
    await completeBatch(api.services, lost, silent.signal);
    expect(await job(id)).toMatchObject({ status: 'RUNNING', doneCount: 2 });
    await loseLeases();
    await jobReaper.run(api.services, RUNNING);
    expect(await job(id)).toMatchObject({
      status: 'QUEUED',
      errorMessage: 'Worker lost was not heard of for 60 s in attempt 1.',
    });
    await work();
    expect(await job(id)).toMatchObject({ status: 'SUCCEEDED', doneCount: 4, failedCount: 0, attempts: 2 });
    expect(await results()).toEqual([{ finished: 4, attempt: 1 }]);
    // What the lost worker still sends changes nothing.
    await completeBatch(api.services, lost, RUNNING);
    expect(await api.database.transaction((tx) => renewJob(tx, lost))).toBe(false);
    expect(await api.database.transaction((tx) => succeedJob(tx, lost))).toBe(false);
    expect(await job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
  });

  test('that was lost does nothing more, even in the middle of an item (BGJ-1)', async () => {
    const id = await submitted(passes(await openExecutions(2)));
    const lost = await claimed('lost');
    await loseLeases();
    await jobReaper.run(api.services, RUNNING);
    await completeBatch(api.services, lost, RUNNING);
    expect(await results()).toEqual([{ finished: 0, attempt: null }]);
    expect(await job(id)).toMatchObject({ status: 'QUEUED', doneCount: 0 });
  });

  test('of ten gets each of ten jobs once, the oldest first (BGJ-1)', async () => {
    const [execution] = await openExecutions(1);
    const ids: string[] = [];
    for (let count = 0; count < 10; count += 1) ids.push(await submitted(passes([execution ?? ''])));
    const first = await claimed('first');
    expect(first.id).toBe(uuidOf({ id: ids[0] ?? '' }));
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_each, index) =>
        api.database.transaction((tx) => claimJob(tx, 'BATCH_COMPLETION', `worker ${index}`)),
      ),
    );
    const got = claims.flatMap((each) => each?.id ?? []);
    expect([got.length, new Set([...got, first.id]).size]).toEqual([9, 10]);
  });

  test('and another one do one job: each item once (BGJ-1)', async () => {
    const id = await submitted(passes(await openExecutions(6)));
    expect((await Promise.all([work(), work()])).toSorted()).toEqual([false, true]);
    expect(await job(id)).toMatchObject({ status: 'SUCCEEDED', doneCount: 6, attempts: 1 });
    expect(await results()).toEqual([{ finished: 6, attempt: 1 }]);
  });

  test('that fails gives the job back twice; the third time the job is FAILED, and says why (BGJ-1)', async () => {
    const id = await submitted(passes(await openExecutions(1)));
    for (const status of ['QUEUED', 'QUEUED', 'FAILED']) {
      const mine = await claimed('worker');
      await api.database.transaction((tx) => failAttempt(tx, mine, `Attempt ${mine.attempts} failed.`));
      expect(await job(id)).toMatchObject({ status, errorMessage: `Attempt ${mine.attempts} failed.` });
    }
    expect(await work()).toBe(false);
  });

  test('that breaks says only that it did: errors of the database stay in the log (BGJ-1)', async () => {
    const id = await submitted(passes(await openExecutions(1)));
    const broken = async (): Promise<never> => {
      throw new Error('password=secret');
    };
    await doNextJob(api.services, RUNNING, { kind: 'BATCH_COMPLETION', work: broken });
    expect(await job(id)).toMatchObject({
      status: 'QUEUED',
      errorMessage: 'The job could not be done; the log of the server says why.',
    });
  });

  test('that is stopped gives the job back at once, and its attempt does not count (BGJ-1)', async () => {
    const id = await submitted(passes(await openExecutions(2)));
    const stopping = new AbortController();
    stopping.abort();
    expect(await batchWorker.run(api.services, stopping.signal)).toBe(false);
    expect(await job(id)).toMatchObject({ status: 'QUEUED', attempts: 0, doneCount: 0, errorMessage: null });
    const mine = await claimed('worker');
    await api.database.transaction((tx) => succeedJob(tx, { ...mine, attempts: 7 }));
    await api.database.transaction((tx) => handBack(tx, mine));
    await work();
    expect(await job(id)).toMatchObject({ status: 'SUCCEEDED', attempts: 1, doneCount: 2 });
  });

  test('ends the job of a deactivated requester before its next item (BGJ-1)', async () => {
    const id = await submitted(passes(await openExecutions(2)));
    const mine = await claimed('worker');
    await api.database.reader().sql`UPDATE users SET is_active = false WHERE id = ${api.userIdOf('ENGINEER')}::uuid`;
    await completeBatch(api.services, mine, RUNNING);
    expect(await job(id)).toMatchObject({
      status: 'FAILED',
      doneCount: 0,
      errorMessage: 'The person who submitted the job was deactivated. The items before stay as they are.',
    });
  });

  test('records for a requester whose role is lower by now: rights are judged at submission (BGJ-2)', async () => {
    const id = await submitted(passes(await openExecutions(1)));
    await api.database.reader().sql`UPDATE users SET role = 'VIEWER' WHERE id = ${api.userIdOf('ENGINEER')}::uuid`;
    await work();
    expect(await job(id)).toMatchObject({ status: 'SUCCEEDED', doneCount: 1 });
  });
});

describe('cancelBackgroundJob', () => {
  test('ends a job that waits, and one that runs; its finished items stay (BGJ-3)', async () => {
    const waiting = await submitted(passes(await openExecutions(1)));
    await done(api, 'cancelBackgroundJob', { id: waiting }, JOB, 'ENGINEER');
    expect(await job(waiting)).toMatchObject({ status: 'CANCELLED' });
    expect(await work()).toBe(false);

    const running = await submitted(passes(await openExecutions(2)));
    const mine = await claimed('worker');
    await done(api, 'cancelBackgroundJob', { id: running }, JOB, 'MANAGER');
    await completeBatch(api.services, mine, RUNNING);
    expect(await job(running)).toMatchObject({ status: 'CANCELLED', doneCount: 0, failedCount: 0 });
    expect(await results()).toEqual([{ finished: 0, attempt: null }]);
  });

  test('refuses a job that is finished, an unknown one, that of another person, and an outdated view (BGJ-3, GEN-2)', async () => {
    const id = await submitted(passes(await openExecutions(1)));
    await expectRefused(api, 'cancelBackgroundJob', { id }, [['NOT_FOUND', 'id', 'BGJ-3']], 'OPERATOR');
    await expectRefused(
      api,
      'cancelBackgroundJob',
      { id: encodeGlobalId('BackgroundJob', '00000000-0000-7000-8000-000000000000') },
      [['NOT_FOUND', 'id', null]],
    );
    await expectRefused(api, 'cancelBackgroundJob', { id, expectedVersion: 7 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    await work();
    await expectRefused(api, 'cancelBackgroundJob', { id }, [['RULE_VIOLATED', 'id', 'BGJ-3']], 'ENGINEER');
  });

  test('against a worker: the items of a cancelled job are those that were recorded (BGJ-3)', async () => {
    for (let round = 0; round < 3; round += 1) {
      const ids = await openExecutions(5);
      const id = await submitted(passes(ids));
      await Promise.all([work(), call(api, 'cancelBackgroundJob', { id })]);
      const { status, doneCount } = await job(id);
      const [recorded] = await api.database.reader().sql<{ count: number }>`
        SELECT count(*)::int AS count FROM process_data WHERE result IS NOT NULL AND id = ANY(${ids.map((each) => uuidOf({ id: each }))}::uuid[])`;
      expect(['CANCELLED', 'SUCCEEDED']).toContain(status);
      expect(recorded).toEqual({ count: doneCount });
    }
  });
});

describe('backgroundJobs', () => {
  test('shows people their own jobs, and leads all', async () => {
    const [first = '', second = ''] = await openExecutions(2);
    const own = await submitted(passes([first]), 'ENGINEER');
    const other = await submitted(passes([second]), 'ADMIN');
    const seenBy = async (role: 'ENGINEER' | 'MANAGER' | 'VIEWER') => {
      const { data } = await api.ask('{ backgroundJobs(first: 10) { nodes { id } } }', {}, role);
      return data.backgroundJobs.nodes.map(({ id }: Named) => id);
    };
    expect(await seenBy('ENGINEER')).toEqual([own]);
    expect(await seenBy('MANAGER')).toEqual([other, own]);
    expect(await seenBy('VIEWER')).toEqual([]);
    const node = await api.ask('query($id: ID!) { node(id: $id) { id } }', { id: other }, 'ENGINEER');
    expect(node.data.node).toBeNull();
  });

  test.each([1, 10, 100])('reads the items of %i in the same number of statements', async (count) => {
    const [execution = ''] = await openExecutions(1);
    const id = await submitted(Array.from({ length: count }, () => ({ processData: execution, result: 'PASS' })));
    await work();
    const { statements } = await api.ask(
      'query($id: ID!) { node(id: $id) { ... on BackgroundJob { items(first: 100) { nodes { index input processData { result } errors { code } } } } } }',
      { id },
    );
    expect(statements).toBe(3);
  });
});

describe('backgroundJobChanged', () => {
  const CHANGED = 'subscription($id: ID!) { backgroundJobChanged(id: $id) { status doneCount failedCount } }';

  test('sends the present state first, then each change until the job is finished (BGJ-1)', async () => {
    const id = await submitted(passes(await openExecutions(2)));
    using stream = await listen(api, { token: await api.tokenOf('ENGINEER') }, CHANGED, { variables: { id } });
    await stream.until(1);
    expect(stream.events[0]?.data).toEqual({
      backgroundJobChanged: { status: 'QUEUED', doneCount: 0, failedCount: 0 },
    });
    await work();
    await expect.poll(() => stream.isComplete).toBe(true);
    expect(stream.events.at(-1)?.data).toEqual({
      backgroundJobChanged: { status: 'SUCCEEDED', doneCount: 2, failedCount: 0 },
    });
    using late = await listen(api, { token: await api.tokenOf('MANAGER') }, CHANGED, { variables: { id } });
    await expect.poll(() => late.isComplete).toBe(true);
    expect(late.events.map(({ data }) => data.backgroundJobChanged.status)).toEqual(['SUCCEEDED']);
  });

  test('refuses the job of another person like one that does not exist', async () => {
    const id = await submitted(passes(await openExecutions(1)));
    using stream = await listen(api, { token: await api.tokenOf('OPERATOR') }, CHANGED, { variables: { id } });
    await expect.poll(() => stream.isClosed).toBe(true);
    expect(stream.events[0]?.errors[0]?.extensions['code']).toBe('NOT_FOUND');
  });
});

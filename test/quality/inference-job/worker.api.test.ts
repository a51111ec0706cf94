import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { reapInferenceJobs } from '../../../src/quality/inference-job/reaper.commands.ts';
import { startApi, type Api } from '../../support/api.ts';
import {
  type Identified,
  makeInspection,
  makeLine,
  makeLot,
  makeModel,
  type Named,
  uuidOf,
} from '../../support/build.ts';
import { call, done, expectRefused, fingerprint, type Payload } from '../../support/expect.ts';
import {
  claim,
  complete,
  endDelay,
  endLease,
  type Held,
  heldJob,
  makeArtifact,
  queueJob,
  queueMany,
} from '../../support/inference.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { committedFirst } from '../../support/work.ts';

let api: Api;
let lot: Named;
let inspection: Identified;
let samples = 0;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  lot = await makeLot(api);
});
afterAll(() => api.close());
/** Each test has an inspection of its own and an empty queue. */
beforeEach(async () => {
  await api.database.reader()
    .sql`UPDATE inference_jobs SET status = 'CANCELLED', worker_code = NULL, lease_until = NULL WHERE status IN ('QUEUED', 'PROCESSING')`;
  samples += 1;
  inspection = await makeInspection(api, lot, { sampleCode: `SAMPLE-${samples}` });
});

async function jobOf({ id }: Identified) {
  const { data } = await api.ask(
    `query ($id: ID!) { node(id: $id) { ... on InferenceJob { status attempts attemptsLeft startedAt completedAt runAfter queuedAt workerCode leaseUntil errorMessage discardedCount
      performanceMetrics queueMilliseconds latencyMilliseconds version defects(first: 100) { totalCount nodes { type severity confidence description location detectionMethod reviewStatus inferenceJob { id } } } } } }`,
    { id },
  );
  return data.node;
}

const reap = () => api.database.transaction((tx) => reapInferenceJobs(tx));
const secondsFrom = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;
const finding = (confidence: string, input: object = {}) => ({ type: 'VOID', severity: 'LOW', confidence, ...input });
const NOT_HELD = ['RULE_VIOLATED', 'workerCode', 'JOB-3'] as const;

describe('claimInferenceJobs', () => {
  test('gives a worker a job for 60 seconds, and counts the attempt (JOB-2)', async () => {
    const { id } = await queueJob(api, inspection);

    const { inferenceJobs } = await done(
      api,
      'claimInferenceJobs',
      { workerCode: 'W1' },
      'inferenceJobs { id status workerCode attempts attemptsLeft startedAt leaseUntil queueMilliseconds }',
    );

    const [job] = inferenceJobs;
    expect(inferenceJobs).toEqual([
      { ...job, id, status: 'PROCESSING', workerCode: 'W1', attempts: 1, attemptsLeft: 2 },
    ]);
    expect(secondsFrom(job.startedAt, job.leaseUntil)).toBe(60);
    expect(job.queueMilliseconds).toBeGreaterThanOrEqual(0);
  });

  test('answers an empty list at once when nothing is free, and changes nothing (JOB-2)', async () => {
    const before = await fingerprint(api);
    expect(await claim(api, 'W1', 10)).toEqual([]);
    expect(await fingerprint(api)).toEqual(before);
  });

  test('takes the most urgent job, then the oldest, then the first (JOB-2)', async () => {
    const low = await queueJob(api, inspection, { priority: 1 });
    const normal = await queueJob(api, inspection);
    const second = await queueJob(api, inspection, { priority: 10 });
    const first = await queueJob(api, inspection, { priority: 10 });
    await api.database.reader()
      .sql`UPDATE inference_jobs SET queued_at = queued_at - interval '1 hour' WHERE id = ${uuidOf(first)}::uuid`;

    const order = [...(await claim(api, 'W1', 3)), ...(await claim(api, 'W1', 3))].map(({ id }) => id);

    expect(order).toEqual([first.id, second.id, normal.id, low.id]);
  });

  test('takes at most as many as it is asked for, and only of the models that the worker has (JOB-2)', async () => {
    const cracks = await queueJob(api, inspection, { modelName: 'cracks' });
    for (let n = 0; n < 3; n += 1) await queueJob(api, inspection);

    expect(await claim(api, 'W1', 2, ['spots'])).toHaveLength(2);
    expect(await claim(api, 'W1', 10, ['lines'])).toEqual([]);
    expect(await claim(api, 'W1', 10, ['lines', 'cracks'])).toEqual([{ id: cracks.id, attempts: 1 }]);
    expect(await claim(api, 'W1', 10, [])).toHaveLength(1);
  });

  test('leaves a job alone that waits for its next attempt (JOB-4)', async () => {
    const held = await heldJob(api, inspection);
    await done(api, 'failInferenceJob', { ...held, errorMessage: 'Busy' }, '');

    expect(await claim(api)).toEqual([]);
    await endDelay(api, held);
    expect(await claim(api)).toEqual([{ id: held.id, attempts: 2 }]);
  });

  test.each([
    ['limit', 0, 'JOB-2'],
    ['limit', 11, 'JOB-2'],
    ['workerCode', ' ', null],
    ['workerCode', 'x'.repeat(101), null],
  ])('refuses %s %j and changes nothing', async (field, value, rule) => {
    await queueJob(api, inspection);
    await expectRefused(api, 'claimInferenceJobs', { workerCode: 'W1', [field]: value }, [
      ['INVALID_INPUT', field, rule],
    ]);
  });

  test('is for stations, too, and gives the same jobs for the same key (IDK-1, JOB-2)', async () => {
    const station = await makeStation(api, 'VISION');
    await queueMany(api, inspection, 4);
    const send = () =>
      sendAs(
        api,
        station.apiKey,
        'claimInferenceJobs',
        { workerCode: 'W1', limit: 2, idempotencyKey: 'c-1' },
        'inferenceJobs { id }',
      );

    const first = await send();
    expect(first.inferenceJobs).toHaveLength(2);
    expect(await send()).toEqual(first);
    expect(await claim(api, 'W2', 10)).toHaveLength(2);
  });

  test('gives each of 8 workers that claim 1 to 10 at a time jobs of their own, 300 in all (JOB-2)', async () => {
    await queueMany(api, inspection, 300);
    const work = async (workerCode: string, seed: number): Promise<readonly string[]> => {
      const mine: string[] = [];
      for (let turn = seed; ; turn += 1) {
        const jobs = await claim(api, workerCode, (turn % 10) + 1);
        if (jobs.length === 0) return mine;
        mine.push(...jobs.map(({ id }) => id));
      }
    };

    const claimed = (await Promise.all(Array.from({ length: 8 }, (_, n) => work(`W${n}`, n)))).flat();

    expect(claimed).toHaveLength(300);
    expect(new Set(claimed).size).toBe(300);
  });

  test('records each of the claims that arrive at once with its own worker and person (JOB-2, AUD-1)', async () => {
    await queueMany(api, inspection, 60);
    const roles = ['ADMIN', 'ENGINEER'] as const;
    const claims = await Promise.all(
      Array.from({ length: 20 }, async (_each, n): Promise<readonly string[]> => {
        const input = { workerCode: `W${n}`, limit: 3 };
        const { inferenceJobs } = await done(api, 'claimInferenceJobs', input, 'inferenceJobs { id }', roles[n % 2]);
        return inferenceJobs.map(({ id }: Payload) => id);
      }),
    );

    expect(new Set(claims.flat()).size).toBe(60);
    const { data } = await api.ask(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on InferenceJob { status workerCode attempts history(first: 1) { nodes { action actor { ... on User { username } } newValues } } } } }`,
      { ids: claims.flat() },
    );
    const expected = claims.flatMap((ids, n) =>
      ids.map(() => [`W${n}`, 'inferenceJob.claimed', n % 2 === 0 ? 'admin' : 'engineer', `W${n}`]),
    );
    expect(
      data.nodes.map(({ workerCode, history: { nodes } }: Payload) => [
        workerCode,
        nodes[0].action,
        nodes[0].actor.username,
        nodes[0].newValues.workerCode,
      ]),
    ).toEqual(expected);
  });

  test('gives one answer to claims with the same key that arrive at once with others (IDK-1, JOB-2)', async () => {
    await queueMany(api, inspection, 40);
    const send = (workerCode: string, idempotencyKey?: string) =>
      done(api, 'claimInferenceJobs', { workerCode, limit: 4, idempotencyKey }, 'inferenceJobs { id }');
    const answers = await Promise.all([
      send('W1', 'same'),
      ...['W2', 'W3', 'W4'].map((worker) => send(worker)),
      ...[1, 2, 3].map(() => send('W1', 'same')),
    ]);
    const ids = answers.map(({ inferenceJobs }) => inferenceJobs.map(({ id }: Payload) => id).join(' '));
    expect(new Set([ids[0], ...ids.slice(4)]).size).toBe(1);
    expect(new Set(ids).size).toBe(4);
    expect(await claim(api, 'W5', 10)).toHaveLength(10);
    expect(new Set(ids.flatMap((text) => text.split(' '))).size).toBe(16);
  });

  test('does not wait for a job that another worker is claiming (JOB-2)', async () => {
    const [first, second] = [await queueJob(api, inspection), await queueJob(api, inspection)];
    const claimed = await api.database.transaction(async (tx) => {
      await tx.sql`SELECT FROM inference_jobs WHERE id = ${uuidOf(first)}::uuid FOR UPDATE`;
      return claim(api, 'W2', 10);
    });
    expect(claimed).toEqual([{ id: second.id, attempts: 1 }]);
  });
});

describe('heartbeatInferenceJob', () => {
  test('renews the lease without a new version, also when it is over and the reaper has not come (JOB-3)', async () => {
    const held = await heldJob(api, inspection);
    await endLease(api, held);
    const before = await jobOf(held);

    const { inferenceJob } = await done(api, 'heartbeatInferenceJob', held, 'inferenceJob { leaseUntil version }');

    expect(inferenceJob.version).toBe(before.version);
    expect(secondsFrom(before.leaseUntil, inferenceJob.leaseUntil)).toBeGreaterThan(59.999);
    expect(await reap()).toBe(0);
  });

  test('of another worker or another attempt is refused (JOB-3)', async () => {
    const held = await heldJob(api, inspection);
    await expectRefused(api, 'heartbeatInferenceJob', { ...held, workerCode: 'W2' }, [
      [
        ...NOT_HELD,
        'The job of spots 1.0 is held by W1 in attempt 1; W2 does not hold it in attempt 1. Its answer is not wanted any more: claim another job.',
      ],
    ]);
    await expectRefused(api, 'heartbeatInferenceJob', { ...held, attempt: 2 }, [NOT_HELD]);
    await expectRefused(api, 'heartbeatInferenceJob', { ...held, attempt: 0 }, [['INVALID_INPUT', 'attempt', 'JOB-3']]);
  });
});

describe('completeInferenceJob', () => {
  test('stores findings from the threshold on as defects of its inspection that wait for review, and counts the others (DEF-5, JOB-5)', async () => {
    const held = await heldJob(api, inspection, { confidenceThreshold: '0.8' });
    const location = { x: 0, y: 2.5, width: 10, height: 4, layer: 'top' };

    const { inferenceJob, defects, errors } = await complete(api, held, {
      findings: [
        finding('0.8', { type: 'CRACK', severity: 'CRITICAL', location, description: 'Edge' }),
        finding('0.7999'),
        finding('0.80'),
        finding('1'),
        finding('0'),
      ],
      performanceMetrics: { images: 3 },
    });

    expect([errors, inferenceJob.status, inferenceJob.discardedCount, defects.length]).toEqual([[], 'COMPLETED', 2, 3]);
    const job = await jobOf(held);
    expect(job).toMatchObject({
      status: 'COMPLETED',
      workerCode: null,
      leaseUntil: null,
      errorMessage: null,
      discardedCount: 2,
      performanceMetrics: { images: 3 },
    });
    expect(job.latencyMilliseconds).toBe(Date.parse(job.completedAt) - Date.parse(job.startedAt));
    const common = { detectionMethod: 'ML_AUTOMATED', reviewStatus: 'PENDING', inferenceJob: { id: held.id } };
    expect(job.defects.nodes.toReversed()).toEqual([
      { ...common, type: 'CRACK', severity: 'CRITICAL', confidence: '0.8000', description: 'Edge', location },
      { ...common, type: 'VOID', severity: 'LOW', confidence: '0.8000', description: null, location: null },
      { ...common, type: 'VOID', severity: 'LOW', confidence: '1.0000', description: null, location: null },
    ]);
  });

  test('takes artifacts that were uploaded to the inspection as outputs of the job (JOB-5)', async () => {
    const held = await heldJob(api, inspection);
    const output = await makeArtifact(api, inspection);

    expect((await complete(api, held, { outputArtifacts: [output] })).errors).toEqual([]);

    const { data } = await api.ask(
      `query ($id: ID!) { node(id: $id) { ... on InferenceJob { outputArtifacts { nodes { id inferenceJob { id } } } } }
        artifacts(filter: { inferenceJob: { eq: $id } }) { nodes { id } } }`,
      { id: held.id },
    );
    expect(data).toEqual({
      node: { outputArtifacts: { nodes: [{ id: output, inferenceJob: { id: held.id } }] } },
      artifacts: { nodes: [{ id: output }] },
    });
  });

  test('refuses outputs that the inspection does not have or another job has made, and stores nothing (JOB-5)', async () => {
    const first = await heldJob(api, inspection);
    const taken = await makeArtifact(api, inspection);
    await complete(api, first, { outputArtifacts: [taken] });
    const held = await heldJob(api, inspection);
    const foreign = await makeArtifact(api, await makeInspection(api, lot, { sampleCode: `OTHER-${samples}` }));

    await expectRefused(
      api,
      'completeInferenceJob',
      { ...held, findings: [finding('0.9')], outputArtifacts: [await makeArtifact(api, inspection), taken, foreign] },
      [
        ['RULE_VIOLATED', 'outputArtifacts.1', 'JOB-5'],
        ['RULE_VIOLATED', 'outputArtifacts.2', 'JOB-5'],
      ],
    );
  });

  test('without findings says that there is nothing (JOB-5)', async () => {
    const held = await heldJob(api, inspection);
    expect(await complete(api, held)).toMatchObject({ inferenceJob: { status: 'COMPLETED' }, defects: [], errors: [] });
  });

  test('takes 1,000 findings and refuses 1,001 (JOB-5)', async () => {
    const held = await heldJob(api, inspection);
    const findings = Array.from({ length: 1_000 }, () => finding('0.9'));

    await expectRefused(api, 'completeInferenceJob', { ...held, findings: [...findings, finding('0.9')] }, [
      ['LIMIT_EXCEEDED', 'findings', 'JOB-5', 'findings has 1001 entries; at most 1000 are allowed.'],
    ]);
    expect((await complete(api, held, { findings })).defects).toHaveLength(1_000);
  });

  test.each([
    ['confidence', '1.0001', 'DEF-1', 'findings.1.confidence'],
    ['confidence', '-0.0001', 'DEF-1', 'findings.1.confidence'],
    ['location', { x: 0, y: 0, width: 0, height: 1 }, 'DEF-2', 'findings.1.location.width'],
    ['description', 'x'.repeat(2_001), null, 'findings.1.description'],
  ])('with a wrong %s %j stores none of its findings (JOB-5)', async (field, value, rule, path) => {
    const held = await heldJob(api, inspection);
    await expectRefused(
      api,
      'completeInferenceJob',
      { ...held, findings: [finding('0.9'), { ...finding('0.9'), [field]: value }] },
      [['INVALID_INPUT', path, rule]],
    );
  });

  test('is taken once, whether the answer is repeated as it was or with its key (JOB-3, IDK-1)', async () => {
    const held = await heldJob(api, inspection);
    const input = { findings: [finding('0.9')], idempotencyKey: `done ${held.id}` };
    const first = await complete(api, held, input);
    expect(await complete(api, held, input)).toEqual(first);
    await expectRefused(api, 'completeInferenceJob', { ...held, findings: [finding('0.9')] }, [
      [
        ...NOT_HELD,
        'The job of spots 1.0 is COMPLETED; W1 does not hold it in attempt 1. Its answer is not wanted any more: claim another job.',
      ],
    ]);
    expect((await jobOf(held)).defects.totalCount).toBe(1);
  });

  test('of ten that are sent at once is taken once (JOB-3)', async () => {
    const held = await heldJob(api, inspection);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => complete(api, held, { findings: [finding('0.9')] })),
    );

    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors).every(({ rule }) => rule === 'JOB-3')).toBe(true);
    expect((await jobOf(held)).defects.totalCount).toBe(1);
  });

  test('is taken after the lease until the reaper comes, and refused afterwards (JOB-2, JOB-3)', async () => {
    const held = await heldJob(api, inspection);
    await endLease(api, held);
    expect((await complete(api, held)).errors).toEqual([]);

    const lost = await heldJob(api, inspection);
    await endLease(api, lost);
    expect(await reap()).toBe(1);
    await expectRefused(api, 'completeInferenceJob', { ...lost, findings: [finding('0.9')] }, [NOT_HELD]);
    await endDelay(api, lost);
    await claim(api, 'W1');
    await expectRefused(api, 'completeInferenceJob', { ...lost, findings: [finding('0.9')] }, [NOT_HELD]);
    expect((await complete(api, { ...lost, attempt: 2 })).errors).toEqual([]);
  });

  test('is refused after a cancellation, also one that comes at the same time (JOB-3)', async () => {
    const held = await heldJob(api, inspection);
    const { errors } = await committedFirst(
      api,
      "UPDATE inference_jobs SET status = 'CANCELLED', worker_code = NULL, lease_until = NULL WHERE id = $1",
      [uuidOf(held)],
      () => complete(api, held, { findings: [finding('0.9')] }),
    );
    expect(errors).toMatchObject([{ rule: 'JOB-3', path: ['workerCode'] }]);
    expect((await jobOf(held)).defects.totalCount).toBe(0);
    await expectRefused(api, 'completeInferenceJob', { ...held }, [NOT_HELD]);
  });

  test('is refused when the inspection has ended meanwhile, with nothing stored (JOB-5)', async () => {
    const held = await heldJob(api, inspection);
    const { errors } = await committedFirst(
      api,
      "UPDATE inspections SET status = 'FAILED', failure_reason = 'Test' WHERE id = $1",
      [uuidOf(inspection)],
      () => complete(api, held, { findings: [finding('0.9')] }),
    );
    expect(errors).toMatchObject([
      {
        rule: 'JOB-5',
        path: ['inspection'],
        message: `Inspection VISUAL of SAMPLE-${samples} is FAILED; findings are stored only while it is IN_PROGRESS.`,
      },
    ]);
    await expectRefused(api, 'completeInferenceJob', { ...held, findings: [finding('0.9')] }, [
      ['RULE_VIOLATED', 'inspection', 'JOB-5'],
    ]);
  });

  test.each([1, 10, 100])('with %i findings takes the same statements', async (count) => {
    const held = await heldJob(api, inspection);
    const { errors, statements } = await api.ask(
      'mutation ($input: CompleteInferenceJobInput!) { completeInferenceJob(input: $input) { inferenceJob { status inspection { lot { number } } } defects { type inspection { sampleCode } } errors { code } } }',
      { input: { ...held, findings: Array.from({ length: count }, () => finding('0.9')) } },
    );
    expect([errors, statements]).toEqual([[], 5]);
  });
});

describe('failInferenceJob', () => {
  const fail = (held: Held, input: object = {}) =>
    done(api, 'failInferenceJob', { ...held, errorMessage: 'Out of memory', ...input }, 'inferenceJob { id }');

  test('queues the job again after 10 and 20 seconds, in its former place, and ends it with the last attempt (JOB-4)', async () => {
    const held = await heldJob(api, inspection);
    const { queuedAt } = await jobOf(held);
    for (const [attempt, delay] of [
      [1, 10],
      [2, 20],
    ] as const) {
      const before = await jobOf(held);
      await fail({ ...held, attempt });
      const after = await jobOf(held);
      expect(after).toMatchObject({
        status: 'QUEUED',
        attempts: attempt,
        queuedAt,
        startedAt: null,
        completedAt: null,
        workerCode: null,
        leaseUntil: null,
        errorMessage: 'Out of memory',
      });
      // The time of the transaction is between the two claims, so the delay is at least that from the claim.
      expect(secondsFrom(before.startedAt, after.runAfter)).toBeGreaterThanOrEqual(delay);
      await endDelay(api, held);
      await claim(api, 'W1');
    }

    await fail({ ...held, attempt: 3 }, { errorMessage: 'Again' });

    const over = await jobOf(held);
    expect(over).toMatchObject({ status: 'FAILED', attemptsLeft: 0, errorMessage: 'Again', workerCode: null });
    expect(over.completedAt).not.toBeNull();
    expect(await claim(api)).toEqual([]);
  });

  test('ends the job at once when another attempt cannot help (JOB-4)', async () => {
    const held = await heldJob(api, inspection);
    await fail(held, { isRetryable: false });
    expect(await jobOf(held)).toMatchObject({ status: 'FAILED', attempts: 1, attemptsLeft: 2 });
  });

  test('of a job that is not held, without a message or with a long one, is refused (JOB-3)', async () => {
    const held = await heldJob(api, inspection);
    const input = { ...held, errorMessage: 'Broken' };
    await expectRefused(api, 'failInferenceJob', { ...input, workerCode: 'W2' }, [NOT_HELD]);
    await expectRefused(api, 'failInferenceJob', { ...input, errorMessage: '' }, [
      ['INVALID_INPUT', 'errorMessage', null],
    ]);
    await expectRefused(api, 'failInferenceJob', { ...input, errorMessage: 'x'.repeat(2_001) }, [
      ['INVALID_INPUT', 'errorMessage', null],
    ]);
    await fail(held);
    await expectRefused(api, 'failInferenceJob', input, [NOT_HELD]);
  });
});

describe('the reaper', () => {
  test('leaves jobs alone whose lease is not over, and those that wait (JOB-2)', async () => {
    await heldJob(api, inspection);
    await queueJob(api, inspection);
    const before = await fingerprint(api);
    expect(await reap()).toBe(0);
    expect(await fingerprint(api)).toEqual(before);
  });

  test('queues a job again whose worker is lost, and ends it with TIMEOUT after the last attempt (JOB-2, JOB-4)', async () => {
    const held = await heldJob(api, inspection, { maxAttempts: 2 });
    const { queuedAt, startedAt } = await jobOf(held);
    await endLease(api, held);
    expect(await reap()).toBe(1);
    const again = await jobOf(held);
    expect(again).toMatchObject({
      status: 'QUEUED',
      attempts: 1,
      queuedAt,
      startedAt: null,
      workerCode: null,
      leaseUntil: null,
      errorMessage: 'Worker W1 was not heard of for 60 s in attempt 1.',
    });
    expect(secondsFrom(startedAt, again.runAfter)).toBeGreaterThanOrEqual(10);

    await endDelay(api, held);
    await claim(api, 'W2');
    await endLease(api, held);
    expect(await reap()).toBe(1);
    const over = await jobOf(held);
    expect(over).toMatchObject({
      status: 'TIMEOUT',
      attempts: 2,
      workerCode: null,
      errorMessage: 'Worker W2 was not heard of for 60 s in attempt 2.',
    });
    expect(over.completedAt).not.toBeNull();
    expect(await reap()).toBe(0);
  });

  test('does not wait for a worker that is answering (JOB-2)', async () => {
    const [first, second] = [await heldJob(api, inspection), await heldJob(api, inspection)];
    await endLease(api, first);
    await endLease(api, second);
    const reaped = await api.database.transaction(async (tx) => {
      await tx.sql`SELECT FROM inference_jobs WHERE id = ${uuidOf(first)}::uuid FOR NO KEY UPDATE`;
      return reap();
    });
    expect(reaped).toBe(1);
    expect(await jobOf(first)).toMatchObject({ status: 'PROCESSING' });
    expect(await jobOf(second)).toMatchObject({ status: 'QUEUED' });
  });

  test('and twenty workers that answer late leave each job with one result (JOB-2, JOB-3)', async () => {
    const jobs = [];
    for (let n = 0; n < 20; n += 1) jobs.push(await heldJob(api, inspection));
    for (const job of jobs) await endLease(api, job);

    const [reaped, ...answers] = await Promise.all([
      reap(),
      ...jobs.map((job) => complete(api, job, { findings: [finding('0.9')] })),
    ]);

    const taken = answers.filter(({ errors }) => errors.length === 0).length;
    expect(reaped + taken).toBe(20);
    const states = await Promise.all(jobs.map((job) => jobOf(job)));
    for (const { status, defects } of states) expect(defects.totalCount).toBe(status === 'COMPLETED' ? 1 : 0);
    expect(states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(taken);
  });

  test('acts as the system, with an action of its own', async () => {
    const held = await heldJob(api, inspection);
    await endLease(api, held);
    await reap();
    const { data } = await api.ask(
      'query ($id: ID!) { node(id: $id) { ... on InferenceJob { history(first: 1) { nodes { action actorKind } } } } }',
      { id: held.id },
    );
    expect(data.node.history.nodes).toEqual([{ action: 'inferenceJob.leaseLost', actorKind: 'SYSTEM' }]);
  });
});

test('an inspector may not claim or answer jobs, and no operator may ask for one (JOB-2)', async () => {
  const held = await heldJob(api, inspection);
  expect((await call(api, 'claimInferenceJobs', { workerCode: 'W1' }, '', 'INSPECTOR')).errors).toMatchObject([
    { code: 'FORBIDDEN' },
  ]);
  expect((await call(api, 'heartbeatInferenceJob', held, '', 'INSPECTOR')).errors).toMatchObject([
    { code: 'FORBIDDEN' },
  ]);
});

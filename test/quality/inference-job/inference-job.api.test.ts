import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cancelOpenJobs } from '../../../src/quality/inference-job/inference-job.commands.ts';
import { actAsSystem } from '../../../src/platform/request/actor.ts';
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
import { call, done, expectRefused } from '../../support/expect.ts';
import {
  claim,
  complete,
  endDelay,
  type Held,
  heldJob,
  makeArtifact,
  MODEL,
  queueJob,
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
  inspection = await newInspection();
});

function newInspection(isStarted = true): Promise<Identified> {
  samples += 1;
  return makeInspection(api, lot, { sampleCode: `SAMPLE-${samples}` }, isStarted);
}

const FIELDS = `inferenceJob { id status modelName modelVersion priority batchSize confidenceThreshold processingParameters performanceMetrics
  attempts maxAttempts attemptsLeft queuedAt runAfter startedAt completedAt queueMilliseconds latencyMilliseconds workerCode leaseUntil
  externalRequestId errorMessage discardedCount version inspection { id } defects { nodes { id } totalCount } }`;

async function jobOf(id: string) {
  const { data } = await api.ask(`query ($id: ID!) { node(id: $id) { ... on InferenceJob ${FIELDS.slice(12)} } }`, {
    id,
  });
  return data.node;
}

/** A job FAILED by its worker. */
async function failedJob(): Promise<Held> {
  const held = await heldJob(api, inspection);
  await done(api, 'failInferenceJob', { ...held, errorMessage: 'Broken', isRetryable: false }, 'inferenceJob { id }');
  return held;
}

/** Ends the inspection in SQL, as if its jobs had been over before. */
async function endInspection(status: 'FAILED' | 'CANCELLED'): Promise<void> {
  await api.database.reader().sql`
    UPDATE inspections SET status = ${status}::inspection_status, failure_reason = 'Test' WHERE id = ${uuidOf(inspection)}::uuid`;
}

describe('queueInferenceJob', () => {
  test('puts a job with its defaults into the queue (JOB-6)', async () => {
    const { inferenceJob } = await done(api, 'queueInferenceJob', { inspection: inspection.id, ...MODEL }, FIELDS);

    expect(inferenceJob).toEqual({
      id: inferenceJob.id,
      status: 'QUEUED',
      modelName: 'spots',
      modelVersion: '1.0',
      priority: 5,
      batchSize: 1,
      confidenceThreshold: '0.7000',
      processingParameters: {},
      performanceMetrics: {},
      attempts: 0,
      maxAttempts: 3,
      attemptsLeft: 3,
      queuedAt: inferenceJob.queuedAt,
      runAfter: inferenceJob.queuedAt,
      startedAt: null,
      completedAt: null,
      queueMilliseconds: null,
      latencyMilliseconds: null,
      workerCode: null,
      leaseUntil: null,
      externalRequestId: null,
      errorMessage: null,
      discardedCount: 0,
      version: 1,
      inspection: { id: inspection.id },
      defects: { nodes: [], totalCount: 0 },
    });
  });

  test('keeps everything that it is given; a station may ask, too', async () => {
    const station = await makeStation(api, 'CAMERA');
    const given = {
      priority: 10,
      batchSize: 8,
      confidenceThreshold: '0.1250',
      processingParameters: { scale: 2 },
      maxAttempts: 10,
      externalRequestId: 'REQ-7',
    };

    const { inferenceJob, errors } = await sendAs(
      api,
      station.apiKey,
      'queueInferenceJob',
      { inspection: inspection.id, ...MODEL, ...given },
      FIELDS,
    );

    expect(errors).toEqual([]);
    expect(inferenceJob).toMatchObject({ ...given, attemptsLeft: 10 });
  });

  test.each([
    ['priority', 0, null],
    ['priority', 11, null],
    ['batchSize', 0, null],
    ['confidenceThreshold', '1.0001', null],
    ['confidenceThreshold', '-0.0001', null],
    ['confidenceThreshold', '0.00001', null],
    ['maxAttempts', 0, 'JOB-4'],
    ['maxAttempts', 11, 'JOB-4'],
    ['modelName', ' ', null],
    ['modelName', 'x'.repeat(101), null],
    ['modelVersion', 'x'.repeat(21), null],
    ['externalRequestId', 'x'.repeat(101), null],
    ['processingParameters', [], null],
  ])('refuses %s %j and changes nothing', async (field, value, rule) => {
    await expectRefused(api, 'queueInferenceJob', { inspection: inspection.id, ...MODEL, [field]: value }, [
      ['INVALID_INPUT', field, rule],
    ]);
  });

  test('takes the ends of each range (JOB-4)', async () => {
    for (const ends of [
      { priority: 1, confidenceThreshold: '0', maxAttempts: 1 },
      { priority: 10, confidenceThreshold: '1', maxAttempts: 10 },
    ])
      await queueJob(api, inspection, ends);
  });

  test('refuses an inspection that is not IN_PROGRESS, and one that does not exist (JOB-6)', async () => {
    const pending = await newInspection(false);
    await expectRefused(api, 'queueInferenceJob', { inspection: pending.id, ...MODEL }, [
      [
        'RULE_VIOLATED',
        'inspection',
        'JOB-6',
        `Inspection VISUAL of SAMPLE-${samples} is PENDING; a job is queued only while it is IN_PROGRESS.`,
      ],
    ]);
    await endInspection('FAILED');
    await expectRefused(api, 'queueInferenceJob', { inspection: inspection.id, ...MODEL }, [
      ['RULE_VIOLATED', 'inspection', 'JOB-6'],
    ]);
    const nobody = Buffer.from('Inspection:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectRefused(api, 'queueInferenceJob', { inspection: nobody, ...MODEL }, [
      ['NOT_FOUND', 'inspection', null],
    ]);
  });

  test('waits for who ends the inspection, and is refused then (JOB-6)', async () => {
    const { errors } = await committedFirst(
      api,
      "UPDATE inspections SET status = 'CANCELLED', failure_reason = 'Test' WHERE id = $1",
      [uuidOf(inspection)],
      () => call(api, 'queueInferenceJob', { inspection: inspection.id, ...MODEL }),
    );
    expect(errors).toMatchObject([{ rule: 'JOB-6', path: ['inspection'] }]);
  });

  test('refuses artifacts of another inspection and those that do not exist (JOB-6)', async () => {
    const other = await newInspection();
    const [mine, theirs] = [await makeArtifact(api, inspection), await makeArtifact(api, other)];
    const nobody = Buffer.from('Artifact:00000000-0000-7000-8000-000000000000').toString('base64url');

    await expectRefused(
      api,
      'queueInferenceJob',
      { inspection: inspection.id, ...MODEL, inputArtifacts: [mine, theirs, nobody] },
      [
        ['RULE_VIOLATED', 'inputArtifacts.1', 'JOB-6'],
        ['RULE_VIOLATED', 'inputArtifacts.2', 'JOB-6'],
      ],
    );
    const { id } = await queueJob(api, inspection, { inputArtifacts: [mine] });
    const { data } = await api.ask(
      'query ($id: ID!) { node(id: $id) { ... on InferenceJob { inputArtifacts { id } outputArtifacts { totalCount } } } }',
      { id },
    );
    expect(data.node).toEqual({ inputArtifacts: [{ id: mine }], outputArtifacts: { totalCount: 0 } });
    await expectRefused(
      api,
      'queueInferenceJob',
      { inspection: inspection.id, ...MODEL, inputArtifacts: Array.from({ length: 101 }, () => mine) },
      [['LIMIT_EXCEEDED', 'inputArtifacts', 'JOB-6']],
    );
  });

  test('has one effect for one key (IDK-1)', async () => {
    const input = { inspection: inspection.id, ...MODEL, idempotencyKey: 'queue once' };
    const [first, again] = [
      await done(api, 'queueInferenceJob', input, 'inferenceJob { id }'),
      await done(api, 'queueInferenceJob', input, 'inferenceJob { id }'),
    ];
    expect(again).toEqual(first);
  });
});

describe('cancelInferenceJob', () => {
  test('cancels a job that waits, and one that a worker holds; a cancelled job has no end (JOB-1)', async () => {
    const waiting = await queueJob(api, inspection);
    const { inferenceJob } = await done(
      api,
      'cancelInferenceJob',
      { id: waiting.id, reason: 'Not wanted', expectedVersion: 1 },
      FIELDS,
    );
    expect(inferenceJob).toMatchObject({ status: 'CANCELLED', startedAt: null, completedAt: null });

    const held = await heldJob(api, inspection);
    await done(api, 'cancelInferenceJob', { id: held.id, reason: 'Not wanted' }, 'inferenceJob { id }');
    const { startedAt, ...cancelled } = await jobOf(held.id);
    expect(startedAt).not.toBeNull();
    expect(cancelled).toMatchObject({ status: 'CANCELLED', completedAt: null, workerCode: null, leaseUntil: null });
  });

  test('refuses a job that is over (JOB-1)', async () => {
    const held = await heldJob(api, inspection);
    await complete(api, held);
    await expectRefused(api, 'cancelInferenceJob', { id: held.id, reason: 'Late' }, [
      [
        'RULE_VIOLATED',
        'id',
        'JOB-1',
        'The job of spots 1.0 is COMPLETED; only from QUEUED or PROCESSING can it become CANCELLED.',
      ],
    ]);
  });

  test('needs a reason, the present version, and a job (GEN-2, GEN-4)', async () => {
    const { id } = await queueJob(api, inspection);
    await expectRefused(api, 'cancelInferenceJob', { id, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
    await expectRefused(api, 'cancelInferenceJob', { id, reason: 'Old', expectedVersion: 2 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    const nobody = Buffer.from('InferenceJob:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectRefused(api, 'cancelInferenceJob', { id: nobody, reason: 'None' }, [['NOT_FOUND', 'id', null]]);
    await expectRefused(api, 'retryInferenceJob', { id: nobody }, [['NOT_FOUND', 'id', null]]);
  });
});

describe('retryInferenceJob', () => {
  test('queues a FAILED job again, at once, in its former place and with all its attempts (JOB-4)', async () => {
    const held = await failedJob();
    const before = await jobOf(held.id);
    const { inferenceJob } = await done(
      api,
      'retryInferenceJob',
      { id: held.id, expectedVersion: before.version },
      FIELDS,
    );

    expect(inferenceJob).toMatchObject({
      status: 'QUEUED',
      attempts: 0,
      attemptsLeft: 3,
      queuedAt: before.queuedAt,
      startedAt: null,
      completedAt: null,
      errorMessage: 'Broken',
    });
    expect(await claim(api, 'W2')).toEqual([{ id: held.id, attempts: 1 }]);
  });

  test('refuses a job that waits, is held, is COMPLETED or CANCELLED (JOB-1)', async () => {
    const waiting = await queueJob(api, inspection);
    const refusal = ['RULE_VIOLATED', 'id', 'JOB-1'] as const;
    await expectRefused(api, 'retryInferenceJob', { id: waiting.id }, [refusal]);
    const [job] = await claim(api);
    await expectRefused(api, 'retryInferenceJob', { id: job?.id }, [refusal]);
    await complete(api, { id: waiting.id, workerCode: 'W1', attempt: 1 });
    await expectRefused(api, 'retryInferenceJob', { id: waiting.id }, [refusal]);
    const other = await queueJob(api, inspection);
    await done(api, 'cancelInferenceJob', { id: other.id, reason: 'No' }, '');
    await expectRefused(api, 'retryInferenceJob', { id: other.id }, [refusal]);
  });

  test('refuses a job whose inspection has ended (JOB-6)', async () => {
    const { id } = await failedJob();
    await endInspection('FAILED');
    await expectRefused(api, 'retryInferenceJob', { id }, [['RULE_VIOLATED', 'inspection', 'JOB-6']]);
  });

  test('lets an old answer of the first attempt through as little as any other (JOB-3)', async () => {
    const held = await failedJob();
    await done(api, 'retryInferenceJob', { id: held.id }, '');
    await endDelay(api, held);
    await claim(api, 'W2');
    await expectRefused(api, 'completeInferenceJob', { ...held }, [['RULE_VIOLATED', 'workerCode', 'JOB-3']]);
  });
});

describe('cancelOpenJobs', () => {
  test('cancels the jobs of an inspection that wait or are held, and no others (JOB-1)', async () => {
    const over = await failedJob();
    const held = await heldJob(api, inspection);
    const waiting = await queueJob(api, inspection);
    const foreign = await queueJob(api, await newInspection());

    const cancelled = await api.database.transaction(async (tx) => {
      await actAsSystem(tx, 'inspection.failed');
      return cancelOpenJobs(tx, uuidOf(inspection) ?? '');
    });

    expect(cancelled).toBe(2);
    const statuses = await Promise.all([over, held, waiting, foreign].map(async ({ id }) => (await jobOf(id)).status));
    expect(statuses).toEqual(['FAILED', 'CANCELLED', 'CANCELLED', 'QUEUED']);
    await expectRefused(api, 'completeInferenceJob', { ...held }, [['RULE_VIOLATED', 'workerCode', 'JOB-3']]);
  });
});

describe('lists', () => {
  test('of jobs are filtered by inspection, status and model, and reach defects and inspections and back', async () => {
    const first = await heldJob(api, inspection);
    const findings = [{ type: 'VOID', severity: 'LOW', confidence: '0.9' }];
    await complete(api, first, { findings });
    const second = await queueJob(api, inspection, { modelName: 'cracks' });
    const ask = async (filter: string) =>
      (
        await api.ask(
          `query ($i: ID!) { inferenceJobs(filter: { inspection: { eq: $i }, ${filter} }) { nodes { id } } }`,
          {
            i: inspection.id,
          },
        )
      ).data.inferenceJobs.nodes;

    expect(await ask('')).toEqual([{ id: second.id }, { id: first.id }]);
    expect(await ask('status: { eq: COMPLETED }')).toEqual([{ id: first.id }]);
    expect(await ask('modelName: { eq: "cracks" }')).toEqual([{ id: second.id }]);

    const { data, errors } = await api.ask(
      `query ($id: ID!) { node(id: $id) { ... on Inspection { inferenceJobs(orderBy: { field: STATUS }) { totalCount nodes { id defects { nodes { inferenceJob { id } } } } } } }
        inspections(filter: { inferenceJobs: { some: { modelName: { eq: "cracks" } } } }) { nodes { id } }
        defects(filter: { inferenceJob: { modelName: { eq: "spots" } }, inspection: { eq: $id } }) { totalCount } }`,
      { id: inspection.id },
    );
    expect(errors).toEqual([]);
    expect(data.node.inferenceJobs).toEqual({
      totalCount: 2,
      nodes: [
        { id: second.id, defects: { nodes: [] } },
        { id: first.id, defects: { nodes: [{ inferenceJob: { id: first.id } }] } },
      ],
    });
    expect(data.inspections.nodes).toEqual([{ id: inspection.id }]);
    expect(data.defects.totalCount).toBe(1);
  });

  test.each([1, 10, 100])(
    'of %i jobs with inspection, lot and defects take one statement for each relation',
    async (count) => {
      for (let made = 0; made < count; made += 1)
        await api.database.reader().sql`
        WITH job AS (INSERT INTO inference_jobs (inspection_id, model_name, model_version) VALUES (${uuidOf(inspection)}::uuid, 'many', '1') RETURNING id, inspection_id)
        INSERT INTO defects (inspection_id, type, severity, detection_method, inference_job_id) SELECT inspection_id, 'VOID', 'LOW', 'ML_AUTOMATED', id FROM job`;
      const { data, errors, statements } = await api.ask(
        'query ($i: ID!) { inferenceJobs(first: 100, filter: { inspection: { eq: $i } }) { totalCount nodes { attemptsLeft queueMilliseconds inspection { lot { number } } defects(first: 2) { nodes { type } } } } }',
        { i: inspection.id },
      );
      expect([errors, data.inferenceJobs.totalCount, statements]).toEqual([[], count, 4]);
    },
  );
});

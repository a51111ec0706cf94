import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { type Identified, makeInspection, makeLine, makeLot, makeModel, uuidOf } from '../../support/build.ts';
import { queueJob } from '../../support/inference.ts';

let api: Api;
let inspection: Identified;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  inspection = await makeInspection(api, await makeLot(api));
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.database.reader().sql`DELETE FROM defects`;
  await api.database.reader().sql`DELETE FROM inference_jobs`;
});

/** A job that ended so many minutes ago, in SQL; null confidences are findings that state none. */
async function endedJob(
  status: 'COMPLETED' | 'FAILED' | 'TIMEOUT',
  latencyMilliseconds: number,
  { minutesAgo = 1, confidences = [] }: { minutesAgo?: number; confidences?: readonly (string | null)[] } = {},
): Promise<void> {
  await api.database.reader().sql`
    WITH ended AS (
      INSERT INTO inference_jobs (inspection_id, model_name, model_version, status, attempts, queued_at, started_at, completed_at)
      SELECT ${uuidOf(inspection)}::uuid, 'spots', '1.0', ${status}::inference_status, 1, at - interval '1 hour', at - make_interval(secs => ${latencyMilliseconds}::float8 / 1000), at
      FROM (SELECT date_trunc('milliseconds', now()) - make_interval(mins => ${minutesAgo}::int) AS at) AS time RETURNING id, inspection_id
    )
    INSERT INTO defects (inspection_id, type, severity, detection_method, confidence, inference_job_id)
    SELECT inspection_id, 'VOID', 'LOW', 'ML_AUTOMATED', found::numeric, id FROM ended, unnest(${[...confidences]}::text[]) AS found`;
}

const FIELDS =
  'totalCount completedCount failedCount successRatio meanLatencyMilliseconds p50 p75 p90 p95 p99 meanConfidence queueDepth health anomalies { kind severity value threshold }';

async function metrics(windowMinutes?: number) {
  const { data, errors, statements } = await api.ask(
    `query ($minutes: Int) { inferenceMetrics(windowMinutes: $minutes) { ${FIELDS} } }`,
    windowMinutes === undefined ? {} : { minutes: windowMinutes },
  );
  return { metrics: data.inferenceMetrics, errors, statements };
}

test('the metrics have the figures of the specification, by two statements', async () => {
  for (const latency of [120, 150, 180, 200, 240, 300, 350, 400, 900, 2600]) await endedJob('COMPLETED', latency);
  await endedJob('FAILED', 77);

  expect(await metrics()).toEqual({
    errors: [],
    statements: 2,
    metrics: {
      totalCount: 11,
      completedCount: 10,
      failedCount: 1,
      successRatio: 0.909091,
      meanLatencyMilliseconds: 544,
      p50: 240,
      p75: 400,
      p90: 900,
      p95: 2600,
      p99: 2600,
      meanConfidence: null,
      queueDepth: 0,
      health: 'CRITICAL',
      anomalies: [{ kind: 'LOW_SUCCESS', severity: 'CRITICAL', value: '0.909091', threshold: '0.95' }],
    },
  });
});

test('the mean confidence is that of the findings that state one: of 0.9, 0.7 and none it is 0.8', async () => {
  await endedJob('COMPLETED', 100, { confidences: ['0.9', null] });
  await endedJob('COMPLETED', 100, { confidences: ['0.7'] });
  expect((await metrics()).metrics).toMatchObject({ meanConfidence: '0.8000', health: 'HEALTHY', anomalies: [] });

  await endedJob('COMPLETED', 100, { confidences: ['0.1'] });
  expect((await metrics()).metrics).toMatchObject({
    meanConfidence: '0.5667',
    health: 'DEGRADED',
    anomalies: [{ kind: 'LOW_CONFIDENCE', severity: 'WARNING', value: '0.5667', threshold: '0.7' }],
  });
});

test('only jobs count that ended in the last minutes that are asked for; 60 unless given', async () => {
  await endedJob('COMPLETED', 100, { minutesAgo: 59, confidences: ['0.9'] });
  await endedJob('TIMEOUT', 100, { minutesAgo: 61 });
  await endedJob('COMPLETED', 300, { minutesAgo: 10_079, confidences: ['0.8'] });

  expect((await metrics()).metrics).toMatchObject({ totalCount: 1, p99: 100, meanConfidence: '0.9000' });
  expect((await metrics(1)).metrics).toMatchObject({ totalCount: 0, health: 'IDLE' });
  expect((await metrics(10_080)).metrics).toMatchObject({ totalCount: 3, failedCount: 1, meanConfidence: '0.8500' });
});

test('the depth of the queue is that of now', async () => {
  await queueJob(api, inspection);
  await queueJob(api, inspection);
  expect((await metrics(1)).metrics).toMatchObject({ totalCount: 0, queueDepth: 2, health: 'IDLE' });
});

test.each([0, 10_081, -1])('%i minutes are refused', async (minutes) => {
  const { errors } = await metrics(minutes);
  expect(errors).toMatchObject([
    {
      message: 'windowMinutes must be a whole number from 1 to 10080.',
      extensions: { code: 'INVALID_INPUT', path: ['windowMinutes'] },
    },
  ]);
});

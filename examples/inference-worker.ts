/**
 * A worker of inference jobs, as docs/inference.md describes it: it claims jobs of the model `spots`, reads their images
 * from the file store, and completes them with the spots that it finds. Operations and answers are typed by `npm run
 * codegen`. Run it with `npx tsx examples/inference-worker.ts`, LOTGRAPH_URL and LOTGRAPH_TOKEN.
 */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { graphql } from './generated/index.ts';
import type { ClaimJobsMutation, FindingInput } from './generated/graphql.ts';
import { send } from './send.ts';
import { findSpots, readImage, type Sensitivity, type Spot } from './spots.ts';

const ClaimJobs = graphql(/* GraphQL */ `
  mutation ClaimJobs($worker: String!) {
    claimInferenceJobs(input: { workerCode: $worker, limit: 4, modelNames: ["spots"] }) {
      inferenceJobs { id attempts processingParameters inputArtifacts { fileName downloadUrl } }
      errors { message }
    }
  }
`);

const KeepJob = graphql(/* GraphQL */ `
  mutation KeepJob($id: ID!, $worker: String!, $attempt: Int!) {
    heartbeatInferenceJob(input: { id: $id, workerCode: $worker, attempt: $attempt }) { errors { message } }
  }
`);

const CompleteJob = graphql(/* GraphQL */ `
  mutation CompleteJob($id: ID!, $worker: String!, $attempt: Int!, $findings: [FindingInput!], $metrics: JSONObject) {
    completeInferenceJob(
      input: {
        id: $id
        workerCode: $worker
        attempt: $attempt
        findings: $findings
        performanceMetrics: $metrics
      }
    ) { errors { message } }
  }
`);

const FailJob = graphql(/* GraphQL */ `
  mutation FailJob($id: ID!, $worker: String!, $attempt: Int!, $message: String!, $isRetryable: Boolean!) {
    failInferenceJob(
      input: { id: $id, workerCode: $worker, attempt: $attempt, errorMessage: $message, isRetryable: $isRetryable }
    ) { errors { message } }
  }
`);

/** Where the server is, and as whom the worker signs in. */
export interface Connection {
  readonly url: string;
  readonly token: string;
  readonly worker: string;
}

/** Claims jobs, and completes or fails each of them. Returns how many there were. */
export async function workOnce(connection: Connection): Promise<number> {
  const { url, token, worker } = connection;
  const { claimInferenceJobs } = await send(url, token, ClaimJobs, { worker });
  const jobs = claimInferenceJobs.inferenceJobs ?? [];
  for (const job of jobs) await workOn(connection, job);
  return jobs.length;
}

type Job = NonNullable<ClaimJobsMutation['claimInferenceJobs']['inferenceJobs']>[number];

async function workOn({ url, token, worker }: Connection, job: Job): Promise<void> {
  const held = { id: job.id, worker, attempt: job.attempts };
  // The jobs that were claimed together have waited for each other.
  const kept = await send(url, token, KeepJob, held);
  if (kept.heartbeatInferenceJob.errors.length > 0) return;
  const findings: FindingInput[] = [];
  for (const { fileName, downloadUrl } of job.inputArtifacts) {
    const response = downloadUrl === null ? undefined : await fetch(new URL(downloadUrl, url));
    if (response?.ok !== true) {
      const message = `${fileName} was answered with ${response?.status ?? 'no address'}.`;
      await send(url, token, FailJob, { ...held, message, isRetryable: true });
      return;
    }
    try {
      const spots = findSpots(
        readImage(new Uint8Array(await response.arrayBuffer())),
        sensitivityOf(job.processingParameters),
      );
      findings.push(...spots.map((spot) => findingOf(fileName, spot)));
    } catch (error) {
      // The same file will not become readable.
      const message = `${fileName}: ${error instanceof Error ? error.message : String(error)}`;
      await send(url, token, FailJob, { ...held, message, isRetryable: false });
      return;
    }
  }
  await send(url, token, CompleteJob, { ...held, findings, metrics: { images: job.inputArtifacts.length } });
}

function sensitivityOf({ levels, leastPixels }: Job['processingParameters']): Sensitivity {
  return {
    levels: typeof levels === 'number' ? levels : 60,
    leastPixels: typeof leastPixels === 'number' ? leastPixels : 4,
  };
}

/** A long and narrow spot is a scratch, any other one a void. Large ones are worse, and clear ones are surer. */
function findingOf(fileName: string, { x, y, width, height, pixelCount, contrast }: Spot): FindingInput {
  const isLong = Math.max(width, height) >= 4 * Math.min(width, height);
  return {
    type: isLong ? 'SCRATCH' : 'VOID',
    severity: pixelCount >= 400 ? 'HIGH' : pixelCount >= 100 ? 'MEDIUM' : 'LOW',
    confidence: Math.min(1, 0.5 + contrast).toFixed(4),
    location: { x, y, width, height, image: fileName },
    description: `${pixelCount} pixels differ from the background.`,
  };
}

if (process.argv[1] === import.meta.filename) {
  const { LOTGRAPH_URL: url = 'http://127.0.0.1:4000/graphql', LOTGRAPH_TOKEN: token = '' } = process.env;
  for (;;) if ((await workOnce({ url, token, worker: hostname() })) === 0) await sleep(1_000);
}

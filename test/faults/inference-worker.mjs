/**
 * A worker of inference jobs that is killed at any moment. It claims some jobs, completes each with one finding that names
 * the attempt, and begins again. What it says on standard error is a fault: its answers are taken, or refused by JOB-3.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const { URL: url, TOKEN: token, WORKER: workerCode } = process.env;

async function send(mutation, input, selection) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message rule } } }`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data, errors = [] } = await response.json();
  for (const error of [...errors, ...(data?.payload?.errors ?? [])])
    if (error.rule !== 'JOB-3') process.stderr.write(`${mutation}: ${JSON.stringify(error)}\n`);
  return data?.payload ?? {};
}

for (;;) {
  const limit = 1 + Math.floor(Math.random() * 10);
  const { inferenceJobs: jobs = [] } = await send(
    'claimInferenceJobs',
    { workerCode, limit },
    'inferenceJobs { id attempts }',
  );
  if (jobs.length === 0) await sleep(20);
  for (const { id, attempts: attempt } of jobs) {
    const description = `attempt ${attempt}`;
    const finding = { type: 'VOID', severity: 'LOW', confidence: '0.9', description };
    await send('completeInferenceJob', { id, workerCode, attempt, findings: [finding] }, 'inferenceJob { id }');
  }
}

/** Background jobs: they are done, and taken from lost workers (BGJ-1). */
import { JOBS_CHANNEL } from '../../operation/background-job/background-job.loaders.ts';
import { JOBS_AT_ONCE, returnLostJobs } from '../../operation/background-job/job-work.commands.ts';
import { type BackgroundWork, exclusive } from './background-work.ts';
import { completeBatch } from './batch-completion.ts';
import { makeExport } from './export/make-export.ts';
import { doNextJob } from './job-runner.ts';

/** Works off batches of results. Any number of workers may: each batch is leased to one of them. */
export const batchWorker: BackgroundWork = {
  name: 'batch-worker',
  pauseMilliseconds: 10_000,
  channel: JOBS_CHANNEL,
  run: (services, stopping) => doNextJob(services, stopping, { kind: 'BATCH_COMPLETION', work: completeBatch }),
};

/** Makes exports. Any number of workers may: each export is leased to one of them. */
export const exportWorker: BackgroundWork = {
  name: 'export-worker',
  pauseMilliseconds: 10_000,
  channel: JOBS_CHANNEL,
  run: (services, stopping) => doNextJob(services, stopping, { kind: 'DATA_EXPORT', work: makeExport }),
};

/** Returns the jobs of lost workers to the queue. */
export const jobReaper = exclusive({
  name: 'job-reaper',
  pauseMilliseconds: 10_000,
  async run(tx, { log }) {
    const lost = await returnLostJobs(tx);
    if (lost > 0) log.warn({ event: 'job.leases_lost', jobs: lost }, 'workers of background jobs were lost');
    return lost === JOBS_AT_ONCE;
  },
});

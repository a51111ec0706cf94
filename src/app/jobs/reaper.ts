/** Takes inference jobs from workers that are not heard of any more (JOB-2, JOB-4). */
import { REAPED_AT_ONCE, reapInferenceJobs } from '../../quality/inference-job/reaper.commands.ts';
import { exclusive } from './background-work.ts';

/** The reaper of inference jobs, every 10 seconds. */
export const inferenceJobReaper = exclusive({
  name: 'inference-job-reaper',
  pauseMilliseconds: 10_000,
  async run(tx, { log }) {
    const reaped = await reapInferenceJobs(tx);
    if (reaped > 0) log.warn({ event: 'inference.leases_lost', jobs: reaped }, 'workers of inference jobs were lost');
    return reaped === REAPED_AT_ONCE;
  },
});

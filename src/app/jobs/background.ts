/** Background jobs: work that the server repeats in parallel with the requests, for as long as it runs. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A background job that runs. */
export interface BackgroundJob {
  /** Resolves when the current run has ended. */
  stop(): Promise<void>;
}

interface RunResult {
  readonly hasMore: boolean;
  readonly pauseMilliseconds?: number;
}

/**
 * Repeats a run until the job is stopped. A run says whether more work is waiting; if so, the next run follows at once.
 * Otherwise it follows after the pause, or after the one that the run names. A run never fails: it handles and logs its
 * errors itself. It gets a signal that is aborted when the job is stopped.
 */
export function startBackgroundJob(
  pauseMilliseconds: number,
  run: (stopping: AbortSignal) => Promise<RunResult>,
): BackgroundJob {
  const stopping = new AbortController();
  const repeat = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { hasMore, pauseMilliseconds: ownPause = pauseMilliseconds } = await run(stopping.signal);
      if (!hasMore) await sleep(ownPause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const done = repeat();
  return {
    stop() {
      stopping.abort();
      return done;
    },
  };
}

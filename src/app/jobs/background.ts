/** Background jobs: work that the server repeats in parallel with the requests, for as long as it runs. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A background job that runs. */
export interface BackgroundJob {
  /** Resolves when the current run has ended. */
  stop(): Promise<void>;
}

/**
 * Repeats a run until the job is stopped. A run says whether more work is waiting; if so, the next run follows at once.
 * A run never fails: it handles and logs its errors itself.
 */
export function startBackgroundJob(
  pauseMilliseconds: number,
  run: () => Promise<{ readonly hasMore: boolean }>,
): BackgroundJob {
  const stopping = new AbortController();
  const repeat = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { hasMore } = await run();
      if (!hasMore) await sleep(pauseMilliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);
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

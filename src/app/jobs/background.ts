/** Work that is done again and again beside the requests, for as long as the server runs. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface BackgroundJob {
  /** Resolves when the turn under way has ended. */
  stop(): Promise<void>;
}

/**
 * A turn says whether more is waiting; then the next one follows at once. It fails by no error: what went wrong is its
 * own to tell.
 */
export function startBackgroundJob(
  pauseMilliseconds: number,
  turn: () => Promise<{ readonly hasMore: boolean }>,
): BackgroundJob {
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { hasMore } = await turn();
      if (!hasMore) await sleep(pauseMilliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const done = work();
  return {
    stop() {
      stopping.abort();
      return done;
    },
  };
}

/** Background jobs: work that the server repeats in parallel with the requests, for as long as it runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notifications } from '../../platform/postgres/notifications.ts';

/** Announces that there may be something to do. */
type Waker = Pick<Notifications, 'sequence' | 'waitAfter'>;

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
 * Otherwise it follows after the pause, or after the one that the run names, and at once when the waker announces
 * something. A run never fails: it handles and logs its
 * errors itself. It gets a signal that is aborted when the job is stopped.
 */
export function startBackgroundJob(
  pauseMilliseconds: number,
  run: (stopping: AbortSignal) => Promise<RunResult>,
  waker?: Waker,
): BackgroundJob {
  const stopping = new AbortController();
  const repeat = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // What is announced during the run may come too late for it.
      const sequence = waker?.sequence ?? 0;
      const { hasMore, pauseMilliseconds: ownPause = pauseMilliseconds } = await run(stopping.signal);
      if (!hasMore) await pause(ownPause, stopping.signal, (ending) => waker?.waitAfter(sequence, ending));
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

/** Waits until the time is over, the job is stopped, or something was announced. */
async function pause(
  milliseconds: number,
  stopping: AbortSignal,
  announced: (ending: AbortSignal) => Promise<void> | undefined,
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  stopping.addEventListener('abort', end, { once: true });
  if (stopping.aborted) end();
  const time = sleep(milliseconds, undefined, { signal: ending.signal }).catch(() => undefined);
  const announcement = announced(ending.signal);
  await Promise.race(announcement === undefined ? [time] : [time, announcement]);
  end();
  stopping.removeEventListener('abort', end);
}

/**
 * Publishes the newest block as a signed anchor to the configured targets, at most once a minute while new blocks come.
 *
 * 1. Each target has a job of its own, so that a target that is away delays neither the others nor the audit sealer.
 * 2. A target that fails is tried again after a second, then after twice as long each time, up to a minute. It gets
 *    the block that is the newest then, which covers all blocks before it.
 * 3. The first failure of an outage is logged, and its end; the failures between them are not.
 * 4. Each server publishes, so a target may get the same anchor from several servers, and again after a start.
 */
import { type AnchorKey, signAnchor } from '../../audit-export/anchor-signature.ts';
import type { AnchorTarget } from '../../audit-export/anchor-target.ts';
import { newestAnchor } from '../../audit-export/anchor.ts';
import type { Services } from '../../../platform/request/context.ts';
import { AppError } from '../../../platform/values/assert.ts';
import { type BackgroundJob, startBackgroundJob } from '../background.ts';

/** The times of the publisher. */
export interface PublisherTimes {
  /** After a publication. */
  readonly pauseMilliseconds: number;
  /** After a look that found no new block. */
  readonly idleMilliseconds: number;
  readonly firstRetryMilliseconds: number;
  /** How long one attempt may take. */
  readonly timeoutMilliseconds: number;
}

const TIMES: PublisherTimes = {
  pauseMilliseconds: 60_000,
  idleMilliseconds: 5_000,
  firstRetryMilliseconds: 1_000,
  timeoutMilliseconds: 10_000,
};

/** The targets, and the key that signs for them. */
export interface Publication {
  readonly targets: readonly AnchorTarget[];
  readonly key: AnchorKey;
}

/** Starts the anchor publisher of a server process. */
export function startAnchorPublisher(
  services: Pick<Services, 'database' | 'log'>,
  { targets, key }: Publication,
  times: PublisherTimes = TIMES,
): BackgroundJob {
  const jobs = targets.map((target) => startPublishing(services, target, key, times));
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}

function startPublishing(
  { database, log }: Pick<Services, 'database' | 'log'>,
  { name: target, publish }: AnchorTarget,
  key: AnchorKey,
  { pauseMilliseconds, idleMilliseconds, firstRetryMilliseconds, timeoutMilliseconds }: PublisherTimes,
): BackgroundJob {
  let published = '';
  let failures = 0;
  /** Publishes the newest block unless it was published; returns the pause until the next run. */
  const publishNewest = async (stopping: AbortSignal): Promise<number> => {
    const anchor = await newestAnchor(database.reader());
    if (anchor === undefined || anchor.hash === published) return idleMilliseconds;
    await withinTime(stopping, timeoutMilliseconds, (signal) => publish(signAnchor(anchor, key), signal));
    published = anchor.hash;
    log.debug({ event: 'audit.anchor_published', target, block: anchor.number }, 'an audit anchor was published');
    return pauseMilliseconds;
  };
  return startBackgroundJob(idleMilliseconds, async (stopping) => {
    try {
      const pause = await publishNewest(stopping);
      if (failures > 0)
        log.info({ event: 'audit.anchor_recovered', target, failures }, 'audit anchors are published again');
      failures = 0;
      return { hasMore: false, pauseMilliseconds: pause };
    } catch (error) {
      if (stopping.aborted) return { hasMore: false };
      failures += 1;
      if (failures === 1)
        log.warn(
          { event: 'audit.anchor_failed', target, err: error },
          'an audit anchor could not be published; it is tried again',
        );
      const pause = firstRetryMilliseconds * 2 ** (failures - 1);
      return { hasMore: false, pauseMilliseconds: Math.min(pause, pauseMilliseconds) };
    }
  });
}

/**
 * Runs one attempt with a signal that is aborted after the time, or when the job is stopped. Its listeners are removed:
 * a signal of `AbortSignal.any` would stay with the signal of the job for as long as the server runs.
 */
async function withinTime(
  stopping: AbortSignal,
  milliseconds: number,
  attempt: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  const timer = setTimeout(
    () => ending.abort(new AppError(`There was no answer in ${milliseconds} ms.`)),
    milliseconds,
  );
  stopping.addEventListener('abort', stop, { once: true });
  try {
    await attempt(ending.signal);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener('abort', stop);
  }
}

/**
 * Background work: what is done for requests after they were answered, and what has to be done at certain times.
 * `lotgraph start` does it in parallel with its requests (`LOTGRAPH_WORKER`), `lotgraph worker` does nothing else.
 *
 * 1. `work-list.ts` lists every kind of work. Each kind has a loop of its own, so that a slow kind delays no other.
 * 2. Any number of processes may run the list on one database. A kind of work takes care that two processes never do the
 *    same: `exclusive` work holds an advisory lock for the length of its transaction; other kinds hold leases on rows.
 * 3. A failed run is logged and repeated after the pause. Only the first failure of a series is a warning.
 */
import type { Tx } from '../../platform/postgres/client.ts';
import type { Services } from '../../platform/request/context.ts';
import { type BackgroundJob, startBackgroundJob } from './background.ts';

/** A kind of background work. */
export interface BackgroundWork {
  /** Names it in the log and in the key of its lock: kebab-case, unique, never changed. */
  readonly name: string;
  /** The pause after a run that has left nothing to do. */
  readonly pauseMilliseconds: number;
  /** The channel that announces that there is something to do; without one it is found after the pause. */
  readonly channel?: string;
  /** Does what is to be done now, and returns whether more is waiting. The signal is aborted when the process stops. */
  run(services: Services, stopping: AbortSignal): Promise<boolean>;
}

/** Work in one transaction at a time, across all processes: a process that finds another one at it does nothing. */
export function exclusive({
  name,
  pauseMilliseconds,
  run,
}: Pick<BackgroundWork, 'name' | 'pauseMilliseconds'> & {
  readonly run: (tx: Tx, services: Services) => Promise<boolean>;
}): BackgroundWork {
  return {
    name,
    pauseMilliseconds,
    run: (services) =>
      services.database.transaction(async (tx) => ((await acquire(tx, name)) ? run(tx, services) : false)),
  };
}

/** Starts background work of these kinds. */
export function startBackgroundWork(services: Services, works: readonly BackgroundWork[]): BackgroundJob {
  services.log.debug({ event: 'work.started', works: works.map(({ name }) => name) }, 'background work has started');
  const jobs = works.map((work) => startWork(services, work));
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}

function startWork(services: Services, { name, pauseMilliseconds, channel, run }: BackgroundWork): BackgroundJob {
  let failures = 0;
  const turn = async (stopping: AbortSignal): Promise<{ readonly hasMore: boolean }> => {
    try {
      const hasMore = await run(services, stopping);
      if (failures > 0) services.log.info({ event: 'work.recovered', work: name, failures }, 'background work goes on');
      failures = 0;
      return { hasMore };
    } catch (error) {
      failures += 1;
      const level = failures === 1 ? 'warn' : 'debug';
      services.log[level](
        { event: 'work.failed', work: name, err: error },
        'background work failed; it is tried again',
      );
      return { hasMore: false };
    }
  };
  const waker = channel === undefined ? undefined : services.database.notifications(channel);
  return startBackgroundJob(pauseMilliseconds, turn, waker);
}

/** Whether the transaction holds the lock of this kind of work; false when another transaction does. */
async function acquire(tx: Tx, name: string): Promise<boolean> {
  const [tried] = await tx.sql<{ isMine: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${`lotgraph background work ${name}`}, 0)) AS "isMine"`;
  return tried?.isMine === true;
}

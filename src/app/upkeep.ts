/** What the server clears away, at its start and every hour: what has expired and nobody asks for. Several servers do it side by side. */
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetOldFaults } from '../operation/error-entry/error-entry.commands.ts';
import type { Services } from '../platform/context.ts';
import { forgetExpiredKeys } from '../platform/idempotency.ts';

export interface Upkeep {
  /** Resolves when the turn under way has ended. */
  stop(): Promise<void>;
}

const PAUSE_MILLISECONDS = 3_600_000;

export function startUpkeep({ database, log }: Pick<Services, 'database' | 'log'>): Upkeep {
  const duties = {
    faults: () => forgetOldFaults(database.reader()),
    idempotencyKeys: () => forgetExpiredKeys(database.reader()),
  };
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const [what, duty] of Object.entries(duties)) {
        try {
          const removed = await duty();
          if (removed > 0) log.info({ what, removed }, 'cleared away');
        } catch (error) {
          log.warn({ what, err: error }, 'what has expired could not be cleared away; it is tried again');
        }
      }
      await sleep(PAUSE_MILLISECONDS, undefined, { signal: stopping.signal }).catch(() => undefined);
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

/** Seals the record every second while the server runs; several servers do it side by side, one at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../platform/context.ts';
import { seal } from '../operation/audit/seal.commands.ts';

export interface Sealer {
  /** Resolves when the turn under way has ended. */
  stop(): Promise<void>;
}

const PAUSE_MILLISECONDS = 1_000;
/** How often the newest block's hash goes into the log, where it anchors the record outside of the database. */
const ANCHOR_MILLISECONDS = 60_000;

export function startSealer({ database, log }: Pick<Services, 'database' | 'log'>): Sealer {
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    let horizon = '0';
    let anchoredAt = 0;
    while (!stopping.signal.aborted) {
      let hasMore = false;
      try {
        const sealed = await seal(database, horizon);
        horizon = sealed?.horizon ?? horizon;
        hasMore = sealed?.hasMore ?? false;
        if (sealed?.newest !== undefined && Date.now() - anchoredAt >= ANCHOR_MILLISECONDS) {
          anchoredAt = Date.now();
          log.info({ block: sealed.newest.number, hash: sealed.newest.hash, lastPosition: sealed.newest.lastPosition }, 'audit anchor');
        }
      } catch (error) {
        // The next turn looks at everything anew: the database may be another one than before.
        horizon = '0';
        log.warn({ err: error }, 'the audit trail could not be sealed; it is tried again');
      }
      if (!hasMore) await sleep(PAUSE_MILLISECONDS, undefined, { signal: stopping.signal }).catch(() => undefined);
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

/**
 * What the server clears away, at its start and every hour: what has expired and nobody asks for. Several servers do it
 * side by side.
 */
import { deleteOldErrors } from '../../operation/error-entry/error-entry.commands.ts';
import type { Services } from '../../platform/request/context.ts';
import { deleteExpiredKeys } from '../../platform/command/idempotency.ts';
import { startBackgroundJob, type BackgroundJob } from './background.ts';

const PAUSE_MILLISECONDS = 3_600_000;

export function startCleanup({ database, log }: Pick<Services, 'database' | 'log'>): BackgroundJob {
  const duties = {
    faults: () => deleteOldErrors(database.reader()),
    idempotencyKeys: () => deleteExpiredKeys(database.reader()),
  };
  return startBackgroundJob(PAUSE_MILLISECONDS, async () => {
    for (const [what, duty] of Object.entries(duties)) {
      try {
        const removed = await duty();
        if (removed > 0) log.info({ what, removed }, 'cleared away');
      } catch (error) {
        log.warn({ what, err: error }, 'what has expired could not be cleared away; it is tried again');
      }
    }
    return { hasMore: false };
  });
}

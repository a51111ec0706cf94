/** Deletes expired rows when the server starts, and then every hour. Several servers may do this at the same time. */
import { deleteOldErrors } from '../../operation/error-entry/error-entry.commands.ts';
import { deleteOldEvents } from '../../operation/system-event/system-event.commands.ts';
import type { Services } from '../../platform/request/context.ts';
import { deleteExpiredKeys } from '../../platform/command/idempotency.ts';
import { startBackgroundJob, type BackgroundJob } from './background.ts';

const PAUSE_MILLISECONDS = 3_600_000;

/** Starts the cleanup of a server process. */
export function startCleanup({ database, log }: Pick<Services, 'database' | 'log'>): BackgroundJob {
  const deletions = {
    events: () => deleteOldEvents(database.reader()),
    errors: () => deleteOldErrors(database.reader()),
    idempotencyKeys: () => deleteExpiredKeys(database.reader()),
  };
  return startBackgroundJob(PAUSE_MILLISECONDS, async () => {
    for (const [rows, deleteExpired] of Object.entries(deletions)) {
      try {
        const removed = await deleteExpired();
        if (removed > 0) log.info({ event: 'cleanup.removed', rows, removed }, 'expired rows were removed');
      } catch (error) {
        log.warn({ event: 'cleanup.failed', rows, err: error }, 'expired rows could not be removed; it is tried again');
      }
    }
    return { hasMore: false };
  });
}

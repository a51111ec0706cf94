/**
 * What the server clears away, at its start and every hour: what has expired and nobody asks for. Several servers do it
 * side by side.
 */
import { forgetOldFaults } from '../../operation/error-entry/error-entry.commands.ts';
import type { Services } from '../../platform/request/context.ts';
import { forgetExpiredKeys } from '../../platform/command/idempotency.ts';
import { startBackground, type Background } from './background.ts';

const PAUSE_MILLISECONDS = 3_600_000;

export function startUpkeep({ database, log }: Pick<Services, 'database' | 'log'>): Background {
  const duties = {
    faults: () => forgetOldFaults(database.reader()),
    idempotencyKeys: () => forgetExpiredKeys(database.reader()),
  };
  return startBackground(PAUSE_MILLISECONDS, async () => {
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

/** Seals the record every second while the server runs; several servers do it side by side, one at a time. */
import type { Services } from '../../platform/request/context.ts';
import { UNKNOWN_HORIZON, seal } from '../../operation/audit/seal.commands.ts';
import { startBackgroundJob, type BackgroundJob } from './background.ts';

const PAUSE_MILLISECONDS = 1_000;
/** How often the newest block's hash goes into the log, where it anchors the record outside of the database. */
const ANCHOR_MILLISECONDS = 60_000;

export function startAuditSealer({ database, log }: Pick<Services, 'database' | 'log'>): BackgroundJob {
  let horizon = UNKNOWN_HORIZON;
  let anchoredAt = 0;
  return startBackgroundJob(PAUSE_MILLISECONDS, async () => {
    try {
      const sealed = await seal(database, horizon);
      horizon = sealed?.horizon ?? horizon;
      if (sealed?.newest !== undefined && Date.now() - anchoredAt >= ANCHOR_MILLISECONDS) {
        anchoredAt = Date.now();
        log.info(
          { block: sealed.newest.number, hash: sealed.newest.hash, lastPosition: sealed.newest.lastPosition },
          'audit anchor',
        );
      }
      return { hasMore: sealed?.hasMore ?? false };
    } catch (error) {
      // The next turn looks at everything anew: the database may be another one than before.
      horizon = UNKNOWN_HORIZON;
      log.warn({ err: error }, 'the audit trail could not be sealed; it is tried again');
      return { hasMore: false };
    }
  });
}

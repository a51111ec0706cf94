/** Seals the audit trail every second while the server runs. Of several servers, one seals at a time. */
import { type BackgroundJob, startBackgroundJob } from './background.ts';
import { seal, NO_PROGRESS } from '../../operation/audit/seal.commands.ts';
import type { Services } from '../../platform/request/context.ts';

const PAUSE_MILLISECONDS = 1_000;
/** How often the hash of the newest block is logged. The log anchors the record outside of the database. */
const ANCHOR_MILLISECONDS = 60_000;

/** Starts the audit sealer of a server process. */
export function startAuditSealer({ database, log }: Pick<Services, 'database' | 'log'>): BackgroundJob {
  let progress = NO_PROGRESS;
  let anchoredAt = 0;
  return startBackgroundJob(PAUSE_MILLISECONDS, async () => {
    try {
      const sealed = await seal(database, progress);
      progress = sealed?.progress ?? progress;
      if (sealed?.newest !== undefined && Date.now() - anchoredAt >= ANCHOR_MILLISECONDS) {
        anchoredAt = Date.now();
        const { number: block, hash, lastPosition } = sealed.newest;
        log.info({ event: 'audit.anchor', block, hash, lastPosition }, 'audit anchor');
      }
      return { hasMore: sealed?.hasMore ?? false };
    } catch (error) {
      // The next run starts from the horizon of the newest block, because the database may be another one than before.
      progress = NO_PROGRESS;
      log.warn({ event: 'audit.sealing_failed', err: error }, 'the audit trail could not be sealed; it is tried again');
      return { hasMore: false };
    }
  });
}

/**
 * Verifies the audit trail, piece by piece, again and again (AUD-5). Each run verifies some blocks and the next one goes on
 * from there; after the newest block it starts again. A break raises an alert, and is a system event.
 */
import { alertOfBreak } from '../../../operation/alert/alert-check.rules.ts';
import { raiseSystemAlerts } from '../../../operation/alert/raise.commands.ts';
import { verify } from '../../../operation/audit/verify.loaders.ts';
import { exclusive, type BackgroundWork } from '../background-work.ts';

/** A run reads at most so many blocks. One has at most 1,000 entries, and mostly those of a second. */
const BLOCKS_AT_ONCE = 200;

/** The verification of the audit trail, every ten minutes. */
export function auditScrub(blocksAtOnce: number = BLOCKS_AT_ONCE): BackgroundWork {
  let next = 1;
  return exclusive({
    name: 'audit-scrub',
    pauseMilliseconds: 600_000,
    async run(tx, { log, events }) {
      const range = { fromBlock: next, toBlock: next + blocksAtOnce - 1 };
      const { firstBreak, checkedBlocks } = await verify(tx, range);
      next = checkedBlocks < blocksAtOnce ? 1 : next + blocksAtOnce;
      if (firstBreak === null) return false;
      const alert = alertOfBreak(firstBreak);
      const raised = await raiseSystemAlerts(tx, [alert]);
      if (raised === 0) return false;
      log.error({ event: 'audit.broken', ...firstBreak }, 'the audit trail is broken');
      events.note({ level: 'CRITICAL', event: 'audit.broken', message: alert.message });
      return false;
    },
  });
}

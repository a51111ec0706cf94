/** Prints the labels of steps after their PASS (LBL-2), a second after the audit trail was sealed at the latest. */
import { beginAutoPrints } from '../../production/label-print/auto-print.commands.ts';
import { endPrint, finishPrint } from '../../production/label-print/label-print.commands.ts';
import type { BackgroundWork } from './background-work.ts';

const ENDED = { action: 'labelPrint.ended' } as const;

/** The automatic prints, to the first configured printer. Any number of processes may search for them. */
export const labelPrinter: BackgroundWork = {
  name: 'label-printer',
  pauseMilliseconds: 1_000,
  async run({ database, config, log }, stopping) {
    const { toSend, hasMore } = await database.transaction((tx) => beginAutoPrints(tx, config.labelPrinters[0]));
    for (const print of toSend) {
      if (stopping.aborted) await endPrint(database, print.id, ENDED, 'The server stopped before it sent the label.');
      else await finishPrint(database, print, ENDED);
    }
    if (toSend.length > 0)
      log.debug({ event: 'labels.printed', labels: toSend.length }, 'labels of steps were sent to the printer');
    return hasMore;
  },
};

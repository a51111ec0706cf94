/**
 * LBL-2: Steps print their label after a PASS.
 *
 * 1. The audit trail says what was passed. It is written by the transaction of the PASS itself, whichever command
 *    recorded it (one record, a group commit, a batch, a conversion, a correction), so no PASS is missed, none that was
 *    rolled back is printed, and recording costs nothing more. Its sealed positions are in the order of commits.
 * 2. A cursor says up to which position the trail was searched. One short transaction moves it past the next PASSes and
 *    inserts their prints, which count as FAILED until their end is noted. So each PASS gets one print, however many
 *    processes search, and one that was interrupted stays visible instead of being printed twice.
 * 3. The labels are sent after that commit. How a print ends changes nothing of its PASS.
 * 4. The demo plant and `lotgraph import` write history: for that, nothing is printed.
 */
import { v7 as uuid7 } from 'uuid';
import { actAsSystem } from '../../platform/request/actor.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { LabelPrinter } from '../../platform/process/config-entries.ts';
import { insertPrints, type PrintToSend } from './label-print.commands.ts';
import { labelledExecutions } from './auto-print.loaders.ts';

/** The prints of the next PASSes, and whether the trail goes on behind them. */
export interface BegunPrints {
  readonly toSend: readonly PrintToSend[];
  readonly hasMore: boolean;
}

/** LBL-2: A step: begins the prints for the next PASSes of the trail. None while another process does the same. */
export async function beginAutoPrints(tx: Tx, printer: LabelPrinter | undefined): Promise<BegunPrints> {
  const [cursor] = await tx.sql<{ position: string }>`
    SELECT position FROM label_print_cursors WHERE id = 1 FOR UPDATE SKIP LOCKED`;
  if (cursor === undefined) return { toSend: [], hasMore: false };
  const { executions, end, hasMore } = await labelledExecutions(tx, Number(cursor.position), PRINTS_AT_ONCE);
  const prints = executions.map(({ execution, labelType, unitId, number }) => ({
    id: uuid7(),
    labelType,
    unitId,
    number,
    processData: execution,
    printedById: null,
  }));
  if (prints.length > 0) {
    await actAsSystem(tx, 'labelPrint.autoPrinted');
    await insertPrints(tx, printer, prints);
  }
  if (end > Number(cursor.position))
    await tx.sql`UPDATE label_print_cursors SET position = ${end}::bigint WHERE id = 1`;
  const toSend =
    printer === undefined ? [] : prints.map(({ id, labelType, number }) => ({ id, printer, labelType, text: number }));
  return { toSend, hasMore };
}

/** So many prints are begun by one transaction: few, because those that were begun when a process is killed stay FAILED. */
const PRINTS_AT_ONCE = 10;

import { v7 as uuid7 } from 'uuid';
import type { LabelType } from '../../catalog/process/process.rules.ts';
import { command, type Env, type Outcome } from '../../platform/command/declaration.ts';
import { enforce, found, reject } from '../../platform/command/rejection.ts';
import { run } from '../../platform/command/run.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Database, Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { LabelPrinter } from '../../platform/process/config-entries.ts';
import { type Actor, actorOf, actorSetting } from '../../platform/request/actor.ts';
import type { Context } from '../../platform/request/context.ts';
import { FLOOR, personOf } from '../../platform/rules/access.ts';
import type { Instant } from '../../platform/values/time.ts';
import { idOfUnitIds } from '../unit/unit.loaders.ts';
import { noSuchUnit } from '../unit/unit-reference.rules.ts';
import { type LabelledUnit, labelledUnit } from './label-print.loaders.ts';
import {
  executionFitsPrint,
  LABEL_PRINT_LENGTHS,
  messageFitsStatus,
  PRINT_NOT_ENDED,
  printerIsKnown,
  readableNumber,
  UNIT_OF_LABEL,
  unitFitsLabel,
  zplOf,
} from './label-print.rules.ts';
import { type PrintInput, PrintLabel, RecordLabelPrint } from './label-print.shapes.ts';
import { sendToPrinter } from './label-printer.gateway.ts';

/**
 * LBL-1: Begins the print of a label. What is sent to a printer is sent after the commit (`finishPrint`), so that a slow
 * printer holds neither a connection nor a lock.
 */
export const printLabel = command({
  name: 'printLabel',
  action: 'labelPrint.printed',
  description:
    'Prints the label of a lot, a WIP item or a serial, again if it was printed before, and keeps how that ended (LBL-1). A print that FAILED is not a refusal: its record says why. Where no printer is configured, the print is only kept.',
  access: FLOOR,
  input: PrintLabel,
  async run(env, input) {
    return { labelPrint: (await beginPrint(env, input)).id };
  },
});

/**
 * Prints a label: begins the print, and sends the label after the commit. A repeated request, with the same idempotency
 * key, gets the same print and sends nothing.
 */
export async function beginAndSend(
  input: unknown,
  context: Context,
): Promise<Outcome<{ readonly labelPrint: string }>> {
  const begun = new Map<string, PrintToSend | undefined>();
  const noting: typeof printLabel = {
    ...printLabel,
    async run(env, given) {
      const { id, toSend } = await beginPrint(env, given);
      begun.set(id, toSend);
      return { labelPrint: id };
    },
  };
  const outcome = await run(noting, input, context);
  const toSend = outcome.output === null ? undefined : begun.get(outcome.output.labelPrint);
  if (toSend !== undefined) await finishPrint(context.services.database, toSend, actorOf(context, 'labelPrint.ended'));
  return outcome;
}

/** LBL-1: Keeps a print that somebody else has made. */
export const recordLabelPrint = command({
  name: 'recordLabelPrint',
  action: 'labelPrint.recorded',
  description:
    'Keeps the print of a label that the caller has made itself, and how it ended (LBL-1). Nothing is sent to a printer.',
  access: FLOOR,
  input: RecordLabelPrint,
  async run(env, { printer, status, errorMessage, ...wanted }) {
    enforce(messageFitsStatus({ status, errorMessage }));
    const unit = await unitOfPrint(env, wanted);
    const id = uuid7();
    await env.tx.labelPrint.create({
      data: {
        ...columnsOfPrint({ ...printOf(wanted, unit, env), id }),
        printer: printer ?? null,
        status,
        errorMessage: errorMessage ?? null,
      },
    });
    return { labelPrint: id };
  },
});

/** Begins the print of a label; `toSend` is what is to be sent to a printer after the commit, if anything. */
async function beginPrint(
  env: Env,
  { printer: name, ...wanted }: PrintInput,
): Promise<{ readonly id: string; readonly toSend: PrintToSend | undefined }> {
  const { labelPrinters } = env.context.services.config;
  const unit = await unitOfPrint(env, wanted);
  enforce(printerIsKnown(labelPrinters, name));
  const printer = name === undefined ? labelPrinters[0] : labelPrinters.find((each) => each.name === name);
  const id = uuid7();
  await insertPrints(env.tx, printer, [{ ...printOf(wanted, unit, env), id }]);
  return { id, toSend: printer && { id, printer, labelType: wanted.labelType, text: unit.number } };
}

/** A label that is sent to a printer. */
export interface PrintToSend {
  readonly id: string;
  readonly printer: LabelPrinter;
  readonly labelType: LabelType;
  readonly text: string;
}

/** Sends the label of a print that was begun, and notes how that ended. */
export async function finishPrint(database: Database, print: PrintToSend, actor: Actor): Promise<void> {
  const { printer, labelType, text } = print;
  const label = { text, readable: readableNumber(UNIT_OF_LABEL[labelType], text) };
  await endPrint(database, print.id, actor, await sendToPrinter(printer, zplOf(label, 'DATA_MATRIX')));
}

/** Notes how a print ended: with this problem, or with success. The end of a print is noted once. */
export async function endPrint(
  database: Database,
  id: string,
  actor: Actor,
  problem: string | undefined,
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.sql`SELECT ${actorSetting(actor)}`;
    const end =
      problem === undefined
        ? sql`status = 'SUCCESS', error_message = NULL`
        : sql`error_message = ${problem.slice(0, LABEL_PRINT_LENGTHS.errorMessage)}`;
    await tx.query(sql`UPDATE label_prints SET ${end} WHERE id = ${id}::uuid AND error_message = ${PRINT_NOT_ENDED}`);
  });
}

/** A print of the label of a unit, whose id and number these are. */
export interface NewPrint {
  readonly id: string;
  readonly labelType: LabelType;
  readonly unitId: string;
  readonly number: string;
  readonly processData?: string | undefined;
  readonly printedById: string | null;
}

/**
 * A step: inserts prints. Those for a printer count as FAILED until their end is noted; without a printer there is
 * nothing to do, and they have ended well.
 */
export async function insertPrints(
  tx: Tx,
  printer: LabelPrinter | undefined,
  prints: readonly NewPrint[],
): Promise<void> {
  await tx.labelPrint.createMany({
    data: prints.map((print) => ({
      ...columnsOfPrint(print),
      printer: printer?.name ?? null,
      status: printer === undefined ? 'SUCCESS' : 'FAILED',
      errorMessage: printer === undefined ? null : PRINT_NOT_ENDED,
    })),
  });
}

function printOf(
  { labelType, processData }: { readonly labelType: LabelType; readonly processData?: string | undefined },
  unit: LabelledUnit,
  { viewer }: Pick<Env, 'viewer'>,
): Omit<NewPrint, 'id'> {
  return { labelType, unitId: idOfUnitIds(unit), number: unit.number, processData, printedById: personOf(viewer) };
}

function columnsOfPrint({ id, labelType, unitId, number, processData, printedById }: NewPrint) {
  return {
    id,
    labelType,
    lotId: labelType === 'LOT_LABEL' ? unitId : null,
    wipItemId: labelType === 'WIP_LABEL' ? unitId : null,
    serialId: labelType === 'SERIAL_LABEL' ? unitId : null,
    text: number,
    processDataId: processData ?? null,
    printedById,
  };
}

/** The unit of a print, which fits the label, and the execution that is named. Neither changes, so neither is locked. */
async function unitOfPrint(
  { tx }: Pick<Env, 'tx'>,
  {
    labelType,
    unit: reference,
    processData,
  }: { labelType: LabelType; unit: Reference; processData?: string | undefined },
): Promise<LabelledUnit> {
  const unit = (await labelledUnit(tx, reference, labelType)) ?? reject(noSuchUnit(reference));
  enforce(unitFitsLabel(labelType, unit));
  if (processData !== undefined) enforce(executionFitsPrint(unit, await executionOf(tx, processData)));
  return unit;
}

interface NamedExecution {
  readonly lotId: string;
  readonly wipItemId: string | null;
  readonly completedAt: Instant | null;
}

async function executionOf(tx: Tx, id: string): Promise<NamedExecution> {
  const [execution] = await tx.query<NamedExecution>(sql`
    SELECT lot_id AS "lotId", wip_item_id AS "wipItemId", completed_at AS "completedAt" FROM process_data WHERE id = ${id}::uuid`);
  return found(execution, 'processData', 'Execution with this id');
}

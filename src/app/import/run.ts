/**
 * An import: finished units from a file, through the same commands and rules as everything else.
 *
 * 1. Rows are read in chunks and judged alone; the units among them are looked up by their numbers.
 * 2. New units wait until they fill a lot (lots.ts); units that are here already are completed where something is
 *    missing.
 * 3. Loads of different lots go on side by side (load.ts). Lots are made one after another, so their numbers follow the
 *    file.
 * 4. Whatever is committed is never done again. A run that was killed is finished by the next; a second run changes
 *    nothing.
 */
import { stat } from 'node:fs/promises';
import { mayAccess } from '../../platform/rules/access.ts';
import { AppError } from '../../platform/values/assert.ts';
import type { Context } from '../../platform/request/context.ts';
import { createLot } from '../../production/lot/lot.commands.ts';
import { intakeOf } from './loading/intake.ts';
import { UNITS_PER_BATCH } from './loading/load.ts';
import { columnsOf, type ImportMap } from './map.ts';
import { countLines, formatOf, readRows, type FileRow } from './source/reader.ts';
import { openReport } from './report.ts';
import { tallyOf, type Summary } from './summary.ts';
import { readyWorld } from './master-data.ts';

export interface ImportOptions {
  readonly file: string;
  readonly map: ImportMap;
  readonly reportPath?: string | undefined;
  /** Given how many rows there are about, answers what shows how many are done. */
  readonly progress?: ((rows: number) => (done: number) => void) | undefined;
}

/**
 * Imports a file as the viewer of the context. What is unusable as a whole is a fault; why a row was refused is in the
 * report.
 */
export async function importFile(
  { file, map, reportPath, progress }: ImportOptions,
  context: Context,
): Promise<Summary> {
  await isReadable(file);
  const forbidden = mayAccess(createLot.access, context.viewer);
  if (forbidden !== undefined) throw new AppError(`An import makes lots. ${forbidden.message}`);
  const rows = readRows({ file, format: formatOf(file), delimiter: map.csv.delimiter, columns: columnsOf(map) });
  // The header is read before anything is made: a file that does not fit the map leaves nothing behind.
  const first = await rows.next();
  const report = await openReport(reportPath);
  try {
    const world = await readyWorld(map, context);
    const show = progress?.(await countLines(file));
    const tally = tallyOf(file, world.made);
    const intake = intakeOf({ map, steps: world.steps, context }, { map, world, now: context.now }, (row, unit) => {
      report.add(row);
      const done = tally.count(row, unit);
      show?.(done);
    });
    for await (const chunk of chunks(first, rows)) await intake.take(chunk);
    await intake.end();
    return tally.summary(intake.lotsMade);
  } finally {
    await report.close();
  }
}

async function* chunks(
  first: IteratorResult<FileRow, void>,
  rest: AsyncIterable<FileRow>,
): AsyncGenerator<readonly FileRow[], void, undefined> {
  let chunk: FileRow[] = first.done === true ? [] : [first.value];
  for await (const row of rest) {
    chunk.push(row);
    if (chunk.length < UNITS_PER_BATCH) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function isReadable(file: string): Promise<void> {
  try {
    if (!(await stat(file)).isFile()) throw new AppError(`${file} is no file.`);
  } catch (error) {
    throw error instanceof AppError
      ? error
      : new AppError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

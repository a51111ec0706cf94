/**
 * An import: finished units from a file, by the same commands and rules as any other change.
 *
 * 1. Rows are read in chunks and checked one by one; their units are looked up by number.
 * 2. New units wait until they fill a lot (loading/lots.ts). Units that exist already are completed where steps are
 *    missing.
 * 3. Units of different lots are loaded in parallel (loading/load.ts). Lots are created one after another, so that
 *    their numbers follow the file.
 * 4. Committed work is never repeated. The next run finishes a run that was killed, and a second run changes nothing.
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
import { prepareMasterData } from './master-data.ts';
import { errorMessageOf } from '../../platform/values/system-error.ts';

/** What is imported, and how its progress is shown. */
export interface ImportOptions {
  readonly file: string;
  readonly map: ImportMap;
  readonly reportPath?: string | undefined;
  /** Receives the approximate number of rows, and returns a function that shows how many are done. */
  readonly progress?: ((rows: number) => (done: number) => void) | undefined;
}

/**
 * Imports a file as the viewer of the context. Fails if the file, the map or the database is not usable as a whole; the
 * report says why a single row was rejected. What is imported has happened earlier, so it raises no alerts.
 */
export async function importFile(
  { file, map, reportPath, progress }: ImportOptions,
  importing: Context,
): Promise<Summary> {
  const context: Context = { ...importing, isHistory: true };
  await assertReadable(file);
  const forbidden = mayAccess(createLot.access, context.viewer);
  if (forbidden !== undefined) throw new AppError(`An import makes lots. ${forbidden.message}`);
  const rows = readRows({ file, format: formatOf(file), delimiter: map.csv.delimiter, columns: columnsOf(map) });
  // The header is read before anything is created: a file that does not fit the map leaves nothing behind.
  const first = await rows.next();
  const report = await openReport(reportPath);
  try {
    const masterData = await prepareMasterData(map, context);
    const show = progress?.(await countLines(file));
    const tally = tallyOf(file, masterData.created);
    const intake = intakeOf(
      { map, steps: masterData.steps, context },
      { map, masterData, now: context.now },
      (row, unit) => {
        report.add(row);
        const done = tally.count(row, unit);
        show?.(done);
      },
    );
    for await (const chunk of chunks(first, rows)) await intake.take(chunk);
    await intake.end();
    return tally.summary(intake.lotsCreated);
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

async function assertReadable(file: string): Promise<void> {
  try {
    if (!(await stat(file)).isFile()) throw new AppError(`${file} is no file.`);
  } catch (error) {
    throw error instanceof AppError ? error : new AppError(`${file} cannot be read: ${errorMessageOf(error)}`);
  }
}

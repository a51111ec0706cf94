/** Makes the reports of the queue, one after the other (RPT-2). */
import { plantSettings } from '../../platform/request/plant-settings.ts';
import { WORKER, whileLeased } from '../../platform/command/lease-renewal.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Services } from '../../platform/request/context.ts';
import { AppError } from '../../platform/values/assert.ts';
import { REPORT_LEASE_SECONDS } from '../../quality/report/report.rules.ts';
import { claimReport, completeReport, failReport, renewReport } from '../../quality/report/report-work.commands.ts';
import { buildReport } from './build.ts';
import { renderInThread } from './format/render.ts';

/**
 * Makes the oldest report of the queue; false when the queue is empty. The file is stored before the report is completed,
 * so a worker that is killed leaves nothing but a content that nobody refers to.
 */
export async function makeNextReport(services: Services, stopping: AbortSignal): Promise<boolean> {
  const { database, log } = services;
  const report = await database.transaction((tx) => claimReport(tx, WORKER));
  if (report === undefined) return false;
  try {
    await whileLeased(
      {
        seconds: REPORT_LEASE_SECONDS,
        renew: () => database.transaction((tx) => renewReport(tx, report)),
        failed: (error) =>
          log.debug(
            { event: 'report.lease_not_renewed', reportId: report.id, err: error },
            'a lease could not be renewed',
          ),
        stopping,
      },
      (ending) => makeReport(services, report, ending),
    );
  } catch (error) {
    log.warn(
      { event: 'report.failed', reportId: report.id, attempt: report.attempts, err: error },
      'a report could not be made',
    );
    await database.transaction((tx) => failReport(tx, report, messageOf(error)));
  }
  return !stopping.aborted;
}

async function makeReport(services: Services, report: Row<'Report'>, ending: AbortSignal): Promise<void> {
  const { database, files, log } = services;
  const { reportExpiryDays } = plantSettings(services);
  const content = await buildReport(database, report);
  const bytes = await renderInThread({ content, format: report.format }, ending);
  const file = await files.put(chunksOf(bytes));
  const isMine = await database.transaction((tx) =>
    completeReport(tx, report, { ...file, dataAsOf: content.dataAsOf }, reportExpiryDays),
  );
  log.debug({ event: isMine ? 'report.completed' : 'report.not_wanted', reportId: report.id }, 'a report was made');
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What the requester reads: errors of the database may hold values, and are only in the log. */
function messageOf(error: unknown): string {
  return error instanceof AppError ? error.message : 'The report could not be made; the log of the server says why.';
}

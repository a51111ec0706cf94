/** Makes the reports of the queue, one after the other (RPT-2). */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Services } from '../../platform/request/context.ts';
import { AppError } from '../../platform/values/assert.ts';
import { REPORT_LEASE_SECONDS } from '../../quality/report/report.rules.ts';
import {
  type ClaimedReport,
  claimReport,
  completeReport,
  failReport,
  renewReport,
} from '../../quality/report/report-work.commands.ts';
import { buildReport } from './build.ts';
import { renderInThread } from './format/render.ts';

/** The name of this process among the workers: no other process has it. */
const WORKER = `${hostname().slice(0, 60)}/${process.pid}/${randomUUID().slice(0, 8)}`;

/**
 * Makes the oldest report of the queue; false when the queue is empty. The file is stored before the report is completed,
 * so a worker that is killed leaves nothing but a content that nobody refers to.
 */
export async function makeNextReport(services: Services, stopping: AbortSignal): Promise<boolean> {
  const { database, log } = services;
  const report = await database.transaction((tx) => claimReport(tx, WORKER));
  if (report === undefined) return false;
  const ending = new AbortController();
  const stop = (): void => ending.abort(new AppError('The worker stops.'));
  stopping.addEventListener('abort', stop, { once: true });
  const renewal = setInterval(() => void renew(services, report, ending), (REPORT_LEASE_SECONDS * 1000) / 3);
  try {
    await makeReport(services, report, ending.signal);
  } catch (error) {
    log.warn(
      { event: 'report.failed', reportId: report.id, attempt: report.attempts, err: error },
      'a report could not be made',
    );
    await database.transaction((tx) => failReport(tx, report, messageOf(error)));
  } finally {
    clearInterval(renewal);
    stopping.removeEventListener('abort', stop);
  }
  return !stopping.aborted;
}

async function makeReport(
  { database, files, config, log }: Services,
  report: ClaimedReport,
  ending: AbortSignal,
): Promise<void> {
  const content = await buildReport(database, report);
  const bytes = await renderInThread({ content, format: report.format }, ending);
  const file = await files.put(chunksOf(bytes));
  const isMine = await database.transaction((tx) =>
    completeReport(tx, report, { ...file, dataAsOf: content.dataAsOf }, config.reportExpiryDays),
  );
  log.debug({ event: isMine ? 'report.completed' : 'report.not_wanted', reportId: report.id }, 'a report was made');
}

/** Ends the work on a report that was cancelled, or that another worker has by now. */
async function renew({ database, log }: Services, report: ClaimedReport, ending: AbortController): Promise<void> {
  try {
    if (!(await database.transaction((tx) => renewReport(tx, report))))
      ending.abort(new AppError('The report is not wanted any more.'));
  } catch (error) {
    log.debug({ event: 'report.lease_not_renewed', reportId: report.id, err: error }, 'a lease could not be renewed');
  }
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What the requester reads: errors of the database may hold values, and are only in the log. */
function messageOf(error: unknown): string {
  return error instanceof AppError ? error.message : 'The report could not be made; the log of the server says why.';
}

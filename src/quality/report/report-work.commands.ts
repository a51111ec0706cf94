/** The steps by which workers make reports (RPT-2), and by which schedules request them (RPT-6). The queue is that of lease.ts. */
import {
  claimNext,
  type Failure,
  finish,
  giveBack,
  leaseOf,
  type LeaseQueue,
  renew,
  returnLost,
  transactionTime,
} from '../../platform/command/lease.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { actAsSystem } from '../../platform/request/actor.ts';
import { REPORTERS } from '../../platform/rules/access.ts';
import type { Instant } from '../../platform/values/time.ts';
import { firstCharacters } from '../../platform/values/characters.ts';
import { addReport } from './report.commands.ts';
import { reports } from './report.loaders.ts';
import {
  expiryOfReport,
  fileNameOfReport,
  REPORT_LEASE_SECONDS,
  REPORT_LENGTHS,
  type ReportStatus,
  statusAfterFailure,
} from './report.rules.ts';
import { reportSchedules } from './report-schedule.loaders.ts';
import { nextRunAfter, periodOfRun } from './report-schedule.rules.ts';

/** RPT-2: The queue of reports, the oldest first. */
const REPORT_QUEUE: LeaseQueue<'Report', ReportStatus> = {
  table: reports,
  statusType: 'report_status',
  waiting: 'QUEUED',
  running: 'GENERATING',
  holder: 'lockedBy',
  until: 'lockedUntil',
  seconds: REPORT_LEASE_SECONDS,
  ready: sql`TRUE`,
  order: sql`t.created_at, t.id`,
  afterFailure: [],
};

/** RPT-2: Claims the oldest report of the queue for a worker; undefined when the queue is empty. */
export async function claimReport(tx: Tx, worker: string): Promise<Row<'Report'> | undefined> {
  await actAsSystem(tx, 'report.started');
  const [claimed] = await claimNext(tx, REPORT_QUEUE, { holder: worker, limit: 1 });
  return claimed;
}

/** RPT-2: Renews the lease; false when the worker does not have the report any more. */
export async function renewReport(tx: Tx, report: Row<'Report'>): Promise<boolean> {
  return renew(tx, REPORT_QUEUE, leaseOf(REPORT_QUEUE, report));
}

/** The file that a worker has made. */
export interface FinishedFile {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly dataAsOf: Instant;
}

/** RPT-2, RPT-4: Completes a report with its file; false when the worker does not have the report any more. */
export async function completeReport(
  tx: Tx,
  report: Row<'Report'>,
  file: FinishedFile,
  expiryDays: number,
): Promise<boolean> {
  await actAsSystem(tx, 'report.completed');
  const now = await transactionTime(tx);
  return finish(tx, REPORT_QUEUE, leaseOf(REPORT_QUEUE, report), {
    status: 'COMPLETED',
    result: [
      sql`error_message = NULL`,
      sql`file_name = ${fileNameOfReport(report, report.periodFrom)}`,
      sql`storage_key = ${file.key}`,
      sql`size_bytes = ${file.sizeBytes}::bigint`,
      sql`checksum_sha256 = ${file.sha256}`,
      sql`data_as_of = ${file.dataAsOf}::timestamptz`,
      sql`completed_at = ${now}::timestamptz`,
      sql`expires_at = ${expiryOfReport(now, expiryDays)}::timestamptz`,
    ],
  });
}

/** RPT-2: Notes a failed attempt: the report is queued again while attempts are left, and FAILED otherwise. */
export async function failReport(tx: Tx, report: Row<'Report'>, message: string): Promise<void> {
  await actAsSystem(tx, 'report.failed');
  const errorMessage = firstCharacters(message, REPORT_LENGTHS.errorMessage);
  await giveBack(tx, REPORT_QUEUE, [{ ...leaseOf(REPORT_QUEUE, report), ...afterFailure(report), errorMessage }]);
}

/** RPT-2: Takes the reports whose lease is over from their workers. Returns how many. */
export async function returnLostReports(tx: Tx): Promise<number> {
  const lost = await returnLost(tx, REPORT_QUEUE, {
    limit: RETURNED_AT_ONCE,
    action: 'report.failed',
    judge: afterFailure,
  });
  return lost.length;
}

/** So many reports are taken by one transaction. */
export const RETURNED_AT_ONCE = 500;

function afterFailure({ attempts }: Row<'Report'>): Failure<ReportStatus> {
  return { status: statusAfterFailure(attempts), readyAt: null };
}

/**
 * RPT-6: Requests the reports of the schedules that are due, each once, on the latest period. Schedules of owners who are
 * deactivated, or may not request reports any more, wait. Returns how many reports were requested.
 */
export async function requestDueReports(tx: Tx): Promise<number> {
  await actAsSystem(tx, 'report.scheduled');
  const due = await tx.query<Row<'ReportSchedule'> & { readonly now: Instant }>(sql`
    SELECT ${reportSchedules.columns}, now()::timestamptz(3) AS now FROM report_schedules t JOIN users owner ON owner.id = t.owner_id
    WHERE t.is_active AND t.next_run_at <= now() AND owner.is_active AND owner.role = ANY(${REPORTERS.roles}::role[])
    ORDER BY t.next_run_at, t.id LIMIT ${SCHEDULES_AT_ONCE} FOR NO KEY UPDATE OF t`);
  for (const { now, ...schedule } of due) {
    const { id, type, title, format, timeZone, filter, accessRoles, ownerId } = schedule;
    const period = periodOfRun(schedule, now);
    await addReport(tx, {
      type,
      title,
      format,
      timeZone,
      filter: filter ?? {},
      accessRoles,
      periodFrom: period.from,
      periodTo: period.to,
      requestedById: ownerId,
      scheduleId: id,
    });
    await tx.sql`UPDATE report_schedules SET last_run_at = ${now}::timestamptz, next_run_at = ${nextRunAfter(schedule, now)}::timestamptz WHERE id = ${id}::uuid`;
  }
  return due.length;
}

/** So many schedules are served by one transaction. */
export const SCHEDULES_AT_ONCE = 100;

/** The steps by which workers make reports (RPT-2), and by which schedules request them (RPT-6). Section 6 of the queue: claims never wait. */
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { actAsSystem } from '../../platform/request/actor.ts';
import { REPORTERS } from '../../platform/rules/access.ts';
import type { Instant } from '../../platform/values/time.ts';
import { present } from '../../platform/values/assert.ts';
import { addReport } from './report.commands.ts';
import { reports } from './report.loaders.ts';
import {
  expiryOfReport,
  fileNameOfReport,
  lostReportMessage,
  REPORT_LEASE_SECONDS,
  REPORT_LENGTHS,
  statusAfterFailure,
} from './report.rules.ts';
import { reportSchedules } from './report-schedule.loaders.ts';
import { nextRunAfter, periodOfRun } from './report-schedule.rules.ts';

/** A report that a worker has, until its lease is over. */
export interface ClaimedReport extends Row<'Report'> {
  readonly lockedBy: string;
}

/** RPT-2: Claims the oldest report of the queue for a worker; undefined when the queue is empty. */
export async function claimReport(tx: Tx, worker: string): Promise<ClaimedReport | undefined> {
  await actAsSystem(tx, 'report.started');
  const [claimed] = await tx.query<ClaimedReport>(sql`
    WITH free AS MATERIALIZED (SELECT id FROM reports WHERE status = 'QUEUED' ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE reports t SET status = 'GENERATING', started_at = now(), attempts = attempts + 1, locked_by = ${worker}, locked_until = now() + make_interval(secs => ${REPORT_LEASE_SECONDS})
    FROM free WHERE t.id = free.id RETURNING ${reports.columns}`);
  return claimed;
}

/** RPT-2: Renews the lease; false when the worker does not have the report any more. */
export async function renewReport(tx: Tx, { id, lockedBy, attempts }: ClaimedReport): Promise<boolean> {
  const renewed = await tx.sql<object>`
    UPDATE reports SET locked_until = now() + make_interval(secs => ${REPORT_LEASE_SECONDS})
    WHERE id = ${id}::uuid AND status = 'GENERATING' AND locked_by = ${lockedBy} AND attempts = ${attempts} RETURNING id`;
  return renewed.length > 0;
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
  report: ClaimedReport,
  file: FinishedFile,
  expiryDays: number,
): Promise<boolean> {
  await actAsSystem(tx, 'report.completed');
  const [clock] = await tx.sql<{ now: Instant }>`SELECT now()::timestamptz(3) AS now`;
  const { now } = present(clock, 'The time of the transaction');
  const completed = await tx.sql<object>`
    UPDATE reports SET status = 'COMPLETED', locked_by = NULL, locked_until = NULL, error_message = NULL, file_name = ${fileNameOfReport(report, report.periodFrom)},
      storage_key = ${file.key}, size_bytes = ${file.sizeBytes}, checksum_sha256 = ${file.sha256}, data_as_of = ${file.dataAsOf}::timestamptz,
      completed_at = ${now}::timestamptz, expires_at = ${expiryOfReport(now, expiryDays)}::timestamptz
    WHERE id = ${report.id}::uuid AND status = 'GENERATING' AND locked_by = ${report.lockedBy} AND attempts = ${report.attempts} RETURNING id`;
  return completed.length > 0;
}

/** RPT-2: Notes a failed attempt: the report is queued again while attempts are left, and FAILED otherwise. */
export async function failReport(tx: Tx, { id, lockedBy, attempts }: ClaimedReport, message: string): Promise<void> {
  await actAsSystem(tx, 'report.failed');
  await tx.sql`
    UPDATE reports SET status = ${statusAfterFailure(attempts)}::report_status, locked_by = NULL, locked_until = NULL, error_message = ${message.slice(0, REPORT_LENGTHS.errorMessage)}
    WHERE id = ${id}::uuid AND status = 'GENERATING' AND locked_by = ${lockedBy} AND attempts = ${attempts}`;
}

/** RPT-2: Takes the reports whose lease is over from their workers. Returns how many. */
export async function returnLostReports(tx: Tx): Promise<number> {
  const lost = await tx.query<ClaimedReport>(sql`
    SELECT ${reports.columns} FROM reports t WHERE t.status = 'GENERATING' AND t.locked_until < now() ORDER BY t.locked_until FOR NO KEY UPDATE SKIP LOCKED`);
  for (const report of lost) await failReport(tx, report, lostReportMessage(report));
  return lost.length;
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

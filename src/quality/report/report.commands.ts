import { plantSettings } from '../../platform/request/plant-settings.ts';
import { command, type Env } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { personsOf, REPORTERS, userViewerOf } from '../../platform/rules/access.ts';
import { storedFilterOf } from './report-filter.commands.ts';
import { reports } from './report.loaders.ts';
import { mayChangeReport, reportMayBecome, reportMayBeDeleted, reportMayStartAgain } from './report.rules.ts';
import { ChangeReport, RequestReport } from './report.shapes.ts';

/** RPT-1, RPT-5: Requests a report. A worker makes it. */
export const requestReport = command({
  name: 'requestReport',
  action: 'report.requested',
  description:
    'Requests a report on a period of at most 366 days. A worker makes it; `status` and `downloadUrl` show when it is there (RPT-1, RPT-2).',
  access: personsOf(REPORTERS),
  input: RequestReport,
  async run({ tx, viewer, context }, { period, timeZone, filter, ...fields }) {
    const id = await addReport(tx, {
      ...fields,
      description: fields.description ?? null,
      periodFrom: period.from,
      periodTo: period.to,
      timeZone: timeZone ?? plantSettings(context.services).siteTimeZone,
      filter: await storedFilterOf(tx, filter),
      requestedById: userViewerOf(viewer).id,
    });
    return { report: id };
  },
});

/** Puts a report into the queue of the workers. Returns its id. */
export async function addReport(tx: Tx, report: Parameters<Tx['report']['create']>[0]['data']): Promise<string> {
  return (await tx.report.create({ data: report })).id;
}

/** RPT-2: Cancels a report that is not finished. What its worker does afterwards has no effect. */
export const cancelReport = command({
  name: 'cancelReport',
  action: 'report.cancelled',
  description: 'Cancels a report that is QUEUED or GENERATING; for who requested it, and for ADMIN (RPT-2).',
  access: personsOf(REPORTERS),
  input: ChangeReport,
  async run(env, { id, expectedVersion }) {
    const report = await lockOwnReport(env, id);
    enforce(isCurrent(report, expectedVersion, { report: id }), reportMayBecome(report, 'CANCELLED'));
    await env.tx.report.update({ where: { id }, data: { status: 'CANCELLED', lockedBy: null, lockedUntil: null } });
    return { report: id };
  },
});

/** RPT-2: Starts a finished report again: its file and its failure are forgotten. */
export const regenerateReport = command({
  name: 'regenerateReport',
  action: 'report.regenerated',
  description:
    'Makes a COMPLETED, FAILED or CANCELLED report again, with the figures of now. Its former file is dropped (RPT-2).',
  access: personsOf(REPORTERS),
  input: ChangeReport,
  async run(env, { id, expectedVersion }) {
    const report = await lockOwnReport(env, id);
    enforce(isCurrent(report, expectedVersion, { report: id }), reportMayStartAgain(report));
    await env.tx.report.update({
      where: { id },
      data: { ...WITHOUT_FILE, status: 'QUEUED', startedAt: null, errorMessage: null, attempts: 0 },
    });
    return { report: id };
  },
});

/** RPT-2: Deletes a report that no worker is making. */
export const deleteReport = command({
  name: 'deleteReport',
  action: 'report.deleted',
  description: 'Deletes a report, unless a worker is making it; for who requested it, and for ADMIN (RPT-2).',
  access: personsOf(REPORTERS),
  input: ChangeReport,
  async run(env, { id, expectedVersion }) {
    const report = await lockOwnReport(env, id);
    enforce(isCurrent(report, expectedVersion, { report: id }), reportMayBeDeleted(report));
    await env.tx.report.delete({ where: { id } });
    return { deletedId: id };
  },
});

/** The columns of the file of a report, without a file. */
export const WITHOUT_FILE = {
  fileName: null,
  storageKey: null,
  sizeBytes: null,
  checksumSha256: null,
  dataAsOf: null,
  completedAt: null,
  expiresAt: null,
} as const;

/** RPT-5: Locks a report that the viewer may change. */
async function lockOwnReport({ tx, viewer }: Env, id: string): Promise<Row<'Report'>> {
  const report = found(await lockReport(tx, id), 'id', 'The report with this id');
  enforce(mayChangeReport(report, viewer));
  return report;
}

async function lockReport(tx: Tx, id: string): Promise<Row<'Report'> | undefined> {
  const [report] = await tx.query<Row<'Report'>>(
    sql`SELECT ${reports.columns} FROM reports t WHERE t.id = ${id}::uuid FOR NO KEY UPDATE`,
  );
  return report;
}

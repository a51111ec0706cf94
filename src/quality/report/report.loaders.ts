import { userTarget } from '../../identity/user/user.loaders.ts';
import { declareFileReferences } from '../../platform/file-store/references.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import { type Row, table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, type Loader } from '../../platform/read/loader.ts';
import { referenceFilter } from '../../platform/read/relation-filter.ts';
import type { Context } from '../../platform/request/context.ts';
import { downloadUrl } from '../../platform/request/download.ts';
import type { Viewer } from '../../platform/rules/access.ts';
import {
  isDownloadable,
  mayReadReport,
  readsAllReports,
  REPORT_FORMATS,
  REPORT_STATUSES,
  REPORT_TYPES,
} from './report.rules.ts';

/** The table of reports. */
export const reports = table('Report', 'reports');

/** Loads reports by id, also those that the viewer may not read. */
export const reportById = byId(reports);

// RPT-4: An expired file is no longer referred to, so the sweep removes it.
declareFileReferences(
  'Report',
  'reports',
  sql`SELECT id, storage_key AS key, 'PRIMARY' AS location, size_bytes FROM reports WHERE storage_key IS NOT NULL AND expires_at > now()`,
);

/** RPT-5: Loads reports by id; null for a report that the viewer may not read. */
export const readableReportById: Loader<string, Row<'Report'> | null> = {
  load: async (context, id) => readableBy(context, await reportById.load(context, id)),
  loadMany: async (context, ids) =>
    (await reportById.loadMany(context, ids)).map((report) => readableBy(context, report)),
};

function readableBy({ viewer }: Context, report: Row<'Report'> | null): Row<'Report'> | null {
  return report !== null && mayReadReport(report, viewer) ? report : null;
}

/** RPT-5: The condition, on the alias `t`, that the viewer may read a report: the rule `mayReadReport` in SQL. */
export function isReadable(viewer: Viewer | null): Sql {
  if (viewer === null || viewer.kind === 'STATION') return sql`FALSE`;
  if (readsAllReports(viewer.role)) return sql`TRUE`;
  const byRole = sql`${viewer.role} = ANY(t.access_roles)`;
  return viewer.kind === 'USER' ? sql`(t.requested_by_id = ${viewer.id}::uuid OR ${byRole})` : byRole;
}

const { column } = reports;

/** The list of reports, with its filter and orders. */
export const reportList = connection({
  table: reports,
  filter: {
    type: filter.enumFilter(REPORT_TYPES, column('type'), 'What it is about.'),
    status: filter.enumFilter(REPORT_STATUSES, column('status'), 'How far it is.'),
    format: filter.enumFilter(REPORT_FORMATS, column('format'), 'The kind of file.'),
    requestedBy: referenceFilter(userTarget, column('requestedById'), 'The person who requested it.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was requested (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when the report was requested.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/** RPT-4: The signed address of the file of a report; null when there is none to download. */
export function reportUrlOf(report: Row<'Report'>, context: Context): string | null {
  return isDownloadable(report, context.now) ? downloadUrl(context, 'Report', report.id) : null;
}

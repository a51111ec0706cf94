/** Builds the content of a report from one snapshot of the database (RPT-3). */
import type { Database } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import type { Role } from '../../platform/rules/access.ts';
import { type ReportType, showsPeople } from '../../quality/report/report.rules.ts';
import { storedReportFilter } from '../../quality/report/report.shapes.ts';
import type { ReportContent, Section } from './content/content.ts';
import { complianceReport } from './sections/compliance.ts';
import { defectAnalysis } from './sections/defect-analysis.ts';
import { inspectionSummary } from './sections/inspection-summary.ts';
import { performanceAnalysis } from './sections/performance-analysis.ts';
import { productionOverview } from './sections/production-overview.ts';
import { qualityMetrics } from './sections/quality-metrics.ts';
import type { ReportScope } from './sections/scope.ts';

const SECTIONS: Readonly<Record<ReportType, (scope: ReportScope) => Promise<readonly Section[]>>> = {
  INSPECTION_SUMMARY: inspectionSummary,
  DEFECT_ANALYSIS: defectAnalysis,
  QUALITY_METRICS: qualityMetrics,
  PRODUCTION_OVERVIEW: productionOverview,
  COMPLIANCE_REPORT: complianceReport,
  PERFORMANCE_ANALYSIS: performanceAnalysis,
};

/** What the content of a report is made from. */
export type ReportRequest = Pick<
  Row<'Report'>,
  'title' | 'type' | 'periodFrom' | 'periodTo' | 'timeZone' | 'filter' | 'requestedById' | 'accessRoles'
>;

/**
 * The content of a report. All of it is read in one REPEATABLE READ transaction that can only read, so its sections agree
 * with each other, whatever is written meanwhile.
 */
export async function buildReport(database: Database, request: ReportRequest): Promise<ReportContent> {
  const { title, type, timeZone } = request;
  const period = { from: request.periodFrom, to: request.periodTo };
  const filter = storedReportFilter(request.filter);
  return database.transaction(async (tx) => {
    await tx.sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`;
    const [snapshot] = await tx.sql<{ now: Instant; role: Role }>`
      SELECT now()::timestamptz(3) AS now, role FROM users WHERE id = ${request.requestedById}::uuid`;
    const { now: dataAsOf, role } = present(snapshot, 'The time of the snapshot and the requester');
    const sections = await SECTIONS[type]({
      db: tx,
      period,
      timeZone,
      filter,
      showsPeople: showsPeople(role, request.accessRoles),
    });
    return { title, type, period, timeZone, dataAsOf, sections };
  });
}

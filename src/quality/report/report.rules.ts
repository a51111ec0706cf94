import { AUDIT, REPORTERS, type Role, type Viewer } from '../../platform/rules/access.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { plusDays, type Instant } from '../../platform/values/time.ts';
import { clockTimeIn } from '../../platform/values/zoned-time.ts';

/** What a report may be about. */
export const REPORT_TYPES = [
  'INSPECTION_SUMMARY',
  'DEFECT_ANALYSIS',
  'QUALITY_METRICS',
  'PRODUCTION_OVERVIEW',
  'COMPLIANCE_REPORT',
  'PERFORMANCE_ANALYSIS',
] as const;
/** One of REPORT_TYPES. */
export type ReportType = (typeof REPORT_TYPES)[number];

/** How far a report may be. */
export const REPORT_STATUSES = ['QUEUED', 'GENERATING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
/** One of REPORT_STATUSES. */
export type ReportStatus = (typeof REPORT_STATUSES)[number];

/** The kinds of files that a report may be. */
export const REPORT_FORMATS = ['PDF', 'EXCEL', 'CSV', 'JSON', 'HTML'] as const;
/** One of REPORT_FORMATS. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The extension and the content type of each kind of file. */
export const REPORT_FILES: Readonly<
  Record<ReportFormat, { readonly extension: string; readonly contentType: string }>
> = {
  PDF: { extension: 'pdf', contentType: 'application/pdf' },
  EXCEL: { extension: 'xlsx', contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' },
  CSV: { extension: 'csv', contentType: 'text/csv; charset=utf-8' },
  JSON: { extension: 'json', contentType: 'application/json' },
  HTML: { extension: 'html', contentType: 'text/html; charset=utf-8' },
};

/** The most characters of the texts of reports and schedules. */
export const REPORT_LENGTHS = { title: 200, description: 2_000, timeZone: 50, errorMessage: 2_000, name: 100 } as const;

/** RPT-1: The longest period of a report. */
export const REPORT_PERIOD_DAYS = 366;

/** The most entries of one list of a filter. */
export const REPORT_FILTER_ENTRIES = 200;

/** The lists of records in a filter, each with the type of the records in the graph. */
export const REPORT_FILTER_TYPES = {
  productModels: 'ProductModel',
  productionLines: 'ProductionLine',
  lots: 'Lot',
  processes: 'Process',
  equipment: 'Equipment',
  operators: 'User',
} as const;

/** RPT-2: How often a report is tried before it is FAILED. */
export const REPORT_ATTEMPTS = 3;

/** RPT-2: How long a worker has a report unless it renews the lease. */
export const REPORT_LEASE_SECONDS = 60;

/** RPT-2: The state machine of reports. */
export const REPORT_FLOW: StateMachine<ReportStatus> = {
  machine: 'reports.status',
  rule: 'RPT-2',
  moves: {
    QUEUED: ['GENERATING', 'CANCELLED'],
    GENERATING: ['COMPLETED', 'FAILED', 'CANCELLED', 'QUEUED'],
    COMPLETED: ['QUEUED'],
    FAILED: ['QUEUED'],
    CANCELLED: ['QUEUED'],
  },
};

/** What the rules of access read of a report. */
export interface OwnedReport {
  readonly requestedById: string;
  readonly accessRoles: readonly string[];
}

/** A half-open period. */
export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

/** RPT-1: A period starts before it ends, and has at most 366 days. Days are of 24 hours, with one hour more for a change of the clocks. */
export function periodProblem({ from, to }: Period): string | undefined {
  if (from >= to) return `must start before it ends, but it starts at ${from} and ends at ${to}.`;
  const longest = plusDays(from, REPORT_PERIOD_DAYS + 1 / 24);
  return to > longest
    ? `must have at most ${REPORT_PERIOD_DAYS} days; this one ends at ${to}, later than ${longest}.`
    : undefined;
}

/**
 * RPT-5: Whether a report may show what each person did (KPI-13): only when everybody who reads it by a role, and the
 * person who requested it, is ADMIN, MANAGER or AUDITOR.
 */
export function showsPeople(requesterRole: Role, accessRoles: readonly string[]): boolean {
  return [requesterRole, ...accessRoles].every((role) => AUDIT.roles.some((allowed) => allowed === role));
}

/** RPT-5: A report is read by its requester, by ADMIN and AUDITOR, and by the roles that it names. */
export function mayReadReport({ requestedById, accessRoles }: OwnedReport, viewer: Viewer | null): boolean {
  if (viewer === null || viewer.kind === 'STATION') return false;
  if (viewer.kind === 'USER' && viewer.id === requestedById) return true;
  return readsAllReports(viewer.role) || accessRoles.includes(viewer.role);
}

/** RPT-5: The roles that read every report. */
export function readsAllReports(role: Role): boolean {
  return role === 'ADMIN' || role === 'AUDITOR';
}

/**
 * RPT-5: A report is changed by its requester and by ADMIN. Who may not even read it gets the answer of a report that
 * does not exist.
 */
export function mayChangeReport(report: OwnedReport, viewer: Viewer): Answer {
  if (!mayReadReport(report, viewer))
    return { ...rejection('NOT_FOUND', 'id', 'The report with this id does not exist.'), rule: 'RPT-5' };
  const isOwn = viewer.kind === 'USER' && viewer.id === report.requestedById;
  if (isOwn || (viewer.kind !== 'STATION' && viewer.role === 'ADMIN')) return undefined;
  return rejection(
    'RPT-5',
    'id',
    'This report was requested by another person; only they and ADMIN can change it.',
    'FORBIDDEN',
  );
}

/** RPT-2: A report changes its state only by its table. */
export function reportMayBecome(
  report: { readonly title: string; readonly status: ReportStatus },
  status: ReportStatus,
): Answer {
  const answer = mayMove(REPORT_FLOW, `The report "${report.title}"`, report.status, status);
  return answer && { ...answer, path: ['id'] };
}

/** RPT-2: A finished report is made again. One in the making goes back to the queue only when its worker loses it. */
export function reportMayStartAgain(report: { readonly title: string; readonly status: ReportStatus }): Answer {
  if (report.status !== 'GENERATING') return reportMayBecome(report, 'QUEUED');
  return rejection(
    'RPT-2',
    'id',
    `The report "${report.title}" is GENERATING; wait until it is finished, or cancel it first.`,
  );
}

/** RPT-2: A report that a worker is making is cancelled before it is deleted. */
export function reportMayBeDeleted({
  title,
  status,
}: {
  readonly title: string;
  readonly status: ReportStatus;
}): Answer {
  if (status !== 'GENERATING') return undefined;
  return rejection('RPT-2', 'id', `The report "${title}" is GENERATING; cancel it before you delete it.`);
}

/** RPT-2: What a failed attempt makes of a report: it is tried again while attempts are left. */
export function statusAfterFailure(attempts: number): 'QUEUED' | 'FAILED' {
  return attempts < REPORT_ATTEMPTS ? 'QUEUED' : 'FAILED';
}

/** RPT-4: When a report that was completed at the instant expires. */
export function expiryOfReport(completedAt: Instant, expiryDays: number): Instant {
  return plusDays(completedAt, expiryDays);
}

/** RPT-4: A report with a file that can be downloaded. At the instant of its expiry it cannot any more. */
export function isDownloadable(
  report: { readonly status: ReportStatus; readonly expiresAt: Instant | null },
  now: Instant,
): boolean {
  return report.status === 'COMPLETED' && report.expiresAt !== null && now < report.expiresAt;
}

/** The name of the file of a report: its title without what file systems refuse, its first day, and its extension. */
export function fileNameOfReport(
  { title, format, timeZone }: { readonly title: string; readonly format: ReportFormat; readonly timeZone: string },
  periodFrom: Instant,
): string {
  const name = title
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
  const day = clockTimeIn(timeZone, periodFrom).slice(0, 10);
  return `${[...name].slice(0, FILE_NAME_TITLE).join('') || 'report'}-${day}.${REPORT_FILES[format].extension}`;
}

const FILE_NAME_TITLE = 80;

/** RPT-6: The schedules of an owner run while they are active and their role may request reports. */
export function mayOwnerRequest(owner: { readonly isActive: boolean; readonly role: Role }): boolean {
  return owner.isActive && REPORTERS.roles.includes(owner.role);
}

/** The enumerations, inputs and fields that reports and their schedules share. */
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { derived } from '../../platform/read/field.ts';
import { ROLES } from '../../platform/rules/access.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import { REPORT_FILTER_TYPES, REPORT_FORMATS, REPORT_STATUSES, REPORT_TYPES } from './report.rules.ts';
import { REPORT_INTERVALS } from './report-schedule.rules.ts';

export const ReportType = enumeration('ReportType', REPORT_TYPES, 'What a report is about.', {
  INSPECTION_SUMMARY: 'The inspections that were completed: totals, days, and each of them.',
  DEFECT_ANALYSIS: 'Which defects count most, by kind, severity, process and day.',
  QUALITY_METRICS: 'Yields, defects per million, and the capability of characteristics.',
  PRODUCTION_OVERVIEW: 'What was made: production figures, lots, cycle times, work in progress.',
  COMPLIANCE_REPORT: 'What an auditor asks for: the state of the audit trail, decisions, corrections, rights.',
  PERFORMANCE_ANALYSIS:
    'Performance of processes, equipment and people; people only where nobody but ADMIN, MANAGER and AUDITOR reads it.',
});

export const ReportStatus = enumeration('ReportStatus', REPORT_STATUSES, 'How far a report is.', {
  QUEUED: 'Waits for a worker.',
  GENERATING: 'A worker makes it.',
  COMPLETED: 'Its file is there.',
  FAILED: 'No attempt succeeded; `errorMessage` says why.',
  CANCELLED: 'Not wanted any more.',
});

export const ReportFormat = enumeration('ReportFormat', REPORT_FORMATS, 'The kind of file that a report is.', {
  PDF: 'A document of A4 pages.',
  EXCEL: 'A workbook (.xlsx) with one sheet for each section.',
  CSV: 'Comma-separated values (RFC 4180), the sections one after the other.',
  JSON: 'The report as one JSON object.',
  HTML: 'One page for a browser, without scripts.',
});

export const ReportInterval = enumeration(
  'ReportInterval',
  REPORT_INTERVALS,
  'How often a schedule requests a report.',
  {
    DAILY: 'Each day, on the day before.',
    WEEKLY: 'Each Monday, on the week before.',
    MONTHLY: 'On the first of each month, on the month before.',
  },
);

export const ReportPeriodInput = builder.inputType('ReportPeriodInput', {
  description: 'A period: `from` is in it, `to` is not. At most 366 days (RPT-1).',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', required: true, description: 'Its first instant.' }),
    to: t.field({ type: 'DateTime', required: true, description: 'The first instant after it.' }),
  }),
});

/** The description of the filter of an input. */
export const FILTER_INPUT = `What it is narrowed to: lists of ${Object.keys(REPORT_FILTER_TYPES).join(', ')}, each entry an id or a reference such as {"code": "PSA"}, and of inspectionTypes. All must hold; an absent or empty list narrows nothing; other keys are refused.`;

/** The description of the roles of an input. */
export const ACCESS_ROLES_INPUT =
  'Roles that may read it, in addition to its requester, ADMIN and AUDITOR; none unless given (RPT-5).';

/** The filter as the graph shows it: its records by their ids of the graph. */
export const shownFilter = derived<{ readonly filter: unknown }, object>(['filter'], ({ filter }) => {
  const stored = typeof filter === 'object' && filter !== null ? filter : {};
  return Object.fromEntries(
    Object.entries(stored).map(([key, ids]: [string, readonly string[]]) => {
      const type = Object.entries(REPORT_FILTER_TYPES).find(([name]) => name === key)?.[1];
      return [key, type === undefined ? ids : ids.map((id) => encodeGlobalId(type, id))];
    }),
  );
});

/** The roles that may read it, in the order of all roles. */
export const shownRoles = derived<{ readonly accessRoles: readonly string[] }, (typeof ROLES)[number][]>(
  ['accessRoles'],
  ({ accessRoles }) => ROLES.filter((role) => accessRoles.includes(role)),
);

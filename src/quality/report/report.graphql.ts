import { Role, User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { derived, optionalReference, reference } from '../../platform/read/field.ts';
import { LEADS, USERS } from '../../platform/rules/access.ts';
import { cancelReport, deleteReport, regenerateReport, requestReport } from './report.commands.ts';
import { isReadable, readableReportById, reportById, reportList, reportUrlOf } from './report.loaders.ts';
import { reportScheduleById } from './report-schedule.loaders.ts';
import { ReportSchedule } from './report-schedule.graphql.ts';
import {
  ACCESS_ROLES_INPUT,
  FILTER_INPUT,
  ReportFormat,
  ReportPeriodInput,
  ReportStatus,
  ReportType,
  shownFilter,
  shownRoles,
} from './report-type.graphql.ts';

export const Report = builder.prismaObject('Report', {
  fields: (t) => ({
    type: t.expose('type', { type: ReportType }),
    title: t.exposeString('title'),
    description: t.exposeString('description', { nullable: true }),
    format: t.expose('format', { type: ReportFormat }),
    status: t.expose('status', { type: ReportStatus }),
    filter: t.field({
      type: 'JSONObject',
      description: 'What it is narrowed to: lists of ids, and of inspection types.',
      ...shownFilter,
    }),
    periodFrom: t.expose('periodFrom', { type: 'DateTime' }),
    periodTo: t.expose('periodTo', { type: 'DateTime' }),
    timeZone: t.exposeString('timeZone'),
    accessRoles: t.field({
      type: [Role],
      description: 'Roles that may read it, in addition to its requester, ADMIN and AUDITOR (RPT-5).',
      ...shownRoles,
    }),
    requestedBy: t.field({
      type: User,
      description: 'The person who requested it, or who owns the schedule that did.',
      ...reference(userById, 'requestedById', 'The person who requested a report'),
    }),
    schedule: t.field({
      type: ReportSchedule,
      nullable: true,
      authScopes: { may: LEADS },
      description: 'The schedule that requested it; null when a person did, and when it was deleted.',
      ...optionalReference(reportScheduleById, 'scheduleId'),
    }),
    downloadUrl: t.string({
      nullable: true,
      description:
        'The signed path at this server under which the file can be fetched for 5 minutes, without other credentials. Each download leaves an entry in the audit trail (AUD-6). Null unless it is COMPLETED, and when it has expired (RPT-4).',
      ...derived(['id', 'status', 'expiresAt'], reportUrlOf),
    }),
    fileName: t.exposeString('fileName', { nullable: true }),
    sizeBytes: t.expose('sizeBytes', { type: 'BigInt', nullable: true }),
    checksumSha256: t.exposeString('checksumSha256', { nullable: true }),
    dataAsOf: t.expose('dataAsOf', { type: 'DateTime', nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    attempts: t.exposeInt('attempts'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Report, readableReportById);

const ReportConnection = connectionType({ connection: reportList, node: Report, name: 'Report', what: 'reports' });
ReportConnection.root('reports', {
  access: USERS,
  onlyFor: isReadable,
  description: 'The reports that you may read: your own, those for your role, and for ADMIN and AUDITOR all (RPT-5).',
});

mutation(requestReport, {
  input: (t) => ({
    type: t.field({ type: ReportType, required: true, description: 'What it is about.' }),
    title: t.string({ required: true, description: 'Its title, 1 to 200 characters.' }),
    description: t.string({ description: 'What it is for, at most 2,000 characters.' }),
    format: t.field({ type: ReportFormat, required: true, description: 'The kind of file.' }),
    period: t.field({ type: ReportPeriodInput, required: true, description: 'The period it is on (RPT-1).' }),
    timeZone: t.string({ description: 'IANA time zone of its days and times; that of the site unless given.' }),
    filter: t.field({ type: 'JSONObject', description: FILTER_INPUT }),
    accessRoles: t.field({ type: [Role], description: ACCESS_ROLES_INPUT }),
  }),
  payload: (t) => ({
    report: t.field({
      type: Report,
      nullable: true,
      description: 'The requested report.',
      resolve: (p, _args, context, info) => loadById(reportById, p.report, context, info),
    }),
  }),
});

const REPORT_ID = 'The id of the report.';

mutation(cancelReport, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: REPORT_ID }) }),
  payload: (t) => ({
    report: t.field({
      type: Report,
      nullable: true,
      description: 'The cancelled report.',
      resolve: (p, _args, context, info) => loadById(reportById, p.report, context, info),
    }),
  }),
});

mutation(regenerateReport, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: REPORT_ID }) }),
  payload: (t) => ({
    report: t.field({
      type: Report,
      nullable: true,
      description: 'The report, which is QUEUED again.',
      resolve: (p, _args, context, info) => loadById(reportById, p.report, context, info),
    }),
  }),
});

mutation(deleteReport, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: REPORT_ID }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'Report') }),
});

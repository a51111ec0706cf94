import { Role, User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { loaded, reference } from '../../platform/read/field.ts';
import { LEADS } from '../../platform/rules/access.ts';
import { createReportSchedule, deleteReportSchedule, updateReportSchedule } from './report-schedule.commands.ts';
import { reportScheduleById, reportScheduleList } from './report-schedule.loaders.ts';
import { mayOwnerRequest } from './report.rules.ts';
import {
  ACCESS_ROLES_INPUT,
  FILTER_INPUT,
  ReportFormat,
  ReportInterval,
  ReportType,
  shownFilter,
  shownRoles,
} from './report-type.graphql.ts';

export const ReportSchedule = builder.prismaObject('ReportSchedule', {
  authScopes: { may: LEADS },
  fields: (t) => ({
    name: t.exposeString('name'),
    type: t.expose('type', { type: ReportType }),
    title: t.exposeString('title'),
    format: t.expose('format', { type: ReportFormat }),
    filter: t.field({
      type: 'JSONObject',
      description: 'What its reports are narrowed to: lists of ids, and of inspection types.',
      ...shownFilter,
    }),
    interval: t.expose('interval', { type: ReportInterval }),
    hour: t.exposeInt('hour'),
    timeZone: t.exposeString('timeZone'),
    accessRoles: t.field({
      type: [Role],
      description: 'Roles that may read its reports, in addition to the owner, ADMIN and AUDITOR.',
      ...shownRoles,
    }),
    isActive: t.exposeBoolean('isActive'),
    isPaused: t.boolean({
      description:
        'Whether it requests nothing although it is active: its owner is deactivated, or has a role that may not request reports (RPT-6).',
      ...loaded(
        userById,
        'ownerId',
        ['isActive'],
        (owner, { isActive }: { readonly ownerId: string; readonly isActive: boolean }) =>
          isActive && owner !== null && !mayOwnerRequest(owner),
      ),
    }),
    owner: t.field({
      type: User,
      description: 'The person whose reports they are.',
      ...reference(userById, 'ownerId', 'The owner of a report schedule'),
    }),
    nextRunAt: t.expose('nextRunAt', { type: 'DateTime' }),
    lastRunAt: t.expose('lastRunAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(ReportSchedule, reportScheduleById);

const ReportScheduleConnection = connectionType({
  connection: reportScheduleList,
  node: ReportSchedule,
  name: 'ReportSchedule',
  what: 'report schedules',
});
ReportScheduleConnection.root('reportSchedules', {
  access: LEADS,
  description: 'The standing requests for reports, of all owners.',
});

mutation(createReportSchedule, {
  input: (t) => ({
    name: t.string({ required: true, description: 'A name that you give to no other schedule, 1 to 100 characters.' }),
    type: t.field({ type: ReportType, required: true, description: 'What its reports are about.' }),
    title: t.string({ required: true, description: 'The title of its reports, 1 to 200 characters.' }),
    format: t.field({ type: ReportFormat, required: true, description: 'The kind of file.' }),
    filter: t.field({ type: 'JSONObject', description: FILTER_INPUT }),
    interval: t.field({ type: ReportInterval, required: true, description: 'How often it requests a report.' }),
    hour: t.int({ required: true, description: 'At which hour of the day, 0 to 23, in the time zone.' }),
    timeZone: t.string({ description: 'IANA time zone of the hour and the periods; that of the site unless given.' }),
    accessRoles: t.field({ type: [Role], description: ACCESS_ROLES_INPUT }),
    isActive: t.boolean({ description: 'Whether it is switched on; true unless given.' }),
  }),
  payload: (t) => ({
    reportSchedule: t.field({
      type: ReportSchedule,
      nullable: true,
      description: 'The new schedule.',
      resolve: (p, _args, context, info) => loadById(reportScheduleById, p.reportSchedule, context, info),
    }),
  }),
});

const SCHEDULE_ID = 'The id of the schedule.';

mutation(updateReportSchedule, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: SCHEDULE_ID }),
    name: t.string({ description: 'Another name.' }),
    type: t.field({ type: ReportType, description: 'What its reports are about from now on.' }),
    title: t.string({ description: 'The title of its reports from now on.' }),
    format: t.field({ type: ReportFormat, description: 'The kind of file from now on.' }),
    filter: t.field({ type: 'JSONObject', description: `${FILTER_INPUT} It replaces the former one as a whole.` }),
    interval: t.field({ type: ReportInterval, description: 'How often it requests a report.' }),
    hour: t.int({ description: 'At which hour of the day, 0 to 23.' }),
    timeZone: t.string({ description: 'IANA time zone of the hour and the periods.' }),
    accessRoles: t.field({ type: [Role], description: 'Roles that may read its reports from now on.' }),
    isActive: t.boolean({ description: 'Whether it is switched on.' }),
  }),
  payload: (t) => ({
    reportSchedule: t.field({
      type: ReportSchedule,
      nullable: true,
      description: 'The changed schedule.',
      resolve: (p, _args, context, info) => loadById(reportScheduleById, p.reportSchedule, context, info),
    }),
  }),
});

mutation(deleteReportSchedule, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: SCHEDULE_ID }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'ReportSchedule') }),
});

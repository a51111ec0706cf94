import { Equipment, EquipmentRef } from '../../catalog/equipment/equipment.graphql.ts';
import { equipmentById } from '../../catalog/equipment/equipment.loaders.ts';
import { Process, ProcessRef } from '../../catalog/process/process.graphql.ts';
import { processById } from '../../catalog/process/process.loaders.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { optionalReference } from '../../platform/read/field.ts';
import { USERS } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { Lot, LotRef } from '../../production/lot/lot.graphql.ts';
import { lotById } from '../../production/lot/lot.loaders.ts';
import { ProcessData } from '../../production/process-data/execution/process-data.graphql.ts';
import { processDataById } from '../../production/process-data/execution/process-data.loaders.ts';
import { Serial, SerialRef } from '../../production/serial/serial.graphql.ts';
import { serialById } from '../../production/serial/serial.loaders.ts';
import { WipItem } from '../../production/wip-item/wip-item.graphql.ts';
import { wipItemById } from '../../production/wip-item/wip-item.loaders.ts';
import { Inspection } from '../../quality/inspection/inspection.graphql.ts';
import { inspectionById } from '../../quality/inspection/inspection.loaders.ts';
import { AuditEntryConnection, recordHistory } from '../audit/audit-entry.graphql.ts';
import { archiveAlerts, createAlert, markAlertsRead } from './alert.commands.ts';
import { alertById, alertList } from './alert.loaders.ts';
import { ALERT_LENGTHS, ALERT_SEVERITIES, ALERT_STATUSES, ALERT_TYPES, ALERTS_AT_ONCE } from './alert.rules.ts';

export const AlertType = enumeration('AlertType', ALERT_TYPES, 'What an alert is about (KPI-17).', {
  DEFECT_DETECTED: 'An execution failed with a HIGH or CRITICAL defect.',
  REWORK_REQUEST: 'An execution ended with REWORK.',
  PROCESS_DELAY: 'Work takes much longer than planned, or inspections pile up.',
  LOT_COMPLETED: 'A lot is COMPLETED.',
  LOT_CLOSED: 'A lot is CLOSED.',
  EQUIPMENT_FAILURE: 'Equipment is out of use for long.',
  QUALITY_THRESHOLD: 'A share of failures, or an inspection, is worse than it may be.',
  SYSTEM_ERROR: 'The system itself is in trouble.',
  MANUAL: 'A person or a service raised it.',
});

export const AlertSeverity = enumeration('AlertSeverity', ALERT_SEVERITIES, 'How urgent an alert is.', {
  LOW: 'Good to know.',
  MEDIUM: 'To be looked into today.',
  HIGH: 'To be looked into now.',
});

export const AlertStatus = enumeration(
  'AlertStatus',
  ALERT_STATUSES,
  'Whether an alert has been seen, and dealt with.',
  {
    UNREAD: 'Nobody has seen it.',
    READ: 'Seen, and not dealt with yet.',
    ARCHIVED: 'Dealt with. The same cause may raise a new alert.',
  },
);

export const Alert = builder.prismaObject('Alert', {
  fields: (t) => ({
    type: t.expose('type', { type: AlertType }),
    severity: t.expose('severity', { type: AlertSeverity }),
    status: t.expose('status', { type: AlertStatus }),
    title: t.exposeString('title'),
    message: t.exposeString('message'),
    lot: t.field({
      type: Lot,
      nullable: true,
      description: 'The lot it is about, also when it is about a unit or an execution of the lot; null when none.',
      ...optionalReference(lotById, 'lotId'),
    }),
    wipItem: t.field({
      type: WipItem,
      nullable: true,
      description: 'The WIP item it is about; null when it is about none.',
      ...optionalReference(wipItemById, 'wipItemId'),
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial it is about; null when it is about none.',
      ...optionalReference(serialById, 'serialId'),
    }),
    process: t.field({
      type: Process,
      nullable: true,
      description: 'The process it is about; null when it is about none.',
      ...optionalReference(processById, 'processId'),
    }),
    equipment: t.field({
      type: Equipment,
      nullable: true,
      description: 'The equipment it is about; null when it is about none.',
      ...optionalReference(equipmentById, 'equipmentId'),
    }),
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The execution it is about; null when it is about none, and when that was withdrawn.',
      ...optionalReference(processDataById, 'processDataId'),
    }),
    inspection: t.field({
      type: Inspection,
      nullable: true,
      description: 'The inspection it is about; null when it is about none.',
      ...optionalReference(inspectionById, 'inspectionId'),
    }),
    createdBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who raised it; null when the system or a service did.',
      ...optionalReference(userById, 'createdById'),
    }),
    readBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who read it; null before that, and when a service did.',
      ...optionalReference(userById, 'readById'),
    }),
    readAt: t.expose('readAt', { type: 'DateTime', nullable: true }),
    archivedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who archived it; null before that, and when a service did.',
      ...optionalReference(userById, 'archivedById'),
    }),
    archivedAt: t.expose('archivedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Alert, alertById, USERS);
AuditEntryConnection.on(Alert, 'history', 'recordId', recordHistory('alerts'));

export const AlertConnection = connectionType({
  connection: alertList,
  node: Alert,
  name: 'Alert',
  what: 'alerts',
  fields: (t) => ({
    unreadCount: t.int({
      description:
        'How many of the alerts that match the filter are UNREAD, on all pages. Counted only when selected (ALT-2).',
      resolve: async (page) => (await page.summary())[0]?.count ?? 0,
    }),
  }),
});
AlertConnection.root('alerts', {
  access: USERS,
  description: 'What people have to know about, the newest first (ALT-1, KPI-17).',
});
AlertConnection.on(Lot, 'alerts', 'lotId', {
  access: USERS,
  description: 'The alerts about the lot, its items, its serials, and their executions and inspections.',
});

mutation(createAlert, {
  input: (t) => ({
    severity: t.field({ type: AlertSeverity, defaultValue: 'MEDIUM', description: 'How urgent it is.' }),
    title: t.string({
      required: true,
      description: `What it says, in one line: 1 to ${ALERT_LENGTHS.title} characters (ALT-1).`,
    }),
    message: t.string({
      required: true,
      description: `What it says, with the details: 1 to ${ALERT_LENGTHS.message} characters (ALT-1).`,
    }),
    lot: t.field({ type: LotRef, description: 'The lot it is about. Default: that of the serial.' }),
    serial: t.field({ type: SerialRef, description: 'The serial it is about.' }),
    process: t.field({ type: ProcessRef, description: 'The process it is about.' }),
    equipment: t.field({ type: EquipmentRef, description: 'The equipment it is about.' }),
  }),
  payload: (t) => ({
    alert: t.field({
      type: Alert,
      nullable: true,
      description: 'The new alert, UNREAD.',
      resolve: (p, _args, context, info) => loadById(alertById, p.alert, context, info),
    }),
  }),
});

for (const [command, what] of [
  [markAlertsRead, 'marked as READ'],
  [archiveAlerts, 'archived'],
] as const)
  mutation(command, {
    input: (t) => ({
      ids: t.idList({ required: true, description: `The ids of 1 to ${ALERTS_AT_ONCE} alerts (ALT-2).` }),
    }),
    payload: (t) => ({
      alerts: t.field({
        type: [Alert],
        nullable: true,
        description: 'All alerts that were named, each once, in the order of the input.',
        resolve: async (p, _args, context, info) =>
          p.alerts === undefined
            ? null
            : (await Promise.all(p.alerts.map((id) => alertById.load(context, id, info)))).map((alert) =>
                present(alert, 'An alert that was changed'),
              ),
      }),
      changedCount: t.int({
        nullable: true,
        description: `How many of them were ${what} by this request.`,
        resolve: (p) => p.changedCount ?? null,
      }),
    }),
  });

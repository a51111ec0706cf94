import type { GraphQLResolveInfo } from 'graphql';
import { Report } from '../../quality/report/report.graphql.ts';
import { ReportSchedule } from '../../quality/report/report-schedule.graphql.ts';
import { EquipmentStatusPeriod } from '../../catalog/equipment/equipment-status-period.graphql.ts';
import { ApiKey } from '../../catalog/api-key/api-key.graphql.ts';
import { Equipment } from '../../catalog/equipment/equipment.graphql.ts';
import { Process } from '../../catalog/process/process.graphql.ts';
import { ProductModel } from '../../catalog/product-model/product-model.graphql.ts';
import { ProductionLine } from '../../catalog/production-line/production-line.graphql.ts';
import { Station } from '../../catalog/station/station.graphql.ts';
import { stationById } from '../../catalog/station/station.loaders.ts';
import { TestProgramDeployment } from '../../catalog/test-program/deployment.graphql.ts';
import { TestProgram, TestProgramVersion } from '../../catalog/test-program/test-program.graphql.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { AUDIT } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration, nodeOf } from '../../platform/graphql/builder.ts';
import { connectionType, type ParentListOptions } from '../../platform/graphql/connection-type.ts';
import type { Context } from '../../platform/request/context.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import { identifier } from '../../platform/postgres/sql.ts';
import { foreignKeysOf, instantsOf, type Row } from '../../platform/postgres/table.ts';
import { instantOf } from '../../platform/values/time.ts';
import { Route } from '../../catalog/route/route.graphql.ts';
import { Lot } from '../../production/lot/lot.graphql.ts';
import { ProcessData } from '../../production/process-data/execution/process-data.graphql.ts';
import { ProcessSession } from '../../production/process-session/process-session.graphql.ts';
import { LabelPrint } from '../../production/label-print/label-print.graphql.ts';
import { Serial } from '../../production/serial/serial.graphql.ts';
import { WipItem } from '../../production/wip-item/wip-item.graphql.ts';
import { Artifact } from '../../quality/artifact/artifact.graphql.ts';
import { Defect } from '../../quality/defect/defect.graphql.ts';
import { InferenceJob } from '../../quality/inference-job/inference-job.graphql.ts';
import { ComponentUse } from '../../production/component-use/component-use.graphql.ts';
import { Inspection } from '../../quality/inspection/inspection.graphql.ts';
import { auditEntryById, auditEntryList } from './audit-entry.loaders.ts';
import { labelOf } from './record-label.loaders.ts';
import {
  ACTOR_KINDS,
  ACTOR_TYPES,
  OPERATIONS,
  fieldOfColumn,
  typeOfEntity,
  type AUDITED_TABLES,
} from './audit.rules.ts';

export const AuditOperation = enumeration('AuditOperation', OPERATIONS, 'What was done to a record.', {
  INSERT: 'It was made.',
  UPDATE: 'It was changed.',
  DELETE: 'It was removed.',
  VIEW: 'Evidence about it was looked at.',
  DOWNLOAD: 'Its content was fetched.',
  EXPORT: 'It left the system as part of an export.',
});

export const ActorKind = enumeration('ActorKind', ACTOR_KINDS, 'Who acted.', {
  USER: 'A person who signed in.',
  STATION: 'A station with its key.',
  SYSTEM: 'The server itself, the command line, a migration, or somebody at the database.',
  SERVICE: 'A service with its key.',
});

interface FieldChangeValue {
  readonly field: string;
  /** The type of the record that the field refers to; undefined for any other field. */
  readonly refersTo: string | undefined;
  readonly oldValue: unknown;
  readonly newValue: unknown;
}

const LABEL =
  'What people call the record that a reference names, as it is now: username, number, code or name, for a route its model and revision; null for a field that is no reference, and for a record that was deleted or has no such name';

const FieldChange = builder.objectRef<FieldChangeValue>('FieldChange').implement({
  description: 'What became of one field of a record. Secrets appear as `[redacted]`.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'The name of the field, as in the graph.' }),
    oldValue: t.expose('oldValue', {
      type: 'JSON',
      nullable: true,
      description:
        'What it was: an instant in UTC, a reference as the id in the database, anything else as the database wrote it; null when there was nothing.',
    }),
    oldLabel: t.string({
      nullable: true,
      description: `${LABEL}, for \`oldValue\`.`,
      resolve: ({ refersTo, oldValue }, _args, context) => labelOf(context, refersTo, oldValue),
    }),
    newValue: t.expose('newValue', {
      type: 'JSON',
      nullable: true,
      description:
        'What it is since: an instant in UTC, a reference as the id in the database, anything else as the database wrote it; null when there is nothing.',
    }),
    newLabel: t.string({
      nullable: true,
      description: `${LABEL}, for \`newValue\`.`,
      resolve: ({ refersTo, newValue }, _args, context) => labelOf(context, refersTo, newValue),
    }),
  }),
});

export const AuditEntry = builder.prismaObject('AuditEntry', {
  authScopes: { may: AUDIT },
  fields: (t) => ({
    seq: t.expose('seq', { type: 'BigInt' }),
    entity: t.exposeString('entity'),
    recordId: t.id({ description: 'The id of the record, whether or not it still exists.', resolve: globalRecordId }),
    recordLabel: t.string({
      nullable: true,
      description:
        'What people call the record, as it is now: username, number, code or name, for a route its model and revision; null when it was deleted or has no such name.',
      resolve: ({ entity, recordId }, _args, context) => labelOf(context, typeOfEntity(entity), recordId),
    }),
    record: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'The record as it is now; null when it was deleted, or is no record of the graph.',
      resolve: recordOf,
    }),
    operation: t.expose('operation', { type: AuditOperation }),
    action: t.exposeString('action'),
    oldValues: t.field({
      type: 'JSONObject',
      nullable: true,
      description:
        'The fields that changed as they were before, or the whole deleted record; null for a new record and a look.',
      resolve: (row) => withFieldNames(row, row.oldValues),
    }),
    newValues: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The fields that changed as they are now, or the whole new record; null for a deletion and a look.',
      resolve: (row) => withFieldNames(row, row.newValues),
    }),
    changedFields: t.stringList({
      description: 'The fields that differ; empty unless the record was changed.',
      resolve: changedFieldsOf,
    }),
    changes: t.field({
      type: [FieldChange],
      description: 'The change field by field: what differs, or every field of a record that was made or removed.',
      resolve: fieldChangesOf,
    }),
    actorKind: t.expose('actorKind', { type: ActorKind }),
    actorId: t.id({
      nullable: true,
      description:
        'The id of the user, station or service that acted, whether or not it still exists; null for the system.',
      resolve: actorIdOf,
    }),
    actorLabel: t.string({
      nullable: true,
      description:
        'The username of the user, the code of the station or the name of the service that acted; null for the system, and for one that was deleted.',
      resolve: ({ actorKind, actorId }, _args, context) => labelOf(context, ACTOR_TYPES[actorKind], actorId),
    }),
    actor: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'The user, station or service that acted; null for the system, and for one that was deleted.',
      resolve: actorNodeOf,
    }),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station at which it happened; null when none was told.',
      resolve: (row, _args, context) => (row.stationId === null ? null : stationById.load(context, row.stationId)),
    }),
    sessionId: t.exposeString('sessionId', { nullable: true }),
    ip: t.exposeString('ip', { nullable: true }),
    userAgent: t.exposeString('userAgent', { nullable: true }),
    requestId: t.exposeString('requestId', { nullable: true }),
    reason: t.exposeString('reason', { nullable: true }),
    transactionId: t.expose('transactionId', { type: 'BigInt' }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime' }),
  }),
});
asNode(AuditEntry, auditEntryById);

export const AuditEntryConnection = connectionType({
  connection: auditEntryList,
  node: AuditEntry,
  name: 'AuditEntry',
  what: 'entries of the audit trail',
});
AuditEntryConnection.root('auditEntries', {
  access: AUDIT,
  description:
    'Who changed what, when and why, the newest first (AUD-1). The order of `changes` is the one that no later commit disturbs.',
});

const HISTORY = 'What became of this record, the newest first; `changes` tells it field by field (AUD-1).';
const entriesOf = (entity: keyof typeof AUDITED_TABLES, description: string): ParentListOptions => ({
  description,
  access: AUDIT,
  where: identifier(`t.entity = '${entity}'`),
});
/** The history of records of a younger area. */
export const recordHistory = (entity: keyof typeof AUDITED_TABLES): ParentListOptions => entriesOf(entity, HISTORY);
AuditEntryConnection.on(User, 'history', 'recordId', entriesOf('users', HISTORY));
AuditEntryConnection.on(ProductModel, 'history', 'recordId', entriesOf('product_models', HISTORY));
AuditEntryConnection.on(ProductionLine, 'history', 'recordId', entriesOf('production_lines', HISTORY));
AuditEntryConnection.on(Process, 'history', 'recordId', entriesOf('processes', HISTORY));
AuditEntryConnection.on(Station, 'history', 'recordId', entriesOf('stations', HISTORY));
AuditEntryConnection.on(ApiKey, 'history', 'recordId', entriesOf('api_keys', HISTORY));
AuditEntryConnection.on(Equipment, 'history', 'recordId', entriesOf('equipment', HISTORY));
AuditEntryConnection.on(EquipmentStatusPeriod, 'history', 'recordId', entriesOf('equipment_status_periods', HISTORY));
AuditEntryConnection.on(Route, 'history', 'recordId', entriesOf('routes', HISTORY));
AuditEntryConnection.on(TestProgram, 'history', 'recordId', entriesOf('test_programs', HISTORY));
AuditEntryConnection.on(TestProgramVersion, 'history', 'recordId', entriesOf('test_program_versions', HISTORY));
AuditEntryConnection.on(TestProgramDeployment, 'history', 'recordId', entriesOf('test_program_deployments', HISTORY));
AuditEntryConnection.on(Lot, 'history', 'recordId', entriesOf('lots', HISTORY));
AuditEntryConnection.on(WipItem, 'history', 'recordId', entriesOf('wip_items', HISTORY));
AuditEntryConnection.on(Serial, 'history', 'recordId', entriesOf('serials', HISTORY));
AuditEntryConnection.on(ProcessSession, 'history', 'recordId', entriesOf('process_sessions', HISTORY));
AuditEntryConnection.on(ProcessData, 'history', 'recordId', entriesOf('process_data', HISTORY));
AuditEntryConnection.on(LabelPrint, 'history', 'recordId', entriesOf('label_prints', HISTORY));
AuditEntryConnection.on(ComponentUse, 'history', 'recordId', entriesOf('component_uses', HISTORY));
AuditEntryConnection.on(Inspection, 'history', 'recordId', entriesOf('inspections', HISTORY));
AuditEntryConnection.on(Defect, 'history', 'recordId', entriesOf('defects', HISTORY));
AuditEntryConnection.on(InferenceJob, 'history', 'recordId', entriesOf('inference_jobs', HISTORY));
AuditEntryConnection.on(Artifact, 'history', 'recordId', entriesOf('artifacts', HISTORY));
AuditEntryConnection.on(Report, 'history', 'recordId', entriesOf('reports', HISTORY));
AuditEntryConnection.on(ReportSchedule, 'history', 'recordId', entriesOf('report_schedules', HISTORY));

const ENTRIES = 'The entries of the audit trail about this record, the newest first: the same as `history`.';
AuditEntryConnection.on(Lot, 'auditEntries', 'recordId', entriesOf('lots', ENTRIES));
AuditEntryConnection.on(WipItem, 'auditEntries', 'recordId', entriesOf('wip_items', ENTRIES));
AuditEntryConnection.on(Serial, 'auditEntries', 'recordId', entriesOf('serials', ENTRIES));
AuditEntryConnection.on(ProcessData, 'auditEntries', 'recordId', entriesOf('process_data', ENTRIES));

type Entry = Row<'AuditEntry'>;

/** The global id of the record that an entry is about, whether or not the record still exists. */
export function globalRecordId({ entity, recordId }: Entry): string {
  return encodeGlobalId(typeOfEntity(entity), recordId);
}

/** The record that an entry is about; null when it was deleted or is not in the graph. */
export function recordOf(
  { entity, recordId }: Entry,
  _args: object,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<never> {
  return nodeOf({ typename: typeOfEntity(entity), id: recordId }, context, info);
}

/** The global id of the user, station or service that acted; null for the system. */
export function actorIdOf({ actorKind, actorId }: Entry): string | null {
  return actorId === null ? null : encodeGlobalId(ACTOR_TYPES[actorKind], actorId);
}

/** The user, station or service that acted; null for the system, and for an actor who was deleted. */
export function actorNodeOf(
  { actorKind, actorId }: Entry,
  _args: object,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<never> | null {
  return actorId === null ? null : nodeOf({ typename: ACTOR_TYPES[actorKind], id: actorId }, context, info);
}

/** The changed fields of an entry, by their names in the graph. */
export function changedFieldsOf({ changedFields }: Entry): string[] {
  return changedFields.map(fieldOfColumn);
}

function fieldChangesOf({ entity, oldValues, newValues, operation, changedFields }: Entry): FieldChangeValue[] {
  const [before, after] = [valuesOf(entity, oldValues), valuesOf(entity, newValues)];
  const fields = operation === 'UPDATE' ? changedFields.map(fieldOfColumn) : [...before.keys(), ...after.keys()];
  const keys = foreignKeysOf(typeOfEntity(entity));
  return fields.map((field) => ({
    field,
    refersTo: keys.get(field),
    oldValue: before.get(field) ?? null,
    newValue: after.get(field) ?? null,
  }));
}

function withFieldNames({ entity }: Entry, values: unknown): object | null {
  return values === null ? null : Object.fromEntries(valuesOf(entity, values));
}

/** The values of a record by the names of its fields in the graph, its instants in their usual form. */
function valuesOf(entity: string, values: unknown): ReadonlyMap<string, unknown> {
  const instants = instantsOf(typeOfEntity(entity));
  const columns = typeof values === 'object' && values !== null ? Object.entries(values) : [];
  return new Map(
    columns.map(([column, value]: [string, unknown]) => {
      const field = fieldOfColumn(column);
      return [field, instants.has(field) && typeof value === 'string' ? (instantOf(value) ?? value) : value] as const;
    }),
  );
}

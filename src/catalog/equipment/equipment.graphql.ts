import { ANY } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { derived, lookup, optionalReference } from '../../platform/read/field.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { Process, ProcessRef } from '../process/process.graphql.ts';
import { processById } from '../process/process.loaders.ts';
import { ProductionLine, ProductionLineRef } from '../production-line/production-line.graphql.ts';
import { productionLineById } from '../production-line/production-line.loaders.ts';
import { Station, StationRef } from '../station/station.graphql.ts';
import { stationById } from '../station/station.loaders.ts';
import { createEquipment, deleteEquipment, updateEquipment } from './equipment.commands.ts';
import { equipmentByCode, equipmentById, equipmentList, todayOf } from './equipment.loaders.ts';
import { EQUIPMENT_STATUSES, needsMaintenance } from './equipment.rules.ts';

export const EquipmentStatus = enumeration(
  'EquipmentStatus',
  EQUIPMENT_STATUSES,
  'Whether a piece of equipment can be worked with.',
  {
    AVAILABLE: 'Ready and idle.',
    IN_USE: 'Being worked with.',
    MAINTENANCE: 'Stopped as planned, for maintenance.',
    OUT_OF_SERVICE: 'Stopped unplanned, by a failure.',
    RETIRED: 'Taken away for ever.',
  },
);

export const Equipment = builder.prismaObject('Equipment', {
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name'),
    type: t.exposeString('type'),
    description: t.exposeString('description', { nullable: true }),
    manufacturer: t.exposeString('manufacturer', { nullable: true }),
    modelNumber: t.exposeString('modelNumber', { nullable: true }),
    serialNumber: t.exposeString('serialNumber', { nullable: true }),
    process: t.field({
      type: Process,
      nullable: true,
      description:
        'The step it belongs to; null when there is none, or it serves several. On a step that has equipment of its own, equipment of another step is refused (EQP-5).',
      ...optionalReference(processById, 'processId'),
    }),
    productionLine: t.field({
      type: ProductionLine,
      nullable: true,
      description: 'The line it usually works on; null when there is none.',
      ...optionalReference(productionLineById, 'productionLineId'),
    }),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station it usually works at; null when there is none.',
      ...optionalReference(stationById, 'stationId'),
    }),
    status: t.expose('status', { type: EquipmentStatus }),
    statusChangedAt: t.expose('statusChangedAt', { type: 'DateTime' }),
    isActive: t.exposeBoolean('isActive'),
    lastMaintenanceOn: t.expose('lastMaintenanceOn', { type: 'Date', nullable: true }),
    nextMaintenanceOn: t.expose('nextMaintenanceOn', { type: 'Date', nullable: true }),
    needsMaintenance: t.boolean({
      description:
        'Whether maintenance is due, today or earlier, by the calendar of the site. It warns and stops nothing (EQP-4).',
      ...derived(['nextMaintenanceOn'], ({ nextMaintenanceOn }: Row<'Equipment'>, context) =>
        needsMaintenance(nextMaintenanceOn, todayOf(context)),
      ),
    }),
    operationHours: t.expose('operationHours', { type: 'Decimal' }),
    specifications: t.expose('specifications', { type: 'JSONObject' }),
    maintenanceSchedule: t.expose('maintenanceSchedule', { type: 'JSONObject' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Equipment, equipmentById);

export const EquipmentRef = builder.inputType('EquipmentRef', {
  description: 'A piece of equipment, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    code: t.string({ description: 'Its code, in any case.' }),
  }),
});

export const EquipmentConnection = connectionType({
  connection: equipmentList,
  node: Equipment,
  name: 'Equipment',
  what: 'pieces of equipment',
});
EquipmentConnection.root('equipment', { access: ANY, description: 'The equipment.' });
EquipmentConnection.on(ProductionLine, 'equipment', 'productionLineId', {
  description: 'The equipment that usually works on this line.',
});

builder.queryField('equipmentByCode', (t) =>
  t.field({
    type: Equipment,
    nullable: true,
    description: 'The equipment of a code; null when there is none.',
    authScopes: { may: ANY },
    args: { code: t.arg.string({ required: true, description: 'The code, in any case.' }) },
    ...lookup(({ code }: { readonly code: string }, context) => equipmentByCode.load(context, normalizedCode(code))),
  }),
);

const DESCRIPTIONS = {
  name: 'Name, 1 to 255 characters.',
  type: 'What kind of machine it is: 1 to 100 of A-Z 0-9 _; stored in upper case (EQP-1).',
  isActive: 'Whether it takes work (EQP-4).',
  nextMaintenanceOn: 'The day the next maintenance is due, after the last (EQP-3)',
  operationHours: 'Hours of operation so far, at most two places after the point.',
} as const;

mutation(createEquipment, {
  input: (t) => ({
    code: t.string({
      required: true,
      description: '1 to 50 of A-Z 0-9 _ -; stored in upper case, never changed (EQP-1).',
    }),
    name: t.string({ required: true, description: DESCRIPTIONS.name }),
    type: t.string({ required: true, description: DESCRIPTIONS.type }),
    description: t.string({ description: 'What the equipment is for, at most 2,000 characters.' }),
    manufacturer: t.string({ description: 'Who built it.' }),
    modelNumber: t.string({ description: 'The manufacturer’s name for the model.' }),
    serialNumber: t.string({ description: 'The manufacturer’s number of this piece.' }),
    process: t.field({ type: ProcessRef, description: 'The step it is usually used for.' }),
    productionLine: t.field({ type: ProductionLineRef, description: 'The line it usually works on.' }),
    station: t.field({ type: StationRef, description: 'The station it usually works at.' }),
    isActive: t.boolean({ defaultValue: true, description: DESCRIPTIONS.isActive }),
    lastMaintenanceOn: t.field({ type: 'Date', description: 'The day of the last maintenance.' }),
    nextMaintenanceOn: t.field({ type: 'Date', description: `${DESCRIPTIONS.nextMaintenanceOn}.` }),
    operationHours: t.field({ type: 'Decimal', defaultValue: '0', description: DESCRIPTIONS.operationHours }),
    specifications: t.field({ type: 'JSONObject', description: 'Technical data, under keys of your own.' }),
    maintenanceSchedule: t.field({
      type: 'JSONObject',
      description: 'What is maintained and how often, under keys of your own.',
    }),
  }),
  payload: (t) => ({
    equipment: t.field({
      type: Equipment,
      nullable: true,
      description: 'The new equipment.',
      resolve: (p, _args, context, info) => loadById(equipmentById, p.equipment, context, info),
    }),
  }),
});

mutation(updateEquipment, {
  isVersioned: true,
  input: (t) => ({
    equipment: t.field({ type: EquipmentRef, required: true, description: 'The equipment to change.' }),
    name: t.string({ description: DESCRIPTIONS.name }),
    type: t.string({ description: DESCRIPTIONS.type }),
    description: t.string({ description: 'What the equipment is for; null clears it.' }),
    manufacturer: t.string({ description: 'Who built it; null clears it.' }),
    modelNumber: t.string({ description: 'The manufacturer’s name for the model; null clears it.' }),
    serialNumber: t.string({ description: 'The manufacturer’s number of this piece; null clears it.' }),
    process: t.field({ type: ProcessRef, description: 'The step it is usually used for; null clears it.' }),
    productionLine: t.field({
      type: ProductionLineRef,
      description: 'The line it usually works on; null takes it off its line.',
    }),
    station: t.field({
      type: StationRef,
      description: 'The station it usually works at; null takes it off its station.',
    }),
    isActive: t.boolean({ description: DESCRIPTIONS.isActive }),
    lastMaintenanceOn: t.field({ type: 'Date', description: 'The day of the last maintenance; null clears it.' }),
    nextMaintenanceOn: t.field({ type: 'Date', description: `${DESCRIPTIONS.nextMaintenanceOn}; null clears it.` }),
    operationHours: t.field({ type: 'Decimal', description: DESCRIPTIONS.operationHours }),
    specifications: t.field({ type: 'JSONObject', description: 'Technical data; replaces the former as a whole.' }),
    maintenanceSchedule: t.field({
      type: 'JSONObject',
      description: 'What is maintained and how often; replaces the former as a whole.',
    }),
  }),
  payload: (t) => ({
    equipment: t.field({
      type: Equipment,
      nullable: true,
      description: 'The changed equipment.',
      resolve: (p, _args, context, info) => loadById(equipmentById, p.equipment, context, info),
    }),
  }),
});

mutation(deleteEquipment, {
  isVersioned: true,
  input: (t) => ({
    equipment: t.field({ type: EquipmentRef, required: true, description: 'The equipment to delete.' }),
  }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'Equipment') }),
});

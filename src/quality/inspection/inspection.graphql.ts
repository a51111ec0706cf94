import { Station, StationRef } from '../../catalog/station/station.graphql.ts';
import { stationById } from '../../catalog/station/station.loaders.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { derived, optionalReference, reference } from '../../platform/read/field.ts';
import { ANY } from '../../platform/rules/access.ts';
import { Lot, LotConnection, LotRef } from '../../production/lot/lot.graphql.ts';
import { lotById } from '../../production/lot/lot.loaders.ts';
import { Serial, SerialRef } from '../../production/serial/serial.graphql.ts';
import { serialById } from '../../production/serial/serial.loaders.ts';
import { WipItem, WipItemRef } from '../../production/wip-item/wip-item.graphql.ts';
import { wipItemById } from '../../production/wip-item/wip-item.loaders.ts';
import { createInspection, startInspection, startNextInspection, updateInspection } from './inspection.commands.ts';
import { inspectionById, inspectionList, inspectionsOfLot } from './inspection.loaders.ts';
import {
  INSPECTION_METADATA_BYTES,
  INSPECTION_PRIORITY,
  INSPECTION_STATUSES,
  INSPECTION_TYPES,
  INSPECTION_VERDICTS,
  inspectionDurationSeconds,
  SAMPLE_CODE,
} from './inspection.rules.ts';

export const InspectionType = enumeration('InspectionType', INSPECTION_TYPES, 'How a sample is inspected.', {
  VISUAL: 'By eye or camera.',
  ELECTRICAL: 'By electrical measurement.',
  THERMAL: 'By heat image or temperature.',
  DIMENSIONAL: 'By measuring lengths and positions.',
  FUNCTIONAL: 'By running the sample.',
  OPTICAL: 'By light: reflection, transmission, interference.',
});

export const InspectionStatus = enumeration(
  'InspectionStatus',
  INSPECTION_STATUSES,
  'How far an inspection has come.',
  {
    PENDING: 'Waits in the queue.',
    IN_PROGRESS: 'Being carried out: findings can be added.',
    COMPLETED: 'Carried out and judged.',
    FAILED: 'Could not be carried out; this says nothing about the sample.',
    CANCELLED: 'Not wanted any more.',
  },
);

export const InspectionVerdict = enumeration(
  'InspectionVerdict',
  INSPECTION_VERDICTS,
  'What an inspection says about its sample.',
  {
    PASS: 'No critical finding, and a quality score of at least 0.75.',
    FAIL: 'A critical finding, or a quality score below 0.75.',
  },
);

export const Inspection = builder.prismaObject('Inspection', {
  fields: (t) => ({
    lot: t.field({
      type: Lot,
      description: 'The lot that the sample is from.',
      ...reference(lotById, 'lotId', 'The lot of an inspection'),
    }),
    wipItem: t.field({
      type: WipItem,
      nullable: true,
      description: 'The WIP item that is the sample; null when the sample is not a WIP item.',
      ...optionalReference(wipItemById, 'wipItemId'),
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial that is the sample; null when the sample is not a serial.',
      ...optionalReference(serialById, 'serialId'),
    }),
    sampleCode: t.exposeString('sampleCode'),
    type: t.expose('type', { type: InspectionType }),
    status: t.expose('status', { type: InspectionStatus }),
    round: t.exposeInt('round'),
    priority: t.exposeInt('priority'),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station where it is carried out; null when any station may.',
      ...optionalReference(stationById, 'stationId'),
    }),
    inspector: t.field({
      type: User,
      nullable: true,
      description: 'The person who started it; null before the start, and when a station or a service started it.',
      ...optionalReference(userById, 'inspectorId'),
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    durationSeconds: t.int({
      nullable: true,
      description: 'Whole seconds from start to completion; null unless it is COMPLETED.',
      ...derived(['startedAt', 'completedAt'], inspectionDurationSeconds),
    }),
    verdict: t.expose('verdict', { type: InspectionVerdict, nullable: true }),
    qualityScore: t.expose('qualityScore', { type: 'Decimal', nullable: true }),
    confidence: t.expose('confidence', { type: 'Decimal', nullable: true }),
    failureReason: t.exposeString('failureReason', { nullable: true }),
    metadata: t.expose('metadata', { type: 'JSONObject' }),
    createdBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who asked for it; null when a station or a service did.',
      ...optionalReference(userById, 'createdById'),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Inspection, inspectionById);

export const InspectionConnection = connectionType({
  connection: inspectionList,
  node: Inspection,
  name: 'Inspection',
  what: 'inspections',
});
InspectionConnection.root('inspections', {
  access: ANY,
  description: 'The inspections, the most urgent first, then the oldest: the order of the queue (INS-7).',
});
InspectionConnection.on(Lot, 'inspections', 'lotId', { description: 'The inspections of samples of the lot.' });
InspectionConnection.on(WipItem, 'inspections', 'wipItemId', {
  description: 'The inspections of the item; those of the serial it became are not among them.',
});
InspectionConnection.on(Serial, 'inspections', 'serialId', {
  description: 'The inspections of the serial; those of the item it was are not among them.',
});
LotConnection.filterBy('inspections', inspectionsOfLot);

const PRIORITY = `Its place in the queue: ${INSPECTION_PRIORITY.min} to ${INSPECTION_PRIORITY.max}, ${INSPECTION_PRIORITY.max} is the most urgent (INS-1).`;
const METADATA = `Whatever the site wants to keep with it, at most ${INSPECTION_METADATA_BYTES} bytes as JSON`;

mutation(createInspection, {
  input: (t) => ({
    lot: t.field({ type: LotRef, required: true, description: 'The lot that the sample is from; not a REJECTED one.' }),
    wipItem: t.field({
      type: WipItemRef,
      description: 'The WIP item that is the sample; one of the lot. Not together with `serial`.',
    }),
    serial: t.field({
      type: SerialRef,
      description: 'The serial that is the sample; one of the lot. Not together with `wipItem`.',
    }),
    sampleCode: t.string({
      description: `Names the sample in its lot: ${SAMPLE_CODE.form}, in any case. Default: that of the earlier inspection, else the number of the serial, the item or the lot (INS-1).`,
    }),
    type: t.field({
      type: InspectionType,
      description:
        'How the sample is inspected. Required, unless `reinspectionOf` is given, whose type is the default.',
    }),
    priority: t.int({ defaultValue: INSPECTION_PRIORITY.default, description: PRIORITY }),
    station: t.field({
      type: StationRef,
      description: 'Where it is to be carried out; any station may unless given. The default of a station is itself.',
    }),
    metadata: t.field({ type: 'JSONObject', description: `${METADATA}.` }),
    reinspectionOf: t.id({
      description:
        'The id of a COMPLETED inspection of the same sample and type: this one is its next round (INS-2). The unit of the sample is its unit unless given.',
    }),
  }),
  payload: (t) => ({
    inspection: t.field({
      type: Inspection,
      nullable: true,
      description: 'The new inspection.',
      resolve: (p, _args, context, info) => loadById(inspectionById, p.inspection, context, info),
    }),
  }),
});

mutation(updateInspection, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'The id of the inspection to change.' }),
    priority: t.int({ description: PRIORITY }),
    station: t.field({
      type: StationRef,
      description: 'Where it is to be carried out; null lets every station do it.',
    }),
    metadata: t.field({ type: 'JSONObject', description: `${METADATA}; replaces the former as a whole.` }),
  }),
  payload: (t) => ({
    inspection: t.field({
      type: Inspection,
      nullable: true,
      description: 'The changed inspection.',
      resolve: (p, _args, context, info) => loadById(inspectionById, p.inspection, context, info),
    }),
  }),
});

mutation(startInspection, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the inspection to start.' }) }),
  payload: (t) => ({
    inspection: t.field({
      type: Inspection,
      nullable: true,
      description: 'The started inspection.',
      resolve: (p, _args, context, info) => loadById(inspectionById, p.inspection, context, info),
    }),
  }),
});

mutation(startNextInspection, {
  input: (t) => ({
    types: t.field({
      type: [InspectionType],
      description: 'The types that are looked for; all unless given, and for an empty list.',
    }),
    station: t.field({
      type: StationRef,
      description:
        'Where it will be carried out: inspections of this station and those of no station are looked for, else those of all stations. The default of a station is itself.',
    }),
  }),
  payload: (t) => ({
    inspection: t.field({
      type: Inspection,
      nullable: true,
      description: 'The started inspection; null when none is waiting.',
      resolve: (p, _args, context, info) => loadById(inspectionById, p.inspection, context, info),
    }),
  }),
});

import { present } from '../../../platform/values/assert.ts';
import { Equipment } from '../../../catalog/equipment/equipment.graphql.ts';
import { equipmentById } from '../../../catalog/equipment/equipment.loaders.ts';
import { Process, ProcessLevel } from '../../../catalog/process/process.graphql.ts';
import { processById } from '../../../catalog/process/process.loaders.ts';
import { Station } from '../../../catalog/station/station.graphql.ts';
import { stationById } from '../../../catalog/station/station.loaders.ts';
import { User } from '../../../identity/user/user.graphql.ts';
import { userById } from '../../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../../platform/graphql/builder.ts';
import { connectionType } from '../../../platform/graphql/connection-type.ts';
import type { Row } from '../../../platform/postgres/table.ts';
import { needs } from '../../../platform/read/field-extensions.ts';
import { derived, loaded, optionalReference, reference } from '../../../platform/read/field.ts';
import { ANY } from '../../../platform/rules/access.ts';
import { stepNumbersByLot } from '../../lot-route/lot-route.loaders.ts';
import { Lot, LotConnection } from '../../lot/lot.graphql.ts';
import { lotById } from '../../lot/lot.loaders.ts';
import { ProcessSession } from '../../process-session/process-session.graphql.ts';
import { visibleProcessSessionById } from '../../process-session/process-session.loaders.ts';
import { ProcessDataFacets } from './facet.graphql.ts';
import {
  journeyOfSerial,
  journeyOfWipItem,
  lotFilters,
  openExecutionByWipItem,
  processDataById,
  processDataList,
  serialFilters,
  wipItemFilters,
} from './process-data.loaders.ts';
import { Measurement, ProcessDefect, Verdict } from '../result/measurement.graphql.ts';
import { verdictOfRecord } from '../result/measurement.rules.ts';
import { defectsOf, measurementsOf } from '../result/measurement.shapes.ts';
import { PROCESS_RESULTS } from '../result/result.rules.ts';
import { Serial, SerialConnection } from '../../serial/serial.graphql.ts';
import { serialById } from '../../serial/serial.loaders.ts';
import { loadUnit, Unit } from '../../unit/unit.graphql.ts';
import { UNIT_OF_LEVEL } from '../../unit/unit.rules.ts';
import { WipItem, WipItemConnection } from '../../wip-item/wip-item.graphql.ts';
import { wipItemById } from '../../wip-item/wip-item.loaders.ts';

export const ProcessResult = enumeration('ProcessResult', PROCESS_RESULTS, 'How an execution ended.', {
  PASS: 'Good.',
  FAIL: 'Not good; at least one defect says why.',
  REWORK: 'To be done again; neither good nor bad.',
});

export const ProcessData = builder.prismaObject('ProcessData', {
  fields: (t) => ({
    level: t.expose('level', { type: ProcessLevel }),
    lot: t.field({
      type: Lot,
      description: 'The lot, or the lot of the unit.',
      ...reference(lotById, 'lotId', 'The lot of an execution'),
    }),
    wipItem: t.field({
      type: WipItem,
      nullable: true,
      description: 'The WIP item, or the one that the serial was; null on the level of the lot.',
      ...optionalReference(wipItemById, 'wipItemId'),
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial; null on the other levels.',
      ...optionalReference(serialById, 'serialId'),
    }),
    unit: t.field({
      type: Unit,
      description: 'What the step was run on.',
      extensions: needs('level', 'unitId'),
      resolve: (execution, _args, context) => loadUnit(context, UNIT_OF_LEVEL[execution.level], execution.unitId),
    }),
    process: t.field({
      type: Process,
      description: 'The step.',
      ...reference(processById, 'processId', 'The step of an execution'),
    }),
    stepNumber: t.int({
      nullable: true,
      description: 'The number of the step in the present route of the lot; null when it is not part of it.',
      ...loaded(
        stepNumbersByLot,
        'lotId',
        ['processId'],
        (found, { processId }: Row<'ProcessData'>) =>
          present(found, 'The steps of a lot').numbers.get(processId) ?? null,
      ),
    }),
    attempt: t.exposeInt('attempt'),
    operator: t.field({
      type: User,
      description: 'The person who ran the step.',
      ...reference(userById, 'operatorId', 'The operator of an execution'),
    }),
    equipment: t.field({
      type: Equipment,
      nullable: true,
      description: 'The equipment the step was run on; null when none was named.',
      ...optionalReference(equipmentById, 'equipmentId'),
    }),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station the step was run at; null when none was named.',
      ...optionalReference(stationById, 'stationId'),
    }),
    processSession: t.field({
      type: ProcessSession,
      nullable: true,
      description: 'The process session in which it was run; null when in none, and for the key of another station.',
      extensions: needs('processSessionId'),
      resolve: ({ processSessionId }, _args, context) =>
        processSessionId === null ? null : visibleProcessSessionById.load(context, processSessionId),
    }),
    result: t.expose('result', { type: ProcessResult, nullable: true }),
    isOpen: t.boolean({
      description: 'Whether it is still going on.',
      ...derived(['completedAt'], ({ completedAt }: Row<'ProcessData'>) => completedAt === null),
    }),
    verdict: t.field({
      type: Verdict,
      description: 'OUT_OF_SPEC if any reading is, else IN_SPEC if any is, else NOT_JUDGED.',
      ...derived(['measurements'], (execution: Row<'ProcessData'>) =>
        verdictOfRecord(measurementsOf(execution.measurements)),
      ),
    }),
    measurements: t.field({
      type: [Measurement],
      description: 'What was read, in the order it was sent, each with the limits it was judged by.',
      ...derived(['measurements'], (execution: Row<'ProcessData'>) => [...measurementsOf(execution.measurements)]),
    }),
    defects: t.field({
      type: [ProcessDefect],
      description: 'What was found wrong; at least one entry for a FAIL, none for a PASS (PD-2).',
      ...derived(['defects'], (execution: Row<'ProcessData'>) => [...defectsOf(execution.defects)]),
    }),
    defectCount: t.int({
      description: 'How many kinds of defects it names.',
      ...derived(['defects'], (execution: Row<'ProcessData'>) => defectsOf(execution.defects).length),
    }),
    defectQuantity: t.int({
      description: 'How many defects it found, over all kinds.',
      ...derived(['defects'], (execution: Row<'ProcessData'>) =>
        defectsOf(execution.defects).reduce((sum, defect) => sum + defect.quantity, 0),
      ),
    }),
    notes: t.exposeString('notes', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    durationSeconds: t.exposeInt('durationSeconds', { nullable: true }),
    correctedAt: t.expose('correctedAt', { type: 'DateTime', nullable: true }),
    correctedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who last corrected it; null when nobody did.',
      ...optionalReference(userById, 'correctedById'),
    }),
    correctionReason: t.exposeString('correctionReason', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(ProcessData, processDataById);

export const ProcessDataConnection = connectionType({
  connection: processDataList,
  node: ProcessData,
  name: 'ProcessData',
  what: 'executions',
  fields: (t) => ({
    facets: t.field({
      type: ProcessDataFacets,
      description:
        'How the executions that match the filter, on all pages, spread (SEA-2). Counted only when selected.',
      resolve: (page) => page.summary(),
    }),
  }),
});
for (const [list, filters] of [
  [LotConnection, lotFilters],
  [WipItemConnection, wipItemFilters],
  [SerialConnection, serialFilters],
] as const)
  for (const [field, condition] of Object.entries(filters)) list.filterBy(field, condition);

ProcessDataConnection.root('processData', {
  access: ANY,
  description: 'The executions: what was done, on what, by whom, and how it ended.',
});
ProcessDataConnection.on(User, 'processData', 'operatorId', { description: 'The executions that the person ran.' });
ProcessDataConnection.on(Process, 'processData', 'processId', { description: 'The executions of the step.' });
ProcessDataConnection.on(Equipment, 'processData', 'equipmentId', {
  description: 'The executions that were run on the equipment.',
});
ProcessDataConnection.on(Lot, 'processData', 'lotId', {
  description: 'The executions on the lot, its WIP items and its serials.',
});
ProcessDataConnection.on(WipItem, 'processData', 'wipItemId', {
  description: 'The executions on the WIP item, and on the serial it became.',
});
ProcessDataConnection.on(Serial, 'processData', 'serialId', { description: 'The executions on the serial itself.' });
ProcessDataConnection.on(ProcessSession, 'processData', 'processSessionId', {
  description: 'The executions that were run in the session.',
});
ProcessDataConnection.on(Station, 'processData', 'stationId', {
  description: 'The executions that were run at the station.',
});

const JOURNEY_ORDER = [{ field: 'STARTED_AT' }];
ProcessDataConnection.onInterface(Unit, 'journey', {
  description:
    'The whole trace in time order: every execution that proves the unit. Of a lot those on the lot, its WIP items and its serials; of a WIP item or a serial those on the lot itself, on the item and on the serial.',
  defaultOrder: JOURNEY_ORDER,
});
ProcessDataConnection.on(Lot, 'journey', 'lotId', {
  description:
    'The whole trace in time order: every execution on the lot, its WIP items and its serials. The same executions as `processData`.',
  defaultOrder: JOURNEY_ORDER,
});
ProcessDataConnection.on(WipItem, 'journey', journeyOfWipItem, {
  description:
    'The whole trace in time order: every execution on the lot itself, on the item, and on the serial it became. The same as the journey of that serial.',
  defaultOrder: JOURNEY_ORDER,
});
ProcessDataConnection.on(Serial, 'journey', journeyOfSerial, {
  description:
    'The whole trace in time order: every execution on the lot itself, on the WIP item the unit was, and on the serial.',
  defaultOrder: JOURNEY_ORDER,
});

builder.objectField(WipItem, 'openExecution', (t) =>
  t.field({
    type: ProcessData,
    nullable: true,
    description: 'The execution that is going on on the item; null when none is.',
    ...loaded(openExecutionByWipItem, 'id', [], (execution) => execution),
  }),
);

/** The mutations on executions: start, complete, record, withdraw and correct. */
import type { InputFieldBuilder, InputFieldMap } from '@pothos/core';
import { EquipmentRef } from '../../../catalog/equipment/equipment.graphql.ts';
import { ProcessRef } from '../../../catalog/process/process.graphql.ts';
import { UserRef } from '../../../identity/user/user.graphql.ts';
import type { SchemaTypes } from '../../../platform/graphql/builder.ts';
import { encodeGlobalId } from '../../../platform/values/global-id.ts';
import { loadById, mutation } from '../../../platform/graphql/mutation.ts';
import { Serial } from '../../serial/serial.graphql.ts';
import { serialById } from '../../serial/serial.loaders.ts';
import { correctProcessData } from './correction.commands.ts';
import { MeasurementInput, ProcessDefectInput } from '../result/measurement.graphql.ts';
import { completeProcess, recordProcessData, startProcess, withdrawProcess } from './process-data.commands.ts';
import { ProcessData, ProcessResult } from '../execution/process-data.graphql.ts';
import { processDataById } from '../execution/process-data.loaders.ts';
import { NOTES_LENGTH } from '../execution/process-data.rules.ts';
import { Unit, UnitRef, loadUnit } from '../../unit/unit.graphql.ts';

type InputBuilder = InputFieldBuilder<SchemaTypes, 'InputObject'>;

const DEFECTS =
  'What was found wrong: at least one entry for a FAIL, none for a PASS, any for a REWORK (PD-2). A single object counts as a list of one.';
/** The description of `warnings` in the payloads of executions. */
export const WARNINGS =
  'What was allowed but should be noticed: FAIL_WITHOUT_NOTES, REWORK_WITHOUT_NOTES, NO_MEASUREMENTS, OUT_OF_SPEC_ALLOWED, MAINTENANCE_DUE, EQUIPMENT_OF_OTHER_LINE, EQUIPMENT_OF_OTHER_STEP (the equipment belongs to another line than the lot, or to another step).';

/** The input fields that a start and a record share. */
function startFields(t: InputBuilder): InputFieldMap {
  return {
    unit: t.field({ type: UnitRef, required: true, description: 'What the step is run on.' }),
    process: t.field({
      type: ProcessRef,
      required: true,
      description: 'The step; active, and of the level of the unit (PD-17).',
    }),
    operator: t.field({
      type: UserRef,
      description: 'Who runs it; you unless given. A station or service must name one (PD-15).',
    }),
    equipment: t.field({
      type: EquipmentRef,
      description:
        'What it is run on; active, and AVAILABLE or IN_USE (EQP-4). Where the step has equipment of its own: one of that, or one of no step (EQP-5).',
    }),
    processSession: t.id({
      description:
        'The process session in which it is run: OPEN, and of this step (SES-5). Its station is that of the execution, unless you sent the key of a station.',
    }),
  };
}

/** The input fields that a completion and a record share. */
function endFields(t: InputBuilder): InputFieldMap {
  return {
    result: t.field({ type: ProcessResult, required: true, description: 'How it ended.' }),
    measurements: t.field({
      type: [MeasurementInput],
      description: 'What was read, in order, at most 200 readings (PD-11).',
    }),
    defects: t.field({ type: [ProcessDefectInput], description: DEFECTS }),
    notes: t.string({ description: `Remarks, at most ${NOTES_LENGTH} characters.` }),
    completedAt: t.field({
      type: 'DateTime',
      description:
        'When the work ended; now unless given. Not before its start (PD-3), at most 60 seconds ahead (PD-7).',
    }),
  };
}

mutation(startProcess, {
  input: (t) => ({
    ...startFields(t),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When the work began; now unless given, at most 60 seconds ahead (PD-7).',
    }),
  }),
  payload: (t) => ({
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The open execution.',
      resolve: (p, _args, context, info) => p.written?.() ?? loadById(processDataById, p.processData, context, info),
    }),
    warnings: t.stringList({ description: WARNINGS, resolve: (p) => p.warnings ?? [] }),
  }),
});

/** The input of `completeProcess`, for batches of it. */
export const CompleteProcessInput = mutation(completeProcess, {
  isVersioned: true,
  input: (t) => ({
    processData: t.id({ description: 'The open execution; or name it by `unit` and `process`.' }),
    unit: t.field({ type: UnitRef, description: 'What the step is run on; with `process`.' }),
    process: t.field({ type: ProcessRef, description: 'The step; with `unit`.' }),
    processSession: t.id({
      description:
        'The process session that the execution is in, or that it joins where it is in none: OPEN, and of its step and station (SES-5).',
    }),
    ...endFields(t),
  }),
  payload: (t) => ({
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The finished execution.',
      resolve: (p, _args, context, info) => loadById(processDataById, p.processData, context, info),
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial, when the PASS converted the item (WIP-7).',
      resolve: (p, _args, context, info) => loadById(serialById, p.serial, context, info),
    }),
    warnings: t.stringList({ description: WARNINGS, resolve: (p) => p.warnings ?? [] }),
  }),
});

export const RecordProcessDataInput = mutation(recordProcessData, {
  input: (t) => ({
    ...startFields(t),
    ...endFields(t),
    startedAt: t.field({ type: 'DateTime', description: 'When the work began; when it ended unless given (PD-7).' }),
  }),
  payload: (t) => ({
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The finished execution.',
      resolve: (p, _args, context, info) => p.written?.() ?? loadById(processDataById, p.processData, context, info),
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial, when the PASS converted the item (WIP-7).',
      resolve: (p, _args, context, info) => loadById(serialById, p.serial, context, info),
    }),
    warnings: t.stringList({ description: WARNINGS, resolve: (p) => p.warnings ?? [] }),
  }),
});

mutation(correctProcessData, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'The finished execution.' }),
    result: t.field({
      type: ProcessResult,
      description:
        'How it really ended; only for the latest execution of the step on the unit, in a lot that is not finished.',
    }),
    measurements: t.field({
      type: [MeasurementInput],
      description: 'What was really read; replaces all readings. Absent: they stay.',
    }),
    defects: t.field({
      type: [ProcessDefectInput],
      description:
        'What was really found; replaces all defects. Absent: they stay, but with `result` given there are none.',
    }),
    notes: t.string({ description: 'Remarks; null clears them.' }),
    completedAt: t.field({ type: 'DateTime', description: 'When the work really ended.' }),
    equipment: t.field({ type: EquipmentRef, description: 'What it was really run on; null for nothing.' }),
  }),
  payload: (t) => ({
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The corrected execution.',
      resolve: (p, _args, context, info) => loadById(processDataById, p.processData, context, info),
    }),
  }),
});

mutation(withdrawProcess, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The open execution.' }) }),
  payload: (t) => ({
    withdrawnId: t.id({
      nullable: true,
      description: 'The id of the withdrawn execution, which exists no longer; null when it was refused.',
      resolve: ({ withdrawnId }) => (withdrawnId === undefined ? null : encodeGlobalId('ProcessData', withdrawnId)),
    }),
    unit: t.field({
      type: Unit,
      nullable: true,
      description: 'What the step was run on.',
      resolve: ({ unitKind, unitId }, _args, context) =>
        unitKind === undefined || unitId === undefined ? null : loadUnit(context, unitKind, unitId),
    }),
  }),
});

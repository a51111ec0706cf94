import { ANY } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived, lookup } from '../../platform/read/field.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { Characteristic, CharacteristicInput } from './characteristic.graphql.ts';
import { characteristicsOf } from './characteristic.rules.ts';
import { createProcess, deleteProcess, updateProcess } from './process.commands.ts';
import { activeProcessesByLevel, processByCode, processById, processList } from './process.loaders.ts';
import { LABEL_TYPES } from './process.rules.ts';
import { defectItemsOf } from './process.shapes.ts';
import { PROCESS_LEVELS, PROCESS_TYPES } from './route.rules.ts';

export const ProcessType = enumeration('ProcessType', PROCESS_TYPES, 'What a step does to a unit.', {
  MANUFACTURING: 'Works on the unit, inspects it or tests it.',
  SERIAL_CONVERSION: 'Turns a finished WIP item into a serial.',
});

export const ProcessLevel = enumeration('ProcessLevel', PROCESS_LEVELS, 'What kind of unit a step is run on.', {
  LOT: 'The lot as a whole.',
  WIP: 'One WIP item: a unit before it has a serial.',
  SERIAL: 'One serial: an identified unit.',
});

export const LabelType = enumeration('LabelType', LABEL_TYPES, 'Which label is printed.', {
  LOT_LABEL: 'The label of a lot.',
  WIP_LABEL: 'The label of a WIP item.',
  SERIAL_LABEL: 'The label of a serial.',
});

export const Process = builder.prismaObject('Process', {
  fields: (t) => ({
    number: t.exposeInt('number'),
    code: t.exposeString('code'),
    name: t.exposeString('name'),
    localName: t.exposeString('localName', { nullable: true }),
    description: t.exposeString('description', { nullable: true }),
    type: t.expose('type', { type: ProcessType }),
    level: t.expose('level', { type: ProcessLevel }),
    plannedSeconds: t.exposeInt('plannedSeconds', { nullable: true }),
    maxAttempts: t.exposeInt('maxAttempts', { nullable: true }),
    allowOutOfSpecPass: t.exposeBoolean('allowOutOfSpecPass'),
    qualityCriteria: t.expose('qualityCriteria', { type: 'JSONObject' }),
    characteristics: t.field({
      type: [Characteristic],
      description:
        'The specification of each reading at this step, by code (PRC-6). `qualityCriteria` holds the same as JSON.',
      ...derived(['qualityCriteria'], ({ qualityCriteria }: Pick<Row<'Process'>, 'qualityCriteria'>) =>
        [...characteristicsOf(qualityCriteria).values()].toSorted((one, other) => (one.code < other.code ? -1 : 1)),
      ),
    }),
    defectItems: t.stringList({
      description: 'Defect codes that are offered at this step; advice, not a limit.',
      resolve: (process) => [...defectItemsOf(process.defectItems)],
    }),
    autoPrintLabel: t.exposeBoolean('autoPrintLabel'),
    labelTemplate: t.expose('labelTemplate', { type: LabelType, nullable: true }),
    sortOrder: t.exposeInt('sortOrder'),
    isActive: t.exposeBoolean('isActive'),
    isInFactoryRoute: t.exposeBoolean('isInFactoryRoute'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Process, processById);

export const ProcessRef = builder.inputType('ProcessRef', {
  description: 'A step, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    code: t.string({ description: 'Its code, in any case.' }),
    number: t.int({ description: 'Its place in the route.' }),
  }),
});

export const ProcessConnection = connectionType({
  connection: processList,
  node: Process,
  name: 'Process',
  what: 'steps',
});
ProcessConnection.root('processes', {
  access: ANY,
  description: 'The steps, inactive ones too; `route` answers the active steps of a level.',
});

builder.queryField('processByCode', (t) =>
  t.field({
    type: Process,
    nullable: true,
    description: 'The step of a code; null when there is none.',
    authScopes: { may: ANY },
    args: { code: t.arg.string({ required: true, description: 'The code, in any case.' }) },
    ...lookup(({ code }: { readonly code: string }, context) => processByCode.load(context, normalizedCode(code))),
  }),
);

builder.queryField('route', (t) =>
  t.field({
    type: [Process],
    nullable: true,
    description:
      'The factory route: the active steps of a level that belong to it, in the order of their numbers. It is the way of lots without a route of their own; `routeOf` answers the way of any lot.',
    authScopes: { may: ANY },
    args: {
      level: t.arg({ type: ProcessLevel, required: true, description: 'The kind of unit whose way is asked for.' }),
    },
    resolve: async (_root, { level }, context) => [...(await activeProcessesByLevel.load(context, level))],
  }),
);

const DESCRIPTIONS = {
  number: 'The number of the step, 1 to 9,999, and its place in the factory route (PRC-1).',
  name: 'Name, 1 to 255 characters.',
  type: 'Whether the step works on the unit or converts it into a serial (PRC-3).',
  plannedSeconds: 'Planned seconds of run time per unit, from 1',
  maxAttempts: 'How often one unit may attempt the step, from 1 (PD-9)',
  allowOutOfSpecPass: 'Whether a unit may pass with a reading out of specification (PD-10).',
  qualityCriteria:
    'Free keys; `characteristics` holds the specification of each reading by its code: `{ unit, lowerLimit, upperLimit, target, required }`, decimals as text (PRC-6).',
  characteristics:
    'The specification of each reading, at most 200; instead of `qualityCriteria.characteristics` (PRC-6).',
  defectItems: 'Defect codes that are offered at the step, at most 100, each once; null and [] mean none.',
  isInFactoryRoute:
    'Whether the step, while it is active, is part of the factory route: the way of lots without a route of their own.',
  autoPrintLabel: 'Whether a PASS prints the label of `labelTemplate` (LBL-2).',
} as const;

mutation(createProcess, {
  input: (t) => ({
    number: t.int({ required: true, description: DESCRIPTIONS.number }),
    code: t.string({
      required: true,
      description: '1 to 50 of A-Z 0-9 _; stored in upper case, never changed (PRC-1).',
    }),
    name: t.string({ required: true, description: DESCRIPTIONS.name }),
    localName: t.string({ description: 'Name in the local language.' }),
    description: t.string({ description: 'What is done in the step, at most 2,000 characters.' }),
    type: t.field({ type: ProcessType, defaultValue: 'MANUFACTURING', description: DESCRIPTIONS.type }),
    level: t.field({ type: ProcessLevel, defaultValue: 'WIP', description: 'The kind of unit the step is run on.' }),
    plannedSeconds: t.int({ description: `${DESCRIPTIONS.plannedSeconds}.` }),
    maxAttempts: t.int({ description: `${DESCRIPTIONS.maxAttempts}; no limit unless given.` }),
    allowOutOfSpecPass: t.boolean({ defaultValue: false, description: DESCRIPTIONS.allowOutOfSpecPass }),
    qualityCriteria: t.field({ type: 'JSONObject', description: DESCRIPTIONS.qualityCriteria }),
    characteristics: t.field({ type: [CharacteristicInput], description: DESCRIPTIONS.characteristics }),
    defectItems: t.stringList({ description: DESCRIPTIONS.defectItems }),
    autoPrintLabel: t.boolean({ defaultValue: false, description: DESCRIPTIONS.autoPrintLabel }),
    labelTemplate: t.field({ type: LabelType, description: 'The label that the step prints.' }),
    sortOrder: t.int({ description: 'Place in lists, from 1; the number unless given.' }),
    isActive: t.boolean({ defaultValue: true, description: 'Whether the step can be part of routes.' }),
    isInFactoryRoute: t.boolean({ defaultValue: true, description: DESCRIPTIONS.isInFactoryRoute }),
  }),
  payload: (t) => ({
    process: t.field({
      type: Process,
      nullable: true,
      description: 'The new step.',
      resolve: (p, _args, context, info) => loadById(processById, p.process, context, info),
    }),
  }),
});

mutation(updateProcess, {
  isVersioned: true,
  input: (t) => ({
    process: t.field({ type: ProcessRef, required: true, description: 'The step to change.' }),
    number: t.int({ description: `${DESCRIPTIONS.number} Fixed once the step has executions (PRC-2).` }),
    name: t.string({ description: DESCRIPTIONS.name }),
    localName: t.string({ description: 'Name in the local language; null clears it.' }),
    description: t.string({ description: 'What is done in the step; null clears it.' }),
    type: t.field({ type: ProcessType, description: DESCRIPTIONS.type }),
    level: t.field({
      type: ProcessLevel,
      description: 'The kind of unit the step is run on. Fixed once the step has executions (PRC-2).',
    }),
    plannedSeconds: t.int({ description: `${DESCRIPTIONS.plannedSeconds}; null clears it.` }),
    maxAttempts: t.int({ description: `${DESCRIPTIONS.maxAttempts}; null lifts the limit.` }),
    allowOutOfSpecPass: t.boolean({ description: DESCRIPTIONS.allowOutOfSpecPass }),
    qualityCriteria: t.field({
      type: 'JSONObject',
      description: `${DESCRIPTIONS.qualityCriteria} Replaces the former ones as a whole.`,
    }),
    characteristics: t.field({
      type: [CharacteristicInput],
      description: `${DESCRIPTIONS.characteristics} Replaces the former ones as a whole, and leaves the other quality criteria; null and [] mean none.`,
    }),
    defectItems: t.stringList({ description: DESCRIPTIONS.defectItems }),
    autoPrintLabel: t.boolean({ description: DESCRIPTIONS.autoPrintLabel }),
    labelTemplate: t.field({ type: LabelType, description: 'The label that the step prints; null clears it.' }),
    sortOrder: t.int({ description: 'Place in lists, from 1.' }),
    isActive: t.boolean({ description: 'Whether the step can be part of routes (PRC-4, PRC-5, RTE-9).' }),
    isInFactoryRoute: t.boolean({ description: `${DESCRIPTIONS.isInFactoryRoute} (PRC-4, PRC-5).` }),
  }),
  payload: (t) => ({
    process: t.field({
      type: Process,
      nullable: true,
      description: 'The changed step.',
      resolve: (p, _args, context, info) => loadById(processById, p.process, context, info),
    }),
  }),
});

mutation(deleteProcess, {
  isVersioned: true,
  input: (t) => ({ process: t.field({ type: ProcessRef, required: true, description: 'The step to delete.' }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'Process') }),
});

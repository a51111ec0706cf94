import { builder } from '../../platform/graphql/builder.ts';
import { present } from '../../platform/values/assert.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import { Characteristic, CharacteristicInput } from '../process/characteristic.graphql.ts';
import { Process, ProcessRef } from '../process/process.graphql.ts';
import { processById } from '../process/process.loaders.ts';
import type { RouteStepInForce } from './route.loaders.ts';

export const RouteStep = builder.objectRef<RouteStepInForce>('RouteStep').implement({
  description: 'A step of a route, with the values in force (RTE-7).',
  fields: (t) => ({
    id: t.id({
      nullable: true,
      description: 'Identifies the step in the history of its route; null for a step of the factory route.',
      resolve: ({ id }) => (id === null ? null : encodeGlobalId('RouteStep', id)),
    }),
    number: t.exposeInt('number', { description: 'The place in the route, from 1.' }),
    process: t.field({
      type: Process,
      description: 'What is done.',
      resolve: async ({ processId }, _args, context, info) =>
        present(await processById.load(context, processId, info), 'The process of a step'),
    }),
    isOptional: t.exposeBoolean('isOptional', {
      description: 'Whether a unit may leave it out. Once it was finished without a PASS, it has to be passed (RTE-6).',
    }),
    maxAttempts: t.exposeInt('maxAttempts', {
      nullable: true,
      description: 'How often one unit may attempt it; null for no limit (PD-9).',
    }),
    plannedSeconds: t.exposeInt('plannedSeconds', {
      nullable: true,
      description: 'Planned seconds of run time per unit; null when not planned.',
    }),
    allowOutOfSpecPass: t.exposeBoolean('allowOutOfSpecPass', {
      description: 'Whether a unit may pass with a reading out of specification (PD-10).',
    }),
    characteristics: t.field({
      type: [Characteristic],
      description: 'What is read, and the limits by which it is judged.',
      resolve: ({ characteristics }) => [...characteristics],
    }),
    equipmentTypes: t.stringList({
      description:
        'An execution names an equipment of one of these types; empty: the choice is free, and there may be none (RTE-8).',
      resolve: ({ equipmentTypes }) => [...equipmentTypes],
    }),
  }),
});

export const RouteStepInput = builder.inputType('RouteStepInput', {
  description:
    'A step of a route. What is not given is as the process says: at its present values in a draft, at those of the release from then on (RTE-7).',
  fields: (t) => ({
    number: t.int({ required: true, description: 'The place in the route, 1 to 999; each number comes once (RTE-1).' }),
    process: t.field({
      type: ProcessRef,
      required: true,
      description: 'What is done; each process comes once (RTE-1).',
    }),
    isOptional: t.boolean({ defaultValue: false, description: 'Whether a unit may leave it out (RTE-6).' }),
    maxAttempts: t.int({ description: 'How often one unit may attempt it, from 1; as the process says unless given.' }),
    plannedSeconds: t.int({
      description: 'Planned seconds of run time per unit, from 1; as the process says unless given.',
    }),
    allowOutOfSpecPass: t.boolean({
      description: 'Whether a unit may pass with a reading out of specification; as the process says unless given.',
    }),
    characteristics: t.field({
      type: [CharacteristicInput],
      description: 'What is read, instead of the characteristics of the process; the empty list means none.',
    }),
    equipmentTypes: t.stringList({
      description:
        'Types of equipment of which an execution must name one, at most 20; the choice is free unless given (RTE-8).',
    }),
  }),
});

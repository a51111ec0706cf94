import { ANY } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { derived, loaded, lookup, reference } from '../../platform/read/field.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { Lot, LotConnection } from '../lot/lot.graphql.ts';
import { lotById } from '../lot/lot.loaders.ts';
import { displaySerialNumber } from '../lot/unit-number.rules.ts';
import { WipItem } from '../wip-item/wip-item.graphql.ts';
import { wipItemById } from '../wip-item/wip-item.loaders.ts';
import { failSerial, passSerial, reworkSerial, startSerial } from './serial.commands.ts';
import {
  serialById,
  serialByNumber,
  serialByWipItemId,
  serialList,
  serialsOfLot,
  touchTimeByWipItem,
} from './serial.loaders.ts';
import { SERIAL_STATUSES, canRework, isSerialActive, isTerminal, reworksLeft } from './serial.rules.ts';

export const SerialStatus = enumeration('SerialStatus', SERIAL_STATUSES, 'How far a serial has come.', {
  CREATED: 'Converted from its WIP item, but no work has begun since.',
  IN_PROGRESS: 'Being worked on.',
  PASSED: 'Good, for ever.',
  FAILED: 'Not good; it may be reworked while reworks are left.',
});

export const Serial = builder.prismaObject('Serial', {
  fields: (t) => ({
    number: t.exposeString('number'),
    externalNumber: t.exposeString('externalNumber', { nullable: true }),
    displayNumber: t.string({
      description: 'The number as people read it: `KR01-PSA-2611-01-001`.',
      ...derived(['number'], ({ number }: { readonly number: string }) => displaySerialNumber(number)),
    }),
    lot: t.field({
      type: Lot,
      description: 'The lot the unit belongs to.',
      ...reference(lotById, 'lotId', 'The lot of a serial'),
    }),
    wipItem: t.field({
      type: WipItem,
      description: 'The WIP item the unit was before.',
      ...reference(wipItemById, 'wipItemId', 'The WIP item of a serial'),
    }),
    sequence: t.exposeInt('sequence'),
    status: t.expose('status', { type: SerialStatus }),
    reworkCount: t.exposeInt('reworkCount'),
    maxReworks: t.exposeInt('maxReworks'),
    reworksLeft: t.int({
      description: 'How often it may still be reworked.',
      ...derived(['reworkCount', 'maxReworks'], reworksLeft),
    }),
    canRework: t.boolean({
      description: 'Whether it FAILED and may be reworked.',
      ...derived(['reworkCount', 'maxReworks', 'status'], canRework),
    }),
    isTerminal: t.boolean({
      description: 'Whether it is decided: PASSED, or FAILED with no rework left.',
      ...derived(['reworkCount', 'maxReworks', 'status'], isTerminal),
    }),
    isActive: t.boolean({
      description: 'Whether it is CREATED or IN_PROGRESS.',
      ...derived(['status'], isSerialActive),
    }),
    failureReason: t.exposeString('failureReason', { nullable: true }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    touchTimeSeconds: t.int({
      description:
        'Seconds of finished work on the unit, also as a WIP item, without waiting. Executions at the same time add up.',
      ...loaded(touchTimeByWipItem, 'wipItemId', [], (touched) => touched?.seconds ?? 0),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Serial, serialById);

builder.objectField(WipItem, 'serial', (t) =>
  t.field({
    type: Serial,
    nullable: true,
    description: 'The serial that the unit became; null before its conversion.',
    ...loaded(serialByWipItemId, 'id', [], (serial) => serial),
  }),
);

export const SerialRef = builder.inputType('SerialRef', {
  description: 'A serial, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    number: t.string({
      description: 'Its number, with or without hyphens and spaces, or else its external number, exact.',
    }),
  }),
});

export const SerialConnection = connectionType({
  connection: serialList,
  node: Serial,
  name: 'Serial',
  what: 'serials',
});
LotConnection.filterBy('serials', serialsOfLot);
SerialConnection.root('serials', { access: ANY, description: 'The serials, by lot and sequence.' });
SerialConnection.on(Lot, 'serials', 'lotId', { description: 'The identified units of the lot.' });

builder.queryField('serialByNumber', (t) =>
  t.field({
    type: Serial,
    nullable: true,
    description: 'The serial of a number; null when there is none.',
    authScopes: { may: ANY },
    args: {
      number: t.arg.string({
        required: true,
        description: 'The number, with or without hyphens and spaces, or else the external number, exact.',
      }),
    },
    ...lookup(({ number }: { readonly number: string }, context) => serialByNumber.load(context, number)),
  }),
);

mutation(startSerial, {
  isVersioned: true,
  input: (t) => ({ serial: t.field({ type: SerialRef, required: true, description: 'The serial to start.' }) }),
  payload: (t) => ({
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The started serial.',
      resolve: (p, _args, context, info) => loadById(serialById, p.serial, context, info),
    }),
  }),
});

mutation(passSerial, {
  isVersioned: true,
  input: (t) => ({ serial: t.field({ type: SerialRef, required: true, description: 'The serial to pass.' }) }),
  payload: (t) => ({
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The passed serial.',
      resolve: (p, _args, context, info) => loadById(serialById, p.serial, context, info),
    }),
  }),
});

mutation(failSerial, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ serial: t.field({ type: SerialRef, required: true, description: 'The serial to fail.' }) }),
  payload: (t) => ({
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The failed serial.',
      resolve: (p, _args, context, info) => loadById(serialById, p.serial, context, info),
    }),
  }),
});

mutation(reworkSerial, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ serial: t.field({ type: SerialRef, required: true, description: 'The serial to rework.' }) }),
  payload: (t) => ({
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial at work again.',
      resolve: (p, _args, context, info) => loadById(serialById, p.serial, context, info),
    }),
  }),
});

import { Station } from '../../catalog/station/station.graphql.ts';
import { stationById } from '../../catalog/station/station.loaders.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { needs } from '../../platform/read/field-extensions.ts';
import { derived, optionalReference } from '../../platform/read/field.ts';
import { ANY } from '../../platform/rules/access.ts';
import { Lot, LotRef } from '../lot/lot.graphql.ts';
import { lotById } from '../lot/lot.loaders.ts';
import { ProcessData } from '../process-data/execution/process-data.graphql.ts';
import { processDataById } from '../process-data/execution/process-data.loaders.ts';
import { Serial, SerialRef } from '../serial/serial.graphql.ts';
import { serialById } from '../serial/serial.loaders.ts';
import { loadUnit, Unit, UnitRef } from '../unit/unit.graphql.ts';
import { WipItem } from '../wip-item/wip-item.graphql.ts';
import { wipItemById } from '../wip-item/wip-item.loaders.ts';
import { installComponent, removeComponent } from './component-use.commands.ts';
import { componentUseById, componentUseList } from './component-use.loaders.ts';
import { DEFAULT_QUANTITY, kindOfConsumer, USE_LENGTHS } from './component-use.rules.ts';
import { withoutFinalZeros } from '../../platform/values/decimal.ts';

export const ComponentUse = builder.prismaObject('ComponentUse', {
  fields: (t) => ({
    consumer: t.field({
      type: Unit,
      description: 'What it was built into.',
      extensions: needs('consumerLotId', 'consumerWipItemId', 'consumerId'),
      resolve: (use, _args, context) => loadUnit(context, kindOfConsumer(use), use.consumerId),
    }),
    consumerLot: t.field({
      type: Lot,
      nullable: true,
      description: 'The lot it was built into; null when the consumer is an item or a serial.',
      ...optionalReference(lotById, 'consumerLotId'),
    }),
    consumerWipItem: t.field({
      type: WipItem,
      nullable: true,
      description: 'The WIP item it was built into; null when the consumer is a lot or a serial.',
      ...optionalReference(wipItemById, 'consumerWipItemId'),
    }),
    consumerSerial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial it was built into; null when the consumer is a lot or an item.',
      ...optionalReference(serialById, 'consumerSerialId'),
    }),
    component: t.field({
      type: Unit,
      nullable: true,
      description: 'The lot or the serial that was built in; null for a supplier lot.',
      extensions: needs('componentLotId', 'componentId'),
      resolve: (use, _args, context) =>
        use.componentId === null
          ? null
          : loadUnit(context, use.componentLotId === null ? 'SERIAL' : 'LOT', use.componentId),
    }),
    componentLot: t.field({
      type: Lot,
      nullable: true,
      description: 'The lot that was built in; null when the component is a serial or a supplier lot.',
      ...optionalReference(lotById, 'componentLotId'),
    }),
    componentSerial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial that was built in; null when the component is a lot or a supplier lot.',
      ...optionalReference(serialById, 'componentSerialId'),
    }),
    externalLotNumber: t.exposeString('externalLotNumber', { nullable: true }),
    role: t.exposeString('role', { nullable: true }),
    quantity: t.field({
      type: 'Decimal',
      description: 'How much of it was built in, above zero; 1 for a serial.',
      ...derived(['quantity'], ({ quantity }: Row<'ComponentUse'>) => withoutFinalZeros(quantity)),
    }),
    unit: t.exposeString('unit'),
    position: t.exposeString('position', { nullable: true }),
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The execution that installed it; null when none was named.',
      ...optionalReference(processDataById, 'processDataId'),
    }),
    installedAt: t.expose('installedAt', { type: 'DateTime' }),
    installedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who built it in; null when a station or a service did.',
      ...optionalReference(userById, 'installedById'),
    }),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station where it was built in; null when there was none.',
      ...optionalReference(stationById, 'stationId'),
    }),
    isRemoved: t.boolean({
      description: 'Whether it was removed.',
      ...derived(['removedAt'], ({ removedAt }: Row<'ComponentUse'>) => removedAt !== null),
    }),
    removedAt: t.expose('removedAt', { type: 'DateTime', nullable: true }),
    removedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who removed it; null while it is installed, and when a station or a service removed it.',
      ...optionalReference(userById, 'removedById'),
    }),
    removalStation: t.field({
      type: Station,
      nullable: true,
      description: 'The station where it was removed; null while it is installed, and when there was none.',
      ...optionalReference(stationById, 'removalStationId'),
    }),
    removalReason: t.exposeString('removalReason', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(ComponentUse, componentUseById);

const ComponentUseConnection = connectionType({
  connection: componentUseList,
  node: ComponentUse,
  name: 'ComponentUse',
  what: 'uses of components',
});
ComponentUseConnection.root('componentUses', {
  access: ANY,
  description: 'What was built into what, also what was removed since; the newest first (CMP-1).',
});
ComponentUseConnection.on(Lot, 'components', 'consumerLotId', {
  description: 'What was built into the lot as a whole; that of its items and serials is not among it.',
});
ComponentUseConnection.on(WipItem, 'components', 'consumerWipItemId', {
  description: 'What was built into the item; that of its lot and of the serial it became is not among it.',
});
ComponentUseConnection.on(Serial, 'components', 'consumerSerialId', {
  description: 'What was built into the serial; that of its lot and of the item it was is not among it.',
});
ComponentUseConnection.on(ProcessData, 'components', 'processDataId', {
  description: 'What was built in by the execution.',
});
ComponentUseConnection.on(Lot, 'usedIn', 'componentLotId', {
  description: 'What the lot was built into; its serials have lists of their own.',
});
ComponentUseConnection.on(Serial, 'usedIn', 'componentSerialId', {
  description: 'What the serial was built into; at most one of them is not removed (CMP-3).',
});

export const ComponentRef = builder.inputType('ComponentRef', {
  description: 'What is built in: exactly one of a lot, a serial and the number of a supplier lot (CMP-1).',
  isOneOf: true,
  fields: (t) => ({
    lot: t.field({ type: LotRef, description: 'A lot, of which a quantity is built in.' }),
    serial: t.field({ type: SerialRef, description: 'A serial, which is one piece.' }),
    externalLotNumber: t.string({
      description: `The number of a supplier lot that has no record here, in any case: 1 to ${USE_LENGTHS.externalLotNumber} characters.`,
    }),
  }),
});

mutation(installComponent, {
  input: (t) => ({
    consumer: t.field({
      type: UnitRef,
      required: true,
      description: 'What it is built into. Not a CONVERTED item: its serial takes the components then (WIP-8).',
    }),
    component: t.field({ type: ComponentRef, required: true, description: 'What is built in.' }),
    role: t.string({
      description: `What it is for, in any case, such as SPRING: 1 to ${USE_LENGTHS.role} characters.`,
    }),
    quantity: t.field({
      type: 'Decimal',
      defaultValue: DEFAULT_QUANTITY.quantity,
      description: 'How much of it, above zero, with at most 6 digits after the point; 1 for a serial (CMP-2).',
    }),
    unit: t.string({
      defaultValue: DEFAULT_QUANTITY.unit,
      description: `The unit of the quantity, best a UCUM code such as \`g\`: 1 to ${USE_LENGTHS.unit} characters. \`1\` is pieces.`,
    }),
    position: t.string({
      description: `Where in the consumer it sits, such as a reference designator: 1 to ${USE_LENGTHS.position} characters.`,
    }),
    processData: t.id({
      description: 'The id of the execution that installs it: one of the consumer, of its item or of its lot (CMP-1).',
    }),
    installedAt: t.field({
      type: 'DateTime',
      description:
        'When it was built in; at most 60 s in the future (PD-7), and for a serial not before it was removed elsewhere (CMP-3). Default: now.',
    }),
  }),
  payload: (t) => ({
    componentUse: t.field({
      type: ComponentUse,
      nullable: true,
      description: 'The new use.',
      resolve: (p, _args, context, info) => loadById(componentUseById, p.componentUse, context, info),
    }),
  }),
});

mutation(removeComponent, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'The id of the use that ends.' }),
    removedAt: t.field({
      type: 'DateTime',
      description:
        'When it was removed; not before it was built in (CMP-4), and at most 60 s in the future (PD-7). Default: now.',
    }),
  }),
  payload: (t) => ({
    componentUse: t.field({
      type: ComponentUse,
      nullable: true,
      description: 'The use with its removal.',
      resolve: (p, _args, context, info) => loadById(componentUseById, p.componentUse, context, info),
    }),
  }),
});

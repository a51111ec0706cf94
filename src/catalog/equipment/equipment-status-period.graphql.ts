import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { optionalReference, reference } from '../../platform/read/field.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { changeEquipmentStatus } from './equipment.commands.ts';
import { Equipment, EquipmentRef, EquipmentStatus } from './equipment.graphql.ts';
import { equipmentById } from './equipment.loaders.ts';
import { equipmentStatusPeriodById, equipmentStatusPeriodList } from './equipment-status-period.loaders.ts';

export const EquipmentStatusPeriod = builder.prismaObject('EquipmentStatusPeriod', {
  fields: (t) => ({
    equipment: t.field({
      type: Equipment,
      description: 'The equipment whose status it is.',
      ...reference(equipmentById, 'equipmentId', 'The equipment of a status period'),
    }),
    status: t.expose('status', { type: EquipmentStatus }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
    reason: t.exposeString('reason', { nullable: true }),
    changedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who changed the status; null when a station did.',
      ...optionalReference(userById, 'changedById'),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
asNode(EquipmentStatusPeriod, equipmentStatusPeriodById);

export const EquipmentStatusPeriodConnection = connectionType({
  connection: equipmentStatusPeriodList,
  node: EquipmentStatusPeriod,
  name: 'EquipmentStatusPeriod',
  what: 'status periods',
});
EquipmentStatusPeriodConnection.on(Equipment, 'statusPeriods', 'equipmentId', {
  description: 'The statuses it has had, one period after the other, without gaps.',
});

mutation(changeEquipmentStatus, {
  isVersioned: true,
  input: (t) => ({
    equipment: t.field({ type: EquipmentRef, required: true, description: 'The equipment.' }),
    status: t.field({
      type: EquipmentStatus,
      required: true,
      description: 'What it shall become; RETIRED is for engineers, and final.',
    }),
    reason: t.string({ description: 'Why, at most 1,000 characters.' }),
  }),
  payload: (t) => ({
    equipment: t.field({
      type: Equipment,
      nullable: true,
      description: 'The equipment with its new status.',
      resolve: (p, _args, context, info) => loadById(equipmentById, p.equipment, context, info),
    }),
    period: t.field({
      type: EquipmentStatusPeriod,
      nullable: true,
      description: 'The period that has begun.',
      resolve: (p, _args, context, info) => loadById(equipmentStatusPeriodById, p.period, context, info),
    }),
  }),
});

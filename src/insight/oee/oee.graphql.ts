import { cached } from '../figure/cached-answer.graphql.ts';
import { EquipmentRef, EquipmentStatus } from '../../catalog/equipment/equipment.graphql.ts';
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { USERS } from '../../platform/rules/access.ts';
import { PeriodInput, PERIOD_ARGUMENT } from '../period/period.graphql.ts';
import { figurePeriod } from '../period/period.rules.ts';
import { pictureFields } from '../picture/picture.graphql.ts';
import { loadOee } from './oee.loaders.ts';
import { oeePicture, oeeSpec } from './oee-picture.rules.ts';
import { type Oee as Effectiveness, OEE_REASONS, type StatusSeconds } from './oee.rules.ts';
import { AskOee } from './oee.shapes.ts';

export const OeeReason = enumeration('OeeReason', OEE_REASONS, 'Why a factor of the effectiveness is null.', {
  NO_PLANNED_TIME: 'There was no planned time: availability is null.',
  NO_PRODUCTION: 'Nothing was produced: effectiveness is null, and the quality ratio without a completed execution.',
  NO_PLANNED_DURATION: 'A step has no planned seconds: effectiveness is null.',
});

const EquipmentStatusSeconds = builder.objectRef<StatusSeconds>('EquipmentStatusSeconds').implement({
  description: 'How long a piece of equipment had one status in the period.',
  fields: (t) => ({
    status: t.expose('status', { type: EquipmentStatus, description: 'The status.' }),
    seconds: t.exposeFloat('seconds', { description: 'Seconds in it, within the period and up to now.' }),
  }),
});

const Oee = builder.objectRef<Effectiveness>('Oee').implement({
  description: 'The overall equipment effectiveness of a piece of equipment, by the names of ISO 22400-2 (OEE-1).',
  fields: (t) => ({
    loadingSeconds: t.exposeFloat('loadingSeconds', { description: 'The length of the period in seconds.' }),
    plannedBusySeconds: t.exposeFloat('plannedBusySeconds', {
      description:
        'The planned busy time (PBT) in seconds: the argument, else the loading time without MAINTENANCE and RETIRED.',
    }),
    actualProductionSeconds: t.exposeFloat('actualProductionSeconds', {
      description:
        'The actual production time (APT) in seconds: executions at the same time count once, open ones up to now.',
    }),
    producedCount: t.exposeInt('producedCount', {
      description: 'The produced quantity (PQ): executions that were completed in the period.',
    }),
    goodCount: t.exposeInt('goodCount', { description: 'The good quantity (GQ): those with a PASS.' }),
    downSeconds: t.exposeFloat('downSeconds', { description: 'Seconds OUT_OF_SERVICE.' }),
    maintenanceSeconds: t.exposeFloat('maintenanceSeconds', { description: 'Seconds in MAINTENANCE.' }),
    secondsByStatus: t.field({
      type: [EquipmentStatusSeconds],
      description: 'Seconds in each status, zeros included.',
      resolve: ({ secondsByStatus }) => [...secondsByStatus],
    }),
    availability: t.exposeFloat('availability', {
      nullable: true,
      description: 'actualProductionSeconds ÷ plannedBusySeconds; null without planned time.',
    }),
    effectiveness: t.exposeFloat('effectiveness', {
      nullable: true,
      description:
        'The planned seconds of what was produced ÷ actualProductionSeconds; null without production or plan.',
    }),
    qualityRatio: t.exposeFloat('qualityRatio', {
      nullable: true,
      description: 'goodCount ÷ producedCount, 0 to 1; null without production.',
    }),
    oee: t.exposeFloat('oee', {
      nullable: true,
      description: 'availability × effectiveness × qualityRatio; null when one of them is.',
    }),
    reason: t.expose('reason', {
      type: OeeReason,
      nullable: true,
      description: 'Why oee is null: the first reason that holds; null when oee is not.',
    }),
    isPlanTooSlow: t.exposeBoolean('isPlanTooSlow', {
      description: 'Whether effectiveness is above 1: the work is faster than its plan.',
    }),
    utilisationRatio: t.exposeFloat('utilisationRatio', {
      nullable: true,
      description: 'actualProductionSeconds ÷ loadingSeconds, 0 to 1. A period has a length, so it is never null.',
    }),
    ...pictureFields<Effectiveness>(t, { svg: oeePicture, vegaLite: oeeSpec }),
  }),
});

builder.queryField('oee', (t) =>
  t.field({
    type: Oee,
    nullable: true,
    description: 'The overall equipment effectiveness (OEE-1). Null when there is no such equipment.',
    authScopes: { may: USERS },
    args: {
      equipment: t.arg({ type: EquipmentRef, required: true, description: 'The piece of equipment.' }),
      period: t.arg({ type: PeriodInput, description: PERIOD_ARGUMENT }),
      plannedBusySeconds: t.arg.int({
        description: 'The planned busy time in seconds. Default: the period without MAINTENANCE and RETIRED.',
      }),
    },
    resolve: cached((_root, args, context) => {
      const { period, ...given } = parseArguments(AskOee, args);
      return loadOee(context.db, { ...given, period: figurePeriod(period, context.now) });
    }),
  }),
);

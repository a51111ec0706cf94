import { ProductModel, ProductModelRef } from '../../catalog/product-model/product-model.graphql.ts';
import { productModelById } from '../../catalog/product-model/product-model.loaders.ts';
import { ProductionLine, ProductionLineRef } from '../../catalog/production-line/production-line.graphql.ts';
import { productionLineById } from '../../catalog/production-line/production-line.loaders.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { ANY } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { derived, lookup, optionalReference, reference } from '../../platform/read/field.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { closeLot, completeLot, createLot, deleteLot, quarantineLot, rejectLot, updateLot } from './lot.commands.ts';
import { lotLeadTimeSeconds } from './lot-quantity.rules.ts';
import { lotById, lotByNumber, lotList } from './lot.loaders.ts';
import { LOT_DISPOSITIONS, LOT_STATUSES, isLotActive, isLotHeld } from './lot.rules.ts';
import { displayLotNumber } from './unit-number.rules.ts';

export const LotStatus = enumeration('LotStatus', LOT_STATUSES, 'How far the production of a lot has come.', {
  CREATED: 'Planned: no work has begun.',
  IN_PROGRESS: 'Being made.',
  COMPLETED: 'All units are done, or a lead ended it short.',
  CLOSED: 'Finished for good: nothing can be added any more.',
});

export const LotDisposition = enumeration(
  'LotDisposition',
  LOT_DISPOSITIONS,
  'What quality has decided about a lot, in any production status.',
  {
    UNDECIDED: 'Nothing has been decided.',
    QUARANTINED: 'Held until a decision.',
    RELEASED: 'Good to go; may still be recalled.',
    REJECTED: 'Not to be used, for ever.',
  },
);

export const Lot = builder.prismaObject('Lot', {
  fields: (t) => ({
    number: t.exposeString('number'),
    externalNumber: t.exposeString('externalNumber', { nullable: true }),
    displayNumber: t.string({
      description: 'The number as people read it: `KR01-PSA-2611-01`.',
      ...derived(['number'], ({ number }: { readonly number: string }) => displayLotNumber(number)),
    }),
    productModel: t.field({
      type: ProductModel,
      description: 'What is made.',
      ...reference(productModelById, 'productModelId', 'The model of a lot'),
    }),
    productionLine: t.field({
      type: ProductionLine,
      description: 'The line it is made on.',
      ...reference(productionLineById, 'productionLineId', 'The line of a lot'),
    }),
    productionDate: t.expose('productionDate', { type: 'Date' }),
    targetQuantity: t.exposeInt('targetQuantity'),
    status: t.expose('status', { type: LotStatus }),
    disposition: t.expose('disposition', { type: LotDisposition }),
    dispositionReason: t.exposeString('dispositionReason', { nullable: true }),
    dispositionAt: t.expose('dispositionAt', { type: 'DateTime', nullable: true }),
    dispositionBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who decided the disposition; null while it is UNDECIDED, and when the system decided.',
      ...optionalReference(userById, 'dispositionById'),
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true }),
    completionReason: t.exposeString('completionReason', { nullable: true }),
    supplierCode: t.exposeString('supplierCode', { nullable: true }),
    qualityRequirements: t.expose('qualityRequirements', { type: 'JSONObject' }),
    metadata: t.expose('metadata', { type: 'JSONObject' }),
    leadTimeSeconds: t.int({
      nullable: true,
      description: 'Whole seconds from start to completion, nights and waiting included; null while the lot is open.',
      ...derived(['startedAt', 'completedAt'], lotLeadTimeSeconds),
    }),
    isActive: t.boolean({ description: 'Whether it is CREATED or IN_PROGRESS.', ...derived(['status'], isLotActive) }),
    isHeld: t.boolean({
      description: 'Whether it is QUARANTINED or REJECTED.',
      ...derived(['disposition'], isLotHeld),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Lot, lotById);

builder.objectField(Lot, 'lot', (t) =>
  t.field({ type: Lot, description: 'The lot itself, as for every unit.', ...reference(lotById, 'id', 'A lot') }),
);

export const LotRef = builder.inputType('LotRef', {
  description: 'A lot, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    number: t.string({
      description: 'Its number, with or without hyphens and spaces, or else its external number, exact.',
    }),
  }),
});

export const LotConnection = connectionType({ connection: lotList, node: Lot, name: 'Lot', what: 'lots' });
LotConnection.root('lots', { access: ANY, description: 'The lots, newest first.' });
LotConnection.on(ProductModel, 'lots', 'productModelId', { description: 'Lots of this model.' });
LotConnection.on(ProductionLine, 'lots', 'productionLineId', { description: 'Lots made on this line.' });

builder.queryField('lotByNumber', (t) =>
  t.field({
    type: Lot,
    nullable: true,
    description: 'The lot of a number; null when there is none.',
    authScopes: { may: ANY },
    args: {
      number: t.arg.string({
        required: true,
        description: 'The number, with or without hyphens and spaces, or else the external number, exact.',
      }),
    },
    ...lookup(({ number }: { readonly number: string }, context) => lotByNumber.load(context, number)),
  }),
);

mutation(createLot, {
  input: (t) => ({
    productModel: t.field({
      type: ProductModelRef,
      required: true,
      description: 'What is made; an ACTIVE model (LOT-13).',
    }),
    productionLine: t.field({
      type: ProductionLineRef,
      required: true,
      description: 'Where it is made; an active line (LOT-13).',
    }),
    productionDate: t.field({
      type: 'Date',
      required: true,
      description: 'The day of production, from 2000-01-01 to 2099-12-31. Its year and month stand in the number.',
    }),
    targetQuantity: t.int({
      description:
        'Units to be made: 1 to the maxLotQuantity of the model. Default: 100, or that maximum when it is less (LOT-3).',
    }),
    externalNumber: t.string({
      description: 'The number that an ERP or an older system gave the lot, at most 100 characters; never changed.',
    }),
    supplierCode: t.string({ description: 'Code of the supplier of the material, at most 100 characters.' }),
    qualityRequirements: t.field({
      type: 'JSONObject',
      description: 'What the customer or the plan demands, under free keys.',
    }),
    metadata: t.field({ type: 'JSONObject', description: 'Anything else worth keeping, under free keys.' }),
  }),
  payload: (t) => ({
    lot: t.field({
      type: Lot,
      nullable: true,
      description: 'The new lot.',
      resolve: (p, _args, context, info) => loadById(lotById, p.lot, context, info),
    }),
  }),
});

mutation(updateLot, {
  isVersioned: true,
  input: (t) => ({
    lot: t.field({ type: LotRef, required: true, description: 'The lot to change.' }),
    targetQuantity: t.int({
      description:
        'Units to be made: at least its WIP items, at most what its model allows, of the same number of digits once items exist (LOT-3).',
    }),
    supplierCode: t.string({ description: 'Code of the supplier of the material; null clears it.' }),
    qualityRequirements: t.field({
      type: 'JSONObject',
      description: 'What the customer or the plan demands; replaces the former as a whole.',
    }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'Anything else worth keeping; replaces the former as a whole.',
    }),
  }),
  payload: (t) => ({
    lot: t.field({
      type: Lot,
      nullable: true,
      description: 'The changed lot.',
      resolve: (p, _args, context, info) => loadById(lotById, p.lot, context, info),
    }),
  }),
});

mutation(deleteLot, {
  isVersioned: true,
  input: (t) => ({ lot: t.field({ type: LotRef, required: true, description: 'The lot to delete.' }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'Lot') }),
});

mutation(closeLot, {
  isVersioned: true,
  input: (t) => ({ lot: t.field({ type: LotRef, required: true, description: 'The lot to close.' }) }),
  payload: (t) => ({
    lot: t.field({
      type: Lot,
      nullable: true,
      description: 'The closed lot.',
      resolve: (p, _args, context, info) => loadById(lotById, p.lot, context, info),
    }),
  }),
});

for (const [decide, what] of [
  [completeLot, 'The lot to complete short.'],
  [quarantineLot, 'The lot to hold.'],
  [rejectLot, 'The lot to reject.'],
] as const) {
  mutation(decide, {
    isVersioned: true,
    hasReason: true,
    input: (t) => ({ lot: t.field({ type: LotRef, required: true, description: what }) }),
    payload: (t) => ({
      lot: t.field({
        type: Lot,
        nullable: true,
        description: 'The lot after the decision.',
        resolve: (p, _args, context, info) => loadById(lotById, p.lot, context, info),
      }),
    }),
  });
}

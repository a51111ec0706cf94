import { ANY } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { lookup } from '../../platform/read/field.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import {
  changeProductModelStatus,
  createProductModel,
  deleteProductModel,
  updateProductModel,
} from './product-model.commands.ts';
import { productModelByCode, productModelById, productModelList } from './product-model.loaders.ts';
import { MAX_LOT_QUANTITY, MAX_REWORKS, PART_TYPES, PRODUCT_MODEL_STATUSES } from './product-model.rules.ts';

export const PartType = enumeration('PartType', PART_TYPES, 'What kind of thing a product model describes.', {
  PCB: 'A printed circuit board.',
  SEMICONDUCTOR: 'A semiconductor device.',
  COMPONENT: 'A single part that is built into something else.',
  ASSEMBLY: 'Something put together from parts.',
  WAFER: 'A wafer.',
});

export const ProductModelStatus = enumeration(
  'ProductModelStatus',
  PRODUCT_MODEL_STATUSES,
  'Whether a product model takes new lots.',
  {
    ACTIVE: 'New lots may be made.',
    INACTIVE: 'No new lots for now; the model may become active again.',
    DISCONTINUED: 'No new lots ever again.',
  },
);

export const ProductModel = builder.prismaObject('ProductModel', {
  fields: (t) => ({
    code: t.exposeString('code'),
    lotSegment: t.exposeString('lotSegment'),
    name: t.exposeString('name'),
    localName: t.exposeString('localName', { nullable: true }),
    category: t.exposeString('category', { nullable: true }),
    partType: t.expose('partType', { type: PartType }),
    revision: t.exposeInt('revision'),
    cycleDays: t.exposeInt('cycleDays', { nullable: true }),
    maxLotQuantity: t.exposeInt('maxLotQuantity'),
    maxReworks: t.exposeInt('maxReworks'),
    specifications: t.expose('specifications', { type: 'JSONObject' }),
    tolerances: t.expose('tolerances', { type: 'JSONObject' }),
    status: t.expose('status', { type: ProductModelStatus }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(ProductModel, productModelById);

export const ProductModelRef = builder.inputType('ProductModelRef', {
  description: 'A product model, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    code: t.string({ description: 'Its code, in any case.' }),
  }),
});

export const ProductModelConnection = connectionType({
  connection: productModelList,
  node: ProductModel,
  name: 'ProductModel',
  what: 'product models',
});
ProductModelConnection.root('productModels', { access: ANY, description: 'The product models.' });

builder.queryField('productModelByCode', (t) =>
  t.field({
    type: ProductModel,
    nullable: true,
    description: 'The product model of a code; null when there is none.',
    authScopes: { may: ANY },
    args: { code: t.arg.string({ required: true, description: 'The code, in any case.' }) },
    ...lookup(({ code }: { readonly code: string }, context) => productModelByCode.load(context, normalizedCode(code))),
  }),
);

const DESCRIPTIONS = {
  name: 'Name, 1 to 255 characters.',
  maxLotQuantity: `The largest target quantity of a lot, ${MAX_LOT_QUANTITY.min} to ${MAX_LOT_QUANTITY.max}.`,
  maxReworks: `How often a failed serial may be reworked, ${MAX_REWORKS.min} to ${MAX_REWORKS.max}; each serial keeps what held when it was made.`,
} as const;

mutation(createProductModel, {
  input: (t) => ({
    code: t.string({
      required: true,
      description:
        '1 to 50 of A-Z 0-9 . _ -, starting with a letter or digit; stored in upper case, never changed (MDL-1).',
    }),
    name: t.string({ required: true, description: DESCRIPTIONS.name }),
    localName: t.string({ description: 'Name in the local language.' }),
    lotSegment: t.string({
      description: 'The 3 characters that stand for the model in lot numbers; from the code unless given (LOT-1).',
    }),
    category: t.string({ description: 'A group of models, of your own.' }),
    partType: t.field({ type: PartType, defaultValue: 'ASSEMBLY', description: 'What kind of thing is made.' }),
    cycleDays: t.int({ description: 'Planned days from start to end of a lot, from 1.' }),
    maxLotQuantity: t.int({ defaultValue: MAX_LOT_QUANTITY.default, description: DESCRIPTIONS.maxLotQuantity }),
    maxReworks: t.int({ defaultValue: MAX_REWORKS.default, description: DESCRIPTIONS.maxReworks }),
    specifications: t.field({ type: 'JSONObject', description: 'What the product must be, under keys of your own.' }),
    tolerances: t.field({ type: 'JSONObject', description: 'How far the product may be off, under keys of your own.' }),
    status: t.field({
      type: ProductModelStatus,
      defaultValue: 'ACTIVE',
      description: 'Whether the model takes new lots.',
    }),
  }),
  payload: (t) => ({
    productModel: t.field({
      type: ProductModel,
      nullable: true,
      description: 'The new model.',
      resolve: (p, _args, context, info) => loadById(productModelById, p.productModel, context, info),
    }),
  }),
});

mutation(updateProductModel, {
  isVersioned: true,
  input: (t) => ({
    productModel: t.field({ type: ProductModelRef, required: true, description: 'The model to change.' }),
    name: t.string({ description: DESCRIPTIONS.name }),
    localName: t.string({ description: 'Name in the local language; null clears it.' }),
    category: t.string({ description: 'A group of models, of your own; null clears it.' }),
    partType: t.field({ type: PartType, description: 'What kind of thing is made.' }),
    cycleDays: t.int({ description: 'Planned days from start to end of a lot, from 1; null clears it.' }),
    maxLotQuantity: t.int({ description: `${DESCRIPTIONS.maxLotQuantity} For new lots only.` }),
    maxReworks: t.int({ description: DESCRIPTIONS.maxReworks }),
    specifications: t.field({
      type: 'JSONObject',
      description: 'What the product must be; replaces the former as a whole and makes a new revision (MDL-3).',
    }),
    tolerances: t.field({
      type: 'JSONObject',
      description: 'How far the product may be off; replaces the former as a whole and makes a new revision (MDL-3).',
    }),
    status: t.field({
      type: ProductModelStatus,
      description: 'Whether the model takes new lots; moves as with changeProductModelStatus (MDL-2).',
    }),
  }),
  payload: (t) => ({
    productModel: t.field({
      type: ProductModel,
      nullable: true,
      description: 'The changed model.',
      resolve: (p, _args, context, info) => loadById(productModelById, p.productModel, context, info),
    }),
  }),
});

mutation(changeProductModelStatus, {
  isVersioned: true,
  input: (t) => ({
    productModel: t.field({ type: ProductModelRef, required: true, description: 'The model.' }),
    status: t.field({ type: ProductModelStatus, required: true, description: 'What it shall become.' }),
  }),
  payload: (t) => ({
    productModel: t.field({
      type: ProductModel,
      nullable: true,
      description: 'The model with its new status.',
      resolve: (p, _args, context, info) => loadById(productModelById, p.productModel, context, info),
    }),
  }),
});

mutation(deleteProductModel, {
  isVersioned: true,
  input: (t) => ({
    productModel: t.field({ type: ProductModelRef, required: true, description: 'The model to delete.' }),
  }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'ProductModel') }),
});

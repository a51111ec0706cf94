import { ANY } from '../../platform/rules/access.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { lookup } from '../../platform/read/field.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { createProductionLine, deleteProductionLine, updateProductionLine } from './production-line.commands.ts';
import { productionLineByCode, productionLineById, productionLineList } from './production-line.loaders.ts';

export const ProductionLine = builder.prismaObject('ProductionLine', {
  fields: (t) => ({
    code: t.exposeString('code'),
    lotSegment: t.exposeString('lotSegment'),
    name: t.exposeString('name'),
    localName: t.exposeString('localName', { nullable: true }),
    description: t.exposeString('description', { nullable: true }),
    location: t.exposeString('location', { nullable: true }),
    cycleTimeSeconds: t.exposeInt('cycleTimeSeconds', { nullable: true }),
    sortOrder: t.exposeInt('sortOrder'),
    config: t.expose('config', { type: 'JSONObject' }),
    isActive: t.exposeBoolean('isActive'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(ProductionLine, productionLineById);

export const ProductionLineRef = builder.inputType('ProductionLineRef', {
  description: 'A production line, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    code: t.string({ description: 'Its code, in any case.' }),
  }),
});

export const ProductionLineConnection = connectionType({
  connection: productionLineList,
  node: ProductionLine,
  name: 'ProductionLine',
  what: 'production lines',
});
ProductionLineConnection.root('productionLines', { access: ANY, description: 'The production lines.' });

builder.queryField('productionLineByCode', (t) =>
  t.field({
    type: ProductionLine,
    nullable: true,
    description: 'The production line of a code; null when there is none.',
    authScopes: { may: ANY },
    args: { code: t.arg.string({ required: true, description: 'The code, in any case.' }) },
    ...lookup(({ code }: { readonly code: string }, context) =>
      productionLineByCode.load(context, normalizedCode(code)),
    ),
  }),
);

mutation(createProductionLine, {
  input: (t) => ({
    code: t.string({
      required: true,
      description: '1 to 50 letters and digits; stored in upper case, never changed (LIN-1).',
    }),
    name: t.string({ required: true, description: 'Name, 1 to 255 characters.' }),
    localName: t.string({ description: 'Name in the local language.' }),
    lotSegment: t.string({
      description: 'The 4 characters that stand for the line in lot numbers; from the code unless given (LOT-1).',
    }),
    description: t.string({ description: 'What the line is, at most 2,000 characters.' }),
    location: t.string({ description: 'Where the line stands.' }),
    cycleTimeSeconds: t.int({ description: 'Planned time between two units, in seconds.' }),
    sortOrder: t.int({ defaultValue: 1, description: 'Place in lists, from 1.' }),
    config: t.field({ type: 'JSONObject', description: 'Settings of your own.' }),
    isActive: t.boolean({ defaultValue: true, description: 'Whether new lots may run on it.' }),
  }),
  payload: (t) => ({
    productionLine: t.field({
      type: ProductionLine,
      nullable: true,
      description: 'The new line.',
      resolve: (p, _args, context, info) => loadById(productionLineById, p.productionLine, context, info),
    }),
  }),
});

mutation(updateProductionLine, {
  isVersioned: true,
  input: (t) => ({
    productionLine: t.field({ type: ProductionLineRef, required: true, description: 'The line to change.' }),
    name: t.string({ description: 'Name, 1 to 255 characters.' }),
    localName: t.string({ description: 'Name in the local language; null clears it.' }),
    description: t.string({ description: 'What the line is; null clears it.' }),
    location: t.string({ description: 'Where the line stands; null clears it.' }),
    cycleTimeSeconds: t.int({ description: 'Planned time between two units, in seconds; null clears it.' }),
    sortOrder: t.int({ description: 'Place in lists, from 1.' }),
    config: t.field({ type: 'JSONObject', description: 'Settings of your own; replaces the former ones as a whole.' }),
    isActive: t.boolean({ description: 'Whether new lots may run on it.' }),
  }),
  payload: (t) => ({
    productionLine: t.field({
      type: ProductionLine,
      nullable: true,
      description: 'The changed line.',
      resolve: (p, _args, context, info) => loadById(productionLineById, p.productionLine, context, info),
    }),
  }),
});

mutation(deleteProductionLine, {
  isVersioned: true,
  input: (t) => ({
    productionLine: t.field({ type: ProductionLineRef, required: true, description: 'The line to delete.' }),
  }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'ProductionLine') }),
});

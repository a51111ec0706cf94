import { codeKey, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, byKey } from '../../platform/read/loader.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { table } from '../../platform/postgres/table.ts';
import { PART_TYPES, PRODUCT_MODEL_STATUSES } from './product-model.rules.ts';

/** The table of product models. */
export const productModels = table('ProductModel', 'product_models');

/** Loads product models by id. */
export const productModelById = byId(productModels);

/** Loads product models by code. */
export const productModelByCode = byKey(productModels, 'code');

const { column } = productModels;

/** The list of product models, with its filter and orders. */
export const productModelList = connection({
  table: productModels,
  filter: {
    code: filter.keyFilter(column('code'), normalizedCode, 'The code.'),
    name: filter.textFilter(column('name'), 'The name.'),
    category: filter.textFilter(column('category'), 'The group of models.'),
    partType: filter.enumFilter(PART_TYPES, column('partType'), 'What kind of thing is made.'),
    status: filter.enumFilter(PRODUCT_MODEL_STATUSES, column('status'), 'Whether the model takes new lots.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    CODE: order('By code.', { field: 'code', column: column('code'), cast: 'text' }),
    PART_TYPE: order('By kind of part: PCB, SEMICONDUCTOR, COMPONENT, ASSEMBLY, WAFER.', {
      field: 'partType',
      column: column('partType'),
      cast: 'part_type',
    }),
    STATUS: order('By status: ACTIVE, INACTIVE, DISCONTINUED.', {
      field: 'status',
      column: column('status'),
      cast: 'product_model_status',
    }),
    CREATED_AT: order('By when the model was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CODE' }],
});

/** Product model as filters take them. */
export const productModelTarget: ListedTarget = {
  name: 'ProductModel',
  what: 'a product model',
  keys: {
    code: codeKey({
      loader: productModelByCode,
      normalise: normalizedCode,
      entity: 'Product model',
      description: 'Its code, in any case.',
      hint: '; `productModels` lists those that do',
    }),
  },
  list: productModelList,
};

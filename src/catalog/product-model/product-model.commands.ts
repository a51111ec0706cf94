import { v7 as uuid7 } from 'uuid';
import { productModels } from './product-model.loaders.ts';
import {
  FIRST_REVISION,
  isProductModelUnused,
  lotSegmentOfModel,
  modelMayBecome,
  revisionAfter,
} from './product-model.rules.ts';
import {
  ChangeProductModelStatus,
  CreateProductModel,
  DeleteProductModel,
  UpdateProductModel,
} from './product-model.shapes.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, lockRow, rowByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG } from '../../platform/rules/access.ts';
import { isKeyFree } from '../../platform/rules/natural-key.ts';
import { storedObject } from '../../platform/values/json.ts';

/** MDL-1, GEN-3: Creates a model in its first revision. */
export const createProductModel = command({
  name: 'createProductModel',
  action: 'productModel.created',
  description: 'Creates a model of what is made.',
  access: ENG,
  input: CreateProductModel,
  async run({ tx }, fields) {
    const known = await rowByReference(tx, productModels, { key: 'code', value: fields.code });
    enforce(isKeyFree('Product model', { path: 'code', value: fields.code, existing: known }));
    const lotSegment = fields.lotSegment ?? lotSegmentOfModel(fields.code);
    const { id } = await tx.productModel.create({
      data: { ...definedFields(fields), lotSegment, revision: FIRST_REVISION, id: uuid7() },
    });
    return { productModel: id };
  },
});

/** MDL-2, MDL-3: Changes a model. Other specifications or tolerances make a new revision. */
export const updateProductModel = command({
  name: 'updateProductModel',
  action: 'productModel.updated',
  description:
    'Changes a model. Its code and its segment of lot numbers stay; other specifications or tolerances make a new revision (MDL-3).',
  access: ENG,
  input: UpdateProductModel,
  async run({ tx }, { productModel: reference, expectedVersion, ...changes }) {
    const model = await lockProductModel(tx, reference, 'NO KEY UPDATE');
    const { status = model.status } = changes;
    enforce(
      isCurrent(model, expectedVersion, { productModel: model.id }),
      status === model.status ? undefined : modelMayBecome(model, status),
    );
    const specified = {
      revision: model.revision,
      specifications: storedObject(model.specifications),
      tolerances: storedObject(model.tolerances),
    };
    await tx.productModel.update({
      where: { id: model.id },
      data: { ...definedFields(changes), revision: revisionAfter(specified, changes) },
    });
    return { productModel: model.id };
  },
});

/** MDL-2: Activates, deactivates or discontinues a model. */
export const changeProductModelStatus = command({
  name: 'changeProductModelStatus',
  action: 'productModel.statusChanged',
  description:
    'Activates, deactivates or discontinues a model. Only an ACTIVE one takes new lots, and DISCONTINUED is final (MDL-2).',
  access: ENG,
  input: ChangeProductModelStatus,
  async run({ tx }, { productModel: reference, status, expectedVersion }) {
    const model = await lockProductModel(tx, reference, 'NO KEY UPDATE');
    enforce(isCurrent(model, expectedVersion, { productModel: model.id }), modelMayBecome(model, status));
    await tx.productModel.update({ where: { id: model.id }, data: { status } });
    return { productModel: model.id };
  },
});

/** GEN-1: Deletes a model without lots and routes. */
export const deleteProductModel = command({
  name: 'deleteProductModel',
  action: 'productModel.deleted',
  description: 'Deletes a model without lots and routes; one in use is deactivated instead (GEN-1).',
  access: ENG,
  input: DeleteProductModel,
  async run({ tx }, { productModel: reference, expectedVersion }) {
    const model = await lockProductModel(tx, reference, 'UPDATE');
    enforce(
      isCurrent(model, expectedVersion, { productModel: model.id }),
      isProductModelUnused(model, await usesOf(tx, model.id)),
    );
    await tx.productModel.delete({ where: { id: model.id } });
    return { deletedId: model.id };
  },
});

/** Locks a model: for a change of it, or to keep it as it is while something refers to it. */
export async function lockProductModel(tx: Tx, reference: Reference, lock: Lock): Promise<Row<'ProductModel'>> {
  return lockRow(tx, productModels, { reference, lock, path: 'productModel', what: 'Product model' });
}

interface ModelUses {
  readonly lots: number;
  readonly routes: number;
}

async function usesOf(tx: Tx, id: string): Promise<ModelUses> {
  const [uses] = await tx.sql<ModelUses>`
    SELECT (SELECT count(*)::int FROM lots WHERE product_model_id = ${id}::uuid) AS lots,
           (SELECT count(*)::int FROM routes WHERE product_model_id = ${id}::uuid) AS routes`;
  return uses ?? { lots: 0, routes: 0 };
}

import { v7 as uuid7 } from 'uuid';
import { productionLines } from './production-line.loaders.ts';
import { isProductionLineUnused, lotSegmentOfLine } from './production-line.rules.ts';
import { CreateProductionLine, DeleteProductionLine, UpdateProductionLine } from './production-line.shapes.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, lockRow, rowByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG } from '../../platform/rules/access.ts';
import { isKeyFree } from '../../platform/rules/natural-key.ts';

/** LIN-1, GEN-3: Creates a line. */
export const createProductionLine = command({
  name: 'createProductionLine',
  action: 'productionLine.created',
  description: 'Creates a line on which lots run.',
  access: ENG,
  input: CreateProductionLine,
  async run({ tx }, fields) {
    const known = await rowByReference(tx, productionLines, { key: 'code', value: fields.code });
    enforce(isKeyFree('Production line', { path: 'code', value: fields.code, existing: known }));
    const lotSegment = fields.lotSegment ?? lotSegmentOfLine(fields.code);
    const { id } = await tx.productionLine.create({ data: { ...definedFields(fields), lotSegment, id: uuid7() } });
    return { productionLine: id };
  },
});

/** LIN-1: Changes a line, except its code and its segment of lot numbers. */
export const updateProductionLine = command({
  name: 'updateProductionLine',
  action: 'productionLine.updated',
  description: 'Changes a line. Its code and its segment of lot numbers stay.',
  access: ENG,
  input: UpdateProductionLine,
  async run({ tx }, { productionLine: reference, expectedVersion, ...changes }) {
    const line = await lockProductionLine(tx, reference, 'NO KEY UPDATE');
    enforce(isCurrent(line, expectedVersion, { productionLine: line.id }));
    await tx.productionLine.update({ where: { id: line.id }, data: definedFields(changes) });
    return { productionLine: line.id };
  },
});

/** GEN-1: Deletes a line that nothing refers to. */
export const deleteProductionLine = command({
  name: 'deleteProductionLine',
  action: 'productionLine.deleted',
  description: 'Deletes a line that nothing refers to; one in use is deactivated instead (GEN-1).',
  access: ENG,
  input: DeleteProductionLine,
  async run({ tx }, { productionLine: reference, expectedVersion }) {
    const line = await lockProductionLine(tx, reference, 'UPDATE');
    enforce(
      isCurrent(line, expectedVersion, { productionLine: line.id }),
      isProductionLineUnused(line, await usesOf(tx, line.id)),
    );
    await tx.productionLine.delete({ where: { id: line.id } });
    return { deletedId: line.id };
  },
});

/** Locks a line: for a change of it, or to keep it as it is while something refers to it. */
export async function lockProductionLine(tx: Tx, reference: Reference, lock: Lock): Promise<Row<'ProductionLine'>> {
  return lockRow(tx, productionLines, { reference, lock, path: 'productionLine', what: 'Production line' });
}

async function usesOf(tx: Tx, id: string): Promise<{ lots: number; equipment: number; stations: number }> {
  const [uses] = await tx.sql<{ lots: number; equipment: number; stations: number }>`
    SELECT (SELECT count(*)::int FROM lots WHERE production_line_id = ${id}::uuid) AS lots,
           (SELECT count(*)::int FROM equipment WHERE production_line_id = ${id}::uuid) AS equipment,
           (SELECT count(*)::int FROM stations WHERE production_line_id = ${id}::uuid) AS stations`;
  return uses ?? { lots: 0, equipment: 0, stations: 0 };
}

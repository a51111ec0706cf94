import { equipmentTable } from '../../catalog/equipment/equipment.loaders.ts';
import { processes } from '../../catalog/process/process.loaders.ts';
import { productModels } from '../../catalog/product-model/product-model.loaders.ts';
import { productionLines } from '../../catalog/production-line/production-line.loaders.ts';
import { users } from '../../identity/user/user.loaders.ts';
import { enforce } from '../../platform/command/rejection.ts';
import { referenceLabel, rowsByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { join, sql } from '../../platform/postgres/sql.ts';
import type { ModelName, Row, Table } from '../../platform/postgres/table.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { numberedLots } from '../../production/lot/lot.loaders.ts';
import { idOfReference } from '../../production/lot/unit-number.loaders.ts';
import type { GivenReportFilter, StoredReportFilter } from './report.shapes.ts';

/** The filter with the ids of its records. Rejects the command when one does not exist. Empty lists are left out. */
export async function storedFilterOf(tx: Tx, given: GivenReportFilter): Promise<StoredReportFilter> {
  const ids = {
    productModels: await idsOf(tx, productModels, given.productModels, ['productModels', 'Product model']),
    productionLines: await idsOf(tx, productionLines, given.productionLines, ['productionLines', 'Production line']),
    lots: await lotIdsOf(tx, given.lots),
    processes: await idsOf(tx, processes, given.processes, ['processes', 'Process']),
    equipment: await idsOf(tx, equipmentTable, given.equipment, ['equipment', 'Equipment']),
    operators: await idsOf(tx, users, given.operators, ['operators', 'User']),
    inspectionTypes: [...new Set(given.inspectionTypes)],
  };
  return Object.fromEntries(Object.entries(ids).filter(([, list]) => list.length > 0));
}

type WithId = { readonly [Model in ModelName]: Row<Model> extends { readonly id: string } ? Model : never }[ModelName];

/** The ids of the records of one list; `key` is its key in the filter, `what` the name of its entity. */
async function idsOf<Model extends WithId>(
  tx: Tx,
  table: Table<Model>,
  references: readonly Reference[],
  [key, what]: readonly [key: string, what: string],
): Promise<readonly string[]> {
  const rowOf = await rowsByReference(tx, table, references);
  return existing(
    references,
    references.map((reference) => rowOf(reference)?.id),
    [key, what],
  );
}

/** The ids of lots, which are found by their own numbers and by external numbers; one statement. */
async function lotIdsOf(tx: Tx, references: readonly Reference[]): Promise<readonly string[]> {
  if (references.length === 0) return [];
  const asked = references.map(
    (reference, place) => sql`SELECT ${place}::int AS place, ${idOfReference(numberedLots, reference)} AS id`,
  );
  const rows = await tx.query<{ id: string | null }>(
    sql`SELECT lot.id FROM (${join(asked, ' UNION ALL ')}) AS asked LEFT JOIN lots lot ON lot.id = asked.id ORDER BY asked.place`,
  );
  return existing(
    references,
    rows.map(({ id }) => id ?? undefined),
    ['lots', 'Lot'],
  );
}

function existing(
  references: readonly Reference[],
  ids: readonly (string | undefined)[],
  [key, what]: readonly [key: string, what: string],
): readonly string[] {
  enforce(
    references.map((reference, index) =>
      ids[index] === undefined
        ? rejection('NOT_FOUND', `filter.${key}.${index}`, `${referenceLabel(reference, what)} does not exist.`)
        : undefined,
    ),
  );
  return [...new Set(ids.filter((id) => id !== undefined))];
}

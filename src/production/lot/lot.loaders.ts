import { productModelTarget } from '../../catalog/product-model/product-model.loaders.ts';
import { productionLineTarget } from '../../catalog/production-line/production-line.loaders.ts';
import {
  referenceFilter,
  relationFilter,
  throughFilter,
  type ListedTarget,
} from '../../platform/read/relation-filter.ts';
import { routeTarget } from '../../catalog/route/route.loaders.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, loadOne } from '../../platform/read/loader.ts';
import type { LotCounts, StepsDone } from './lot-quantity.rules.ts';
import { LOT_DISPOSITIONS, LOT_STATUSES } from './lot.rules.ts';
import { byNumber, numberKey, type NumberedTable } from './unit-number.loaders.ts';
import { numberPartOf } from './unit-number.rules.ts';

/** The table of lots. */
export const lots = table('Lot', 'lots');
/** Lots as units with numbers. */
export const numberedLots: NumberedTable<'Lot'> = { kind: 'LOT', table: lots, what: 'Lot', numberType: 'bpchar' };

/** Loads lots by id. */
export const lotById = byId(lots);
/** Loads lots by number or external number. */
export const lotByNumber = byNumber(numberedLots);

/** LOT-12: The counts of one lot. */
export type CountsOfLot = LotCounts & { readonly lotId: string };

/** LOT-12: Loads all counts of lots, by one statement. */
export const lotCountsByLot = loadOne<string, CountsOfLot>({
  batch: (lotIds, db) => countsOfLots(db, lotIds),
  keyOf: (row) => row.lotId,
});

/** LOT-12: All counts of the lots, by one statement. */
export function countsOfLots(db: Reader, lotIds: readonly string[]): Promise<readonly CountsOfLot[]> {
  return db.prepared(sql`
    SELECT lot.id AS "lotId", item.count AS "wipItemCount",
           serial.count AS "actualQuantity", serial.passed AS "passedQuantity", serial.failed AS "failedQuantity"
    FROM unnest(${arrayParameter('uuid', lotIds)}) AS lot(id)
    CROSS JOIN LATERAL (SELECT count(*)::int AS count FROM wip_items WHERE lot_id = lot.id) AS item
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS count, count(*) FILTER (WHERE status = 'PASSED')::int AS passed,
             count(*) FILTER (WHERE status = 'FAILED' AND rework_count = max_reworks)::int AS failed
      FROM serials WHERE lot_id = lot.id
    ) AS serial`);
}

/** LOT-12: The steps that one lot and its units have passed, and those of the route. */
export type StepsDoneOfLot = StepsDone & { readonly lotId: string };

/**
 * LOT-12, RTE-6: Loads how many mandatory steps of their present routes the lots and their units have passed, by one
 * statement.
 */
export const stepsDoneByLot = loadOne<string, StepsDoneOfLot>({
  batch: (lotIds, db) =>
    db.prepared(sql`
    SELECT lot.id AS "lotId", done.count AS "passedSteps", route.lot_steps AS "lotSteps", route.unit_steps AS "unitSteps"
    FROM lots lot
    CROSS JOIN LATERAL (
      SELECT array_agg(step.id) AS step_ids, count(*) FILTER (WHERE level = 'LOT')::int AS lot_steps, count(*) FILTER (WHERE level <> 'LOT')::int AS unit_steps
      FROM (
        SELECT process_id AS id, level FROM route_steps WHERE route_id = lot.route_id AND NOT is_optional
        UNION ALL SELECT id, level FROM processes WHERE lot.route_id IS NULL AND is_active AND is_in_factory_route
      ) AS step
    ) AS route
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS count FROM process_data execution
      WHERE execution.lot_id = lot.id AND execution.result = 'PASS' AND execution.process_id = ANY(route.step_ids)
    ) AS done
    WHERE lot.id = ANY(${arrayParameter('uuid', lotIds)})`),
  keyOf: (row) => row.lotId,
});

const { column } = lots;

/** The list of lots, with its filter and orders. */
export const lotList = connection({
  table: lots,
  filter: {
    number: filter.keyFilter(
      column('number'),
      (text) => numberPartOf('LOT', text),
      'The lot number, with or without hyphens and spaces.',
    ),
    externalNumber: filter.identifierFilter(column('externalNumber'), 'The number of the ERP or an older system.'),
    status: filter.enumFilter(LOT_STATUSES, column('status'), 'How far production has come.'),
    disposition: filter.enumFilter(LOT_DISPOSITIONS, column('disposition'), 'What quality has decided.'),
    isHeld: filter.booleanFilter(
      sql`${column('disposition')} IN ('QUARANTINED', 'REJECTED')`,
      'Whether the lot is QUARANTINED or REJECTED.',
    ),
    isActive: filter.booleanFilter(
      sql`${column('status')} IN ('CREATED', 'IN_PROGRESS')`,
      'Whether the lot is CREATED or IN_PROGRESS.',
    ),
    productModel: relationFilter(productModelTarget, column('productModelId'), 'What is made.'),
    productionLine: relationFilter(productionLineTarget, column('productionLineId'), 'The line it is made on.'),
    route: relationFilter(routeTarget, column('routeId'), 'The route it is made by; null for the factory route.'),
    productionDate: filter.dateFilter(column('productionDate'), 'The day of production.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
    completedAt: filter.instantFilter(column('completedAt'), 'When it was completed (UTC).'),
    closedAt: filter.instantFilter(column('closedAt'), 'When it was closed (UTC).'),
    dispositionAt: filter.instantFilter(column('dispositionAt'), 'When the present disposition was decided (UTC).'),
    supplierCode: filter.identifierFilter(column('supplierCode'), 'Code of the supplier.'),
    metadata: filter.jsonFilter(column('metadata'), 'The free keys of the lot.'),
  },
  orders: {
    CREATED_AT: order('By when the lot was made; not by its day of production.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
    NUMBER: order('By number: line, model, year and month, then sequence.', {
      field: 'number',
      column: column('number'),
      cast: 'bpchar',
    }),
    PRODUCTION_DATE: order('By the day of production.', {
      field: 'productionDate',
      column: column('productionDate'),
      cast: 'date',
    }),
    STATUS: order('By status: CREATED, IN_PROGRESS, COMPLETED, CLOSED.', {
      field: 'status',
      column: column('status'),
      cast: 'lot_status',
    }),
    COMPLETED_AT: order('By when the lot was completed; an open lot comes last.', {
      field: 'completedAt',
      column: column('completedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
    CLOSED_AT: order('By when the lot was closed; a lot that is not closed comes last.', {
      field: 'closedAt',
      column: column('closedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/** Lots as filters take them. */
export const lotTarget: ListedTarget = {
  name: 'Lot',
  what: 'a lot',
  keys: { number: numberKey('LOT', lotByNumber) },
  list: lotList,
};

/** Conditions on what belongs to a lot, by the lot's model and line; `lotId` is the column that names the lot. */
export function madeAsFilters(lotId: Sql) {
  const join = { table: lots, column: column('id'), equals: lotId };
  return {
    productModel: throughFilter(
      join,
      referenceFilter(productModelTarget, column('productModelId'), ''),
      'What is made in its lot.',
    ),
    productionLine: throughFilter(
      join,
      referenceFilter(productionLineTarget, column('productionLineId'), ''),
      'The line its lot is made on.',
    ),
  };
}

import { lots, lotTarget, madeAsFilters } from '../lot/lot.loaders.ts';
import { processTarget } from '../../catalog/process/process.loaders.ts';
import { listFilter, relationFilter, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, loadOne } from '../../platform/read/loader.ts';
import { arrayParameter, sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import type { Instant } from '../../platform/values/time.ts';
import { byNumber, numberKey, type NumberedTable } from '../lot/unit-number.loaders.ts';
import { numberPartOf } from '../lot/unit-number.rules.ts';
import { WIP_ITEM_STATUSES } from './wip-item.rules.ts';

/** The table of WIP items. */
export const wipItems = table('WipItem', 'wip_items');
/** WIP items as units with numbers. */
export const numberedWipItems: NumberedTable<'WipItem'> = {
  kind: 'WIP_ITEM',
  table: wipItems,
  what: 'WIP item',
  numberType: 'varchar',
};

/** Loads WIP items by id. */
export const wipItemById = byId(wipItems);
/** Loads WIP items by number or external number. */
export const wipItemByNumber = byNumber(numberedWipItems);

/** The figures of an item that its own executions give. */
export interface WipItemWork {
  readonly wipItemId: string;
  /** The route of the lot; null for the factory route. */
  readonly routeId: string | null;
  readonly passedStepIds: readonly string[];
  readonly finishedStepIds: readonly string[];
  readonly firstStartedAt: Instant | null;
  readonly touchTimeSeconds: number;
}

/** Loads all figures that come from the executions of items, by one statement. */
export const workByWipItem = loadOne<string, WipItemWork>({
  batch: (wipItemIds, db) =>
    db.prepared(sql`
    SELECT item.id AS "wipItemId", (SELECT lot.route_id FROM wip_items w JOIN lots lot ON lot.id = w.lot_id WHERE w.id = item.id) AS "routeId",
           coalesce(array_agg(execution.process_id::text) FILTER (WHERE execution.completed_at IS NOT NULL), '{}') AS "finishedStepIds",
           coalesce(array_agg(execution.process_id::text) FILTER (WHERE execution.result = 'PASS'), '{}') AS "passedStepIds",
           min(execution.started_at) AS "firstStartedAt", coalesce(sum(execution.duration_seconds), 0)::int AS "touchTimeSeconds"
    FROM unnest(${arrayParameter('uuid', wipItemIds)}) AS item(id) LEFT JOIN process_data execution ON execution.unit_id = item.id
    GROUP BY item.id`),
  keyOf: (row) => row.wipItemId,
});

const { column } = wipItems;

/** The list of WIP items, with its filter and orders. */
export const wipItemList = connection({
  table: wipItems,
  filter: {
    number: filter.keyFilter(
      column('number'),
      (text) => numberPartOf('WIP_ITEM', text),
      'The item number, in any case.',
    ),
    externalNumber: filter.identifierFilter(column('externalNumber'), 'The number of the ERP or an older system.'),
    lot: relationFilter(lotTarget, column('lotId'), 'The lot the unit belongs to.'),
    ...madeAsFilters(column('lotId')),
    status: filter.enumFilter(WIP_ITEM_STATUSES, column('status'), 'How far the unit has come.'),
    currentProcess: relationFilter(
      processTarget,
      column('currentProcessId'),
      'The step that is being run on the unit.',
    ),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
    completedAt: filter.instantFilter(column('completedAt'), 'When it passed its last step before conversion (UTC).'),
    convertedAt: filter.instantFilter(column('convertedAt'), 'When it became a serial (UTC).'),
  },
  orders: {
    LOT_SEQUENCE: order(
      'By lot, in the order in which lots were made, then by sequence in the lot.',
      { field: 'lotId', column: column('lotId'), cast: 'uuid' },
      { field: 'sequence', column: column('sequence'), cast: 'int' },
    ),
    CREATED_AT: order('By when the item was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
    STATUS: order('By status: CREATED, IN_PROGRESS, COMPLETED, FAILED, CONVERTED.', {
      field: 'status',
      column: column('status'),
      cast: 'wip_item_status',
    }),
    COMPLETED_AT: order('By when the item passed its last step before conversion; an item that has not comes last.', {
      field: 'completedAt',
      column: column('completedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
  },
  defaultOrder: [{ field: 'LOT_SEQUENCE' }],
});

/** WIP items as filters take them. */
export const wipItemTarget: ListedTarget = {
  name: 'WipItem',
  what: 'a WIP item',
  keys: { number: numberKey('WIP_ITEM', wipItemByNumber) },
  list: wipItemList,
};

/** The WIP items of a lot, as the filter of lots takes them. */
export const wipItemsOfLot = listFilter(
  wipItemTarget,
  { table: wipItems, column: column('lotId'), equals: lots.column('id') },
  'The WIP items of the lot.',
);

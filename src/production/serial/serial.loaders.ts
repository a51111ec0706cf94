import { lots, lotTarget, madeAsFilters } from '../lot/lot.loaders.ts';
import { wipItemTarget } from '../wip-item/wip-item.loaders.ts';
import { listFilter, relationFilter, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, loadOne } from '../../platform/read/loader.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { table, type Row } from '../../platform/postgres/table.ts';
import { byNumber, numberKey, type NumberedTable } from '../lot/unit-number.loaders.ts';
import { numberPartOf } from '../lot/unit-number.rules.ts';
import { SERIAL_STATUSES } from './serial.rules.ts';

/** The table of serials. */
export const serials = table('Serial', 'serials');
/** Serials as units with numbers. */
export const numberedSerials: NumberedTable<'Serial'> = {
  kind: 'SERIAL',
  table: serials,
  what: 'Serial',
  numberType: 'varchar',
};

/** Loads serials by id. */
export const serialById = byId(serials);
/** Loads serials by number or external number. */
export const serialByNumber = byNumber(numberedSerials);

/** Loads the serials that items became; null before the conversion. */
export const serialByWipItemId = loadOne<string, Row<'Serial'>>({
  batch: (wipItemIds, db) =>
    db.sql`SELECT ${serials.columns} FROM serials t WHERE t.wip_item_id = ANY(${wipItemIds}::uuid[])`,
  keyOf: (row) => row.wipItemId,
});

/**
 * Loads the seconds of finished work on units, as items and as serials, by one statement: both kinds of executions name
 * the item.
 */
export const touchTimeByWipItem = loadOne<string, { readonly wipItemId: string; readonly seconds: number }>({
  batch: (wipItemIds, db) => db.sql`
    SELECT wip_item_id AS "wipItemId", coalesce(sum(duration_seconds), 0)::int AS seconds
    FROM process_data WHERE wip_item_id = ANY(${wipItemIds}::uuid[]) GROUP BY wip_item_id`,
  keyOf: (row) => row.wipItemId,
});

const { column } = serials;

/** The list of serials, with its filter and orders. */
export const serialList = connection({
  table: serials,
  filter: {
    number: filter.keyFilter(
      column('number'),
      (text) => numberPartOf('SERIAL', text),
      'The serial number, with or without hyphens and spaces.',
    ),
    externalNumber: filter.identifierFilter(column('externalNumber'), 'The number of the ERP or an older system.'),
    lot: relationFilter(lotTarget, column('lotId'), 'The lot the unit belongs to.'),
    ...madeAsFilters(column('lotId')),
    wipItem: relationFilter(wipItemTarget, column('wipItemId'), 'The WIP item the unit was before.'),
    status: filter.enumFilter(SERIAL_STATUSES, column('status'), 'How far the unit has come.'),
    reworkCount: filter.integerFilter(column('reworkCount'), 'How often it has been reworked.'),
    canRework: filter.booleanFilter(
      sql`(${column('status')} = 'FAILED' AND ${column('reworkCount')} < ${column('maxReworks')})`,
      'Whether it FAILED and may be reworked.',
    ),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
    completedAt: filter.instantFilter(column('completedAt'), 'When it reached its present end (UTC).'),
  },
  orders: {
    LOT_SEQUENCE: order(
      'By lot, in the order in which lots were made, then by sequence in the lot.',
      { field: 'lotId', column: column('lotId'), cast: 'uuid' },
      { field: 'sequence', column: column('sequence'), cast: 'int' },
    ),
    CREATED_AT: order('By when the serial was made: its conversion.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
    STATUS: order('By status: CREATED, IN_PROGRESS, PASSED, FAILED.', {
      field: 'status',
      column: column('status'),
      cast: 'serial_status',
    }),
    COMPLETED_AT: order('By when the serial reached its present end; a serial at work comes last.', {
      field: 'completedAt',
      column: column('completedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
    REWORK_COUNT: order('By how often the serial has been reworked.', {
      field: 'reworkCount',
      column: column('reworkCount'),
      cast: 'int',
    }),
  },
  defaultOrder: [{ field: 'LOT_SEQUENCE' }],
});

/** Serials as filters take them. */
export const serialTarget: ListedTarget = {
  name: 'Serial',
  what: 'a serial',
  keys: { number: numberKey('SERIAL', serialByNumber) },
  list: serialList,
};

/** The serials of a lot, as the filter of lots takes them. */
export const serialsOfLot = listFilter(
  serialTarget,
  { table: serials, column: column('lotId'), equals: lots.column('id') },
  'The serials of the lot.',
);

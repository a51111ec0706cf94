import { plantSettings } from '../../platform/request/plant-settings.ts';
import { processTarget } from '../process/process.loaders.ts';
import { productionLineTarget } from '../production-line/production-line.loaders.ts';
import { stationTarget } from '../station/station.loaders.ts';
import { codeKey, relationFilter, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { connection } from '../../platform/read/connection.ts';
import type { Context } from '../../platform/request/context.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, byKey } from '../../platform/read/loader.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { dayIn, type DateText } from '../../platform/values/time.ts';
import { EQUIPMENT_STATUSES } from './equipment.rules.ts';

/** The table of equipment. */
export const equipmentTable = table('Equipment', 'equipment');

/** Loads equipment by id. */
export const equipmentById = byId(equipmentTable);

/** Loads equipment by code. */
export const equipmentByCode = byKey(equipmentTable, 'code');

const { column } = equipmentTable;

/** The list of equipment, with its filter and orders. */
export const equipmentList = connection({
  table: equipmentTable,
  filter: {
    code: filter.keyFilter(column('code'), normalizedCode, 'The code.'),
    type: filter.keyFilter(column('type'), normalizedCode, 'What kind of machine it is.'),
    status: filter.enumFilter(EQUIPMENT_STATUSES, column('status'), 'Whether it can be worked with.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether it is active.'),
    process: relationFilter(processTarget, column('processId'), 'The step it is usually used for.'),
    productionLine: relationFilter(productionLineTarget, column('productionLineId'), 'The line it usually works on.'),
    station: relationFilter(stationTarget, column('stationId'), 'The station it usually works at.'),
    nextMaintenanceOn: filter.dateFilter(column('nextMaintenanceOn'), 'The day the next maintenance is due.'),
    needsMaintenance: filter.booleanFilter(
      needsMaintenanceSql,
      'Whether maintenance is due, today or earlier, by the calendar of the site.',
    ),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    CODE: order('By code.', { field: 'code', column: column('code'), cast: 'text' }),
    STATUS: order('By status: AVAILABLE, IN_USE, MAINTENANCE, OUT_OF_SERVICE, RETIRED.', {
      field: 'status',
      column: column('status'),
      cast: 'equipment_status',
    }),
    NEXT_MAINTENANCE_ON: order('By the day on which maintenance is due; equipment without such a day comes last.', {
      field: 'nextMaintenanceOn',
      column: column('nextMaintenanceOn'),
      cast: 'date',
      isNullable: true,
    }),
    CREATED_AT: order('By when the equipment was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CODE' }],
});

/** Equipment as filters take them. */
export const equipmentTarget: ListedTarget = {
  name: 'Equipment',
  what: 'equipment',
  keys: {
    code: codeKey({
      loader: equipmentByCode,
      normalise: normalizedCode,
      entity: 'Equipment',
      description: 'Its code, in any case.',
      hint: '; `equipment` lists those that do',
    }),
  },
  list: equipmentList,
};

/** The day in the time zone of the site at the time of the request. */
export function todayOf({ now, services }: Pick<Context, 'now' | 'services'>): DateText {
  return dayIn(plantSettings(services).siteTimeZone, now);
}

/** EQP-3 in SQL: the rule `needsMaintenance` on the same day. Without a date the answer is FALSE, not NULL. */
function needsMaintenanceSql(context: Context): Sql {
  return sql`coalesce(t.next_maintenance_on <= ${todayOf(context)}::date, FALSE)`;
}

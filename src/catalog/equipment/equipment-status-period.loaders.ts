import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { table } from '../../platform/postgres/table.ts';
import { EQUIPMENT_STATUSES } from './equipment.rules.ts';

/** The table of status periods of equipment. */
export const equipmentStatusPeriods = table('EquipmentStatusPeriod', 'equipment_status_periods');

/** Loads status periods by id. */
export const equipmentStatusPeriodById = byId(equipmentStatusPeriods);

const { column } = equipmentStatusPeriods;

/** The list of status periods, with its filter and orders. */
export const equipmentStatusPeriodList = connection({
  table: equipmentStatusPeriods,
  filter: {
    status: filter.enumFilter(EQUIPMENT_STATUSES, column('status'), 'The status during the period.'),
    startedAt: filter.instantFilter(column('startedAt'), 'When it began (UTC).'),
    endedAt: filter.instantFilter(column('endedAt'), 'When it ended (UTC); without a value while it lasts.'),
  },
  orders: {
    STARTED_AT: order('By when the period began.', {
      field: 'startedAt',
      column: column('startedAt'),
      cast: 'timestamptz',
    }),
    ENDED_AT: order('By when the period ended; the present one comes last.', {
      field: 'endedAt',
      column: column('endedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
    STATUS: order('By the status in the period: AVAILABLE, IN_USE, MAINTENANCE, OUT_OF_SERVICE, RETIRED.', {
      field: 'status',
      column: column('status'),
      cast: 'equipment_status',
    }),
  },
  defaultOrder: [{ field: 'STARTED_AT', direction: 'DESC' }],
});

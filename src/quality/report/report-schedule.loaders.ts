import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { REPORT_TYPES } from './report.rules.ts';

/** The table of report schedules. */
export const reportSchedules = table('ReportSchedule', 'report_schedules');

/** Loads report schedules by id. */
export const reportScheduleById = byId(reportSchedules);

const { column } = reportSchedules;

/** The list of report schedules, with its filter and orders. */
export const reportScheduleList = connection({
  table: reportSchedules,
  filter: {
    type: filter.enumFilter(REPORT_TYPES, column('type'), 'What its reports are about.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether it is switched on.'),
  },
  orders: {
    NAME: order('By name.', { field: 'name', column: column('name'), cast: 'text' }),
    NEXT_RUN_AT: order('By when it requests its next report.', {
      field: 'nextRunAt',
      column: column('nextRunAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'NAME' }],
});

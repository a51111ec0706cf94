import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { PERFORMANCE_KINDS } from './performance-baseline.rules.ts';

/** The table of baselines and measurements. */
export const performanceBaselines = table('PerformanceBaseline', 'performance_baselines');

/** Loads baselines and measurements by id. */
export const performanceBaselineById = byId(performanceBaselines);

const { column } = performanceBaselines;

/** The list of baselines and measurements, with its filter and orders. */
export const performanceBaselineList = connection({
  table: performanceBaselines,
  filter: {
    metric: filter.textFilter(column('metric'), 'What was measured.'),
    subject: filter.textFilter(column('subject'), 'Of what: the name of an operation, or a statement.'),
    kind: filter.enumFilter(PERFORMANCE_KINDS, column('kind'), 'Whether it is what others are compared with.'),
    measuredAt: filter.instantFilter(column('measuredAt'), 'When it was recorded (UTC).'),
  },
  orders: {
    METRIC: order('By what was measured.', { field: 'metric', column: column('metric'), cast: 'text' }),
    SUBJECT: order('By what it was measured of.', { field: 'subject', column: column('subject'), cast: 'text' }),
    MEASURED_AT: order('By when it was recorded.', {
      field: 'measuredAt',
      column: column('measuredAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'METRIC' }, { field: 'SUBJECT' }, { field: 'MEASURED_AT', direction: 'DESC' }],
});

import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { table } from '../../platform/postgres/table.ts';

/** MIG-1: How a run of a migration ended; RUNNING when it has not. */
export const MIGRATION_OUTCOMES = ['RUNNING', 'SUCCEEDED', 'FAILED'] as const;

/** The table of runs of migrations. */
export const migrationHistory = table('MigrationHistory', 'migration_history');

/** Loads runs of migrations by id. */
export const migrationById = byId(migrationHistory);

const { column } = migrationHistory;

/** The list of runs of migrations, with its filter and orders. */
export const migrationList = connection({
  table: migrationHistory,
  filter: {
    outcome: filter.enumFilter(MIGRATION_OUTCOMES, column('outcome'), 'How the run ended.'),
    name: filter.textFilter(column('name'), 'The name of the migration.'),
    startedAt: filter.instantFilter(column('startedAt'), 'When the run began (UTC).'),
  },
  orders: {
    STARTED_AT: order('By when the migration began.', {
      field: 'startedAt',
      column: column('startedAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'STARTED_AT', direction: 'DESC' }],
});

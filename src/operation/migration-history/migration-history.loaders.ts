import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { byId } from '../../platform/read/loader.ts';
import { table } from '../../platform/postgres/table.ts';

/** How a run of a migration ended, or that it has not. */
export const MIGRATION_OUTCOMES = ['RUNNING', 'SUCCEEDED', 'FAILED'] as const;
export const ENVIRONMENTS = ['DEVELOPMENT', 'TESTING', 'STAGING', 'PRODUCTION'] as const;

export const migrationHistory = table('MigrationHistory', 'migration_history');

export const migrationById = byId(migrationHistory);

const { column } = migrationHistory;

export const migrationList = connection({
  table: migrationHistory,
  filter: {
    outcome: filter.enumFilter(MIGRATION_OUTCOMES, column('outcome'), 'How the run ended.'),
    name: filter.textFilter(column('name'), 'The name of the migration.'),
    startedAt: filter.instantFilter(column('startedAt'), 'When the run began (UTC).'),
  },
  orders: { STARTED_AT: [{ field: 'startedAt', column: column('startedAt'), cast: 'timestamptz' }] },
  defaultOrder: [{ field: 'STARTED_AT', direction: 'DESC' }],
});

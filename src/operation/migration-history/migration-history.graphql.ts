import { ADMINS_AND_AUDITORS } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { ENVIRONMENTS } from '../../platform/rules/environment.ts';
import { MIGRATION_OUTCOMES, migrationById, migrationList } from './migration-history.loaders.ts';

const MigrationOutcome = enumeration('MigrationOutcome', MIGRATION_OUTCOMES, 'How a run of a migration ended.', {
  RUNNING: 'It has not ended, or its process was killed; the next run marks it as FAILED then.',
  SUCCEEDED: 'The schema was changed.',
  FAILED: 'Nothing was changed.',
});

/** What a server is for. */
export const Environment = enumeration('Environment', ENVIRONMENTS, 'What a server is for.', {
  DEVELOPMENT: 'For those who build on it.',
  TESTING: 'For tests.',
  STAGING: 'For a last look before production.',
  PRODUCTION: 'For the factory.',
});

export const MigrationHistory = builder.prismaObject('MigrationHistory', {
  authScopes: { may: ADMINS_AND_AUDITORS },
  fields: (t) => ({
    name: t.exposeString('name'),
    checksum: t.exposeString('checksum'),
    downChecksum: t.exposeString('downChecksum', { nullable: true }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    durationMilliseconds: t.exposeInt('durationMs', { nullable: true }),
    outcome: t.expose('outcome', { type: MigrationOutcome }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    postgresVersion: t.exposeString('postgresVersion'),
    appVersion: t.exposeString('appVersion'),
    environment: t.expose('environment', { type: Environment }),
    appliedBy: t.exposeString('appliedBy'),
  }),
});
asNode(MigrationHistory, migrationById);

const MigrationHistoryConnection = connectionType({
  connection: migrationList,
  node: MigrationHistory,
  name: 'MigrationHistory',
  what: 'runs of migrations',
});
MigrationHistoryConnection.root('migrationHistory', {
  access: ADMINS_AND_AUDITORS,
  description: 'Every run of a migration of the schema (MIG-1).',
});

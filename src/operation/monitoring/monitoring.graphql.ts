import { PUBLIC } from '../../platform/rules/access.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { healthOf, type Health as HealthValue, type HealthStatus as Status } from './monitoring.loaders.ts';

const HealthStatus = builder.enumType('HealthStatus', {
  description: 'Whether the server can do its work.',
  values: {
    HEALTHY: { description: 'The database answers.' },
    DEGRADED: { description: 'The database does not answer within a second, or no connection to it is free.' },
  } satisfies Record<Status, object>,
});

const Health = builder.objectRef<HealthValue>('Health').implement({
  description: 'How the server is. Needs no login and tells nothing else.',
  fields: (t) => ({
    status: t.expose('status', { type: HealthStatus, description: 'Whether the server can do its work.' }),
    databaseLatencyMilliseconds: t.exposeFloat('databaseLatencyMilliseconds', {
      nullable: true,
      description: 'How long the database took to answer, in milliseconds; null when it did not.',
    }),
    version: t.exposeString('version', { description: 'The version of lotgraph.' }),
    uptimeSeconds: t.exposeInt('uptimeSeconds', {
      description: 'For how long the server has been running, in seconds.',
    }),
    migrations: t.exposeString('migrations', {
      nullable: true,
      description: 'The newest migration of the schema; null when the database did not answer.',
    }),
  }),
});

builder.queryField('health', (t) =>
  t.field({
    type: Health,
    nullable: true,
    description: 'How the server is.',
    authScopes: { may: PUBLIC },
    resolve: (_root, _args, { services }) => healthOf(services),
  }),
);

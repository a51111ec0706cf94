import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { optionalReference } from '../../platform/read/field.ts';
import { ADMINS_AND_AUDITORS } from '../../platform/rules/access.ts';
import { EVENT_LEVELS } from '../../platform/rules/event-level.ts';
import { systemEventById, systemEventList } from './system-event.loaders.ts';

const EventLevel = enumeration('EventLevel', EVENT_LEVELS, 'How much a system event matters.', {
  DEBUG: 'Of interest to those who look for an error.',
  INFO: 'As it is meant to be.',
  WARNING: 'Somebody may have to look after it.',
  ERROR: 'Something could not be done.',
  CRITICAL: 'Somebody has to act now.',
});

export const SystemEvent = builder.prismaObject('SystemEvent', {
  authScopes: { may: ADMINS_AND_AUDITORS },
  fields: (t) => ({
    level: t.expose('level', { type: EventLevel }),
    event: t.exposeString('event'),
    message: t.exposeString('message'),
    requestId: t.exposeString('requestId', { nullable: true }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'The user whose doing it was; null for a station, a service, the system and nobody that is known.',
      ...optionalReference(userById, 'actorId'),
    }),
    details: t.expose('details', { type: 'JSONObject' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
asNode(SystemEvent, systemEventById);

const SystemEventConnection = connectionType({
  connection: systemEventList,
  node: SystemEvent,
  name: 'SystemEvent',
  what: 'system events',
});
SystemEventConnection.root('systemEvents', {
  access: ADMINS_AND_AUDITORS,
  description:
    'What happened in the running of the service: sign-ins, starts and stops, migrations, jobs, alerts that checks raised, breaks of the audit trail. Kept for 90 days.',
});

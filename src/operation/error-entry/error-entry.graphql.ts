import { ADMINS } from '../../platform/rules/access.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { optionalReference } from '../../platform/read/field.ts';
import { needs } from '../../platform/read/field-extensions.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { Service } from '../../catalog/api-key/api-key.graphql.ts';
import { serviceById } from '../../catalog/api-key/api-key.loaders.ts';
import { Station } from '../../catalog/station/station.graphql.ts';
import { stationById } from '../../catalog/station/station.loaders.ts';
import { errorEntryById, errorEntryList, type ErrorCount } from './error-entry.loaders.ts';

export const ErrorEntry = builder.prismaObject('ErrorEntry', {
  authScopes: { may: ADMINS },
  fields: (t) => ({
    requestId: t.exposeString('requestId'),
    sequence: t.exposeInt('seq'),
    code: t.exposeString('code'),
    message: t.exposeString('message'),
    stack: t.exposeString('stack', { nullable: true }),
    operationName: t.exposeString('operationName', { nullable: true }),
    path: t.exposeString('path', { nullable: true }),
    user: t.field({
      type: User,
      nullable: true,
      description: 'The user who asked; null for a station, a service and nobody.',
      ...optionalReference(userById, 'actorId'),
    }),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station that asked; null for a user, a service and nobody.',
      ...optionalReference(stationById, 'actorId'),
    }),
    service: t.field({
      type: Service,
      nullable: true,
      description: 'The service that asked; null for a user, a station and nobody.',
      extensions: needs('actorId'),
      resolve: ({ actorId }, _args, context) => (actorId === null ? null : serviceById.load(context, actorId)),
    }),
    details: t.expose('details', { type: 'JSONObject' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
asNode(ErrorEntry, errorEntryById);

type Count<Kind extends ErrorCount['kind']> = Extract<ErrorCount, { readonly kind: Kind }>;

const COUNT = { description: 'How many faults.' };

const FaultsOfCode = builder.objectRef<Count<'CODE'>>('FaultsOfCode').implement({
  description: 'Faults of one kind.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'What kind of fault it was.' }),
    count: t.exposeInt('count', COUNT),
  }),
});

const FaultsOfHour = builder.objectRef<Count<'HOUR'>>('FaultsOfHour').implement({
  description: 'Faults of one hour.',
  fields: (t) => ({
    startedAt: t.expose('hour', { type: 'DateTime', description: 'When the hour began (UTC).' }),
    count: t.exposeInt('count', COUNT),
  }),
});

const FaultStatistics = builder.objectRef<readonly ErrorCount[]>('FaultStatistics').implement({
  description: 'How the faults of a whole list spread.',
  fields: (t) => ({
    byCode: t.field({
      type: [FaultsOfCode],
      description: 'By kind, the most frequent first.',
      resolve: (counts) => counts.filter((each): each is Count<'CODE'> => each.kind === 'CODE'),
    }),
    byHour: t.field({
      type: [FaultsOfHour],
      description: 'By hour, the newest first; hours without faults are left out.',
      resolve: (counts) => counts.filter((each): each is Count<'HOUR'> => each.kind === 'HOUR'),
    }),
  }),
});

const ErrorEntryConnection = connectionType({
  connection: errorEntryList,
  node: ErrorEntry,
  name: 'ErrorEntry',
  what: 'faults',
  fields: (t) => ({
    statistics: t.field({
      type: FaultStatistics,
      description: 'How the faults that match the filter, on all pages, spread. Counted only when selected.',
      resolve: (page) => page.summary(),
    }),
  }),
});
ErrorEntryConnection.root('errorEntries', {
  access: ADMINS,
  description: 'The faults of the program: what callers were told as "Unexpected error.", by request id.',
});

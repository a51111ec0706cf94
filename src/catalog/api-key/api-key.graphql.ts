import type { Row } from '../../platform/postgres/table.ts';
import type { Context } from '../../platform/request/context.ts';
import { issuedSecret } from '../../platform/request/notes.ts';
import { ADMINS } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { derived, reference } from '../../platform/read/field.ts';
import { needs } from '../../platform/read/field-extensions.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { Role, User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { Station, StationRef } from '../station/station.graphql.ts';
import { stationById } from '../station/station.loaders.ts';
import { createApiKey, revokeApiKey } from './api-key.commands.ts';
import { apiKeyById, apiKeyList, type NamedService, serviceById } from './api-key.loaders.ts';
import { isUsable } from './api-key.rules.ts';

export const Service = builder.objectRef<NamedService>('Service').implement({
  description:
    'A program that acts with an API key of its own, such as an ERP system, a report or a dashboard (AUT-6).',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the service is called: the name of its key.' }),
    role: t.expose('role', { type: Role, description: 'What the service may do; never ADMIN.' }),
    isReadOnly: t.exposeBoolean('isReadOnly', { description: 'Whether the service may call no mutation (AUT-7).' }),
  }),
});
asNode(Service, serviceById);

export const ApiKey = builder.prismaObject('ApiKey', {
  authScopes: { may: ADMINS },
  fields: (t) => ({
    name: t.exposeString('name'),
    prefix: t.exposeString('prefix'),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station as which the key acts; null for the key of a service.',
      extensions: needs('stationId'),
      // Loads the whole station, because `isUsable` needs it, too: one statement serves both fields.
      resolve: ({ stationId }, _args, context) => stationOfKey(stationId, context),
    }),
    service: t.field({
      type: Service,
      nullable: true,
      description: 'The service as which the key acts; null for the key of a station (AUT-6).',
      ...derived<Pick<Row<'ApiKey'>, 'id' | 'name' | 'role' | 'isReadOnly'>, NamedService | null>(
        ['id', 'name', 'role', 'isReadOnly'],
        ({ id, name, role, isReadOnly }) => (role === null ? null : { id, name, role, isReadOnly }),
      ),
    }),
    isUsable: t.boolean({
      description: 'Whether the key is accepted: not revoked, not expired, its station, if any, active (AUT-5).',
      resolve: async (key, _args, context) =>
        isUsable(key, (await stationOfKey(key.stationId, context)) ?? undefined, context.now),
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
    createdBy: t.field({
      type: User,
      description: 'The administrator who made the key.',
      ...reference(userById, 'createdById', 'The user'),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(ApiKey, apiKeyById);

const ApiKeyConnection = connectionType({ connection: apiKeyList, node: ApiKey, name: 'ApiKey', what: 'API keys' });
ApiKeyConnection.root('apiKeys', { access: ADMINS, description: 'The keys of stations and services.' });
ApiKeyConnection.on(Station, 'apiKeys', 'stationId', {
  description: 'The keys that act as this station; for ADMIN only.',
  access: ADMINS,
});

const ApiKeyServiceInput = builder.inputType('ApiKeyServiceInput', {
  description: 'What the service of a new key may do (AUT-6, AUT-7).',
  fields: (t) => ({
    role: t.field({ type: Role, required: true, description: 'What the service may do; every role but ADMIN.' }),
    isReadOnly: t.boolean({
      defaultValue: false,
      description: 'Whether the service may call no mutation, whatever its role (AUT-7).',
    }),
  }),
});

mutation(createApiKey, {
  isIdempotent: false,
  input: (t) => ({
    station: t.field({ type: StationRef, description: 'The station as which the key is to act; or give `service`.' }),
    service: t.field({
      type: ApiKeyServiceInput,
      description: 'Makes the key of a service, which is called by `name`; or give `station`.',
    }),
    name: t.string({
      required: true,
      description: 'What the key, or the service, is called, 1 to 100 characters.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'From when on the key is refused; in 365 days unless given.' }),
  }),
  payload: (t) => ({
    apiKey: t.field({
      type: ApiKey,
      nullable: true,
      description: 'The new key.',
      resolve: (p, _args, context, info) => loadById(apiKeyById, p.apiKey, context, info),
    }),
    secret: t.string({
      nullable: true,
      description: 'The key itself, for the header `X-API-Key`. It is shown only now; null when it was refused.',
      resolve: ({ secret }, _args, { notes }) => issuedSecret(notes, secret ?? null),
    }),
  }),
});

mutation(revokeApiKey, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the key.' }) }),
  payload: (t) => ({
    apiKey: t.field({
      type: ApiKey,
      nullable: true,
      description: 'The revoked key.',
      resolve: (p, _args, context, info) => loadById(apiKeyById, p.apiKey, context, info),
    }),
  }),
});

async function stationOfKey(stationId: string | null, context: Context): Promise<Row<'Station'> | null> {
  return stationId === null ? null : present(await stationById.load(context, stationId), 'The station');
}

import { issuedSecret } from '../../platform/request/notes.ts';
import { ADMINS } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { reference } from '../../platform/read/field.ts';
import { needs } from '../../platform/read/field-extensions.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { Station, StationRef } from '../station/station.graphql.ts';
import { stationById } from '../station/station.loaders.ts';
import { createApiKey, revokeApiKey } from './api-key.commands.ts';
import { apiKeyById, apiKeyList } from './api-key.loaders.ts';
import { isUsable } from './api-key.rules.ts';

export const ApiKey = builder.prismaObject('ApiKey', {
  authScopes: { may: ADMINS },
  fields: (t) => ({
    name: t.exposeString('name'),
    prefix: t.exposeString('prefix'),
    station: t.field({
      type: Station,
      description: 'The station as which the key acts.',
      extensions: needs('stationId'),
      // Loads the whole station, because `isUsable` needs it, too: one statement serves both fields.
      resolve: async ({ stationId }, _args, context) =>
        present(await stationById.load(context, stationId), 'The station'),
    }),
    isUsable: t.boolean({
      description: 'Whether the key is accepted: not revoked, not expired, its station active (AUT-5).',
      resolve: async (key, _args, context) =>
        isUsable(key, present(await stationById.load(context, key.stationId), 'The station'), context.now),
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
ApiKeyConnection.root('apiKeys', { access: ADMINS, description: 'The keys of stations.' });
ApiKeyConnection.on(Station, 'apiKeys', 'stationId', {
  description: 'The keys that act as this station; for ADMIN only.',
  access: ADMINS,
});

mutation(createApiKey, {
  isIdempotent: false,
  input: (t) => ({
    station: t.field({ type: StationRef, required: true, description: 'The station as which the key is to act.' }),
    name: t.string({ required: true, description: 'What the key is called, 1 to 100 characters.' }),
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

import {
  ANY,
  allows,
  actingStation,
  mayChange,
  type Access,
  type Viewer as Principal,
} from '../../platform/rules/access.ts';
import { declaredAccess } from '../../platform/graphql/declared-access.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { loadById } from '../../platform/graphql/mutation.ts';
import { Role, User } from '../../identity/user/user.graphql.ts';
import { Service } from '../../catalog/api-key/api-key.graphql.ts';
import { Station } from '../../catalog/station/station.graphql.ts';
import { stationById } from '../../catalog/station/station.loaders.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { assert, present } from '../../platform/values/assert.ts';
import { isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';

const Viewer = builder.objectRef<Principal>('Viewer').implement({
  description: 'Who is asking, and what they may do.',
  fields: (t) => ({
    user: t.field({
      type: User,
      nullable: true,
      description: 'The user who signed in; null for a station and a service.',
      resolve: (viewer, _args, context) => (viewer.kind === 'USER' ? userById.load(context, viewer.id) : null),
    }),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station whose key was sent, also beside the token of a user; null without a key.',
      resolve: (viewer, _args, context) => loadById(stationById, actingStation(viewer)?.id, context),
    }),
    service: t.field({
      type: Service,
      nullable: true,
      description: 'The service whose key was sent; null for a user and a station.',
      resolve: (viewer) => (viewer.kind === 'SERVICE' ? viewer : null),
    }),
    role: t.field({
      type: Role,
      nullable: true,
      description: 'The role of the user or service; null for a station.',
      resolve: (viewer) => (viewer.kind === 'STATION' ? null : viewer.role),
    }),
    permissions: t.stringList({
      description: 'The names of the queries and mutations that the principal may call, in alphabetical order.',
      resolve: (viewer, _args, _context, info) => permissionsOf(info.schema, viewer),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    description: 'Who is asking.',
    authScopes: { may: ANY },
    resolve: (_root, _args, { viewer }) => present(viewer, 'The viewer'),
  }),
);

function permissionsOf(schema: GraphQLSchema, viewer: Principal): string[] {
  const mutations = mayChange(viewer) === undefined ? [schema.getMutationType()] : [];
  const roots = [schema.getQueryType(), ...mutations].filter(isObjectType);
  const fields = roots.flatMap((root) => Object.values(root.getFields()));
  return fields
    .filter((field) => allows(accessOfRootField(field), viewer))
    .map((field) => field.name)
    .toSorted();
}

/** Returns who may use a root field. A root field declares its access for all records alike. */
export function accessOfRootField({ name, extensions }: GraphQLField<unknown, unknown>): Access {
  const access = declaredAccess(extensions);
  assert(access !== undefined && access !== 'BY_RECORD', `The root field ${name} declares no access.`);
  return access;
}

import { ANY, AUDIT, ROLES, USERS } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { lookup } from '../../platform/read/field.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { createUser, deleteUser, updateUser } from './user.commands.ts';
import { userById, userByUsername, userList } from './user.loaders.ts';
import { BADGE_CODE, normalizedLoginName } from './user.rules.ts';

export const Role = enumeration('Role', ROLES, 'What a person is trusted with.', {
  ADMIN: 'Everything, and the only one who manages users.',
  MANAGER: 'Leads production: lots, dispositions, masters.',
  ENGINEER: 'Keeps masters and corrects executions.',
  INSPECTOR: 'Judges quality, and works on the floor.',
  OPERATOR: 'Works on the floor.',
  AUDITOR: 'Reads everything, changes nothing.',
  VIEWER: 'Reads production, changes nothing.',
});

export const User = builder.prismaObject('User', {
  fields: (t) => ({
    username: t.exposeString('username'),
    fullName: t.exposeString('fullName'),
    email: t.exposeString('email', { nullable: true, authScopes: selfOrAudit }),
    badgeCode: t.exposeString('badgeCode', { nullable: true, authScopes: selfOrAudit }),
    role: t.expose('role', { type: Role }),
    department: t.exposeString('department', { nullable: true, authScopes: selfOrAudit }),
    isActive: t.exposeBoolean('isActive'),
    lastLoginAt: t.expose('lastLoginAt', { type: 'DateTime', nullable: true, authScopes: selfOrAudit }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
// A station knows the operators of its executions by name; it cannot fetch whole users by the ids of `operators`.
asNode(User, userById, USERS);

export const UserRef = builder.inputType('UserRef', {
  description: 'A user, by exactly one of the keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The id.' }),
    username: t.string({ description: 'The username, in any case.' }),
    badgeCode: t.string({ description: "The code on the person's badge, as a reader sends it (USR-7)." }),
  }),
});

export const UserConnection = connectionType({ connection: userList, node: User, name: 'User', what: 'users' });
UserConnection.root('users', { access: AUDIT, description: 'The users.' });

builder.queryField('userByUsername', (t) =>
  t.field({
    type: User,
    nullable: true,
    description: 'The user of a username; null when there is none.',
    authScopes: { may: USERS },
    args: { username: t.arg.string({ required: true, description: 'The username, in any case.' }) },
    ...lookup(({ username }: { readonly username: string }, context) =>
      userByUsername.load(context, normalizedLoginName(username)),
    ),
  }),
);

mutation(createUser, {
  input: (t) => ({
    username: t.string({
      required: true,
      description: '3 to 50 of a-z 0-9 _; stored in lower case, never changed (USR-1).',
    }),
    fullName: t.string({ required: true, description: "The person's name, 1 to 100 characters." }),
    password: t.string({
      required: true,
      description: '8 to 128 characters of at least three kinds: lower case, upper case, digits, others (USR-2).',
    }),
    email: t.string({ description: 'Email address; belongs to one user only.' }),
    role: t.field({ type: Role, defaultValue: 'OPERATOR', description: 'What the person is trusted with.' }),
    department: t.string({ description: 'Where the person works.' }),
    badgeCode: t.string({
      description: `The code on the person's badge: ${BADGE_CODE.form}; of one user only (USR-7).`,
    }),
    isActive: t.boolean({
      defaultValue: true,
      description: 'Whether the user may sign in and be named as an operator.',
    }),
  }),
  payload: (t) => ({
    user: t.field({
      type: User,
      nullable: true,
      description: 'The new user.',
      resolve: (p, _args, context, info) => loadById(userById, p.user, context, info),
    }),
  }),
});

mutation(updateUser, {
  isVersioned: true,
  input: (t) => ({
    user: t.field({ type: UserRef, required: true, description: 'The user to change.' }),
    fullName: t.string({ description: "The person's name, 1 to 100 characters." }),
    email: t.string({ description: 'Email address; null clears it.' }),
    role: t.field({ type: Role, description: 'What the person is trusted with; nobody changes their own (USR-3).' }),
    department: t.string({ description: 'Where the person works; null clears it.' }),
    badgeCode: t.string({
      description: `The code on the person's badge: ${BADGE_CODE.form}; of one user only; null clears it (USR-7).`,
    }),
    isActive: t.boolean({
      description: 'Whether the user may sign in; nobody deactivates himself, and one active ADMIN remains (USR-4).',
    }),
  }),
  payload: (t) => ({
    user: t.field({
      type: User,
      nullable: true,
      description: 'The changed user.',
      resolve: (p, _args, context, info) => loadById(userById, p.user, context, info),
    }),
  }),
});

mutation(deleteUser, {
  isVersioned: true,
  input: (t) => ({ user: t.field({ type: UserRef, required: true, description: 'The user to delete.' }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'User') }),
});

/** Users see their own value. The values of other users are for those who audit. */
function selfOrAudit(
  user: { readonly id: string },
  _args: object,
  context: { readonly viewer: { readonly id: string } | null },
): { may: typeof ANY } {
  return { may: context.viewer?.id === user.id ? ANY : AUDIT };
}

import { codeKey, type FilterTarget } from '../../platform/read/relation-filter.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { byId, byKey } from '../../platform/read/loader.ts';
import { table } from '../../platform/postgres/table.ts';
import { ROLES, normalizedLoginName } from './user.rules.ts';

/** The table of users. */
export const users = table('User', 'users');

/** Loads users by id. */
export const userById = byId(users);

/** Loads users by username. */
export const userByUsername = byKey(users, 'username');

const { column } = users;

/** The list of users, with its filter and orders. */
export const userList = connection({
  table: users,
  filter: {
    username: filter.keyFilter(column('username'), normalizedLoginName, 'The username.'),
    role: filter.enumFilter(ROLES, column('role'), 'The role.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether the user may sign in.'),
    department: filter.textFilter(column('department'), 'The department.'),
    lastLoginAt: filter.instantFilter(column('lastLoginAt'), 'When the user last signed in (UTC).'),
    createdAt: filter.instantFilter(column('createdAt'), 'When the user was made (UTC).'),
  },
  orders: {
    USERNAME: [{ field: 'username', column: column('username'), cast: 'text' }],
    ROLE: [{ field: 'role', column: column('role'), cast: 'role' }],
    LAST_LOGIN_AT: [{ field: 'lastLoginAt', column: column('lastLoginAt'), cast: 'timestamptz', isNullable: true }],
    CREATED_AT: [{ field: 'createdAt', column: column('createdAt'), cast: 'timestamptz' }],
  },
  defaultOrder: [{ field: 'USERNAME' }],
});

/** Users as filters take them: by their keys only, because not everybody may read the other values. */
export const userTarget: FilterTarget = {
  name: 'User',
  what: 'a user',
  keys: {
    username: codeKey({
      loader: userByUsername,
      normalise: normalizedLoginName,
      entity: 'User',
      description: 'The username, in any case.',
    }),
  },
};

import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
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
    USERNAME: order('By username.', { field: 'username', column: column('username'), cast: 'text' }),
    ROLE: order('By role, in the order ADMIN, MANAGER, ENGINEER, INSPECTOR, OPERATOR, AUDITOR, VIEWER.', {
      field: 'role',
      column: column('role'),
      cast: 'role',
    }),
    LAST_LOGIN_AT: order('By when the user last signed in; users who never did come last.', {
      field: 'lastLoginAt',
      column: column('lastLoginAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
    CREATED_AT: order('By when the user was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'USERNAME' }],
});

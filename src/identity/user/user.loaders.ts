import { codeKey, type FilterTarget } from '../../platform/read/relation-filter.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, byKey } from '../../platform/read/loader.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { CREW } from '../../platform/rules/access.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
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
    badgeCode: filter.keyFilter(column('badgeCode'), normalizedCode, "The code on the person's badge."),
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

/** The list of operators: the filter narrows it to those of a search. */
export const operatorList = connection({
  table: users,
  filter: {
    isOperator: filter.booleanFilter(
      sql`(${column('isActive')} AND ${column('role')} = ANY(${[...CREW.roles]}::role[]))`,
      'Whether the user is active and works in the factory.',
    ),
    badgeCode: filter.keyFilter(column('badgeCode'), normalizedCode, "The code on the person's badge."),
    fullName: filter.textFilter(column('fullName'), "The person's name."),
  },
  orders: { NAME: order('By name.', { field: 'fullName', column: column('fullName'), cast: 'text' }) },
  defaultOrder: [{ field: 'NAME' }],
});

/** The filter of `operatorList` for a search: the whole badge code, or a part of the name in any case. */
export function operatorsFilter(search: string | undefined): object {
  const found = search === undefined ? {} : { or: [{ badgeCode: { eq: search } }, { fullName: { contains: search } }] };
  return { isOperator: true, ...found };
}

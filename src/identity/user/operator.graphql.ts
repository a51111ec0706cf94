import { FLOOR } from '../../platform/rules/access.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { pageTypeOf } from '../../platform/graphql/connection-type.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived } from '../../platform/read/field.ts';
import { PAGE_DEFAULT, PAGE_LIMIT } from '../../platform/read/keyset.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import { operatorList, operatorsFilter } from './user.loaders.ts';
import { OPERATOR_SEARCH_LENGTH } from './user.rules.ts';
import { OperatorsArguments } from './user.shapes.ts';

type Person = Row<'User'>;

const Operator = builder.objectRef<Person>('Operator').implement({
  description: 'A person whom a station may name as the operator of an execution: no more of them than it needs.',
  fields: (t) => ({
    id: t.id({
      description: 'The id of the user, for `operator: { id }`.',
      ...derived<Person, string>(['id'], ({ id }) => encodeGlobalId('User', id)),
    }),
    displayName: t.string({
      description: "The person's name, to show it.",
      ...derived<Person, string>(['fullName'], ({ fullName }) => fullName),
    }),
    badgeCode: t.string({
      nullable: true,
      description: "The code on the person's badge; null when there is none (USR-7).",
      ...derived<Person, string | null>(['badgeCode'], ({ badgeCode }) => badgeCode),
    }),
  }),
});

const OperatorConnection = pageTypeOf({ node: Operator, name: 'Operator', what: 'operators' });

builder.queryField('operators', (t) =>
  t.field({
    type: OperatorConnection,
    nullable: true,
    description:
      'The active users who work in the factory, by name: ADMIN, MANAGER, ENGINEER, INSPECTOR and OPERATOR. For a station that asks who stands before it.',
    authScopes: { may: FLOOR },
    args: {
      search: t.arg.string({
        description: `A whole badge code, as a reader sends it, or a part of the name, in any case; at most ${OPERATOR_SEARCH_LENGTH} characters. All operators unless given.`,
      }),
      first: t.arg.int({ description: `How many: 1 to ${PAGE_LIMIT}, ${PAGE_DEFAULT} unless given.` }),
      after: t.arg.string({ description: 'A cursor: the page begins behind it.' }),
    },
    resolve: (_root, { search, first, after }, context, info) => {
      const parsed = parseArguments(OperatorsArguments, { search });
      return operatorList.page(context, { first, after, filter: operatorsFilter(parsed.search) }, info);
    },
  }),
);

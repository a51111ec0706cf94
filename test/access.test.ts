import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
  isInterfaceType,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLField,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../src/app/schema.ts';
import { accessOfRootField } from '../src/app/auth/viewer.graphql.ts';
import { ROLES, allows, type Role } from '../src/platform/rules/access.ts';
import { PERMISSIONS, SUBSCRIPTIONS } from './support/permissions.ts';
import { startApi, type Answer, type Api } from './support/api.ts';
import { listen } from './support/stream.ts';
import { makeStation } from './support/station.ts';

type Principal = Role | 'STATION' | null;
const PRINCIPALS: readonly Principal[] = [...ROLES, 'STATION', null];

let api: Api;
let apiKey: string;
beforeAll(async () => {
  api = await startApi();
  ({ apiKey } = await makeStation(api, 'ACCESS'));
});
afterAll(() => api.close());

/** Each role uses a session of its own, because the request may end the session. */
async function askAs(principal: Principal, document: string): Promise<Answer> {
  if (principal === null) return api.askWith(null, document);
  return api.askWith(principal === 'STATION' ? { apiKey } : { token: await api.newTokenOf(principal) }, document);
}

const queries = Object.values(schema.getQueryType()?.getFields() ?? {});
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
const subscriptions = Object.values(schema.getSubscriptionType()?.getFields() ?? {});
const CODES: Readonly<Record<Role, string>> = {
  ADMIN: 'AD',
  MANAGER: 'MG',
  ENGINEER: 'EN',
  INSPECTOR: 'IN',
  OPERATOR: 'OP',
  AUDITOR: 'AU',
  VIEWER: 'VI',
};

test('the committed table names exactly the root fields of the schema', () => {
  expect(Object.keys(PERMISSIONS).toSorted()).toEqual([...queries, ...mutations].map((field) => field.name).toSorted());
});

test('every root field declares the access that the table says, stations included', () => {
  const declared = [...queries, ...mutations].map((field) => [field.name, codesOf(field)]);
  expect(Object.fromEntries(declared)).toEqual(PERMISSIONS);
});

test('every subscription declares the access that the table says', () => {
  expect(Object.fromEntries(subscriptions.map((field) => [field.name, codesOf(field)]))).toEqual(SUBSCRIPTIONS);
});

describe('the server enforces the permission matrix for every role, for a station key and without credentials (AUT-1, AUT-5)', () => {
  test.each(queries.map((field) => [field.name, field] as const))('on the query %s', async (name, field) => {
    const document = `query { ${callOf(field)} }`;
    for (const role of PRINCIPALS) {
      const { errors } = await askAs(role, document);
      expect([role, isRefused(errors[0]?.extensions['code'], errors[0]?.extensions['rule'])]).toEqual([
        role,
        !isAllowed(name, role),
      ]);
    }
  });

  test.each(mutations.map((field) => [field.name, field] as const))('on the mutation %s', async (name, field) => {
    const document = `mutation { ${field.name}(${argumentsOf(field)}) { errors { code rule } } }`;
    for (const role of PRINCIPALS) {
      const { data, errors } = await askAs(role, document);
      expect(errors).toEqual([]);
      const [refused] = data[name].errors;
      expect([role, isRefused(refused?.code, refused?.rule)]).toEqual([role, !isAllowed(name, role)]);
    }
  });

  test.each(subscriptions.map((field) => [field.name, field] as const))(
    'on the subscription %s',
    async (name, field) => {
      for (const principal of PRINCIPALS) {
        const credentials =
          principal === 'STATION' ? { apiKey } : principal === null ? {} : { token: await api.tokenOf(principal) };
        using stream = await listen(api, credentials, `subscription { ${callOf(field)} }`);
        // A stream that has begun has this header; any other is completed with the reason.
        await expect.poll(() => stream.headers['x-accel-buffering'] === 'no' || stream.isComplete).toBe(true);
        const [refused] = stream.events.flatMap(({ errors }) => errors);
        expect([principal, isRefused(refused?.extensions['code'], refused?.extensions['rule'])]).toEqual([
          principal,
          !isAllowed(name, principal, SUBSCRIPTIONS),
        ]);
      }
    },
  );
});

function isAllowed(name: string, role: Principal, table: Readonly<Record<string, string>> = PERMISSIONS): boolean {
  const permitted = table[name] ?? '';
  return (
    permitted === 'PUBLIC' || (role !== null && permitted.split(' ').includes(role === 'STATION' ? 'ST' : CODES[role]))
  );
}

/**
 * A wrong password gets UNAUTHENTICATED too, and a key that names another station gets FORBIDDEN, but both by a rule:
 * neither is a refusal of access.
 */
function isRefused(code: unknown, rule: unknown): boolean {
  return (code === 'FORBIDDEN' && (rule ?? null) === null) || (code === 'UNAUTHENTICATED' && rule === 'AUT-1');
}

function codesOf(field: GraphQLField<unknown, unknown>): string {
  const access = accessOfRootField(field);
  if (access === undefined) return 'UNDECLARED';
  if (access.isPublic) return 'PUBLIC';
  const roles = ROLES.filter((role) => allows(access, { kind: 'USER', id: '', username: '', role })).map(
    (role) => CODES[role],
  );
  return [...roles, ...(access.hasStations ? ['ST'] : [])].join(' ');
}

function callOf(field: GraphQLField<unknown, unknown>): string {
  const given = argumentsOf(field);
  return `${field.name}${given === '' ? '' : `(${given})`} ${selectionOf(field.type)}`;
}

function argumentsOf(field: GraphQLField<unknown, unknown>): string {
  return field.args
    .filter((arg) => isNonNullType(arg.type))
    .map((arg) => `${arg.name}: ${valueOf(arg.type)}`)
    .join(', ');
}

function selectionOf(type: GraphQLOutputType): string {
  const named = isNonNullType(type) || isListType(type) ? selectionOf(type.ofType as GraphQLOutputType) : undefined;
  return named ?? (isObjectType(type) || isUnionType(type) || isInterfaceType(type) ? '{ __typename }' : '');
}

/** The smallest value that the type accepts. */
function valueOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isScalarType(type))
    return { Int: '1', Float: '1', Boolean: 'true', JSONObject: '{}' }[type.name] ?? '"2026-11-20"';
  if (!isInputObjectType(type)) return '{}';
  const fields = Object.values(type.getFields());
  const needed = type.isOneOf
    ? fields.slice(0, 1)
    : fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
  return `{ ${needed.map((field) => `${field.name}: ${valueOf(field.type)}`).join(', ')} }`;
}

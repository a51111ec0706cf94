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
import { startApi, type Answer, type Api, type Credentials } from './support/api.ts';
import { done } from './support/expect.ts';
import { listen } from './support/stream.ts';
import { makeStation } from './support/station.ts';

const SERVICE_ROLES = ROLES.filter((role) => role !== 'ADMIN');
/** The service that has a role may read only, or may change, too. */
type ServicePrincipal = `SERVICE ${Role}` | 'READ_ONLY SERVICE MANAGER';
type Principal = Role | 'STATION' | ServicePrincipal | null;
const SERVICES: readonly ServicePrincipal[] = [
  ...SERVICE_ROLES.map((role) => `SERVICE ${role}` as const),
  'READ_ONLY SERVICE MANAGER',
];
const PRINCIPALS: readonly Principal[] = [...ROLES, 'STATION', ...SERVICES, null];

let api: Api;
/** The keys of the station and of the services. */
const apiKeys = new Map<Principal, string>();
beforeAll(async () => {
  api = await startApi();
  apiKeys.set('STATION', (await makeStation(api, 'ACCESS')).apiKey);
  for (const name of SERVICES) {
    const service = { role: roleOf(name), isReadOnly: isReadOnly(name) };
    apiKeys.set(name, (await done(api, 'createApiKey', { name, service }, 'secret')).secret);
  }
});
afterAll(() => api.close());

/** Each role uses a session of its own, because the request may end the session. */
async function askAs(principal: Principal, document: string): Promise<Answer> {
  if (principal === null) return api.askWith(null, document);
  return api.askWith(await credentialsOf(principal, api.newTokenOf), document);
}

async function credentialsOf(
  principal: NonNullable<Principal>,
  tokenOf: (role: Role) => Promise<string>,
): Promise<Credentials> {
  const apiKey = apiKeys.get(principal);
  return apiKey === undefined ? { token: await tokenOf(roleOf(principal)) } : { apiKey };
}

/** The role of a user or a service. */
function roleOf(principal: Exclude<Principal, null>): Role {
  const role = principal.split(' ').at(-1);
  return ROLES.find((each) => each === role) ?? 'VIEWER';
}

function isReadOnly(principal: Principal): boolean {
  return principal?.startsWith('READ_ONLY') === true;
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

describe('the server enforces the permission matrix for every role, for keys of a station and of services, and without credentials (AUT-1, AUT-5, AUT-6, AUT-7)', () => {
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
      expect([role, isRefused(refused?.code, refused?.rule)]).toEqual([
        role,
        isReadOnly(role) || !isAllowed(name, role),
      ]);
    }
  });

  test.each(subscriptions.map((field) => [field.name, field] as const))(
    'on the subscription %s',
    async (name, field) => {
      for (const principal of PRINCIPALS) {
        const credentials = principal === null ? {} : await credentialsOf(principal, api.tokenOf);
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

function isAllowed(name: string, principal: Principal, table: Readonly<Record<string, string>> = PERMISSIONS): boolean {
  const permitted = table[name] ?? '';
  if (permitted === 'PUBLIC' || principal === null) return permitted === 'PUBLIC';
  const codes = permitted.split(' ');
  if (principal === 'STATION') return codes.includes('ST');
  return codes.includes(CODES[roleOf(principal)]) && (!principal.includes('SERVICE') || codes.includes('SV'));
}

/**
 * A wrong password gets UNAUTHENTICATED too, and a key that names another station gets FORBIDDEN, but both by a rule:
 * neither is a refusal of access.
 */
function isRefused(code: unknown, rule: unknown): boolean {
  return (
    (code === 'FORBIDDEN' && [null, 'AUT-7'].includes((rule ?? null) as string | null)) ||
    (code === 'UNAUTHENTICATED' && rule === 'AUT-1')
  );
}

function codesOf(field: GraphQLField<unknown, unknown>): string {
  const access = accessOfRootField(field);
  if (access === undefined) return 'UNDECLARED';
  if (access.isPublic) return 'PUBLIC';
  const roles = ROLES.filter((role) => allows(access, { kind: 'USER', id: '', username: '', role })).map(
    (role) => CODES[role],
  );
  const services = SERVICE_ROLES.filter((role) =>
    allows(access, { kind: 'SERVICE', id: '', name: '', role, isReadOnly: false }),
  );
  // A service has each right that its role has, or none: there is one code for all roles.
  const serviceCodes = services.length === 0 ? [] : ['SV'];
  if (services.length > 0 && services.length !== roles.filter((code) => code !== 'AD').length) return 'MIXED';
  return [...roles, ...(access.hasStations ? ['ST'] : []), ...serviceCodes].join(' ');
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

/** Expectations about mutations that the tests of all entities share. */
import { expect } from 'vitest';
import { raw, type Sql } from '../../src/platform/postgres/sql.ts';
import type { Role } from '../../src/platform/rules/access.ts';
import type { Api } from './api.ts';

export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
  readonly rule: string | null;
}

// oxlint-disable-next-line typescript/no-explicit-any -- the tests state what they expect of a payload
export type Payload = { readonly errors: readonly UserError[] } & Readonly<Record<string, any>>;

/** The path is joined by dots. A message is compared where one is given. */
export type Refusal = readonly [code: string, path: string, rule: string | null, message?: string];

/** Calls a mutation by its name and answers its payload: the selected fields and `errors`. */
export async function call(
  api: Pick<Api, 'ask'>,
  mutation: string,
  input: object,
  selection = '',
  role: Role | null = 'ADMIN',
): Promise<Payload> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await api.ask(
    `mutation($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message path rule } } }`,
    { input },
    role,
  );
  expect(errors).toEqual([]);
  return data.payload;
}

/** Calls a mutation that must succeed. */
export async function done(
  api: Pick<Api, 'ask'>,
  mutation: string,
  input: object,
  selection: string,
  role: Role = 'ADMIN',
): Promise<Payload> {
  const payload = await call(api, mutation, input, selection, role);
  expect(payload.errors).toEqual([]);
  return payload;
}

/** The mutation is refused in exactly these ways, and no row has changed. Answers the messages. */
export async function expectRefused(
  api: Api,
  mutation: string,
  input: object,
  refusals: readonly Refusal[],
  role: Role | null = 'ADMIN',
): Promise<readonly string[]> {
  const before = await fingerprint(api);
  const { errors } = await call(api, mutation, input, '', role);
  expect(
    errors.map(({ code, path, rule, message }, index) => [
      code,
      path.join('.'),
      rule,
      ...(refusals[index]?.[3] === undefined ? [] : [message]),
    ]),
  ).toEqual(refusals);
  expect(await fingerprint(api)).toEqual(before);
  return errors.map(({ message }) => message);
}

/** For each table, the number of its rows and the sum of their hashes; in one statement. Refused sign-ins are system events. */
export async function fingerprint(api: Api): Promise<Readonly<Record<string, string>>> {
  const reader = api.database.reader();
  const statement =
    fingerprints.get(api) ??
    fingerprintOf(
      await reader.sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'system_events' ORDER BY 1`,
    );
  fingerprints.set(api, statement);
  const rows = await reader.prepared<{ name: string; hash: string }>(statement);
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]));
}

const fingerprints = new WeakMap<Api, Sql>();

function fingerprintOf(tables: readonly { readonly name: string }[]): Sql {
  return raw(
    tables
      .map(
        ({ name }) =>
          `SELECT '${name}' AS name, count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS hash FROM ${name} t`,
      )
      .join(' UNION ALL '),
  );
}

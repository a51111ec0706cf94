/** Expectations about mutations that the tests of all entities share. */
import { expect } from 'vitest';
import { raw, type Sql } from '../../src/platform/postgres/sql.ts';
import type { Role } from '../../src/platform/rules/access.ts';
import type { Answer, Api } from './api.ts';

export interface Expected {
  readonly code: string;
  readonly path: readonly string[];
  readonly rule?: string | null;
  readonly message?: string;
}

/** Sends a mutation by its name and returns its payload: the selected fields and `errors`. */
export async function send(
  api: Api,
  mutation: string,
  input: object,
  selection = '',
  role: Role | null = 'ADMIN',
): Promise<Answer['data']> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await api.ask(
    `mutation($input: ${type}!) { payload: ${mutation}(input: $input) { ${selection} errors { code message path rule } } }`,
    { input },
    role,
  );
  expect(errors).toEqual([]);
  return data.payload;
}

/** Expects that the mutation is refused with exactly these errors, and that no row of the database has changed. */
export async function expectRefused(
  api: Api,
  mutation: string,
  input: object,
  expected: readonly Expected[],
  role: Role | null = 'ADMIN',
): Promise<void> {
  const before = await fingerprint(api);
  const { errors } = await send(api, mutation, input, '', role);
  expect(errors).toMatchObject(expected);
  expect(errors).toHaveLength(expected.length);
  expect(await fingerprint(api)).toEqual(before);
}

/** For each table, the number of its rows and the sum of their hashes; in one statement. */
export async function fingerprint(api: Api): Promise<Readonly<Record<string, string>>> {
  const reader = api.database.reader();
  const statement =
    fingerprints.get(api) ??
    fingerprintOf(
      await reader.sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
  fingerprints.set(api, statement);
  const rows = await reader.query<{ name: string; hash: string }>(statement);
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

/**
 * Two roles, so that what the application is not meant to do, it cannot do.
 *
 * 1. The owner has the schema: migrations and retention run as it. The application's role has rows only: no DDL, no
 *    TRUNCATE.
 * 2. The tables of the record (`audit_…`) are read-only for the application where a trigger of the owner writes them,
 *    which is where the database numbers the rows, and may be added to elsewhere; nothing in them is changed or
 *    deleted.
 * 3. A number that the database gives (an identity column) is never the application's to choose: it may insert all
 *    other columns only.
 * 4. What migrations leave about themselves, and the tables of the state machines, the application only reads.
 * 5. Rights are given anew after each migration; a table that no grant names is nobody's but the owner's.
 */
import { Client } from 'pg';
import { AppError } from '../values/assert.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';

export interface RoleLogin {
  readonly name: string;
  /** Absent: an existing role keeps its password. */
  readonly password?: string;
}

export interface Roles {
  readonly owner: RoleLogin;
  readonly application: RoleLogin;
}

export const OWNER_ROLE = 'lotgraph_owner';
export const APPLICATION_ROLE = 'lotgraph_app';

/**
 * Makes both roles where they are missing, hands the database with all that is in its schema to the owner, and gives
 * the application its rights. `url` is of a role that may do so, normally a superuser. Doing it again changes nothing.
 */
export async function ensureRoles(url: string, roles: Roles, report: (message: string) => void): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK]);
    for (const role of [roles.owner, roles.application]) await ensureRole(client, role);
    const owner = client.escapeIdentifier(roles.owner.name);
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const database = client.escapeIdentifier(rows[0]?.name ?? '');
    // MIG-3 looks at how long the sessions of others have been waiting.
    await client
      .query(`GRANT pg_read_all_stats TO ${owner}`)
      .catch((error: unknown) =>
        report(`${roles.owner.name} cannot see the sessions of others: ${errorMessageOf(error)}`),
      );
    await client.query(
      `ALTER DATABASE ${database} OWNER TO ${owner}; ALTER SCHEMA public OWNER TO ${owner}; REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC`,
    );
    const { rows: foreign } = await client.query<{ statement: string }>(FOREIGN_OBJECTS, [roles.owner.name]);
    for (const { statement } of foreign) await client.query(statement);
    await grantTo(client, roles.application.name);
  });
}

/** Gives the application its rights on what the schema holds now. `url` is of the owner. */
export async function grantApplication(url: string, application: string): Promise<void> {
  await withClient(url, (client) => grantTo(client, application));
}

/** Which of the roles the server has already. */
export async function knownRoles(url: string, names: readonly string[]): Promise<readonly string[]> {
  const known: string[] = [];
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1)',
      [names],
    );
    known.push(...rows.map((row) => row.name));
  });
  return known;
}

/** The same URL for another role. */
export function urlForRole(url: string, { name, password }: RoleLogin): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(name);
  changed.password = encodeURIComponent(password ?? '');
  return changed.toString();
}

/** The role that a URL names. */
export function roleInUrl(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

/** Any number that no other advisory lock in a database of ours has. */
const ROLES_LOCK = 5_073_124_412;

async function ensureRole(client: Client, { name, password }: RoleLogin): Promise<void> {
  const role = client.escapeIdentifier(name);
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  // Roles are the server's, not the database's: another process may make the same one for another database.
  if (rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`).catch(unless('42710', '23505'));
  await client
    .query(
      `ALTER ROLE ${role} LOGIN NOCREATEDB NOCREATEROLE${password === undefined ? '' : ` PASSWORD ${client.escapeLiteral(password)}`}`,
    )
    .catch(unless('XX000'));
  const { rows } = await client.query<{ isSuperuser: boolean }>(
    'SELECT rolsuper AS "isSuperuser" FROM pg_roles WHERE rolname = $1',
    [name],
  );
  if (rows[0]?.isSuperuser === true)
    throw new AppError(`The role ${name} is a superuser, whom no right can hold back; choose another.`);
}

/**
 * Statements that hand to the owner what is another's in the schema. What belongs to a table (sequence, row type) goes
 * with it.
 */
const FOREIGN_OBJECTS = `
  SELECT format('ALTER %s %s OWNER TO %I', CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.oid::regclass, $1::text) AS statement
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relowner <> $1::text::regrole
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e') AND d.refclassid IN ('pg_class'::regclass, 'pg_extension'::regclass))
  UNION ALL
  SELECT format('ALTER TYPE %s OWNER TO %I', t.oid::regtype, $1::text) FROM pg_type t
  WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd') AND t.typowner <> $1::text::regrole
  UNION ALL
  SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, $1::text) FROM pg_proc p
  WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> $1::text::regrole
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`;

/** What the application may do to each table of the schema, as statements; first of all nothing. */
const GRANTS = `
  WITH tables AS (
    SELECT c.oid::regclass AS name, c.relname LIKE 'audit\\_%' AS is_record, c.relname IN ('_prisma_migrations', 'migration_history', 'state_flows') AS is_fixed,
      bool_or(a.attidentity <> '') AS is_numbered, string_agg(quote_ident(a.attname), ', ') FILTER (WHERE a.attidentity = '' AND a.attgenerated = '') AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') GROUP BY c.oid, c.relname
  )
  SELECT format('REVOKE ALL ON %s FROM %I; GRANT SELECT%s ON %s TO %I', name, $1::text, CASE
    WHEN is_fixed OR (is_record AND is_numbered) THEN ''
    WHEN is_record THEN ', INSERT'
    WHEN is_numbered THEN format(', DELETE, INSERT (%1$s), UPDATE (%1$s)', columns)
    ELSE ', INSERT, UPDATE, DELETE'
  END, name, $1::text) AS statement
  FROM tables`;

async function grantTo(client: Client, application: string): Promise<void> {
  const role = client.escapeIdentifier(application);
  const { rows } = await client.query<{ statement: string }>(GRANTS, [application]);
  // One transaction: the application at work never meets a table without its rights.
  await client.query(
    [
      'BEGIN',
      `SELECT pg_advisory_xact_lock(${ROLES_LOCK})`,
      `GRANT USAGE ON SCHEMA public TO ${role}`,
      ...rows.map((row) => row.statement),
      'COMMIT',
    ].join('; '),
  );
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({
    connectionString: url,
    application_name: 'lotgraph: roles',
    connectionTimeoutMillis: 10_000,
    lock_timeout: 30_000,
    query_timeout: 60_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
  } catch (error) {
    throw error instanceof AppError
      ? error
      : new AppError(`The roles of the database could not be set up: ${errorMessageOf(error)}`, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function unless(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes(errorCodeOf(error) ?? '')) throw error;
  };
}

/**
 * Two database roles, so that the application is technically unable to do what it must not do.
 *
 * 1. The owner owns the schema: migrations and retention run with it. The application's role works with rows only: no
 *    DDL, no TRUNCATE.
 * 2. The tables of the audit trail (`audit_…`) are read-only for the application where a trigger of the owner writes
 *    them, which is where the database numbers the rows; in the others it may insert. It can never update or delete
 *    rows in them.
 * 3. The application cannot choose numbers that the database assigns (identity columns): it may insert and update all
 *    other columns only.
 * 4. The application only reads materialised views and the tables of the migrations, of the state machines and of audit
 *    archives.
 * 5. Rights are granted again after each migration; a table without a grant is accessible to the owner only.
 */
import { Client } from 'pg';
import { AppError } from '../values/assert.ts';
import { connectionProblem } from '../values/connection-problem.ts';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';

/** A role that can log in. */
export interface RoleLogin {
  readonly name: string;
  /** The password to set. Absent: an existing role keeps its password. */
  readonly password?: string;
}

/** Both roles. */
export interface Roles {
  readonly owner: RoleLogin;
  readonly application: RoleLogin;
}

/** The default name of the owner's role. */
export const OWNER_ROLE = 'lotgraph_owner';
/** The default name of the application's role. */
export const APPLICATION_ROLE = 'lotgraph_app';

/**
 * Creates both roles where they are missing, transfers the database and everything in its schema to the owner, and
 * grants the application its rights. `url` must log in as a role that may do so, normally a superuser. Repeating it
 * changes nothing. Throws an AppError when it fails.
 */
export async function ensureRoles(url: string, roles: Roles, report: (message: string) => void): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [ROLES_LOCK]);
    for (const role of [roles.owner, roles.application]) await ensureRole(client, role);
    await setTimeouts(client, roles.owner.name, OWNER_TIMEOUTS);
    await setTimeouts(client, roles.application.name, APPLICATION_TIMEOUTS);
    const owner = client.escapeIdentifier(roles.owner.name);
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const database = client.escapeIdentifier(rows[0]?.name ?? '');
    // MIG-3 needs to see how long sessions of other roles have been waiting.
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

/**
 * Grants the application its rights on the current content of the schema. `url` logs in as the owner. Throws an
 * AppError when it fails.
 */
export async function grantApplication(url: string, application: string): Promise<void> {
  await withClient(url, (client) => grantTo(client, application));
}

/** Those of the roles that exist on the server. Throws an AppError when the server cannot be reached. */
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

/** The URL with the login of another role. */
export function urlForRole(url: string, { name, password }: RoleLogin): string {
  const result = new URL(url);
  result.username = encodeURIComponent(name);
  result.password = encodeURIComponent(password ?? '');
  return result.toString();
}

/** The role that a URL names. */
export function roleInUrl(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

/** The key of the lock: any number that no other advisory lock in a database of lotgraph has. */
const ROLES_LOCK = 5_073_124_412;

async function ensureRole(client: Client, { name, password }: RoleLogin): Promise<void> {
  const role = client.escapeIdentifier(name);
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  // Roles belong to the server, not to a database: another process may be creating the same role for another database.
  if (rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`).catch(ignoreErrors('42710', '23505'));
  await client
    .query(
      `ALTER ROLE ${role} LOGIN NOCREATEDB NOCREATEROLE${password === undefined ? '' : ` PASSWORD ${client.escapeLiteral(password)}`}`,
    )
    .catch(ignoreErrors('XX000'));
  const { rows } = await client.query<{ isSuperuser: boolean }>(
    'SELECT rolsuper AS "isSuperuser" FROM pg_roles WHERE rolname = $1',
    [name],
  );
  if (rows[0]?.isSuperuser === true)
    throw new AppError(`The role ${name} is a superuser, whom no right can hold back; choose another.`);
}

/**
 * The timeouts of sessions that set none of their own: those of people and tools. The program sets its own for each
 * connection. A migration may take long, but must not wait for others for long.
 */
const OWNER_TIMEOUTS = {
  statement_timeout: '30min',
  lock_timeout: '30s',
  idle_in_transaction_session_timeout: '10min',
};
const APPLICATION_TIMEOUTS = {
  statement_timeout: '60s',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '60s',
};

/** Sets the timeouts of a role in this database only: a role may be used in several. What is set already stays. */
async function setTimeouts(client: Client, name: string, timeouts: Readonly<Record<string, string>>): Promise<void> {
  const { rows } = await client.query<{ known: readonly string[] }>(
    `SELECT coalesce(array_agg(split_part(setting, '=', 1)), '{}') AS known FROM pg_db_role_setting, unnest(setconfig) AS setting
     WHERE setrole = $1::text::regrole AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    [name],
  );
  for (const [setting, value] of Object.entries(timeouts))
    if (rows[0]?.known.includes(setting) !== true)
      await client
        .query(
          `DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I SET ${setting} = %L', ${client.escapeLiteral(name)}, current_database(), '${value}'); END $$`,
        )
        .catch(ignoreErrors('XX000'));
}

/**
 * Statements that transfer objects of other owners in the schema to the owner. Objects that belong to a table
 * (sequence, row type) follow it.
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

/** The rights of the application on each table of the schema, as statements that first revoke everything. */
const GRANTS = `
  WITH tables AS (
    SELECT c.oid::regclass AS name, c.relname LIKE 'audit\\_%' AS is_record, c.relkind = 'm' OR c.relname IN ('_prisma_migrations', 'migration_history', 'state_flows', 'audit_archives') AS is_fixed,
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
  // One transaction: the running application never sees a table without its rights.
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
    await client.connect().catch((error: unknown) => {
      throw new AppError(connectionProblem(url, error), { cause: error });
    });
    await work(client);
  } catch (error) {
    throw error instanceof AppError
      ? error
      : new AppError(`The roles of the database could not be set up: ${errorMessageOf(error)}`, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function ignoreErrors(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes(errorCodeOf(error) ?? '')) throw error;
  };
}

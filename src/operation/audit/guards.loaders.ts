/**
 * Checks what writes and protects the audit trail against the migrations: triggers, functions and privileges. A user
 * with the rights of the owner could switch them off, change the data and switch them on again; this finds what was left
 * behind.
 */
import { expectedTriggers, PROTECTED, type Contradiction } from './state.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';

/** The source of each function of the schema, as the migrations define it, by name. */
export type FunctionSources = ReadonlyMap<string, string>;

/** The triggers of the audit trail that are missing, disabled or changed. */
export async function triggerContradictions(db: Reader): Promise<readonly Contradiction[]> {
  const actual = await db.sql<{ name: string; definition: string; enabled: string }>`
    SELECT tgname AS name, pg_get_triggerdef(oid) AS definition, tgenabled AS enabled FROM pg_trigger
    WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)`;
  const byName = new Map(actual.map((trigger) => [trigger.name, trigger]));
  return expectedTriggers().flatMap(({ name, table, definition }): readonly Contradiction[] => {
    const trigger = byName.get(name);
    const wrong =
      trigger === undefined
        ? 'is missing'
        : trigger.enabled !== 'O'
          ? 'is disabled, or does not fire for every session'
          : trigger.definition === definition
            ? undefined
            : 'is not the one of the migrations';
    return wrong === undefined
      ? []
      : [
          {
            kind: 'TRIGGER_CHANGED',
            entity: table,
            recordId: null,
            message: `The trigger ${name} of ${table} ${wrong}.`,
          },
        ];
  });
}

/** The functions of the schema that are missing or differ from the migrations. */
export async function functionContradictions(db: Reader, sources: FunctionSources): Promise<readonly Contradiction[]> {
  const actual = await db.sql<{ name: string; source: string; isOwners: boolean }>`
    SELECT p.proname AS name, p.prosrc AS source, p.proowner = (SELECT relowner FROM pg_class WHERE oid = 'public.audit_entries'::regclass) AS "isOwners"
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace`;
  const problemOf = (name: string, source: string): string | undefined => {
    const named = actual.filter((each) => each.name === name);
    if (named.length === 0) return 'is missing';
    if (named.length > 1) return 'exists more than once';
    if (named[0]?.source !== source) return 'is not the one of the migrations';
    return named[0].isOwners ? undefined : 'does not belong to the owner of the audit trail';
  };
  return [...sources].flatMap(([name, source]): readonly Contradiction[] => {
    const problem = problemOf(name, source);
    return problem === undefined
      ? []
      : [{ kind: 'FUNCTION_CHANGED', entity: null, recordId: null, message: `The function ${name} ${problem}.` }];
  });
}

/** Privileges on the audit trail that nobody but the owner of its tables may have, and roles that fire no triggers. */
export async function privilegeContradictions(db: Reader): Promise<readonly Contradiction[]> {
  const rows = await db.sql<{ table: string | null; message: string }>`
    SELECT c.relname AS table, format('%s may %s rows of %s.', coalesce(quote_ident(r.rolname), 'Everybody'), a.privilege_type, c.relname) AS message
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(${[...PROTECTED]}::text[]) AND a.grantee <> c.relowner
      AND NOT (a.privilege_type = 'SELECT' OR (a.privilege_type = 'INSERT' AND c.relname IN ('audit_positions', 'audit_blocks')))
    UNION ALL
    SELECT NULL, format('The sessions of %s fire no triggers: session_replication_role is set for it.', coalesce(quote_ident(r.rolname), 'everybody'))
    FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      AND array_to_string(s.setconfig, ',') LIKE '%session_replication_role=%'
    ORDER BY 2`;
  return rows.map(({ table, message }) => ({ kind: 'PRIVILEGE_ADDED', entity: table, recordId: null, message }));
}

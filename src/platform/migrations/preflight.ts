/**
 * MIG-3: before a migration locks a table, no session may be waiting for that table. A lock request that has to wait
 * blocks every request after it, so a migration that queues for a lock stops production. A table is also unsafe when a
 * transaction that has been open for long holds it.
 */
import type { Client } from 'pg';
import { statementsIn } from './script.ts';
import { errorMessageOf } from '../values/system-error.ts';

/** A transaction that has been open for more seconds than this is assumed not to end soon. */
export const LONG_TRANSACTION_SECONDS = 5;

/**
 * The reasons why the script must not run now, one sentence each; empty when it is safe. An error in the check is a
 * reason, too.
 */
export async function unsafeReasons(
  client: Client,
  script: string,
  longTransactionSeconds: number,
): Promise<readonly string[]> {
  const locked = lockedNames(script);
  if (locked.length === 0) return [];
  try {
    const values = [
      locked.map(({ name }) => name),
      locked.map(({ isWithPartners }) => isWithPartners),
      longTransactionSeconds,
    ];
    const { rows } = await client.query<Conflict>(CONFLICTS, values);
    return rows.map(sentence);
  } catch (error) {
    return [`The check for waiting sessions failed: ${errorMessageOf(error)}`];
  }
}

/** A table or index that a script locks. */
export interface LockedName {
  readonly name: string;
  /**
   * True when the tables that its foreign keys reference are locked, too, as they are when the table or a key is
   * dropped.
   */
  readonly isWithPartners: boolean;
}

/**
 * The tables and indexes that the script locks by name, as written. Names that do not exist yet are included; the check
 * ignores them.
 */
export function lockedNames(script: string): readonly LockedName[] {
  const names = new Map<string, boolean>();
  for (const { outline } of statementsIn(script)) {
    const isDrop = /\bDROP\b/i.test(outline);
    for (const match of LOCKING.flatMap((pattern) => [...outline.matchAll(pattern)])) {
      for (const name of (match[1] ?? '').split(',').map((part) => part.trim()))
        names.set(name, isDrop || names.get(name) === true);
    }
  }
  return [...names].map(([name, isWithPartners]) => ({ name, isWithPartners }));
}

// The outline of a statement has single spaces only.
const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_][\w$]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[a-z_][\w$]*))?`;
const NAMES = `(${NAME}(?:\\s*,\\s*${NAME})*)`;
const ONE = `(${NAME})`;
const LOCKING = [
  `^ALTER (?:TABLE|INDEX|VIEW|MATERIALIZED VIEW|SEQUENCE) (?:IF EXISTS )?(?:ONLY )?${ONE}`,
  `^DROP (?:TABLE|INDEX|VIEW|MATERIALIZED VIEW|SEQUENCE) (?:CONCURRENTLY )?(?:IF EXISTS )?${NAMES}`,
  `^CREATE (?:UNIQUE )?INDEX\\b.*? ON (?:ONLY )?${ONE}`,
  `^(?:CREATE|DROP) (?:OR REPLACE )?(?:CONSTRAINT )?(?:TRIGGER|RULE|POLICY)\\b.*? ON ${ONE}`,
  `^TRUNCATE (?:TABLE )?(?:ONLY )?${NAMES}`,
  `^LOCK (?:TABLE )?(?:ONLY )?${NAMES}`,
  `^CLUSTER (?:VERBOSE )?${ONE}`,
  `^VACUUM (?:FULL )?(?:\\([^)]*\\) )?${ONE}`,
  `^REINDEX (?:\\([^)]*\\) )?(?:TABLE|INDEX) (?:CONCURRENTLY )?${ONE}`,
  `^REFRESH MATERIALIZED VIEW (?:CONCURRENTLY )?${ONE}`,
  `^COMMENT ON TABLE ${ONE}`,
  `\\bUPDATE (?:ONLY )?${ONE}(?: (?:AS )?\\w+)? SET\\b`,
  `\\bDELETE FROM (?:ONLY )?${ONE}`,
  `\\bINSERT INTO ${ONE}`,
  `\\bMERGE INTO (?:ONLY )?${ONE}`,
  `\\bREFERENCES ${ONE}`,
].map((pattern) => new RegExp(pattern, 'gi'));

interface Conflict {
  readonly table: string;
  readonly pid: number;
  readonly is_waiting: boolean;
  readonly seconds: number;
  readonly application: string;
}

const CONFLICTS = `
  WITH named AS (
    SELECT coalesce(i.indrelid, c.oid) AS oid, wanted.is_with_partners
    FROM unnest($1::text[], $2::boolean[]) AS wanted (name, is_with_partners)
    JOIN pg_class c ON c.oid = to_regclass(wanted.name) LEFT JOIN pg_index i ON i.indexrelid = c.oid
  ), locked AS (
    SELECT oid FROM named
    UNION SELECT k.confrelid FROM named JOIN pg_constraint k ON k.conrelid = named.oid AND k.contype = 'f' WHERE named.is_with_partners
  )
  SELECT DISTINCT ON (l.relation, l.pid) l.relation::regclass::text AS table, l.pid, NOT l.granted AS is_waiting,
         coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::int AS seconds, coalesce(a.application_name, '') AS application
  FROM pg_locks l JOIN locked ON locked.oid = l.relation LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
    AND (NOT l.granted OR l.pid IS NULL OR a.xact_start IS NULL OR a.xact_start < clock_timestamp() - make_interval(secs => $3))
  ORDER BY l.relation, l.pid, l.granted`;

function sentence({ table, pid, is_waiting, seconds, application }: Conflict): string {
  const who = `session ${pid}${application === '' ? '' : ` (${application})`}`;
  return is_waiting
    ? `${who} is waiting for the table ${table}.`
    : `${who} has held the table ${table} in a transaction for ${seconds} s.`;
}

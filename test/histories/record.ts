/** What the database says about the acts: the keys that took effect, and rows that nobody accounts for. */
import type { Client } from 'pg';
import { encodeGlobalId } from '../../src/platform/values/global-id.ts';

/** A key that took effect, with the executions that its outcome names. */
export interface UsedKey {
  readonly key: string;
  readonly operation: string;
  /** When its transaction began, in milliseconds since 1970 by the clock of the database. */
  readonly at: number;
  readonly hasOutcome: boolean;
  readonly made: readonly string[];
}

export async function usedKeys(client: Client): Promise<ReadonlyMap<string, UsedKey>> {
  const { rows } = await client.query<{ key: string; operation: string; at: number; outcome: Outcome }>(
    'SELECT key, operation, outcome, extract(epoch FROM created_at)::float8 * 1000 AS at FROM idempotency_keys',
  );
  return new Map(
    rows.map(({ outcome, ...rest }) => [
      rest.key,
      { ...rest, hasOutcome: Object.keys(outcome).length > 0, made: runsIn(outcome) },
    ]),
  );
}

interface Outcome {
  readonly processData?: string;
  readonly results?: readonly { readonly processData?: string }[];
}

function runsIn({ processData, results = [] }: Outcome): readonly string[] {
  return [processData, ...results.map((each) => each.processData)].flatMap((id) =>
    id === undefined ? [] : [encodeGlobalId('ProcessData', id)],
  );
}

/** Rows whose insertion is not exactly once in the audit trail, or by somebody else than the caller of the key. */
export async function wronglyAudited(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ what: string }>(`
    SELECT 'entries of the insertion of ' || made.entity || ' ' || made.id || ': ' || count(e.id) AS what
    FROM (SELECT id, 'lots' AS entity FROM lots UNION ALL SELECT id, 'wip_items' FROM wip_items UNION ALL SELECT id, 'serials' FROM serials
          UNION ALL SELECT id, 'process_data' FROM process_data UNION ALL SELECT id, 'production_lines' FROM production_lines) AS made
      LEFT JOIN audit_entries e ON e.record_id = made.id AND e.operation = 'INSERT'
    GROUP BY made.entity, made.id HAVING count(e.id) <> 1
    UNION ALL
    SELECT k.key || ' of ' || k.caller || ' is audited as an act of ' || lower(e.actor_kind::text) || ':' || coalesce(e.actor_id::text, '')
    FROM idempotency_keys k JOIN audit_entries e ON e.record_id::text = k.outcome ->> 'processData' AND e.operation = 'INSERT'
    WHERE k.operation IN ('startProcess', 'recordProcessData') AND k.caller <> lower(e.actor_kind::text) || ':' || e.actor_id`);
  return rows.map(({ what }) => what);
}

/** The number of sessions of servers that still do something. */
export async function busySessions(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'",
  );
  return rows[0]?.count ?? 0;
}

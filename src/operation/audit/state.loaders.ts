/**
 * Compares the audit trail with the present: `lotgraph audit verify --state`. Each statement reads a limited range, so
 * the time grows with the record and no statement meets its timeout. All of them must see one snapshot.
 */
import { incomparableColumns, type Contradiction } from './state.rules.ts';
import { fieldOfColumn, typeOfEntity } from './audit.rules.ts';
import type { Archive } from './verify.loaders.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { identifier } from '../../platform/postgres/sql.ts';

/** Receives the contradictions of one range, in their order. */
export type Note = (contradictions: readonly Contradiction[]) => void;

/** The number of rows, positions or entries that one statement reads. */
const ROWS_PER_STATEMENT = 1_000;
const ENTRIES_PER_STATEMENT = 20_000;

/** How far clocks may be set back, and how long a transaction may take, before the order of time counts as broken. */
const TOLERANCE = '1 hour';

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Compares every row of an audited table with its last recorded state. Rows whose first entries were archived are
 * compared as far as their entries go. Returns how many rows there are.
 */
export async function compareRows(db: Reader, table: string, archive: Archive | null, note: Note): Promise<number> {
  let count = 0;
  for (let after = FIRST_ID; after !== LAST_ID; ) {
    const [range] = await db.sql<{ rows: string; last: string | null }>`
      SELECT count(*) AS rows, (max(id::text) FILTER (WHERE n = ${ROWS_PER_STATEMENT})) AS last
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM ${identifier(table)} WHERE id > ${after}::uuid ORDER BY id LIMIT ${ROWS_PER_STATEMENT}) AS next`;
    const upTo: string = range?.last ?? LAST_ID;
    const ignored = incomparableColumns(table);
    const rows = await db.sql<{ id: string; problem: keyof typeof MESSAGES; fields: readonly string[] | null }>`
      WITH entries AS (
        SELECT record_id, seq, operation, new_values FROM audit_entries
        WHERE entity = ${table} AND record_id > ${after}::uuid AND record_id <= ${upTo}::uuid AND operation IN ('INSERT', 'UPDATE', 'DELETE')
      ), ends AS (
        SELECT DISTINCT ON (record_id) record_id, operation FROM entries ORDER BY record_id, seq DESC
      ), values_of AS (
        SELECT DISTINCT ON (e.record_id, f.key) e.record_id, f.key, f.value FROM entries e CROSS JOIN LATERAL jsonb_each(e.new_values) AS f
        WHERE e.operation <> 'DELETE' ORDER BY e.record_id, f.key, e.seq DESC
      ), present AS (
        SELECT t.id, t.created_at, to_jsonb(t) AS state FROM ${identifier(table)} t WHERE t.id > ${after}::uuid AND t.id <= ${upTo}::uuid
      ), compared AS (
        SELECT coalesce(p.id, ends.record_id) AS id, CASE
            WHEN p.id IS NULL THEN CASE WHEN ends.operation <> 'DELETE' THEN 'GONE' END
            WHEN ends.operation IS NULL THEN CASE WHEN p.created_at > ${archive?.sealedAt ?? '-infinity'}::timestamptz THEN 'UNRECORDED' END
            WHEN ends.operation = 'DELETE' THEN 'DELETED'
            WHEN difference.fields IS NOT NULL THEN 'DIFFERS'
          END AS problem, CASE WHEN ends.operation <> 'DELETE' THEN difference.fields END AS fields
        FROM present p FULL JOIN ends ON ends.record_id = p.id
        LEFT JOIN LATERAL (
          SELECT array_agg(v.key ORDER BY v.key) AS fields FROM values_of v
          WHERE v.record_id = p.id AND v.key <> ALL (${ignored}::text[]) AND p.state ? v.key AND v.value IS DISTINCT FROM p.state -> v.key
        ) AS difference ON true
      )
      SELECT id, problem, fields FROM compared WHERE problem IS NOT NULL ORDER BY id`;
    note(
      rows.map(({ id, problem, fields }) => ({
        kind: 'STATE_DIFFERS',
        entity: table,
        recordId: id,
        message: `${typeOfEntity(table)} ${id} ${MESSAGES[problem]}${fields === null ? '' : ` ${fields.map(fieldOfColumn).join(', ')}`}.`,
      })),
    );
    count += Number(range?.rows ?? 0);
    after = upTo;
  }
  return count;
}

const MESSAGES = {
  GONE: 'is not there, and no entry says that it was deleted',
  UNRECORDED: 'is there, but no entry says that it was created',
  DELETED: 'is there, but its last entry says that it was deleted',
  DIFFERS: 'differs from its last recorded state in',
} as const;

/**
 * Finds entries whose time is long before that of an entry at an earlier position, or long after their sealing: they
 * were backdated, or the clock was set.
 */
export async function compareTimes(db: Reader, note: Note): Promise<void> {
  let latest = '-infinity';
  for (let after: string | null = '0'; after !== null; ) {
    const rows: readonly Timed[] = await db.sql<Timed>`
      WITH timed AS (
        SELECT p.position, e.id, e.entity, e.recorded_at, b.sealed_at,
          greatest(${latest}::timestamptz, max(least(e.recorded_at, b.sealed_at)) OVER (ORDER BY p.position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS before
        FROM (SELECT * FROM audit_positions WHERE position > ${after}::bigint ORDER BY position LIMIT ${ENTRIES_PER_STATEMENT}) AS p
        LEFT JOIN audit_entries e ON e.id = p.audit_entry_id LEFT JOIN audit_blocks b ON b.number = p.block_number
      )
      SELECT whole.latest, whole.last, wrong.id, wrong.entity, wrong.message
      FROM (SELECT greatest(${latest}::timestamptz, max(least(recorded_at, sealed_at))) AS latest, max(position) AS last FROM timed) AS whole
      LEFT JOIN (
        SELECT id, entity, position, CASE WHEN recorded_at > sealed_at THEN format('The entry at position %s says that it was made at %s, but was sealed at %s.', position, recorded_at, sealed_at)
          ELSE format('The entry at position %s says that it was made at %s, but an entry before it was made at %s.', position, recorded_at, before) END AS message
        FROM timed WHERE recorded_at < before - ${TOLERANCE}::interval OR recorded_at > sealed_at + ${TOLERANCE}::interval
      ) AS wrong ON true ORDER BY wrong.position`;
    latest = rows[0]?.latest ?? latest;
    after = rows[0]?.last ?? null;
    note(
      rows.flatMap(({ id, entity, message }) =>
        id === null ? [] : [{ kind: 'TIME_REVERSED', entity, recordId: id, message }],
      ),
    );
  }
}

/** One entry whose time is wrong, null if there is none, with the end of the range. */
interface Timed {
  readonly latest: string | null;
  readonly last: string | null;
  readonly id: string | null;
  readonly entity: string;
  readonly message: string;
}

/**
 * Finds entries without a position that cannot be real: of a transaction that has not begun, of an actor who does not
 * exist, or numbered so that the sealer would never read them.
 */
export async function checkUnsealed(db: Reader, note: Note): Promise<void> {
  const [newest] = await db.sql<{ horizon: string }>`SELECT horizon FROM audit_blocks ORDER BY number DESC LIMIT 1`;
  for (let after: string | null = LEAST_NUMBER; after !== null; ) {
    const rows: readonly Unreal[] = await db.sql<Unreal>`
      WITH entries AS (SELECT * FROM audit_entries WHERE seq > ${after}::bigint ORDER BY seq LIMIT ${ENTRIES_PER_STATEMENT}),
      judged AS (
        SELECT e.id, e.seq, e.entity, CASE
          WHEN e.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN 'its transaction ' || e.transaction_id || ' has not begun'
          WHEN e.seq <= ${newest?.horizon ?? '0'}::bigint THEN 'its number ' || e.seq || ' is one that was passed over long ago'
          WHEN e.recorded_at > now() + ${TOLERANCE}::interval THEN 'its time ' || e.recorded_at || ' has not come'
          WHEN e.actor_kind = 'USER' AND NOT EXISTS (SELECT FROM users u WHERE u.id = e.actor_id) THEN 'no user has the id ' || e.actor_id
          WHEN e.actor_kind = 'STATION' AND NOT EXISTS (SELECT FROM stations s WHERE s.id = e.actor_id) THEN 'no station has the id ' || e.actor_id
          WHEN e.actor_kind = 'SERVICE' AND NOT EXISTS (SELECT FROM api_keys k WHERE k.id = e.actor_id AND k.role IS NOT NULL) THEN 'no service has the id ' || e.actor_id
        END AS reason
        FROM entries e WHERE (SELECT p.position FROM audit_positions p WHERE p.audit_entry_id = e.id) IS NULL
      )
      SELECT whole.last, wrong.id, wrong.entity, wrong.reason FROM (SELECT max(seq) AS last FROM entries) AS whole
      LEFT JOIN (SELECT * FROM judged WHERE reason IS NOT NULL) AS wrong ON true ORDER BY wrong.seq`;
    after = rows[0]?.last ?? null;
    note(
      rows.flatMap(({ id, entity, reason }) =>
        id === null
          ? []
          : [
              {
                kind: 'ENTRY_FORGED',
                entity,
                recordId: id,
                message: `The entry ${id}, which is not sealed yet, cannot be real: ${reason}.`,
              },
            ],
      ),
    );
  }
}

const LEAST_NUMBER = '-9223372036854775808';

/** One entry that cannot be real, null if there is none, with the end of the range. */
interface Unreal {
  readonly last: string | null;
  readonly id: string | null;
  readonly entity: string;
  readonly reason: string;
}

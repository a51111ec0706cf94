/**
 * The sealer: gives entries their places in the order to read by, and chains them by hash (AUD-3, AUD-4).
 *
 * 1. One seals at a time, in whatever process: it holds an advisory lock to the end of its transaction, and looks only
 *    when it has it.
 * 2. Its statement's snapshot shows committed entries only. Those without a place get the next ones, by seq: what
 *    commits later comes later, even with a smaller seq; and since the second change of a row waits for the first, the
 *    first has the smaller seq and place.
 * 3. Where it need not look again: transactions older than the oldest one running at a snapshot were all in it. When
 *    everything that a snapshot showed was sealed, that transaction's number is the horizon of the next look.
 * 4. Who listens learns the last place after the commit, and reads the rest from the tables.
 */
import { entryHash } from './audit-entry.loaders.ts';
import { BLOCK_ENTRIES, blockHash, NO_HASH, POSITIONS_CHANNEL } from './audit.rules.ts';
import type { Database, Tx } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';

export interface Sealed {
  /** How many entries got a place. */
  readonly entries: number;
  /** Whether the snapshot held more than one turn takes. */
  readonly hasMore: boolean;
  /** Entries of older transactions are all sealed. */
  readonly horizon: string;
  /** The newest block, if one was made. */
  readonly newest: { readonly number: number; readonly hash: string; readonly lastPosition: number } | undefined;
}

/** Seals what is there; undefined when another is at it. `horizon` is the one of the turn before. */
export async function seal(database: Database, horizon: string, isPatient = false): Promise<Sealed | undefined> {
  return database.transaction(async (tx) => {
    if (!(await isAlone(tx, isPatient))) return undefined;
    const looked = await tx.sql<{ horizon: string; id: string | null; hash: string | null }>`
      SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, fresh.id, fresh.hash
      FROM (VALUES (1)) AS once (n) LEFT JOIN LATERAL (
        SELECT e.id, e.seq, ${entryHash} AS hash FROM audit_entries e
        WHERE e.transaction_id >= ${horizon}::bigint AND ${horizon === HORIZON_NOT_KNOWN ? UNSEALED_OF_ALL : UNSEALED_OF_FEW}
        ORDER BY e.seq LIMIT ${TURN}
      ) AS fresh ON true ORDER BY fresh.seq`;
    const fresh = looked.flatMap(({ id, hash }) => (id === null || hash === null ? [] : [{ id, hash }]));
    const hasMore = fresh.length === TURN;
    const newest = fresh.length === 0 ? undefined : await chain(tx, fresh);
    return { entries: fresh.length, hasMore, horizon: hasMore ? horizon : (looked[0]?.horizon ?? horizon), newest };
  });
}

/** Seals everything that is committed by now, after whoever is at it. */
export async function sealNow(database: Database): Promise<number> {
  for (let entries = 0; ; ) {
    const sealed = await seal(database, HORIZON_NOT_KNOWN, true);
    entries += sealed?.entries ?? 0;
    if (sealed?.hasMore !== true) return entries;
  }
}

export const HORIZON_NOT_KNOWN = '0';

/**
 * Of all entries ever made, by one look at all places; of the few behind a horizon, by a look at the place of each,
 * however many there are.
 */
const UNSEALED_OF_ALL = sql`NOT EXISTS (SELECT FROM audit_positions p WHERE p.audit_entry_id = e.id)`;
const UNSEALED_OF_FEW = sql`(SELECT p.position FROM audit_positions p WHERE p.audit_entry_id = e.id) IS NULL`;

/**
 * Entries of one turn: few enough for the statement timeout, many enough that a large backlog is not looked through too
 * often.
 */
const TURN = 20 * BLOCK_ENTRIES;

/** Any number that no other advisory lock of ours has. */
const SEALER_LOCK = 5_073_124_413;

async function isAlone(tx: Tx, isPatient: boolean): Promise<boolean> {
  if (isPatient) {
    await tx.sql`SELECT pg_advisory_xact_lock(${SEALER_LOCK})`;
    return true;
  }
  const [tried] = await tx.sql<{ isMine: boolean }>`SELECT pg_try_advisory_xact_lock(${SEALER_LOCK}) AS "isMine"`;
  return tried?.isMine === true;
}

/** Thousands of values as one, with nothing in them that would have to be escaped. */
function listOf(values: readonly (string | number)[]): Sql {
  return sql`string_to_array(${values.join(',')}, ',')`;
}

async function chain(
  tx: Tx,
  fresh: readonly { readonly id: string; readonly hash: string }[],
): Promise<Sealed['newest']> {
  const [before] = await tx.sql<{ number: string; lastPosition: string; hash: string }>`
    SELECT number, last_position AS "lastPosition", hash FROM audit_blocks ORDER BY number DESC LIMIT 1`;
  let last = {
    number: Number(before?.number ?? 0),
    lastPosition: Number(before?.lastPosition ?? 0),
    hash: before?.hash ?? NO_HASH,
  };
  const blocks: object[] = [];
  const numbers: number[] = [];
  const first = last.lastPosition + 1;
  for (let from = 0; from < fresh.length; from += BLOCK_ENTRIES) {
    const hashes = fresh.slice(from, from + BLOCK_ENTRIES).map((entry) => entry.hash);
    const number = last.number + 1;
    const next = {
      number,
      lastPosition: last.lastPosition + hashes.length,
      hash: blockHash(last.hash, number, hashes),
    };
    blocks.push({
      number,
      first_position: last.lastPosition + 1,
      last_position: next.lastPosition,
      entry_count: hashes.length,
      previous_hash: last.hash,
      hash: next.hash,
    });
    numbers.push(...hashes.map(() => number));
    last = next;
  }
  await tx.sql`
    INSERT INTO audit_positions (position, audit_entry_id, block_number, entry_hash)
    SELECT ${first}::bigint + ordinal - 1, id, block, hash
    FROM unnest(${listOf(fresh.map((entry) => entry.id))}::uuid[], ${listOf(numbers)}::bigint[], ${listOf(fresh.map((entry) => entry.hash))}::text[]) WITH ORDINALITY AS sealed (id, block, hash, ordinal)`;
  await tx.sql`
    INSERT INTO audit_blocks (number, first_position, last_position, entry_count, previous_hash, hash)
    SELECT number, first_position, last_position, entry_count, previous_hash, hash FROM jsonb_populate_recordset(NULL::audit_blocks, ${JSON.stringify(blocks)}::jsonb)`;
  await tx.sql`SELECT pg_notify(${POSITIONS_CHANNEL}, ${String(last.lastPosition)})`;
  return last;
}

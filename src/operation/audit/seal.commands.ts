/**
 * The audit sealer: assigns entries their positions, which are the order to read them in, and chains them by hash
 * (AUD-3, AUD-4).
 *
 * 1. One transaction seals at a time, across all processes: it holds an advisory lock until it ends, and reads entries
 *    only while it holds the lock.
 * 2. The snapshot of its statement shows committed entries only. Those without a position get the next ones, by seq. An
 *    entry that commits later gets a later position, even with a smaller seq. The second change of a row waits for the
 *    first, so the first change has the smaller seq and the smaller position.
 * 3. The horizon avoids reading old entries again: all transactions older than the oldest one that is running at a
 *    snapshot are complete in it. When everything that a snapshot shows is sealed, the number of that transaction is the
 *    horizon for the next call.
 * 4. Listeners are notified of the last position after the commit, and read the rest from the tables.
 */
import { entryHash } from './audit-entry.loaders.ts';
import { BLOCK_ENTRIES, blockHash, ZERO_HASH, POSITIONS_CHANNEL } from './audit.rules.ts';
import type { Database, Tx } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';

/** The result of one sealing transaction. */
export interface SealResult {
  /** How many entries got a position. */
  readonly entries: number;
  /** Whether the snapshot may hold more entries than one transaction seals. */
  readonly hasMore: boolean;
  /** All entries of transactions before this number are sealed. */
  readonly horizon: string;
  /** The newest block, if one was created. */
  readonly newest: { readonly number: number; readonly hash: string; readonly lastPosition: number } | undefined;
}

/**
 * AUD-3, AUD-4: Seals committed entries in one transaction. `horizon` is that of the previous call. Returns undefined
 * when another transaction is sealing, unless `waitForLock`.
 */
export async function seal(database: Database, horizon: string, waitForLock = false): Promise<SealResult | undefined> {
  return database.transaction(async (tx) => {
    if (!(await acquireSealerLock(tx, waitForLock))) return undefined;
    const rows = await tx.sql<{ horizon: string; id: string | null; hash: string | null }>`
      SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, fresh.id, fresh.hash
      FROM (VALUES (1)) AS once (n) LEFT JOIN LATERAL (
        SELECT e.id, e.seq, ${entryHash} AS hash FROM audit_entries e
        WHERE e.transaction_id >= ${horizon}::bigint AND ${horizon === UNKNOWN_HORIZON ? UNSEALED_BY_SCAN : UNSEALED_BY_LOOKUP}
        ORDER BY e.seq LIMIT ${ENTRIES_PER_TRANSACTION}
      ) AS fresh ON true ORDER BY fresh.seq`;
    const fresh = rows.flatMap(({ id, hash }) => (id === null || hash === null ? [] : [{ id, hash }]));
    const hasMore = fresh.length === ENTRIES_PER_TRANSACTION;
    const newest = fresh.length === 0 ? undefined : await appendBlocks(tx, fresh);
    return { entries: fresh.length, hasMore, horizon: hasMore ? horizon : (rows[0]?.horizon ?? horizon), newest };
  });
}

/** Seals everything that is committed by now, after any other transaction that is sealing. Returns how many entries. */
export async function sealNow(database: Database): Promise<number> {
  for (let entries = 0; ; ) {
    const sealed = await seal(database, UNKNOWN_HORIZON, true);
    entries += sealed?.entries ?? 0;
    if (sealed?.hasMore !== true) return entries;
  }
}

/** The horizon of the first call: every entry is read. */
export const UNKNOWN_HORIZON = '0';

/**
 * Finds unsealed entries. Without a horizon, one pass over all positions; after a horizon, one index look-up for each of
 * the few entries, however many positions there are.
 */
const UNSEALED_BY_SCAN = sql`NOT EXISTS (SELECT FROM audit_positions p WHERE p.audit_entry_id = e.id)`;
const UNSEALED_BY_LOOKUP = sql`(SELECT p.position FROM audit_positions p WHERE p.audit_entry_id = e.id) IS NULL`;

/**
 * How many entries one transaction seals: few enough for the statement timeout, and enough that a large backlog is not
 * read too often.
 */
const ENTRIES_PER_TRANSACTION = 20 * BLOCK_ENTRIES;

/** The key of the advisory lock. No other advisory lock of this program has it. */
const SEALER_LOCK = 5_073_124_413;

/**
 * Whether this transaction holds the lock of the audit sealer. Returns false when another one holds it, unless
 * `waitForLock`.
 */
async function acquireSealerLock(tx: Tx, waitForLock: boolean): Promise<boolean> {
  if (waitForLock) {
    await tx.sql`SELECT pg_advisory_xact_lock(${SEALER_LOCK})`;
    return true;
  }
  const [tried] = await tx.sql<{ isMine: boolean }>`SELECT pg_try_advisory_xact_lock(${SEALER_LOCK}) AS "isMine"`;
  return tried?.isMine === true;
}

/** Passes thousands of values as one text. They are numbers, hashes and UUIDs: nothing in them has to be escaped. */
function arrayOf(values: readonly (string | number)[]): Sql {
  return sql`string_to_array(${values.join(',')}, ',')`;
}

/** Stores the positions of new entries and the blocks that hold them, and notifies listeners. */
async function appendBlocks(
  tx: Tx,
  fresh: readonly { readonly id: string; readonly hash: string }[],
): Promise<SealResult['newest']> {
  const [before] = await tx.sql<{ number: string; lastPosition: string; hash: string }>`
    SELECT number, last_position AS "lastPosition", hash FROM audit_blocks ORDER BY number DESC LIMIT 1`;
  let last = {
    number: Number(before?.number ?? 0),
    lastPosition: Number(before?.lastPosition ?? 0),
    hash: before?.hash ?? ZERO_HASH,
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
    FROM unnest(${arrayOf(fresh.map((entry) => entry.id))}::uuid[], ${arrayOf(numbers)}::bigint[], ${arrayOf(fresh.map((entry) => entry.hash))}::text[]) WITH ORDINALITY AS sealed (id, block, hash, ordinal)`;
  await tx.sql`
    INSERT INTO audit_blocks (number, first_position, last_position, entry_count, previous_hash, hash)
    SELECT number, first_position, last_position, entry_count, previous_hash, hash FROM jsonb_populate_recordset(NULL::audit_blocks, ${JSON.stringify(blocks)}::jsonb)`;
  await tx.sql`SELECT pg_notify(${POSITIONS_CHANNEL}, ${String(last.lastPosition)})`;
  return last;
}

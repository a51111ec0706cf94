/**
 * The audit sealer: assigns entries their positions, which are the order to read them in, and chains them by hash
 * (AUD-3, AUD-4).
 *
 * 1. One transaction seals at a time, across all processes: it holds an advisory lock until it ends, and reads entries
 *    only while it holds the lock.
 * 2. The snapshot of its statement shows committed entries only. Those without a position get the next ones, by seq. An
 *    entry that commits later gets a later position, even with a smaller seq. The second change of a row waits for the
 *    first, so the first change has the smaller seq and the smaller position.
 * 3. Every entry whose seq is at most the horizon has its position, so only the entries after it are read. A turn seals
 *    what its snapshot shows up to some seq, and notes that seq and the first transaction that had not begun. An entry of
 *    a later transaction has a larger seq. When all earlier transactions are complete, a turn seals the entries that they
 *    had left, and that seq is the horizon. The horizon is stored with each block: after a start or an error the sealer
 *    continues from there.
 * 4. Listeners are notified of the last position after the commit, and read the rest from the tables.
 */
import { entryHash } from './audit-entry.loaders.ts';
import { BLOCK_ENTRIES, blockHash, ZERO_HASH, POSITIONS_CHANNEL } from './audit.rules.ts';
import type { Database, Tx } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';

/** How far the record is sealed without a gap, as a sealer knows it. */
export interface SealerProgress {
  /** Every entry whose seq is at most this has its position. */
  readonly horizon: number;
  /** A later horizon, once all transactions before `transaction` are complete. */
  readonly next: { readonly seq: number; readonly transaction: number } | undefined;
}

/** The result of one sealing transaction. */
export interface SealResult {
  /** How many entries got a position. */
  readonly entries: number;
  /** Whether the snapshot may hold more entries than one transaction seals. */
  readonly hasMore: boolean;
  /** The progress to continue from. */
  readonly progress: SealerProgress;
  /** The newest block, if one was created. */
  readonly newest: { readonly number: number; readonly hash: string; readonly lastPosition: number } | undefined;
}

/** The progress of a sealer that has just been started: the horizon of the newest block counts. */
export const NO_PROGRESS: SealerProgress = { horizon: 0, next: undefined };

/**
 * AUD-3, AUD-4: Seals committed entries in one transaction. `progress` is that of the previous call. Returns undefined
 * when another transaction is sealing, unless `waitForLock`.
 */
export async function seal(
  database: Database,
  progress: SealerProgress,
  waitForLock = false,
): Promise<SealResult | undefined> {
  return database.transaction(async (tx) => {
    if (!(await acquireSealerLock(tx, waitForLock))) return undefined;
    const newestBlock = await newestBlockOf(tx);
    const horizon = Math.max(progress.horizon, newestBlock.horizon);
    const rows = await tx.sql<Unsealed>`
      SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS "firstRunning", pg_snapshot_xmax(pg_current_snapshot())::text AS "firstUnstarted",
             (SELECT max(seq) FROM audit_entries) AS "lastSeq", fresh.id, fresh.seq, fresh.hash
      FROM (VALUES (1)) AS once (n) LEFT JOIN LATERAL (
        SELECT e.id, e.seq, ${entryHash} AS hash FROM audit_entries e
        WHERE e.seq > ${horizon}::bigint AND (SELECT p.position FROM audit_positions p WHERE p.audit_entry_id = e.id) IS NULL
        ORDER BY e.seq LIMIT ${ENTRIES_PER_TRANSACTION}
      ) AS fresh ON true ORDER BY fresh.seq`;
    const fresh = rows.flatMap(({ id, hash }) => (id === null || hash === null ? [] : [{ id, hash }]));
    const hasMore = fresh.length === ENTRIES_PER_TRANSACTION;
    const sealedTo = Number((hasMore ? rows.at(-1)?.seq : rows[0]?.lastSeq) ?? 0);
    const next = progressAfter({ ...progress, horizon }, sealedTo, present(rows[0], 'The state of the snapshot'));
    const newest = fresh.length === 0 ? undefined : await appendBlocks(tx, newestBlock, fresh, next.horizon);
    return { entries: fresh.length, hasMore, progress: next, newest };
  });
}

/** Seals everything that is committed by now, after any other transaction that is sealing. Returns how many entries. */
export async function sealNow(database: Database): Promise<number> {
  for (let entries = 0, progress = NO_PROGRESS; ; ) {
    const sealed = await seal(database, progress, true);
    entries += sealed?.entries ?? 0;
    if (sealed?.hasMore !== true) return entries;
    progress = sealed.progress;
  }
}

/** One unsealed entry, null if there is none, with the state of the snapshot. */
interface Unsealed {
  readonly firstRunning: string;
  readonly firstUnstarted: string;
  readonly lastSeq: string | null;
  readonly id: string | null;
  readonly seq: string | null;
  readonly hash: string | null;
}

/** The progress after a turn that has sealed everything that its snapshot shows up to `sealedTo`. */
function progressAfter(
  { horizon, next }: SealerProgress,
  sealedTo: number,
  { firstRunning, firstUnstarted }: Unsealed,
): SealerProgress {
  if (next !== undefined && Number(firstRunning) < next.transaction) return { horizon, next };
  const reached = Math.min(next?.seq ?? 0, sealedTo);
  return { horizon: Math.max(horizon, reached), next: { seq: sealedTo, transaction: Number(firstUnstarted) } };
}

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

interface NewestBlock {
  readonly number: number;
  readonly lastPosition: number;
  readonly hash: string;
  readonly horizon: number;
}

async function newestBlockOf(tx: Tx): Promise<NewestBlock> {
  const [newest] = await tx.sql<{ number: string; lastPosition: string; hash: string; horizon: string }>`
    SELECT number, last_position AS "lastPosition", hash, horizon FROM audit_blocks ORDER BY number DESC LIMIT 1`;
  return {
    number: Number(newest?.number ?? 0),
    lastPosition: Number(newest?.lastPosition ?? 0),
    hash: newest?.hash ?? ZERO_HASH,
    horizon: Number(newest?.horizon ?? 0),
  };
}

/** Stores the positions of new entries and the blocks that hold them, and notifies listeners. */
async function appendBlocks(
  tx: Tx,
  newestBlock: NewestBlock,
  fresh: readonly { readonly id: string; readonly hash: string }[],
  horizon: number,
): Promise<SealResult['newest']> {
  let last: Omit<NewestBlock, 'horizon'> = newestBlock;
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
      horizon,
    });
    numbers.push(...hashes.map(() => number));
    last = next;
  }
  await tx.sql`
    INSERT INTO audit_positions (position, audit_entry_id, block_number, entry_hash)
    SELECT ${first}::bigint + ordinal - 1, id, block, hash
    FROM unnest(${arrayOf(fresh.map((entry) => entry.id))}::uuid[], ${arrayOf(numbers)}::bigint[], ${arrayOf(fresh.map((entry) => entry.hash))}::text[]) WITH ORDINALITY AS sealed (id, block, hash, ordinal)`;
  await tx.sql`
    INSERT INTO audit_blocks (number, first_position, last_position, entry_count, previous_hash, hash, horizon)
    SELECT number, first_position, last_position, entry_count, previous_hash, hash, horizon FROM jsonb_populate_recordset(NULL::audit_blocks, ${JSON.stringify(blocks)}::jsonb)`;
  await tx.sql`SELECT pg_notify(${POSITIONS_CHANNEL}, ${String(last.lastPosition)})`;
  return last;
}

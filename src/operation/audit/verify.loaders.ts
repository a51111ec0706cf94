/**
 * Verification of the audit trail (AUD-5). Every hash is computed again from the entries as they are, several blocks per
 * statement. PostgreSQL computes the hashes, so only the results are transferred. A block that does not give its hash is
 * then checked entry by entry, to name the first thing that is wrong.
 */
import { entryHash } from './audit-entry.loaders.ts';
import {
  type Anchor,
  anchorBreak,
  type Block,
  type Break,
  chainBreak,
  contentBreak,
  type StoredPosition,
  ZERO_HASH,
} from './audit.rules.ts';
import type { Database, Reader } from '../../platform/postgres/client.ts';
import type { Context } from '../../platform/request/context.ts';

/** AUD-5: The result of a verification. */
export interface Verification {
  readonly isIntact: boolean;
  readonly checkedBlocks: number;
  readonly checkedEntries: number;
  /** Of the checked entries, those that were removed by an archive. */
  readonly absentEntries: number;
  readonly unsealedEntries: number;
  /** The newest archive whose entry is sealed; null when there is none. */
  readonly archive: Archive | null;
  readonly firstBreak: Break | null;
}

/** AUD-5: The blocks up to `lastBlock` may have no entries; the export with this checksum holds them. */
export interface Archive {
  readonly lastBlock: number;
  /** SHA-256 of the manifest of the export; 64 zeros for what was removed before archives were part of the record. */
  readonly exportSha256: string;
  /** When the last block was sealed. */
  readonly sealedAt: string;
}

/** The range of blocks and the anchors to verify. */
export interface VerifyOptions {
  readonly fromBlock?: number | undefined;
  readonly toBlock?: number | undefined;
  readonly anchors?: readonly Anchor[];
  /** Called with the number of checked entries and of all entries. */
  readonly progress?: (done: number, total: number) => void;
}

/** How many blocks one statement checks: far below any statement timeout. */
const BLOCKS_PER_STATEMENT = 20;

/**
 * AUD-5: Verifies a range of blocks, and after the last block also the positions without a block and the anchors. Stops
 * at the first break.
 */
export async function verify(
  db: Reader,
  { fromBlock = 1, toBlock = MAX_BLOCK, anchors = [], progress }: VerifyOptions,
): Promise<Verification> {
  const [extent] = await db.sql<{ entries: string; last: string | null; horizon: string | null }>`
    SELECT coalesce(sum(entry_count), 0) AS entries, max(number) AS last,
           (SELECT horizon FROM audit_blocks ORDER BY number DESC LIMIT 1) AS horizon
    FROM audit_blocks WHERE number BETWEEN ${fromBlock} AND ${toBlock}`;
  // With the horizon as a value, PostgreSQL knows that few entries come after it.
  const [unsealed] = await db.sql<{ count: string }>`
    SELECT count(*) FROM audit_entries e WHERE e.seq > ${extent?.horizon ?? '0'}::bigint
      AND (SELECT p.position FROM audit_positions p WHERE p.audit_entry_id = e.id) IS NULL`;
  const archive = await sealedArchive(db);
  const total = Number(extent?.entries ?? 0);
  const done = { blocks: 0, entries: 0, absent: 0 };
  const verdict = (firstBreak: Break | undefined): Verification => ({
    isIntact: firstBreak === undefined,
    checkedBlocks: done.blocks,
    checkedEntries: done.entries,
    absentEntries: done.absent,
    unsealedEntries: Number(unsealed?.count ?? 0),
    archive: archive ?? null,
    firstBreak: firstBreak ?? null,
  });
  const archivedTo = archive?.lastBlock ?? 0;
  let before = (await blocksIn(db, fromBlock - 1, fromBlock - 1, archivedTo))[0] ?? {
    ...BEFORE_FIRST_BLOCK,
    number: fromBlock - 1,
    isUnknown: fromBlock > 1,
  };
  const end = Math.min(toBlock, Number(extent?.last ?? 0));
  const readBlocks = (from: number): Promise<readonly CheckedBlock[]> => {
    const blocks = blocksIn(db, from, Math.min(from + BLOCKS_PER_STATEMENT - 1, end), archivedTo);
    // A failure is thrown where the blocks are awaited. After the first break they are not awaited any more.
    blocks.catch(() => undefined);
    return blocks;
  };
  let [current, next] = [readBlocks(fromBlock), readBlocks(fromBlock + BLOCKS_PER_STATEMENT)];
  for (let from = fromBlock; from <= end; from += BLOCKS_PER_STATEMENT) {
    const blocks = await current;
    // Two statements run at a time, so that the database hashes in parallel.
    [current, next] = [next, readBlocks(from + 2 * BLOCKS_PER_STATEMENT)];
    for (const block of blocks) {
      const broken =
        (before.isUnknown ? undefined : chainBreak(block, before)) ??
        (block.isSound ? undefined : contentBreak(block, await positionsOfBlock(db, block)));
      if (broken !== undefined) return verdict(broken);
      before = block;
      done.blocks += 1;
      done.entries += block.entryCount;
      done.absent += block.absentCount;
    }
    progress?.(done.entries, total);
  }
  return verdict(
    (toBlock === MAX_BLOCK ? await strayPosition(db, before) : undefined) ?? (await firstBrokenAnchor(db, anchors)),
  );
}

/**
 * Verifies unless another verification of this process is under way, because each computes every hash of its range.
 * Returns undefined then. `before` runs first, if the verification may run.
 */
export async function verifyAlone(
  { services: { database }, db }: Context,
  options: VerifyOptions,
  before: () => Promise<void>,
): Promise<Verification | undefined> {
  if (beingVerified.has(database)) return undefined;
  beingVerified.add(database);
  try {
    await before();
    return await verify(db, options);
  } finally {
    beingVerified.delete(database);
  }
}

const beingVerified = new WeakSet<Database>();

/**
 * The newest archive. It counts only with an audit entry that is sealed after the blocks that it names, and that names
 * the hash of the last one: otherwise deleted entries could be called archived.
 */
async function sealedArchive(db: Reader): Promise<Archive | undefined> {
  const [newest] = await db.sql<{ lastBlock: string; exportSha256: string; sealedAt: string; sealedIn: string }>`
    SELECT b.number AS "lastBlock", b.sealed_at AS "sealedAt", e.new_values ->> 'export_sha256' AS "exportSha256", p.block_number AS "sealedIn"
    FROM audit_entries e JOIN audit_positions p ON p.audit_entry_id = e.id
    JOIN audit_blocks b ON b.number = CASE WHEN e.new_values ->> 'last_block' ~ '^[0-9]{1,15}$' THEN (e.new_values ->> 'last_block')::bigint END
    WHERE e.entity = 'audit_archives' AND e.operation = 'INSERT' AND b.hash = e.new_values ->> 'last_hash'
      AND p.block_number > b.number AND p.entry_hash = ${entryHash}
    ORDER BY b.number DESC LIMIT 1`;
  if (newest === undefined) return undefined;
  const [block] = await blocksIn(db, Number(newest.sealedIn), Number(newest.sealedIn), 0);
  if (block?.isSound !== true) return undefined;
  const { exportSha256, sealedAt } = newest;
  return { lastBlock: Number(newest.lastBlock), exportSha256, sealedAt };
}

const MAX_BLOCK = 2_147_483_647;

/** The end of the chain before the first block. */
const BEFORE_FIRST_BLOCK = { number: 0, lastPosition: 0, hash: ZERO_HASH, isUnknown: false };

interface CheckedBlock extends Block {
  readonly isSound: boolean;
  readonly isUnknown: boolean;
  /** How many of its entries were removed. */
  readonly absentCount: number;
}

/**
 * Blocks in their order, each with whether it is sound: all positions, all entries, all hashes, their order, and the
 * hash of the block. The entries of blocks up to `archivedTo` may be absent.
 */
async function blocksIn(db: Reader, from: number, to: number, archivedTo: number): Promise<readonly CheckedBlock[]> {
  const rows = await db.sql<{
    [Column in keyof CheckedBlock]: CheckedBlock[Column] extends boolean ? boolean : string;
  }>`
    SELECT b.number, b.first_position AS "firstPosition", b.last_position AS "lastPosition", b.entry_count AS "entryCount",
           b.previous_hash AS "previousHash", b.hash, b.number <= ${archivedTo}::bigint AS "isArchived", false AS "isUnknown", content.absent AS "absentCount",
           coalesce(content.is_whole AND content.count = b.entry_count
             AND encode(sha256(convert_to(b.previous_hash || b.number || content.hashes, 'UTF8')), 'hex') = b.hash, false) AS "isSound"
    FROM (SELECT * FROM audit_blocks WHERE number BETWEEN ${from} AND ${to}) AS b
    CROSS JOIN LATERAL (
      SELECT count(*), count(*) FILTER (WHERE p.actual_hash IS NULL) AS absent, string_agg(p.entry_hash, '' ORDER BY p.position) AS hashes,
             bool_and(p.block_number = b.number AND (p.is_in_order IS NOT FALSE) AND (p.actual_hash = p.entry_hash OR p.actual_hash IS NULL AND b.number <= ${archivedTo}::bigint) IS TRUE) AS is_whole
      FROM (
        SELECT p.position, p.block_number, p.entry_hash, e.seq > lag(e.seq) OVER (ORDER BY p.position) AS is_in_order, CASE WHEN e.id IS NOT NULL THEN ${entryHash} END AS actual_hash
        FROM audit_positions p LEFT JOIN audit_entries e ON e.id = p.audit_entry_id
        WHERE p.position BETWEEN b.first_position AND b.last_position
      ) AS p
    ) AS content ORDER BY b.number`;
  return rows.map((row) => ({
    ...row,
    number: Number(row.number),
    firstPosition: Number(row.firstPosition),
    lastPosition: Number(row.lastPosition),
    entryCount: Number(row.entryCount),
    absentCount: Number(row.absentCount),
  }));
}

/** The stored positions of a block, each with the hash of its entry as it is now. */
async function positionsOfBlock(db: Reader, block: Block): Promise<readonly StoredPosition[]> {
  const rows = await db.sql<{
    position: string;
    blockNumber: string;
    entryId: string;
    storedHash: string;
    actualHash: string | null;
    seq: string | null;
  }>`
    SELECT p.position, p.block_number AS "blockNumber", p.audit_entry_id AS "entryId", p.entry_hash AS "storedHash", e.seq,
           CASE WHEN e.id IS NOT NULL THEN ${entryHash} END AS "actualHash"
    FROM audit_positions p LEFT JOIN audit_entries e ON e.id = p.audit_entry_id
    WHERE p.position BETWEEN ${block.firstPosition} AND ${block.lastPosition} ORDER BY p.position`;
  return rows.map((row) => ({
    ...row,
    position: Number(row.position),
    blockNumber: Number(row.blockNumber),
    seq: row.seq === null ? null : Number(row.seq),
  }));
}

/** The first position after the last block or before position 1, where there must be none. */
async function strayPosition(db: Reader, last: Pick<Block, 'number' | 'lastPosition'>): Promise<Break | undefined> {
  const [stray] = await db.sql<{ position: string; entryId: string }>`
    (SELECT position, audit_entry_id AS "entryId" FROM audit_positions WHERE position < 1 ORDER BY position LIMIT 1)
    UNION ALL
    (SELECT position, audit_entry_id FROM audit_positions p
     WHERE position > ${last.lastPosition} AND NOT EXISTS (SELECT FROM audit_blocks b WHERE b.number = p.block_number AND b.number > ${last.number})
     ORDER BY position LIMIT 1)`;
  if (stray === undefined) return undefined;
  return {
    kind: 'POSITION_ADDED',
    blockNumber: last.number,
    position: Number(stray.position),
    entryId: stray.entryId,
    message: `Position ${stray.position} belongs to no block: it was added, or its block was cut or removed.`,
  };
}

/** The first anchor whose block is missing or has another hash. */
async function firstBrokenAnchor(db: Reader, anchors: readonly Anchor[]): Promise<Break | undefined> {
  const known = await db.sql<{
    number: string;
    hash: string;
  }>`SELECT number, hash FROM audit_blocks WHERE number = ANY(${anchors.map((anchor) => anchor.number)}::bigint[])`;
  const hashes = new Map(known.map((block) => [Number(block.number), block.hash]));
  return anchors.map((anchor) => anchorBreak(anchor, hashes.get(anchor.number))).find((broken) => broken !== undefined);
}

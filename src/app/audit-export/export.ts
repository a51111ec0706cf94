/**
 * Exports the audit trail as files that can be verified without this program (tools/verify_audit.py is one way):
 *
 * - `entries.jsonl`: one line for each position, beginning with `firstPosition` of the manifest. A line is exactly the
 *   text that was hashed; a line `{"entryHash": "…"}` replaces an entry that was removed after its retention period. An
 *   entry of `audit_archives` in a later block says so.
 * - `blocks.jsonl`: the blocks in order.
 * - `manifest.json`: a summary, with the SHA-256 of both files.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { entryText } from '../../operation/audit/audit-entry.loaders.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { assert } from '../../platform/values/assert.ts';

/** The format of the files, as the manifest names it. */
export const EXPORT_FORMAT = 'lotgraph-audit/2';

/** The contents of `manifest.json`. */
export interface Manifest {
  readonly format: typeof EXPORT_FORMAT;
  readonly exportedAt: string;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly entryCount: number;
  readonly blockCount: number;
  readonly lastHash: string | null;
  readonly sha256: Readonly<Record<'entries.jsonl' | 'blocks.jsonl', string>>;
}

interface BlockLine {
  readonly number: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly entryCount: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly sealedAt: string;
}

const POSITIONS_PER_READ = 5_000;

/** Exports the sealed part of the audit trail into a directory, and returns the manifest. */
export async function exportAudit(
  db: Reader,
  directory: string,
  exportedAt: string,
  progress?: (done: number, total: number) => void,
): Promise<Manifest> {
  await mkdir(directory, { recursive: true });
  const blocks = await db.sql<BlockLine>`
    SELECT number::float8 AS number, first_position::float8 AS "firstPosition", last_position::float8 AS "lastPosition", entry_count AS "entryCount",
           previous_hash AS "previousHash", hash, sealed_at AS "sealedAt"
    FROM audit_blocks ORDER BY number`;
  const [first, last] = [blocks[0], blocks.at(-1)];
  const [firstPosition, lastPosition] = [first?.firstPosition ?? 1, last?.lastPosition ?? 0];
  const entries = await openHashedFile(path.join(directory, 'entries.jsonl'));
  for (let from = firstPosition; from <= lastPosition; from += POSITIONS_PER_READ) {
    const to = Math.min(from + POSITIONS_PER_READ - 1, lastPosition);
    const lines = await db.sql<{ line: string }>`
      SELECT coalesce(CASE WHEN e.id IS NOT NULL THEN ${entryText} END, jsonb_build_object('entryHash', p.entry_hash)::text) AS line
      FROM audit_positions p LEFT JOIN audit_entries e ON e.id = p.audit_entry_id WHERE p.position BETWEEN ${from} AND ${to} ORDER BY p.position`;
    assert(
      lines.length === to - from + 1,
      `Of the positions ${from} to ${to} only ${lines.length} are there; run "lotgraph audit verify".`,
    );
    await entries.write(lines.map(({ line }) => `${line}\n`).join(''));
    progress?.(to - firstPosition + 1, lastPosition - firstPosition + 1);
  }
  const chain = await openHashedFile(path.join(directory, 'blocks.jsonl'));
  await chain.write(blocks.map((block) => `${JSON.stringify(block)}\n`).join(''));
  const manifest: Manifest = {
    format: EXPORT_FORMAT,
    exportedAt,
    firstPosition,
    lastPosition,
    entryCount: Math.max(0, lastPosition - firstPosition + 1),
    blockCount: blocks.length,
    lastHash: last?.hash ?? null,
    sha256: { 'entries.jsonl': await entries.end(), 'blocks.jsonl': await chain.end() },
  };
  await writeFile(path.join(directory, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

interface HashedFile {
  write(text: string): Promise<void>;
  /** Closes the file and returns its SHA-256. */
  end(): Promise<string>;
}

async function openHashedFile(file: string): Promise<HashedFile> {
  const stream = createWriteStream(file);
  await once(stream, 'open');
  const hash = createHash('sha256');
  return {
    async write(text) {
      hash.update(text);
      if (!stream.write(text)) await once(stream, 'drain');
    },
    async end() {
      stream.end();
      await once(stream, 'close');
      return hash.digest('hex');
    },
  };
}

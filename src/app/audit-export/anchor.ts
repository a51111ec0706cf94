/**
 * Anchors: hashes of blocks, stored where nobody who administers the database can change them. A file holds one JSON
 * object per line.
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { KeyObject } from 'node:crypto';
import type { Anchor } from '../../operation/audit/audit.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { AppError } from '../../platform/values/assert.ts';
import { jsonRecordIn } from '../../platform/values/json.ts';
import { errorMessageOf } from '../../platform/values/system-error.ts';
import { type NotedAnchor, signatureProblem } from './anchor-signature.ts';

/** Reads the newest block as an anchor; undefined if nothing is sealed yet. */
export async function newestAnchor(db: Reader): Promise<NotedAnchor | undefined> {
  const [newest] = await db.sql<NotedAnchor>`
    SELECT number::float8 AS number, hash, last_position::float8 AS "lastPosition", sealed_at AS "sealedAt" FROM audit_blocks ORDER BY audit_blocks.number DESC LIMIT 1`;
  return newest;
}

/** Appends an anchor to a file, and returns when it is on the disk. */
export async function noteAnchor(file: string, anchor: NotedAnchor, signal?: AbortSignal): Promise<void> {
  await writeFile(file, `${JSON.stringify(anchor)}\n`, { flag: 'a', flush: true, signal });
}

/**
 * Reads the anchors of a file. With public keys, every anchor must be signed with one of them. Throws an AppError that
 * names the first line that is wrong.
 */
export async function anchorsIn(file: string, keys?: ReadonlyMap<string, KeyObject>): Promise<readonly Anchor[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError(`The anchors cannot be read: ${errorMessageOf(error)}`);
  });
  return text
    .split('\n')
    .map((line, index) => ({ line, lineNumber: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, lineNumber }) => anchorOf(line, lineNumber, keys));
}

function anchorOf(line: string, lineNumber: number, keys: ReadonlyMap<string, KeyObject> | undefined): Anchor {
  const found = jsonRecordIn(line) ?? {};
  const { number, hash } = found;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || typeof hash !== 'string' || !HASH.test(hash))
    throw new AppError(`Line ${lineNumber} of the anchors is none: {"number": …, "hash": "…"} is expected.`);
  const problem = keys && signatureProblem(found, keys);
  if (problem !== undefined) throw new AppError(`Line ${lineNumber} of the anchors, block ${number}, ${problem}.`);
  return { number, hash };
}

const HASH = /^[0-9a-f]{64}$/;

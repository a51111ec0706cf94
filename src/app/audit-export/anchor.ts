/**
 * Anchors: hashes of blocks, stored where nobody who administers the database can change them. A file holds one JSON
 * object per line.
 */
import { appendFile, readFile } from 'node:fs/promises';
import type { Anchor } from '../../operation/audit/audit.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { AppError } from '../../platform/values/assert.ts';

/** An anchor as a file holds it. */
export interface NotedAnchor extends Anchor {
  readonly lastPosition: number;
  readonly sealedAt: string;
}

/** Reads the newest block as an anchor; undefined if nothing is sealed yet. */
export async function newestAnchor(db: Reader): Promise<NotedAnchor | undefined> {
  const [newest] = await db.sql<NotedAnchor>`
    SELECT number::float8 AS number, hash, last_position::float8 AS "lastPosition", sealed_at AS "sealedAt" FROM audit_blocks ORDER BY audit_blocks.number DESC LIMIT 1`;
  return newest;
}

/** Appends an anchor to a file. */
export async function noteAnchor(file: string, anchor: NotedAnchor): Promise<void> {
  await appendFile(file, `${JSON.stringify(anchor)}\n`);
}

/** Reads the anchors of a file. */
export async function anchorsIn(file: string): Promise<readonly Anchor[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError(`The anchors cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => anchorOf(line, index + 1));
}

function anchorOf(line: string, lineNumber: number): Anchor {
  const found: unknown = parseLine(line);
  const [number, hash] =
    typeof found === 'object' && found !== null ? [Reflect.get(found, 'number'), Reflect.get(found, 'hash')] : [];
  if (Number.isSafeInteger(number) && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash))
    return { number: Number(number), hash };
  throw new AppError(`Line ${lineNumber} of the anchors is none: {"number": …, "hash": "…"} is expected.`);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

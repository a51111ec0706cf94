/**
 * Checks that an export holds what is about to be removed from the database: its files have the checksums of its
 * manifest, its entries give the hashes of its blocks, and no entry of a block that is removed now is missing.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { blockHash, ZERO_HASH } from '../../operation/audit/audit.rules.ts';
import type { ArchivableBlock } from '../../operation/audit/evidence.commands.ts';
import { AppError, assert } from '../../platform/values/assert.ts';
import { isJsonRecord, type JsonRecord } from '../../platform/values/json.ts';
import { EXPORT_FORMAT } from './export.ts';
import { sha256Of } from '../../platform/values/sha256.ts';
import { errorMessageOf } from '../../platform/values/system-error.ts';

/**
 * Checks the export in a directory for an archive up to `block`; the entries up to `archivedTo` may be absent already.
 * Returns the SHA-256 of its manifest. Throws an AppError that says what is wrong.
 */
export async function checkExport(directory: string, block: ArchivableBlock, archivedTo: number): Promise<string> {
  const manifestText = await readText(path.join(directory, 'manifest.json'));
  const manifest = recordOf(manifestText, 'manifest.json');
  assert(manifest['format'] === EXPORT_FORMAT, `manifest.json is not of the format ${EXPORT_FORMAT}; export again.`);
  const chain = await readText(path.join(directory, 'blocks.jsonl'));
  const blocks = chain.split('\n').filter((line) => line !== '');
  const { sha256, hashes } = await checkEntries(path.join(directory, 'entries.jsonl'), blocks, archivedTo);
  const checksums = manifest['sha256'];
  assert(
    isJsonRecord(checksums) && checksums['blocks.jsonl'] === sha256Of(chain) && checksums['entries.jsonl'] === sha256,
    'The files of the export are not those of its manifest; export again.',
  );
  assert(
    hashes.get(block.number) === block.hash,
    `The export does not hold block ${block.number} as it is in the database; export again.`,
  );
  return sha256Of(manifestText);
}

/** Reads the entries block by block. Returns the checksum of the file, and the hash of each block. */
async function checkEntries(
  file: string,
  blocks: readonly string[],
  archivedTo: number,
): Promise<{ readonly sha256: string; readonly hashes: ReadonlyMap<number, string> }> {
  const whole = createHash('sha256');
  const hashes = new Map<number, string>();
  let previous = ZERO_HASH;
  const lines = linesOf(file);
  for (const text of blocks) {
    const block = recordOf(text, 'blocks.jsonl');
    const number = Number(block['number']);
    const entryHashes: string[] = [];
    while (entryHashes.length < Number(block['entryCount'])) {
      const { done, value: line } = await lines.next();
      assert(done !== true && typeof line === 'string', `The export ends within block ${number}; export again.`);
      whole.update(`${line}\n`);
      const isAbsent = line.startsWith('{"entryHash"');
      assert(!isAbsent || number <= archivedTo, `An entry of block ${number} is missing in the export.`);
      entryHashes.push(isAbsent ? String(recordOf(line, 'entries.jsonl')['entryHash']) : sha256Of(line));
    }
    previous = blockHash(previous, number, entryHashes);
    assert(previous === block['hash'], `The entries of block ${number} in the export do not give its hash.`);
    hashes.set(number, previous);
  }
  return { sha256: whole.digest('hex'), hashes };
}

/** The lines of a file. Only a line feed ends a line: entries may contain other characters that end a line elsewhere. */
async function* linesOf(file: string): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = `${rest}${String(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError(`The export cannot be read: ${errorMessageOf(error)}`);
  });
}

function recordOf(text: string, file: string): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError(`${file} of the export is no JSON.`);
  }
  assert(isJsonRecord(value), `${file} of the export does not hold objects.`);
  return value;
}
